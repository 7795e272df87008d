// ServerTest: a server with a handler that tests steer, and clients for it.
#ifndef MESOSLIB_HTTP_SERVER_FIXTURE_H_
#define MESOSLIB_HTTP_SERVER_FIXTURE_H_

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/http/http_server.h"
#include "mesoslib/http/raw_client.h"

namespace mesos::http {

// Things that arrive on other threads, in the order in which they did.
template <typename T>
class Mailbox {
 public:
  void Put(T item) {
    MutexLock lock(&mutex_);
    items_.push_back(std::move(item));
    changed_.NotifyAll();
  }

  // The first of them; waits for it at most for kPatience. Nothing: none came.
  std::optional<T> Take() {
    const auto deadline =
        std::chrono::steady_clock::now() + absl::ToChronoSeconds(RawClient::kPatience);
    MutexLock lock(&mutex_);
    while (items_.empty() && std::chrono::steady_clock::now() < deadline) {
      changed_.WaitUntil(&mutex_, deadline);
    }
    if (items_.empty()) return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    return item;
  }

  size_t size() {
    MutexLock lock(&mutex_);
    return items_.size();
  }

 private:
  Mutex mutex_;
  Condition changed_;
  std::deque<T> items_ ABSL_GUARDED_BY(mutex_);
};

// A stream that a client has open, as its handler sees it.
struct OpenStream {
  std::unique_ptr<ResponseStream> stream;
  std::shared_ptr<Mailbox<absl::Status>> closed;
};

class LinesOfLog final : public LogSink {
 public:
  void Log(LogLevel /*level*/, absl::string_view line) override { lines.Put(std::string(line)); }
  Mailbox<std::string> lines;
};

class ServerTest : public testing::Test {
 protected:
  // Starts the server; options that a test does not set are the server's.
  void Start(HttpServerOptions options = {}) {
    options.address = "127.0.0.1:0";
    options.log = &log_;
    options.handler = [this](std::unique_ptr<Exchange> exchange) { Handle(std::move(exchange)); };
    auto server = CreateHttpServer(std::move(options));
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  RawClient Client(int receive_buffer = 0) { return RawClient(server_->port(), receive_buffer); }

  // Opens /stream and reads its head.
  OpenStream Subscribe(RawClient* client) {
    EXPECT_TRUE(client->Send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"));
    EXPECT_EQ(client->ReadHead().value_or(RawResponse()).status, 200);
    return streams_.Take().value_or(OpenStream());
  }

  void ExpectServerWorks() {
    RawClient client = Client();
    EXPECT_TRUE(client.Send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"));
    EXPECT_EQ(client.ReadResponse().value_or(RawResponse()).body, "hello");
  }

  LinesOfLog log_;
  Mailbox<std::unique_ptr<Exchange>> held_;  // Requests for /hold.
  Mailbox<OpenStream> streams_;              // Requests for /stream.
  std::unique_ptr<HttpServer> server_;

 private:
  // ?size=n; 0 where that is missing, malformed or very much.
  static size_t SizeIn(const Request& request) {
    const auto text = request.query.find("size");
    size_t size = 0;
    const bool known = text != request.query.end() && absl::SimpleAtoi(text->second, &size);
    return known && size <= 10'000'000 ? size : 0;
  }

  void Handle(std::unique_ptr<Exchange> exchange) {
    const Request& request = exchange->request();
    if (request.path == "/hello") {
      exchange->Reply({.headers = {{"Content-Type", "text/plain"}}, .body = "hello"});
    } else if (request.path == "/echo") {
      exchange->Reply({.body = request.body});
    } else if (request.path == "/large") {
      exchange->Reply({.body = std::string(SizeIn(request), 'x')});
    } else if (request.path == "/accepted") {
      exchange->Reply({.status = 202});
    } else if (request.path == "/nothing") {
      exchange->Reply({.status = 204});
    } else if (request.path == "/hold") {
      held_.Put(std::move(exchange));
    } else if (request.path == "/stream") {
      auto closed = std::make_shared<Mailbox<absl::Status>>();
      auto stream = exchange->Stream({.headers = {{"Content-Type", "application/json"}}},
                                     [closed](absl::Status reason) { closed->Put(reason); });
      streams_.Put({std::move(stream), std::move(closed)});
    } else if (request.path == "/address") {
      exchange->Reply({.body = request.address});
    }
    // Everything else is dropped.
  }
};

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_SERVER_FIXTURE_H_
