// FakeExchange: a request that a test makes, and what a handler answers to it. For one thread.
//
//   FakeAnswer answer;
//   handler(FakeExchange::Make({.method = "GET", .path = "/state"}, &answer));
//   EXPECT_EQ(answer.response->status, 200);
#ifndef MESOSLIB_HTTP_FAKE_EXCHANGE_H_
#define MESOSLIB_HTTP_FAKE_EXCHANGE_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mesoslib/http/exchange.h"

namespace mesos::http {

// Must outlive the exchange and its stream.
struct FakeAnswer {
  std::optional<Response> response;  // The head, of a stream.
  bool streams = false;
  std::vector<std::string> chunks;
  bool ended = false;
  Exchange::Closed closed;  // For the test to call.
};

class FakeExchange final : public Exchange {
 public:
  static std::unique_ptr<Exchange> Make(Request request, FakeAnswer* answer) {
    return std::make_unique<FakeExchange>(std::move(request), answer);
  }

  FakeExchange(Request request, FakeAnswer* answer)
      : request_(std::move(request)), answer_(answer) {}

  const Request& request() const override { return request_; }

  void Reply(Response response) override { answer_->response = std::move(response); }

  std::unique_ptr<ResponseStream> Stream(Response head, Closed closed) override {
    answer_->response = std::move(head);
    answer_->streams = true;
    answer_->closed = std::move(closed);
    return std::make_unique<FakeStream>(answer_);
  }

 private:
  class FakeStream final : public ResponseStream {
   public:
    explicit FakeStream(FakeAnswer* answer) : answer_(answer) {}
    ~FakeStream() override { answer_->ended = true; }
    void Write(std::string chunk) override { answer_->chunks.push_back(std::move(chunk)); }

   private:
    FakeAnswer* const answer_;
  };

  const Request request_;
  FakeAnswer* const answer_;
};

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_FAKE_EXCHANGE_H_
