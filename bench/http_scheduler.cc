#include "bench/http_scheduler.h"

#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "bench/api_client.h"
#include "bench/loopback.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/base/worker_pool.h"
#include "mesoslib/http/message_json.h"

namespace mesos::bench {
namespace {

using v1::scheduler::Call;
using v1::scheduler::Event;
using Encoding = HttpSchedulerEndpoint::Encoding;

class HttpSession final : public Session<Call> {
 public:
  HttpSession(int port, Encoding encoding, std::shared_ptr<Sink<Event>> sink)
      : encoding_(encoding), sink_(std::move(sink)), events_(port), calls_(port) {}

  ~HttpSession() override {
    sender_ = nullptr;
    events_.HangUp();
    if (reader_.joinable()) reader_.join();
  }

  void Send(Call call, Done done) override {
    sender_->Run([this, call = std::move(call), done = std::move(done)]() mutable {
      const std::string body =
          encoding_ == Encoding::kJson ? http::MessageToJson(call) : call.SerializeAsString();
      ApiClient::Post post = {
          .path = "/api/v1/scheduler",
          .type = encoding_ == Encoding::kJson ? "application/json" : "application/x-protobuf",
          .stream_id = events_.stream_id(),
          .body = body};
      if (call.type() == Call::SUBSCRIBE) {
        events_.Subscribe(post);
        reader_ = std::thread([this] { Read(); });
      } else {
        calls_.Ask(post);
      }
      if (done) done(absl::OkStatus());
    });
  }

 private:
  // A record a chunk: its length, a newline, the event.
  void Read() {
    while (const std::optional<std::string> chunk = events_.NextChunk()) {
      const absl::string_view record = absl::string_view(*chunk).substr(chunk->find('\n') + 1);
      Event event;
      const bool read = encoding_ == Encoding::kJson
                            ? http::JsonToMessage(record, &event).ok()
                            : event.ParseFromArray(record.data(), static_cast<int>(record.size()));
      if (!read) Fail("an event that cannot be read");
      sink_->Deliver(std::move(event));
    }
  }

  const Encoding encoding_;
  const std::shared_ptr<Sink<Event>> sink_;
  ApiClient events_;
  ApiClient calls_;
  std::thread reader_;
  std::unique_ptr<WorkerPool> sender_ = WorkerPool::Create("calls", 1).value();
};

}  // namespace

std::unique_ptr<Session<Call>> HttpSchedulerEndpoint::Open(std::shared_ptr<Sink<Event>> sink,
                                                           Peer /*peer*/) {
  return std::make_unique<HttpSession>(port_, encoding_, std::move(sink));
}

}  // namespace mesos::bench
