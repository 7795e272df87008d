// CreateAgent: the door from other threads to an AgentCore on its loop.
#include "mesos/agent.h"

#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mesoslib/agent/core.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/loop_door.h"
#include "mesoslib/base/message_times.h"
#include "mesoslib/base/session_endpoint.h"
#include "mesoslib/base/status_macros.h"

namespace mesos::agent {
namespace {

using v1::executor::Call;
using v1::executor::Event;
using CoreDoor = LoopDoor<AgentCore>;

constexpr absl::Duration kMaxReregistrationTimeout = absl::Seconds(15);

absl::Status Stopped() { return absl::UnavailableError("the agent has stopped"); }

SessionEndpoint<Call, Event>::Handlers ExecutorHandlers(AgentCore* core) {
  return {
      [core](uint64_t session, auto sink, Peer) { core->OpenExecutor(session, std::move(sink)); },
      [core](uint64_t session, Call call, Session<Call>::Done done) {
        core->ReceiveFromExecutor(session, std::move(call), std::move(done));
      },
      [core](uint64_t session) { core->CloseExecutor(session); }};
}

class LoopAgent final : public Agent {
 public:
  LoopAgent(AgentOptions options, AgentDependencies dependencies)
      : loop_(dependencies.loop),
        core_(std::make_unique<AgentCore>(std::move(options), std::move(dependencies))),
        door_(std::make_shared<CoreDoor>(loop_, core_.get())),
        operator_times_(core_->meters().operators),
        executors_(loop_, ExecutorHandlers(core_.get()), {{core_->meters().executors, KindOf}}) {}

  ~LoopAgent() override {
    RunOn(loop_, [this] {
      door_->Close();
      executors_.Close();
      core_.reset();
    });
  }

  void Start(Done done) override {
    door_->Post([answer = door_->AnswerWhileOpen(std::move(done))](AgentCore* core) mutable {
      if (core != nullptr) core->Start(std::move(answer));
    });
  }

  void Shutdown(Done done) override {
    door_->Post([answer = door_->AnswerWhileOpen(std::move(done))](AgentCore* core) mutable {
      if (core != nullptr) core->Shutdown(std::move(answer));
    });
  }

  ExecutorEndpoint& executors() override { return executors_; }

  void CallOperator(v1::agent::Call call, Peer, Called done) override {
    operator_times_->Waits();
    door_->Post([call = std::move(call), answer = door_->Answer(std::move(done)),
                 times = operator_times_, loop = loop_,
                 posted = loop_->Now()](AgentCore* core) mutable {
      if (core == nullptr) return answer(Stopped());
      const MessageTimes::Turn turn(times, KindOf(call), posted, loop);
      core->CallOperator(call, std::move(answer));
    });
  }

 private:
  EventLoop* const loop_;
  std::unique_ptr<AgentCore> core_;
  const std::shared_ptr<CoreDoor> door_;
  const std::shared_ptr<MessageTimes> operator_times_;
  SessionEndpoint<Call, Event> executors_;
};

absl::Status Invalid(absl::string_view what, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(what, ": ", why));
}

absl::Status Validate(const AgentOptions& options) {
  if (options.hostname.empty()) return Invalid("hostname", "missing");
  if (options.ip.empty()) return Invalid("ip", "missing");
  if (options.port < 0 || options.port > 65535) {
    return Invalid("port", absl::StrCat(options.port, " is not between 0 and 65535"));
  }
  if (options.resources.empty()) return Invalid("resources", "an agent needs some");
  if (!absl::StartsWith(options.work_dir, "/")) {
    return Invalid("work_dir", absl::StrCat(Quoted(options.work_dir), " is not an absolute path"));
  }
  if (options.registration_backoff_factor < absl::ZeroDuration()) {
    return Invalid("registration_backoff_factor", "must not be negative");
  }
  if (options.executor_registration_timeout <= absl::ZeroDuration()) {
    return Invalid("executor_registration_timeout", "must be more than zero");
  }
  if (options.executor_reregistration_timeout <= absl::ZeroDuration() ||
      options.executor_reregistration_timeout > kMaxReregistrationTimeout) {
    return Invalid("executor_reregistration_timeout", "must be more than zero, at most 15 s");
  }
  if (options.executor_shutdown_grace_period < absl::ZeroDuration()) {
    return Invalid("executor_shutdown_grace_period", "must not be negative");
  }
  if (options.recovery_timeout < absl::ZeroDuration()) {
    return Invalid("recovery_timeout", "must not be negative");
  }
  if (options.oversubscribed_resources_interval <= absl::ZeroDuration()) {
    return Invalid("oversubscribed_resources_interval", "must be more than zero");
  }
  if (options.qos_correction_interval_min < absl::ZeroDuration()) {
    return Invalid("qos_correction_interval_min", "must not be negative");
  }
  return absl::OkStatus();
}

absl::Status Validate(const AgentDependencies& dependencies) {
  if (dependencies.loop == nullptr) return Invalid("loop", "missing");
  if (dependencies.random == nullptr) return Invalid("random", "missing");
  if (dependencies.master == nullptr) return Invalid("master", "missing");
  if (dependencies.containerizer == nullptr) return Invalid("containerizer", "missing");
  if (dependencies.checkpoints == nullptr) return Invalid("checkpoints", "missing");
  return absl::OkStatus();
}

}  // namespace
}  // namespace mesos::agent

namespace mesos {

absl::StatusOr<std::unique_ptr<Agent>> CreateAgent(AgentOptions options,
                                                   AgentDependencies dependencies,
                                                   HeaderVersion headers) {
  RETURN_IF_ERROR(CheckVersion(headers));
  RETURN_IF_ERROR(agent::Validate(options));
  RETURN_IF_ERROR(agent::Validate(dependencies));
  return std::make_unique<agent::LoopAgent>(std::move(options), std::move(dependencies));
}

}  // namespace mesos
