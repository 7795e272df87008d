// ClientExchange: the request of a client that a test plays, and what it is answered.
//
//   ClientAnswer answer = Ask(handler, {.method = "POST", .body = ...});
//   EXPECT_EQ(answer.status(), 200);
//   std::vector<std::string> messages = answer.TakeRecords();
//   answer.HangUp();
//
// Any thread.
#ifndef MESOSLIB_HTTP_FAKE_CLIENT_H_
#define MESOSLIB_HTTP_FAKE_CLIENT_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/http/exchange.h"

namespace mesos::http {

class ClientAnswer {
 public:
  // 0: not answered yet.
  int status() const {
    MutexLock lock(&state_->mutex);
    return state_->head.status;
  }
  // "": there is none.
  std::string header(absl::string_view name) const {
    MutexLock lock(&state_->mutex);
    return std::string(state_->head.headers.Find(name).value_or(""));
  }
  // Of an answer that is no stream.
  std::string body() const {
    MutexLock lock(&state_->mutex);
    std::string body = state_->head.body;
    for (const auto& piece : state_->head.shared_body) body += *piece;
    return body;
  }
  bool streams() const {
    MutexLock lock(&state_->mutex);
    return state_->streams;
  }
  // The stream's body has ended, and not because of HangUp().
  bool ended() const {
    MutexLock lock(&state_->mutex);
    return state_->ended;
  }
  // Why the stream was cut off by who wrote it; OK: it was not.
  absl::Status failure() const {
    MutexLock lock(&state_->mutex);
    return state_->failure;
  }
  // What was streamed since the last time: each chunk is one record.
  std::vector<std::string> TakeRecords() {
    std::vector<std::string> records;
    for (const std::string& chunk : TakeChunks()) {
      const size_t newline = chunk.find('\n');
      size_t size = 0;
      EXPECT_TRUE(absl::SimpleAtoi(chunk.substr(0, newline), &size)) << chunk.substr(0, 20);
      records.push_back(chunk.substr(newline + 1));
      EXPECT_EQ(records.back().size(), size);
    }
    return records;
  }
  std::vector<std::string> TakeChunks() {
    MutexLock lock(&state_->mutex);
    return std::exchange(state_->chunks, {});
  }
  // As a server says that the client has gone.
  void HangUp() {
    Exchange::Closed closed;
    {
      MutexLock lock(&state_->mutex);
      closed = std::move(state_->closed);
      state_->closed = nullptr;
    }
    if (closed != nullptr) closed(absl::UnavailableError("the client has gone"));
  }

 private:
  friend class ClientExchange;
  friend class ClientStream;

  struct State {
    Mutex mutex;
    Response head ABSL_GUARDED_BY(mutex) = {.status = 0};
    bool streams ABSL_GUARDED_BY(mutex) = false;
    bool ended ABSL_GUARDED_BY(mutex) = false;
    absl::Status failure ABSL_GUARDED_BY(mutex);
    std::vector<std::string> chunks ABSL_GUARDED_BY(mutex);
    Exchange::Closed closed ABSL_GUARDED_BY(mutex);
  };

  std::shared_ptr<State> state_ = std::make_shared<State>();
};

class ClientStream final : public ResponseStream {
 public:
  explicit ClientStream(ClientAnswer answer) : answer_(std::move(answer)) {}
  ~ClientStream() override {
    Exchange::Closed closed;  // Destroyed after the lock is released.
    MutexLock lock(&answer_.state_->mutex);
    answer_.state_->ended = true;
    closed = std::move(answer_.state_->closed);
    answer_.state_->closed = nullptr;
  }
  void Write(std::string chunk) override {
    EXPECT_FALSE(chunk.empty());
    MutexLock lock(&answer_.state_->mutex);
    answer_.state_->chunks.push_back(std::move(chunk));
  }
  void WhenTaken(absl::AnyInvocable<void()> ready) override {
    {
      MutexLock lock(&answer_.state_->mutex);
      if (answer_.state_->closed == nullptr) return;  // The client has gone.
    }
    ready();
  }
  void Fail(absl::Status why) override {
    MutexLock lock(&answer_.state_->mutex);
    answer_.state_->failure = std::move(why);
  }

 private:
  const ClientAnswer answer_;
};

class ClientExchange final : public Exchange {
 public:
  ClientExchange(Request request, ClientAnswer answer)
      : request_(std::move(request)), answer_(std::move(answer)) {}
  ~ClientExchange() override {
    MutexLock lock(&answer_.state_->mutex);
    if (answer_.state_->head.status == 0) answer_.state_->head.status = 500;
  }

  const Request& request() const override { return request_; }

  void Reply(Response response) override { SetHead(std::move(response)); }

  std::unique_ptr<ResponseStream> Stream(Response head, Closed closed) override {
    EXPECT_EQ(head.body_size(), 0u);
    SetHead(std::move(head));
    MutexLock lock(&answer_.state_->mutex);
    answer_.state_->streams = true;
    answer_.state_->closed = std::move(closed);
    return std::make_unique<ClientStream>(answer_);
  }

 private:
  void SetHead(Response head) {
    MutexLock lock(&answer_.state_->mutex);
    EXPECT_EQ(answer_.state_->head.status, 0) << "answered twice";
    answer_.state_->head = std::move(head);
  }

  const Request request_;
  const ClientAnswer answer_;
};

inline ClientAnswer Ask(const Handler& handler, Request request) {
  ClientAnswer answer;
  handler(std::make_unique<ClientExchange>(std::move(request), answer));
  return answer;
}

// Work in the background is done at once.
inline void RunAtOnce(absl::AnyInvocable<void()> job) { job(); }

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_FAKE_CLIENT_H_
