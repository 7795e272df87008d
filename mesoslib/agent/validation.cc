#include "mesoslib/agent/validation.h"

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "mesos/resources.h"
#include "mesoslib/base/ids_validation.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/uuid.h"

namespace mesos::agent {
namespace {

using v1::executor::Call;

absl::Status Invalid(absl::string_view field, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", why));
}

absl::Status ValidateDuration(absl::string_view field, const v1::DurationInfo& duration) {
  if (duration.nanoseconds() >= 0) return absl::OkStatus();
  return Invalid(field, absl::StrCat(duration.nanoseconds(), " nanoseconds; must not be negative"));
}

absl::Status ValidateCommand(absl::string_view field, const v1::CommandInfo& command) {
  if (command.shell() && !command.has_value()) {
    return Invalid(absl::StrCat(field, ".value"), "missing; a shell needs a command");
  }
  if (!command.has_value() && command.arguments_size() == 0) {
    return Invalid(absl::StrCat(field, ".value"), "missing, and there are no arguments");
  }
  return absl::OkStatus();
}

absl::Status ValidateStatus(const v1::TaskStatus& status) {
  RETURN_IF_ERROR(ValidateId("update.status.task_id", status.task_id().value()));
  if (!status.has_state()) return Invalid("update.status.state", "missing");
  if (!IsUuidBytes(status.uuid())) {
    return Invalid("update.status.uuid",
                   absl::StrCat(UuidToText(status.uuid()), " is no UUID of 16 bytes (RFC 4122)"));
  }
  return absl::OkStatus();
}

absl::Status ValidateSubscribe(const Call::Subscribe& subscribe) {
  for (const v1::TaskInfo& task : subscribe.unacknowledged_tasks()) {
    RETURN_IF_ERROR(ValidateId("subscribe.unacknowledged_tasks.task_id", task.task_id().value()));
  }
  for (const Call::Update& update : subscribe.unacknowledged_updates()) {
    RETURN_IF_ERROR(Annotate(ValidateStatus(update.status()), "subscribe.unacknowledged_updates"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateAddressees(const internal::MasterMessage::RunTasks& message) {
  RETURN_IF_ERROR(ValidateId("framework.id", message.framework().id().value()));
  if (message.tasks().empty()) return Invalid("tasks", "there are none");
  absl::flat_hash_set<std::string> seen;
  for (const v1::TaskInfo& task : message.tasks()) {
    RETURN_IF_ERROR(ValidateId("tasks.task_id", task.task_id().value()));
    if (!seen.insert(task.task_id().value()).second) {
      return Invalid("tasks.task_id", absl::StrCat(Quoted(task.task_id().value()), " comes twice"));
    }
  }
  return absl::OkStatus();
}

absl::Status ValidateTask(const v1::TaskInfo& task, const AgentId& agent, bool in_group) {
  if (task.agent_id().value() != agent.value()) {
    return Invalid("agent_id",
                   absl::StrCat(Quoted(task.agent_id().value()), " is not this agent, which is ",
                                Quoted(agent.value())));
  }
  if (in_group && task.has_executor()) {
    return Invalid("executor", "tasks of a group run under the group's executor");
  }
  if (!in_group && task.has_executor() == task.has_command()) {
    return Invalid("command", "a task needs either a command or an executor");
  }
  if (task.has_command() && !in_group) RETURN_IF_ERROR(ValidateCommand("command", task.command()));
  RETURN_IF_ERROR(Annotate(ValidateTaskResources(task.resources()), "task"));
  RETURN_IF_ERROR(ValidateDuration("kill_policy.grace_period", task.kill_policy().grace_period()));
  return ValidateDuration("max_completion_time", task.max_completion_time());
}

absl::Status ValidateExecutor(absl::string_view field, const v1::ExecutorInfo& executor,
                              const FrameworkId& framework) {
  if (executor.type() == v1::ExecutorInfo::DEFAULT) {
    return absl::UnimplementedError(
        absl::StrCat(field,
                     ".type: this agent has no default executor (DEFAULT); "
                     "CUSTOM ones with a command are supported"));
  }
  RETURN_IF_ERROR(ValidateId(absl::StrCat(field, ".executor_id"), executor.executor_id().value()));
  if (executor.has_framework_id() && executor.framework_id().value() != framework.value()) {
    return Invalid(absl::StrCat(field, ".framework_id"),
                   absl::StrCat(Quoted(executor.framework_id().value()),
                                " is not the framework, which is ", Quoted(framework.value())));
  }
  if (!executor.has_command()) return Invalid(absl::StrCat(field, ".command"), "missing");
  RETURN_IF_ERROR(ValidateCommand(absl::StrCat(field, ".command"), executor.command()));
  RETURN_IF_ERROR(Annotate(ValidateTaskResources(executor.resources()), field));
  return ValidateDuration(absl::StrCat(field, ".shutdown_grace_period"),
                          executor.shutdown_grace_period());
}

absl::Status ValidateExecutorCall(const Call& call) {
  if (!call.has_type()) return Invalid("type", "missing");
  RETURN_IF_ERROR(ValidateId("framework_id", call.framework_id().value()));
  RETURN_IF_ERROR(ValidateId("executor_id", call.executor_id().value()));
  switch (call.type()) {
    case Call::SUBSCRIBE:
      return ValidateSubscribe(call.subscribe());
    case Call::UPDATE:
      if (!call.has_update()) return Invalid("update", "missing");
      return ValidateStatus(call.update().status());
    case Call::MESSAGE:
      if (!call.has_message()) return Invalid("message", "missing");
      return absl::OkStatus();
    case Call::HEARTBEAT:
      return absl::OkStatus();
    default:
      return absl::UnimplementedError(
          absl::StrCat("type: this agent does not answer ", Call::Type_Name(call.type())));
  }
}

}  // namespace mesos::agent
