#include "mesoslib/agent/task.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "mesoslib/base/logger.h"

namespace mesos::agent {

absl::Status Task::HandOver() {
  if (phase_ != Phase::kQueued) {
    return absl::FailedPreconditionError(
        absl::StrCat("task ", Quoted(info_.task_id().value()), " is not queued"));
  }
  phase_ = Phase::kLaunched;
  return absl::OkStatus();
}

absl::Status Task::Apply(const v1::TaskStatus& status) {
  const v1::TaskState state = status.state();
  if (phase_ == Phase::kEnded) {
    return absl::FailedPreconditionError(
        absl::StrCat("task ", Quoted(info_.task_id().value()), " has ended as ",
                     v1::TaskState_Name(state_), "; it can't become ", v1::TaskState_Name(state)));
  }
  if (state == v1::TASK_STAGING || state == v1::TASK_UNREACHABLE || state == v1::TASK_UNKNOWN) {
    return absl::InvalidArgumentError(
        absl::StrCat("status.state: ", v1::TaskState_Name(state), " is not for executors to say"));
  }
  if (IsTerminal(state)) phase_ = Phase::kEnded;
  state_ = state;
  latest_ = status;
  latest_.clear_data();
  return absl::OkStatus();
}

absl::Duration Task::Age(absl::Time wall_time) const {
  if (!latest_.has_timestamp()) return absl::ZeroDuration();
  const absl::Time then = absl::UnixEpoch() + absl::Seconds(latest_.timestamp());
  return std::max(wall_time - then, absl::ZeroDuration());
}

v1::Task Task::ToProto(const FrameworkId& framework, const ExecutorId& executor,
                       const AgentId& agent) const {
  v1::Task task;
  task.set_name(info_.name());
  *task.mutable_task_id() = info_.task_id();
  task.mutable_framework_id()->set_value(framework.value());
  if (!executor.empty()) task.mutable_executor_id()->set_value(executor.value());
  task.mutable_agent_id()->set_value(agent.value());
  task.set_state(state_);
  *task.mutable_resources() = info_.resources();
  if (latest_.has_state()) *task.add_statuses() = latest_;
  if (info_.has_labels()) *task.mutable_labels() = info_.labels();
  if (info_.has_discovery()) *task.mutable_discovery() = info_.discovery();
  if (info_.has_container()) *task.mutable_container() = info_.container();
  if (info_.has_health_check()) *task.mutable_health_check() = info_.health_check();
  if (info_.has_kill_policy()) *task.mutable_kill_policy() = info_.kill_policy();
  *task.mutable_limits() = info_.limits();
  const v1::CommandInfo& command =
      info_.has_executor() ? info_.executor().command() : info_.command();
  if (command.has_user()) task.set_user(command.user());
  return task;
}

}  // namespace mesos::agent
