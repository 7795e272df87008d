#include "mesoslib/master/task_validation.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "mesoslib/base/ids_validation.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/master/label_validation.h"

namespace mesos::master {
namespace {

absl::Status Invalid(absl::string_view message) { return absl::InvalidArgumentError(message); }

// The resources as they will be held: allocated to the offers' role. What names another role is
// refused.
absl::StatusOr<Resources> AllocatedResources(const Resources::ProtoList& protos,
                                             absl::string_view field, absl::string_view role) {
  RETURN_IF_ERROR(Annotate(ValidateTaskResources(protos), field));
  absl::StatusOr<Resources> resources = Resources::FromProto(protos);
  if (!resources.ok()) return Annotate(resources.status(), field);
  std::optional<std::string> allocated = resources->AllocationRole();
  if (allocated.has_value() && *allocated != role) {
    return Invalid(absl::StrCat(field, " is allocated to the role ", Quoted(*allocated),
                                "; the offers are for ", Quoted(role)));
  }
  resources->Allocate(role);
  return resources;
}

absl::Status ValidateDuration(absl::string_view field, const v1::DurationInfo& duration) {
  if (duration.nanoseconds() >= 0) return absl::OkStatus();
  return Invalid(
      absl::StrCat(field, ".nanoseconds is ", duration.nanoseconds(), "; expected zero or more"));
}

absl::Status ValidateCommand(absl::string_view field, const v1::CommandInfo& command) {
  for (const auto& variable : command.environment().variables()) {
    if (variable.name().empty()) {
      return Invalid(absl::StrCat(field, ".environment has a variable without name"));
    }
    const bool secret = variable.type() == v1::Environment::Variable::SECRET;
    if (secret ? !variable.has_secret() || variable.has_value() : variable.has_secret()) {
      return Invalid(absl::StrCat(field, ".environment.variables ", Quoted(variable.name()),
                                  secret ? " is a SECRET; expected `secret` and no `value`"
                                         : " is a VALUE; expected no `secret`"));
    }
  }
  return absl::OkStatus();
}

absl::Status ValidateExecutor(const v1::ExecutorInfo& executor, const LaunchContext& context) {
  RETURN_IF_ERROR(ValidateId("executor.executor_id", executor.executor_id().value()));
  if (executor.has_framework_id() &&
      executor.framework_id().value() != context.framework.id.value()) {
    return Invalid(absl::StrCat("executor.framework_id is ",
                                Quoted(executor.framework_id().value()),
                                "; expected the framework's own, ", context.framework.id.value()));
  }
  if (executor.type() == v1::ExecutorInfo::DEFAULT) {
    if (executor.has_command()) {
      return Invalid("executor.command is set; a DEFAULT executor has none");
    }
  } else if (!executor.has_command()) {
    return Invalid("executor.command is missing; a CUSTOM executor needs one");
  }
  RETURN_IF_ERROR(ValidateCommand("executor.command", executor.command()));
  RETURN_IF_ERROR(ValidateLabels("executor.labels", executor.labels()));
  RETURN_IF_ERROR(ValidateLabels("executor.discovery", executor.discovery()));
  return ValidateDuration("executor.shutdown_grace_period", executor.shutdown_grace_period());
}

// Executors with the same id are the same executor.
absl::Status ValidateSameExecutor(const v1::ExecutorInfo& executor, const Executor& running) {
  v1::ExecutorInfo asked = executor;
  *asked.mutable_framework_id() = running.info->framework_id();
  v1::ExecutorInfo known = *running.info;
  if (!asked.has_type()) known.clear_type();
  asked.clear_resources();
  known.clear_resources();
  if (google::protobuf::util::MessageDifferencer::Equivalent(asked, known)) {
    return absl::OkStatus();
  }
  return Invalid(absl::StrCat("executor ", Quoted(executor.executor_id().value()),
                              " is running with another ExecutorInfo; expected the same, or "
                              "another executor_id"));
}

// A task may use more than it requests where there is more, up to its limits.
absl::Status ValidateLimits(const v1::TaskInfo& task, const Agent& agent) {
  if (task.limits().empty()) return absl::OkStatus();
  const auto& capabilities = agent.capability_list;
  if (std::none_of(capabilities.begin(), capabilities.end(), [](const auto& capability) {
        return capability.type() == v1::AgentInfo::Capability::TASK_RESOURCE_LIMITS;
      })) {
    return Invalid("limits is set, but the agent has no capability TASK_RESOURCE_LIMITS");
  }
  std::map<std::string, double> requested;
  for (const v1::Resource& resource : task.resources()) {
    requested[resource.name()] += resource.scalar().value();
  }
  // In the order of names, so that the same one of several mistakes is named each time.
  std::map<std::string, double> limits;
  for (const auto& [name, limit] : task.limits()) limits.emplace(name, limit.value());
  for (const auto& [name, limit] : limits) {
    const std::string field = absl::StrCat("limits[", Quoted(name), "]");
    if (name != "cpus" && name != "mem") {
      return Invalid(absl::StrCat(field, " is ", limit, "; expected limits of cpus and mem only"));
    }
    if (limit >= requested[name]) continue;  // Not so for what is no number.
    return Invalid(absl::StrCat(field, " is ", limit, "; expected at least what is requested, ",
                                requested[name], ", or Infinity"));
  }
  return absl::OkStatus();
}

absl::Status ValidateFields(const v1::TaskInfo& task, const LaunchContext& context) {
  RETURN_IF_ERROR(ValidateId("task_id", task.task_id().value()));
  if (!task.has_name()) return Invalid("name is missing");
  if (task.agent_id().value() != context.agent.id.value()) {
    return Invalid(absl::StrCat("agent_id is ", Quoted(task.agent_id().value()),
                                "; the offers are of agent ", context.agent.id.value()));
  }
  if (context.ledger.FindTask(context.framework, TaskId(task.task_id().value())) != nullptr) {
    return Invalid(absl::StrCat("task_id is ", Quoted(task.task_id().value()),
                                ", which another task of the framework has"));
  }
  RETURN_IF_ERROR(ValidateCommand("command", task.command()));
  RETURN_IF_ERROR(ValidateLabels("labels", task.labels()));
  RETURN_IF_ERROR(ValidateLabels("discovery", task.discovery()));
  RETURN_IF_ERROR(ValidateDuration("kill_policy.grace_period", task.kill_policy().grace_period()));
  RETURN_IF_ERROR(ValidateDuration("max_completion_time", task.max_completion_time()));
  if (task.resources().empty()) return Invalid("resources is empty");
  // Better refused than run unwatched.
  if (task.has_health_check()) return Invalid("health_check is set; agents here run no checks");
  if (task.has_check()) return Invalid("check is set; agents here run no checks");
  return ValidateLimits(task, context.agent);
}

// Whether its container has cgroups of its own.
bool SharesCgroups(const v1::ExecutorInfo& executor, const v1::TaskInfo& task) {
  const v1::LinuxInfo& own = task.container().linux_info();
  if (own.has_share_cgroups()) return own.share_cgroups();
  return executor.container().linux_info().share_cgroups();
}

absl::Status ValidateUnreachable(const v1::TaskInfo& task, const Framework& framework) {
  if (framework.unreachable_tasks.Find(TaskId(task.task_id().value())) == nullptr) {
    return absl::OkStatus();
  }
  return Invalid(absl::StrCat("task_id is ", Quoted(task.task_id().value()),
                              ", which an unreachable task of the framework has"));
}

// The executor's part: nothing where it runs already.
absl::StatusOr<Resources> ExecutorResources(const v1::ExecutorInfo& executor,
                                            const LaunchContext& context) {
  RETURN_IF_ERROR(ValidateExecutor(executor, context));
  const ExecutorId id(executor.executor_id().value());
  const Executor* running = context.ledger.FindExecutor(context.agent, context.framework.id, id);
  if (running != nullptr) {
    RETURN_IF_ERROR(ValidateSameExecutor(executor, *running));
    return Resources();
  }
  return AllocatedResources(executor.resources(), "executor.resources", context.role);
}

absl::Status ValidateFits(const Resources& wanted, const Resources& available) {
  // No name may be both revocable and not.
  const Resources revocable = wanted.Revocable();
  for (const ResourceEntry& entry : wanted.NonRevocable()) {
    if (revocable.ScalarMillis(entry.name()) > 0) {
      return Invalid(absl::StrCat("resources has ", entry.name(),
                                  " both revocable and not; expected one of them"));
    }
  }
  if (available.Contains(wanted)) return absl::OkStatus();
  Resources missing = wanted - available;
  missing.Unallocate();
  Resources shown = available;
  shown.Unallocate();
  return Invalid(absl::StrCat("resources asks for more than is offered: ", missing.ToString(),
                              " too much; what is left of the offers is ",
                              shown.empty() ? "nothing" : shown.ToString()));
}

}  // namespace

absl::StatusOr<LaunchResources> ValidateTask(const v1::TaskInfo& task, const LaunchContext& context,
                                             const Resources& available) {
  RETURN_IF_ERROR(ValidateFields(task, context));
  RETURN_IF_ERROR(ValidateUnreachable(task, context.framework));
  if (task.has_command() == task.has_executor()) {
    return Invalid(task.has_command() ? "command and executor are both set; expected one of them"
                                      : "command and executor are both missing; expected one");
  }
  LaunchResources result;
  ASSIGN_OR_RETURN(result.task, AllocatedResources(task.resources(), "resources", context.role));
  if (task.has_executor()) {
    ASSIGN_OR_RETURN(result.executor, ExecutorResources(task.executor(), context));
  }
  RETURN_IF_ERROR(ValidateFits(result.task + result.executor, available));
  return result;
}

absl::StatusOr<std::vector<LaunchResources>> ValidateTaskGroup(const v1::ExecutorInfo& executor,
                                                               const v1::TaskGroupInfo& group,
                                                               const LaunchContext& context,
                                                               const Resources& available) {
  if (group.tasks().empty()) return Invalid("task_group.tasks is empty");
  if (!executor.has_type()) return Invalid("executor.type is missing; expected DEFAULT or CUSTOM");
  ASSIGN_OR_RETURN(Resources executor_resources, ExecutorResources(executor, context));
  if (!executor_resources.empty() && (executor_resources.ScalarMillis("cpus") < 10 ||
                                      executor_resources.ScalarMillis("mem") < 32'000)) {
    return Invalid("executor.resources is too small; expected at least cpus:0.01; mem:32");
  }
  std::vector<LaunchResources> results;
  absl::btree_set<std::string> ids;
  Resources wanted = executor_resources;
  for (const v1::TaskInfo& task : group.tasks()) {
    RETURN_IF_ERROR(ValidateFields(task, context));
    RETURN_IF_ERROR(ValidateUnreachable(task, context.framework));
    if (!ids.insert(task.task_id().value()).second) {
      return Invalid(
          absl::StrCat("task_id ", Quoted(task.task_id().value()), " is twice in the group"));
    }
    if (task.has_executor()) return Invalid("a task of a group names an executor of its own");
    if (!task.limits().empty() && SharesCgroups(executor, task)) {
      return Invalid(
          "limits is set for a task of a group that shares its executor's cgroups; expected "
          "container.linux_info.share_cgroups false");
    }
    if (task.has_container() && task.container().type() == v1::ContainerInfo::DOCKER) {
      return Invalid("container.type is DOCKER; expected MESOS for a task of a group");
    }
    ASSIGN_OR_RETURN(Resources resources,
                     AllocatedResources(task.resources(), "resources", context.role));
    wanted += resources;
    results.push_back({std::move(resources), {}});
  }
  RETURN_IF_ERROR(ValidateFits(wanted, available));
  results.front().executor = std::move(executor_resources);
  return results;
}

}  // namespace mesos::master
