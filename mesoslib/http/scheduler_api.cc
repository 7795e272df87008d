#include "mesoslib/http/scheduler_api.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/base/uuid.h"
#include "mesoslib/http/content.h"
#include "mesoslib/http/event_stream.h"
#include "mesoslib/http/peer.h"
#include "mesoslib/http/replies.h"
#include "mesoslib/http/session_table.h"
#include "mesoslib/http/stray_call.h"

namespace mesos::http {
namespace {

using v1::scheduler::Call;
using v1::scheduler::Event;

constexpr absl::string_view kStreamId = "Mesos-Stream-Id";

// The subscribed streams, by their ids, and whose they are.
class Streams {
 public:
  using SessionPtr = SessionTable<Call>::SessionPtr;

  void Add(const std::string& id, SessionPtr session) { sessions_.Add(id, std::move(session)); }

  void SetFramework(const std::string& id, const std::string& framework) {
    MutexLock lock(&mutex_);
    ids_[framework] = id;
  }

  void Remove(const std::string& id, const std::string& framework, const SessionPtr& session) {
    sessions_.Remove(id, session);
    MutexLock lock(&mutex_);
    const auto found = ids_.find(framework);
    if (found != ids_.end() && found->second == id) ids_.erase(found);
  }

  // Null: there is none.
  SessionPtr Find(absl::string_view id) const { return sessions_.Find(id); }

  // None: the framework is not subscribed over HTTP.
  std::optional<std::string> IdOf(const std::string& framework) const {
    MutexLock lock(&mutex_);
    const auto found = ids_.find(framework);
    if (found == ids_.end()) return std::nullopt;
    return found->second;
  }

 private:
  SessionTable<Call> sessions_;
  mutable Mutex mutex_;
  absl::flat_hash_map<std::string, std::string> ids_ ABSL_GUARDED_BY(mutex_);
};

class SchedulerStream final : public EventStream<Call, Event> {
 public:
  SchedulerStream(std::unique_ptr<Exchange> exchange, Encoding encoding, Background background,
                  std::string id, std::shared_ptr<Streams> streams)
      : EventStream(std::move(exchange), encoding, {{std::string(kStreamId), id}},
                    std::move(background)),
        id_(std::move(id)),
        streams_(std::move(streams)) {}

 private:
  void SessionTaken(const SessionPtr& session) override { streams_->Add(id_, session); }

  void Heard(const Event& event) override {
    if (event.type() != Event::SUBSCRIBED) return;
    framework_ = event.subscribed().framework_id().value();
    streams_->SetFramework(id_, framework_);
  }

  void SessionDropped(const SessionPtr& session) override {
    streams_->Remove(id_, framework_, session);
  }

  const std::string id_;
  const std::shared_ptr<Streams> streams_;
  std::string framework_;  // Written before the session is dropped, read after that.
};

// What became of a call that is not SUBSCRIBE.
class Verdict {
 public:
  Verdict(std::shared_ptr<Streams> streams, const Call& call, std::optional<std::string> stream)
      : streams_(std::move(streams)),
        framework_(call.framework_id().value()),
        stream_(std::move(stream)),
        success_(call.type() == Call::UPDATE_FRAMEWORK ? 200 : 202) {}

  Response Reply(const absl::Status& status) const {
    if (status.ok()) return EmptyReply(success_);
    if (!absl::IsFailedPrecondition(status)) return RefusalReply(status, 403);
    // Not subscribed on this stream; on another one?
    const std::optional<std::string> id = streams_->IdOf(framework_);
    if (!id.has_value() || id == stream_) return RefusalReply(status, 403);
    return TextReply(400, absl::StrCat(Complaint(), "; expected what the SUBSCRIBE of framework ",
                                       Quoted(framework_), " was answered with"));
  }

 private:
  std::string Complaint() const {
    if (!stream_.has_value()) return absl::StrCat(kStreamId, " is missing");
    return absl::StrCat(kStreamId, " is ", Quoted(*stream_));
  }

  const std::shared_ptr<Streams> streams_;
  const std::string framework_;
  const std::optional<std::string> stream_;
  const int success_;
};

class SchedulerApi {
 public:
  explicit SchedulerApi(SchedulerApiDependencies dependencies)
      : endpoint_(dependencies.endpoint),
        who_leads_(std::move(dependencies.who_leads)),
        background_(std::move(dependencies.background)),
        random_(std::move(dependencies.random)) {}

  void Handle(std::unique_ptr<Exchange> exchange) {
    const Request& request = exchange->request();
    if (auto elsewhere = AnswerUnlessLeading(who_leads_, request); elsewhere.has_value()) {
      return exchange->Reply(*std::move(elsewhere));
    }
    Call call;
    if (auto refusal = ReadCall(request, &call); refusal.has_value()) {
      return exchange->Reply(*std::move(refusal));
    }
    std::optional<std::string> stream;
    if (const auto named = request.headers.Find(kStreamId)) stream = std::string(*named);
    if (call.type() == Call::SUBSCRIBE) {
      return Subscribe(std::move(exchange), std::move(call), stream);
    }
    Forward(std::move(exchange), std::move(call), std::move(stream));
  }

 private:
  void Subscribe(std::unique_ptr<Exchange> exchange, Call call,
                 const std::optional<std::string>& stream) {
    const auto encoding = AcceptedEncoding(exchange->request().headers);
    if (!encoding.has_value()) return exchange->Reply(NotAcceptableReply());
    if (stream.has_value()) {
      return exchange->Reply(TextReply(
          400, absl::StrCat(kStreamId, " is ", Quoted(*stream), "; expected none on SUBSCRIBE")));
    }
    std::make_shared<SchedulerStream>(std::move(exchange), *encoding, background_, NewStreamId(),
                                      streams_)
        ->Start(endpoint_, std::move(call));
  }

  void Forward(std::unique_ptr<Exchange> exchange, Call call, std::optional<std::string> stream) {
    const auto session = stream.has_value() ? streams_->Find(*stream) : nullptr;
    Peer peer = PeerOf(exchange->request());
    auto done = [exchange = std::move(exchange),
                 verdict = Verdict(streams_, call, std::move(stream))](absl::Status status) {
      exchange->Reply(verdict.Reply(status));
    };
    if (session == nullptr) {
      return SendStray(endpoint_, std::move(peer), std::move(call), std::move(done));
    }
    session->Send(std::move(call), std::move(done));
  }

  std::string NewStreamId() {
    MutexLock lock(&mutex_);
    return NewUuidText(random_.get());
  }

  SchedulerEndpoint* const endpoint_;
  const WhoLeads who_leads_;
  const Background background_;
  const std::shared_ptr<Streams> streams_ = std::make_shared<Streams>();
  Mutex mutex_;
  const std::unique_ptr<Random> random_ ABSL_PT_GUARDED_BY(mutex_);
};

}  // namespace

Handler CreateSchedulerApi(SchedulerApiDependencies dependencies) {
  auto api = std::make_shared<SchedulerApi>(std::move(dependencies));
  return [api](std::unique_ptr<Exchange> exchange) { api->Handle(std::move(exchange)); };
}

}  // namespace mesos::http
