// From what was written down to a running agent: who it is, what it runs, what is damaged.
#include <utility>

#include "absl/strings/str_cat.h"
#include "mesoslib/agent/core.h"
#include "mesoslib/agent/reconfiguration.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/uuid.h"

namespace mesos::agent {
namespace {

// How long an agent that cleans up waits for the master to take notice.
constexpr absl::Duration kCleanupTimeout = absl::Minutes(1);

TaskReport Report(v1::TaskState state, v1::TaskStatus::Reason reason, std::string message) {
  TaskReport report;
  report.state = state;
  report.reason = reason;
  report.message = std::move(message);
  return report;
}

}  // namespace

void AgentCore::Start(Agent::Done done) {
  if (state_ != State::kNew) {
    return done(absl::FailedPreconditionError("the agent was started before"));
  }
  state_ = State::kRecovering;
  recovery_began_ = deps_.loop->Now();
  resource_version_ = NewUuidBytes(deps_.random);
  started_ = std::move(done);
  checkpointer_.Load(
      [this](absl::StatusOr<RecoveredState> recovered) { Recovered(std::move(recovered)); });
}

void AgentCore::Recovered(absl::StatusOr<RecoveredState> recovered) {
  if (!recovered.ok()) {
    return RecoveryFailed(Annotate(recovered.status(), "the agent's checkpoints can't be read"));
  }
  if (options_.strict && !recovered->damaged.empty()) {
    return RecoveryFailed(DamageError(recovered->damaged));
  }
  if (absl::Status status = TakeIdentity(*recovered); !status.ok()) return RecoveryFailed(status);
  if (!info_.has_id()) recovered->operations.clear();
  if (absl::Status status = operations_.Recover(recovered->converted, recovered->operations);
      !status.ok()) {
    return RecoveryFailed(status);
  }
  SetDamageAside(recovered->damaged);
  if (info_.has_id()) {
    WriteAgent();
  } else {
    checkpointer_.Clear();
  }
  lost_tasks_ = std::move(recovered->lost_tasks);

  std::vector<ContainerId> known;
  for (const auto& [id, framework] : recovered->frameworks) {
    for (const auto& [unused, executor] : ledger_.Recover(framework).executors()) {
      if (!rebooted_) known.push_back(executor->container());
    }
  }
  log_.Info("recovered agent ", Quoted(info_.id().value()), " with ", known.size(),
            rebooted_ ? " containers; the machine was rebooted" : " containers");
  deps_.containerizer->Recover(std::move(known), lifetime_.Guard([this](absl::Status status) {
    ContainersRecovered(std::move(status));
  }));
}

void AgentCore::SetDamageAside(const std::vector<DamagedCheckpoint>& damaged) {
  for (const DamagedCheckpoint& one : damaged) {
    log_.Error(Describe(one), "; it is set aside under ", Quoted(DamagedKey(one.key)));
  }
  recovery_errors_ = damaged.size();
  checkpointer_.SetAside(damaged);
}

absl::Status AgentCore::TakeIdentity(RecoveredState& recovered) {
  if (!recovered.agent) return absl::OkStatus();
  cleaning_up_ = options_.recover == AgentRecovery::kCleanup;
  const std::string& boot_id = recovered.agent->boot_id();
  if (recovered.agent->has_term()) term_ = recovered.agent->term();
  rebooted_ = !boot_id.empty() && !options_.boot_id.empty() && boot_id != options_.boot_id;
  if (!cleaning_up_ && !recovered.agent_inferred) {
    const absl::Status same =
        CheckReconfiguration(options_.reconfiguration_policy, recovered.agent->agent(), info_);
    if (!same.ok() && !rebooted_) return same;
    if (!same.ok()) {
      log_.Warning("the machine was rebooted and has changed, so this is a new agent: ",
                   same.message());
      recovered.frameworks.clear();
      recovered.lost_tasks.clear();
      return absl::OkStatus();
    }
  }
  draining_.Recover(*recovered.agent);
  *info_.mutable_id() = recovered.agent->agent().id();
  ledger_.set_agent_id(AgentId(info_.id().value()));
  return absl::OkStatus();
}

void AgentCore::ContainersRecovered(absl::Status status) {
  if (state_ != State::kRecovering) return;
  if (!status.ok()) return RecoveryFailed(Annotate(status, "containers can't be recovered"));
  state_ = State::kReconnecting;
  operations_.ResumeWork();
  for (const LostTask& task : lost_tasks_) ReportLost(task);
  std::vector<FrameworkId> frameworks;
  for (const auto& [id, framework] : ledger_.frameworks().all()) frameworks.push_back(id);
  for (const FrameworkId& id : frameworks) RecoverExecutors(id);
  for (const LostTask& task : std::exchange(lost_tasks_, {})) GiveUp(task);
  if (cleaning_up_) EndAllContainers();
  executors_.WhenReconnected(lifetime_.Guard([this] { Ready(); }));
}

void AgentCore::ReportLost(const LostTask& lost) {
  TaskReport report = Report(v1::TASK_GONE, v1::TaskStatus::REASON_AGENT_RESTARTED,
                             "The agent's record of the task was damaged");
  log_.Error("task ", Quoted(lost.task.value()), " of framework ", Quoted(lost.framework.value()),
             " is given up");
  Framework* framework = ledger_.frameworks().Find(lost.framework);
  if (framework == nullptr) {
    return ledger_.ReportUnknown(lost.framework, lost.task, std::move(report));
  }
  ledger_.Report(*framework, framework->FindExecutorOf(lost.task), lost.task, std::move(report));
}

void AgentCore::GiveUp(const LostTask& lost) {
  Framework* framework = ledger_.frameworks().Find(lost.framework);
  if (framework == nullptr) return;
  Executor* executor = framework->FindExecutorOf(lost.task);
  if (executor == nullptr) executor = framework->FindExecutor(lost.executor);
  if (executor != nullptr) executors_.GiveUp(*executor, lost.task);
}

void AgentCore::RecoverExecutors(const FrameworkId& id) {
  const TaskReport lost = Report(v1::TASK_FAILED, v1::TaskStatus::REASON_EXECUTOR_TERMINATED,
                                 "The machine was rebooted");
  for (const ExecutorId& executor_id : ledger_.frameworks().Find(id)->ExecutorIds()) {
    Framework& framework = *ledger_.frameworks().Find(id);
    Executor& executor = *framework.FindExecutor(executor_id);
    if (rebooted_) {
      ledger_.ReportAll(framework, executor, lost);
      ledger_.ExecutorEnded(framework, executor);
    } else if (executor.command_task()) {
      commands_.Recover(framework, executor);
    } else {
      executors_.Recover(framework, executor);
    }
  }
  ledger_.RemoveIfIdle(id);
}

void AgentCore::Ready() {
  if (state_ != State::kReconnecting) return;
  state_ = State::kRunning;
  recovery_time_ = deps_.loop->Now() - recovery_began_;
  draining_.EndAll();
  if (shutdown_ != nullptr) {
    started_(absl::CancelledError("the agent was shut down while it recovered"));
    return Shutdown(std::move(shutdown_));
  }
  registration_.Start({.principal = "", .address = absl::StrCat(options_.ip, ":", options_.port)});
  if (cleaning_up_) {
    CleanUp();
  } else {
    oversubscription_.Start();
  }
  std::exchange(started_, nullptr)(absl::OkStatus());
}

void AgentCore::RecoveryFailed(absl::Status status) {
  log_.Error(status.ToString());
  state_ = State::kStopped;
  end_ = status;
  StopActing();
  if (shutdown_ != nullptr) std::exchange(shutdown_, nullptr)(status);
  std::exchange(started_, nullptr)(status);
}

void AgentCore::CleanUp() {
  cleanup_timer_ = deps_.loop->PostAt(deps_.loop->Now() + kCleanupTimeout, lifetime_.Guard([this] {
    // Without tasks there is nothing to tell but that it is gone, which the master will notice.
    if (nothing_left_) return CleanedUp(absl::OkStatus());
    CleanedUp(absl::DeadlineExceededError(absl::StrCat(
        "the master did not take notice within ", absl::FormatDuration(kCleanupTimeout),
        " of how the tasks on this agent have ended; start again with --recover=cleanup to go "
        "on")));
  }));
  ledger_.WhenEmpty([this] {
    nothing_left_ = true;
    FinishCleanup();
  });
}

void AgentCore::FinishCleanup() {
  if (!cleaning_up_ || !nothing_left_ || !acting_) return;
  AgentMessage farewell;
  farewell.mutable_unregister();
  registration_.Stop(std::move(farewell));
  CleanedUp(absl::OkStatus());
}

void AgentCore::CleanedUp(const absl::Status& status) {
  if (state_ != State::kRunning) return;
  if (!status.ok()) {
    log_.Error(status.message());
    state_ = State::kStopped;
    end_ = status;
    StopActing();
    if (deps_.ended != nullptr) deps_.ended(status);
    return;
  }
  log_.Info("nothing is left of agent ", Quoted(info_.id().value()));
  Leave([this](absl::Status left) {
    end_ = left;
    if (deps_.ended != nullptr && left.ok()) deps_.ended(absl::OkStatus());
  });
}

}  // namespace mesos::agent
