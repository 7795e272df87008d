#include "mesoslib/http/executor_api.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "mesos/v1/executor/executor.pb.h"
#include "mesoslib/http/content.h"
#include "mesoslib/http/event_stream.h"
#include "mesoslib/http/peer.h"
#include "mesoslib/http/replies.h"
#include "mesoslib/http/session_table.h"
#include "mesoslib/http/stray_call.h"

namespace mesos::http {
namespace {

using v1::executor::Call;
using v1::executor::Event;

// Executors are told apart by the ids that each of their calls has.
std::string NameOf(const Call& call) {
  const std::string& framework = call.framework_id().value();
  return absl::StrCat(framework.size(), ":", framework, call.executor_id().value());
}

class ExecutorStream final : public EventStream<Call, Event> {
 public:
  ExecutorStream(std::unique_ptr<Exchange> exchange, Encoding encoding, Background background,
                 std::string name, std::shared_ptr<SessionTable<Call>> sessions)
      : EventStream(std::move(exchange), encoding, {}, std::move(background)),
        name_(std::move(name)),
        sessions_(std::move(sessions)) {}

 private:
  void SessionTaken(const SessionPtr& session) override { sessions_->Add(name_, session); }
  void SessionDropped(const SessionPtr& session) override { sessions_->Remove(name_, session); }

  const std::string name_;
  const std::shared_ptr<SessionTable<Call>> sessions_;
};

class ExecutorApi {
 public:
  ExecutorApi(ExecutorEndpoint* endpoint, Background background)
      : endpoint_(endpoint), background_(std::move(background)) {}

  void Handle(std::unique_ptr<Exchange> exchange) {
    Call call;
    if (auto refusal = ReadCall(exchange->request(), &call); refusal.has_value()) {
      return exchange->Reply(*std::move(refusal));
    }
    if (call.type() == Call::SUBSCRIBE) return Subscribe(std::move(exchange), std::move(call));
    Forward(std::move(exchange), std::move(call));
  }

 private:
  void Subscribe(std::unique_ptr<Exchange> exchange, Call call) {
    const auto encoding = AcceptedEncoding(exchange->request().headers);
    if (!encoding.has_value()) return exchange->Reply(NotAcceptableReply());
    std::make_shared<ExecutorStream>(std::move(exchange), *encoding, background_, NameOf(call),
                                     sessions_)
        ->Start(endpoint_, std::move(call));
  }

  void Forward(std::unique_ptr<Exchange> exchange, Call call) {
    const auto session = sessions_->Find(NameOf(call));
    Peer peer = PeerOf(exchange->request());
    auto done = [exchange = std::move(exchange)](absl::Status status) {
      exchange->Reply(status.ok() ? EmptyReply(202) : RefusalReply(status, 403));
    };
    if (session == nullptr) {
      return SendStray(endpoint_, std::move(peer), std::move(call), std::move(done));
    }
    session->Send(std::move(call), std::move(done));
  }

  ExecutorEndpoint* const endpoint_;
  const Background background_;
  const std::shared_ptr<SessionTable<Call>> sessions_ = std::make_shared<SessionTable<Call>>();
};

}  // namespace

Handler CreateExecutorApi(ExecutorEndpoint* endpoint, Background background) {
  auto api = std::make_shared<ExecutorApi>(endpoint, std::move(background));
  return [api](std::unique_ptr<Exchange> exchange) { api->Handle(std::move(exchange)); };
}

}  // namespace mesos::http
