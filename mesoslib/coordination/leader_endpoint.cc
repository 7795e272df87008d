// The endpoints of whoever leads: any thread's door to LeaderSessions.
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/leader_election.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/session_endpoint.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/coordination/leader_sessions.h"

namespace mesos {

bool IsSameLeader(const Leader& left, const Leader& right) {
  return left.grpc_port == right.grpc_port &&
         left.info.SerializeAsString() == right.info.SerializeAsString();
}

bool IsBeginning(const v1::scheduler::Call& call) {
  return call.type() == v1::scheduler::Call::SUBSCRIBE;
}

bool IsBeginning(const internal::AgentMessage& message) {
  return message.has_register_() || message.has_reregister();
}

namespace {

template <typename Call, typename Event>
class LeaderEndpoint final : public Endpoint<Call, Event> {
 public:
  using Sessions = LeaderSessions<Call, Event>;

  LeaderEndpoint(LeaderDetector* detector, typename Sessions::Connector connect, EventLoop* loop)
      : loop_(loop),
        sessions_(std::make_shared<Sessions>(std::move(connect), loop)),
        door_(loop, HandlersOf(sessions_)) {
    loop->Post([detector, sessions = std::weak_ptr<Sessions>(sessions_)] {
      if (const auto alive = sessions.lock()) alive->Start(detector);
    });
  }

  // The masters' endpoints may wait for what was said last, and better not on the loop.
  ~LeaderEndpoint() override {
    std::vector<typename Sessions::Master> masters;
    RunOn(loop_, [this, &masters] {
      door_.Close();
      masters = sessions_->Stop();
      sessions_.reset();
    });
  }

  std::unique_ptr<Session<Call>> Open(std::shared_ptr<Sink<Event>> sink, Peer peer) override {
    return door_.Open(std::move(sink), std::move(peer));
  }

 private:
  using Door = SessionEndpoint<Call, Event>;

  static typename Door::Handlers HandlersOf(std::weak_ptr<Sessions> sessions) {
    using Id = typename Door::Id;
    return {[sessions](Id id, std::shared_ptr<Sink<Event>> sink, Peer peer) {
              if (auto alive = sessions.lock()) alive->Open(id, std::move(sink), std::move(peer));
            },
            [sessions](Id id, Call call, typename Door::Done done) {
              if (auto alive = sessions.lock()) alive->Send(id, std::move(call), std::move(done));
            },
            [sessions](Id id) {
              if (auto alive = sessions.lock()) alive->Close(id);
            }};
  }

  EventLoop* const loop_;
  std::shared_ptr<Sessions> sessions_;  // The loop's.
  Door door_;
};

template <typename Call, typename Event>
absl::StatusOr<std::unique_ptr<Endpoint<Call, Event>>> CreateLeaderEndpoint(
    LeaderDetector* detector,
    std::function<std::unique_ptr<Endpoint<Call, Event>>(const Leader&)> connect, EventLoop* loop,
    HeaderVersion headers) {
  RETURN_IF_ERROR(CheckVersion(headers));
  if (detector == nullptr) return absl::InvalidArgumentError("detector is null");
  if (connect == nullptr) return absl::InvalidArgumentError("connect is null");
  if (loop == nullptr) return absl::InvalidArgumentError("loop is null");
  return std::make_unique<LeaderEndpoint<Call, Event>>(detector, std::move(connect), loop);
}

}  // namespace

absl::StatusOr<std::unique_ptr<SchedulerEndpoint>> CreateLeaderSchedulerEndpoint(
    LeaderDetector* detector, SchedulerConnector connect, EventLoop* loop, HeaderVersion headers) {
  return CreateLeaderEndpoint<v1::scheduler::Call, v1::scheduler::Event>(
      detector, std::move(connect), loop, headers);
}

absl::StatusOr<std::unique_ptr<AgentEndpoint>> CreateLeaderAgentEndpoint(LeaderDetector* detector,
                                                                         AgentConnector connect,
                                                                         EventLoop* loop,
                                                                         HeaderVersion headers) {
  return CreateLeaderEndpoint<internal::AgentMessage, internal::MasterMessage>(
      detector, std::move(connect), loop, headers);
}

}  // namespace mesos
