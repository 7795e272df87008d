#include "mesoslib/http/live_exchange.h"

#include <string>
#include <utility>

#include "mesoslib/http/response_head.h"

namespace mesos::http {
namespace {

class LiveStream final : public ResponseStream {
 public:
  explicit LiveStream(std::shared_ptr<Outlet> outlet) : outlet_(std::move(outlet)) {}
  ~LiveStream() override { outlet_->End(); }

  void Write(std::string chunk) override { outlet_->Write(chunk); }
  void WhenTaken(absl::AnyInvocable<void()> ready) override {
    outlet_->WhenTaken(std::move(ready));
  }
  void Fail(absl::Status why) override { outlet_->Fail(std::move(why)); }

 private:
  const std::shared_ptr<Outlet> outlet_;
};

class LiveExchange final : public Exchange {
 public:
  LiveExchange(Request request, MemoryShare share, std::shared_ptr<Outlet> outlet)
      : request_(std::move(request)), share_(std::move(share)), outlet_(std::move(outlet)) {}

  ~LiveExchange() override {
    if (!answered_) Reply(ErrorResponse(500, "the request was dropped without an answer"));
  }

  const Request& request() const override { return request_; }

  void Reply(Response response) override {
    answered_ = true;
    outlet_->Reply(std::move(response));
  }

  std::unique_ptr<ResponseStream> Stream(Response head, Closed closed) override {
    answered_ = true;
    outlet_->Start(std::move(head), std::move(closed));
    return std::make_unique<LiveStream>(outlet_);
  }

 private:
  const Request request_;
  const MemoryShare share_;
  const std::shared_ptr<Outlet> outlet_;
  bool answered_ = false;
};

}  // namespace

std::unique_ptr<Exchange> MakeExchange(Request request, MemoryShare share,
                                       std::shared_ptr<Outlet> outlet) {
  return std::make_unique<LiveExchange>(std::move(request), std::move(share), std::move(outlet));
}

}  // namespace mesos::http
