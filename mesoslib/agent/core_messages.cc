// What the master says to the agent. Whatever makes no sense is logged and ignored, unless there is
// a task to speak of: then it gets an update.
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "mesoslib/agent/core.h"
#include "mesoslib/agent/validation.h"
#include "mesoslib/base/ids_validation.h"
#include "mesoslib/base/status_macros.h"

namespace mesos::agent {

using google::protobuf::util::MessageDifferencer;

namespace {

// That wait until the registration is written down, which takes a moment.
constexpr size_t kMaxEarlyMessages = 10000;

// Containers are given their volumes when they are launched.
absl::Status CheckNoVolumes(const std::vector<CustomExecutors::NewTask>& tasks) {
  for (const auto& task : tasks) {
    const Resources volumes = task.resources.PersistentVolumes();
    if (volumes.empty()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("resources: ", volumes.ToString(), " cannot be given to an executor that is ",
                     "there already; expected a new one, or no persistent volume"));
  }
  return absl::OkStatus();
}

}  // namespace

void AgentCore::Receive(MasterMessage message) {
  if (state_ != State::kRunning) return;
  if (acting_ || message.message_case() == MasterMessage::kShutdown) return Act(std::move(message));
  if (registration_.registered() && early_.size() < kMaxEarlyMessages) {
    return early_.push_back(std::move(message));
  }
  log_.Warning("ignoring a message of the master that comes before the registration");
}

void AgentCore::Act(MasterMessage message) {
  switch (message.message_case()) {
    case MasterMessage::kRunTasks:
      return RunTasks(std::move(*message.mutable_run_tasks()));
    case MasterMessage::kKillTask:
      return KillTask(message.kill_task());
    case MasterMessage::kAcknowledgeUpdate:
      return Acknowledge(message.acknowledge_update());
    case MasterMessage::kFrameworkMessage:
      return PassMessage(std::move(*message.mutable_framework_message()));
    case MasterMessage::kShutdownExecutor:
      return ShutdownExecutor(message.shutdown_executor());
    case MasterMessage::kShutdownFramework:
      return ShutdownFramework(message.shutdown_framework());
    case MasterMessage::kUpdateFramework:
      return UpdateFramework(message.update_framework());
    case MasterMessage::kApplyOperation:
      return operations_.Apply(std::move(*message.mutable_apply_operation()), resource_version_);
    case MasterMessage::kAcknowledgeOperation:
      return operations_.Acknowledge(message.acknowledge_operation());
    case MasterMessage::kDrain:
      return draining_.Set(message.drain().has_config() ? std::optional(message.drain().config())
                                                        : std::nullopt);
    case MasterMessage::kShutdown: {
      const absl::Status why = absl::AbortedError(
          absl::StrCat("the master told the agent to leave: ", message.shutdown().message()));
      log_.Error(why.message());
      return Leave([this, why](absl::Status status) {
        end_ = status.ok() ? why : status;
        if (deps_.ended != nullptr && status.ok()) deps_.ended(why);
      });
    }
    default:
      log_.Warning("ignoring a message of the master of an unknown kind");
  }
}

void AgentCore::Refuse(Framework& framework, const TaskId& task, const absl::Status& why,
                       bool group) {
  TaskReport report;
  report.message = std::string(why.message());
  switch (why.code()) {
    case absl::StatusCode::kFailedPrecondition:
      report.state = v1::TASK_DROPPED;
      report.reason = v1::TaskStatus::REASON_EXECUTOR_TERMINATED;
      break;
    case absl::StatusCode::kNotFound:
      report.state = v1::TASK_DROPPED;
      report.reason = v1::TaskStatus::REASON_RESOURCES_UNKNOWN;
      break;
    case absl::StatusCode::kUnavailable:
      report.state = v1::TASK_DROPPED;
      report.reason = v1::TaskStatus::REASON_AGENT_DRAINING;
      break;
    case absl::StatusCode::kUnimplemented:
      report.state = v1::TASK_FAILED;
      report.reason =
          group ? v1::TaskStatus::REASON_TASK_GROUP_INVALID : v1::TaskStatus::REASON_TASK_INVALID;
      break;
    default:
      report.state = v1::TASK_ERROR;
      report.reason =
          group ? v1::TaskStatus::REASON_TASK_GROUP_INVALID : v1::TaskStatus::REASON_TASK_INVALID;
  }
  log_.Warning("refusing task ", Quoted(task.value()), " of framework ",
               Quoted(framework.id().value()), ": ", why.message());
  ledger_.Report(framework, nullptr, task, std::move(report));
}

bool AgentCore::IsKnown(Framework& framework, const TaskId& task) {
  return framework.FindExecutorOf(task) != nullptr ||
         ledger_.updates().HasStream(framework.id(), task);
}

void AgentCore::RunTasks(MasterMessage::RunTasks message) {
  if (const absl::Status status = ValidateAddressees(message); !status.ok()) {
    log_.Warning("ignoring a RunTasks: ", status.message());
    return;
  }
  if (cleaning_up_) {
    return log_.Warning("ignoring tasks: this agent ends all that it runs, and leaves");
  }
  const FrameworkId id(message.framework().id().value());
  if (Framework* known = ledger_.frameworks().Find(id); known != nullptr && known->terminating()) {
    log_.Warning("ignoring tasks of framework ", Quoted(id.value()), ", which is being shut down");
    return;
  }
  Framework& framework = ledger_.Admit(message.framework());
  if (draining_.active()) {
    RefuseAll(framework, message);
  } else if (message.has_group_executor()) {
    RunGroup(framework, std::move(message));
  } else {
    for (v1::TaskInfo& task : *message.mutable_tasks()) {
      RunTask(framework, std::move(task), message.launch_executor());
    }
  }
  ledger_.RemoveIfIdle(id);
}

void AgentCore::RefuseAll(Framework& framework, const MasterMessage::RunTasks& message) {
  for (const v1::TaskInfo& task : message.tasks()) {
    const TaskId id(task.task_id().value());
    if (IsKnown(framework, id)) continue;
    Refuse(framework, id, absl::UnavailableError("The agent is draining"),
           message.has_group_executor());
  }
}

void AgentCore::RunTask(Framework& framework, v1::TaskInfo task, bool launch_executor) {
  const TaskId id(task.task_id().value());
  if (IsKnown(framework, id)) {
    log_.Warning("ignoring task ", Quoted(id.value()), ", which is here already");
    return;
  }
  const absl::Status valid = ValidateTask(task, ledger_.agent_id(), /*in_group=*/false);
  if (!valid.ok()) return Refuse(framework, id, valid, /*group=*/false);
  absl::StatusOr<Resources> resources = Resources::FromProto(task.resources());
  if (!resources.ok()) return Refuse(framework, id, resources.status(), /*group=*/false);
  const absl::Status known = operations_.CheckKnown(*resources);
  if (!known.ok()) return Refuse(framework, id, known, /*group=*/false);
  if (task.has_executor()) {
    v1::ExecutorInfo executor = task.executor();
    std::vector<CustomExecutors::NewTask> tasks;
    tasks.push_back({std::move(task), *std::move(resources)});
    return RunOnExecutor(framework, std::move(executor), std::move(tasks), /*group=*/false,
                         launch_executor);
  }
  if (framework.FindExecutor(ExecutorId(id.value())) != nullptr) {
    return Refuse(framework, id,
                  absl::InvalidArgumentError(absl::StrCat(
                      "task_id: an executor of that name is here, ", Quoted(id.value()))),
                  /*group=*/false);
  }
  commands_.Launch(framework, std::move(task), *std::move(resources));
}

void AgentCore::RunGroup(Framework& framework, MasterMessage::RunTasks message) {
  std::vector<CustomExecutors::NewTask> tasks;
  absl::Status valid;
  for (const v1::TaskInfo& task : message.tasks()) {
    if (IsKnown(framework, TaskId(task.task_id().value()))) {
      log_.Warning("ignoring a group with task ", Quoted(task.task_id().value()),
                   ", which is here already");
      return;
    }
    valid.Update(ValidateTask(task, ledger_.agent_id(), /*in_group=*/true));
    absl::StatusOr<Resources> resources = Resources::FromProto(task.resources());
    valid.Update(resources.status());
    if (resources.ok()) valid.Update(operations_.CheckKnown(*resources));
    tasks.push_back({task, resources.ok() ? *std::move(resources) : Resources()});
  }
  if (!valid.ok()) {
    for (const auto& task : tasks) {
      Refuse(framework, TaskId(task.info.task_id().value()), valid, /*group=*/true);
    }
    return;
  }
  RunOnExecutor(framework, std::move(*message.mutable_group_executor()), std::move(tasks),
                /*group=*/true, message.launch_executor());
}

void AgentCore::RunOnExecutor(Framework& framework, v1::ExecutorInfo info,
                              std::vector<CustomExecutors::NewTask> tasks, bool group,
                              bool launch_executor) {
  const bool runs = framework.FindExecutor(ExecutorId(info.executor_id().value())) != nullptr;
  absl::Status valid = runs ? CheckNoVolumes(tasks) : absl::OkStatus();
  absl::StatusOr<Executor*> executor = nullptr;
  if (valid.ok()) {
    executor = FindOrStart(framework, info, launch_executor);
    valid = executor.status();
  }
  if (!valid.ok()) {
    for (const auto& task : tasks) {
      Refuse(framework, TaskId(task.info.task_id().value()), valid, group);
    }
    return;
  }
  executors_.Run(framework, **executor, std::move(tasks), group);
}

absl::StatusOr<Executor*> AgentCore::FindOrStart(Framework& framework,
                                                 const v1::ExecutorInfo& asked,
                                                 bool launch_executor) {
  RETURN_IF_ERROR(ValidateExecutor("executor", asked, framework.id()));
  v1::ExecutorInfo info = asked;
  *info.mutable_framework_id() = framework.info().id();
  Executor* executor = framework.FindExecutor(ExecutorId(info.executor_id().value()));
  if (executor == nullptr) {
    if (!launch_executor) {
      return absl::FailedPreconditionError("the executor has ended, and is not to be started");
    }
    ASSIGN_OR_RETURN(Resources own, Resources::FromProto(info.resources()));
    RETURN_IF_ERROR(operations_.CheckKnown(own));
    return &executors_.Start(framework, std::move(info), std::move(own));
  }
  if (executor->command_task() || !MessageDifferencer::Equals(executor->info(), info)) {
    return absl::InvalidArgumentError(
        absl::StrCat("executor.executor_id: ", Quoted(info.executor_id().value()),
                     " is in use with another ExecutorInfo"));
  }
  if (!executor->alive()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the executor is ", ToString(executor->state())));
  }
  return executor;
}

void AgentCore::KillTask(const MasterMessage::KillTask& message) {
  absl::Status valid = ValidateId("framework_id", message.framework_id().value());
  valid.Update(ValidateId("task_id", message.task_id().value()));
  if (message.kill_policy().grace_period().nanoseconds() < 0) {
    valid.Update(absl::InvalidArgumentError("kill_policy.grace_period: must not be negative"));
  }
  if (!valid.ok()) return log_.Warning("ignoring a KillTask: ", valid.message());
  const TaskId id(message.task_id().value());
  Framework* framework = ledger_.frameworks().Find(FrameworkId(message.framework_id().value()));
  Executor* executor = framework == nullptr ? nullptr : framework->FindExecutorOf(id);
  const v1::KillPolicy* policy = message.has_kill_policy() ? &message.kill_policy() : nullptr;
  if (executor == nullptr) {
    MasterMessage::TaskReference task;
    *task.mutable_framework_id() = message.framework_id();
    *task.mutable_task_id() = message.task_id();
    return Answer(task);
  }
  if (executor->command_task()) return commands_.Kill(*framework, *executor, policy);
  executors_.Kill(*framework, *executor, id, policy);
}

void AgentCore::Answer(const MasterMessage::TaskReference& task) {
  absl::Status valid = ValidateId("framework_id", task.framework_id().value());
  valid.Update(ValidateId("task_id", task.task_id().value()));
  if (!valid.ok()) return log_.Warning("ignoring a reference to a task: ", valid.message());
  const FrameworkId framework(task.framework_id().value());
  const TaskId id(task.task_id().value());
  Framework* known = ledger_.frameworks().Find(framework);
  // What is here, or has ended without being acknowledged, is told of anyhow.
  if (known != nullptr && IsKnown(*known, id)) return;
  if (ledger_.updates().HasStream(framework, id)) return;
  TaskReport report;
  report.state = v1::TASK_DROPPED;
  report.reason = v1::TaskStatus::REASON_AGENT_RESTARTED;
  report.message = "The agent has no such task";
  ledger_.ReportUnknown(framework, id, std::move(report));
}

void AgentCore::Acknowledge(const MasterMessage::AcknowledgeUpdate& message) {
  ledger_.Acknowledge(FrameworkId(message.framework_id().value()),
                      TaskId(message.task_id().value()), message.uuid());
  draining_.EndIdle(FrameworkId(message.framework_id().value()));
}

void AgentCore::ShutdownExecutor(const MasterMessage::ShutdownExecutor& message) {
  Framework* framework = ledger_.frameworks().Find(FrameworkId(message.framework_id().value()));
  Executor* executor = framework == nullptr
                           ? nullptr
                           : framework->FindExecutor(ExecutorId(message.executor_id().value()));
  if (executor == nullptr) {
    return log_.Warning("ignoring the shutdown of executor ", Quoted(message.executor_id().value()),
                        ", which is not here");
  }
  if (executor->command_task()) return commands_.Kill(*framework, *executor, nullptr);
  executors_.Shutdown(*framework, *executor);
}

void AgentCore::ShutdownFramework(const MasterMessage::ShutdownFramework& message) {
  const FrameworkId id(message.framework_id().value());
  Framework* framework = ledger_.frameworks().Find(id);
  if (framework == nullptr) {
    // It may have been told of tasks that never came.
    return ledger_.updates().RemoveFramework(id);
  }
  log_.Info("shutting down framework ", Quoted(id.value()));
  ledger_.ShutdownFramework(*framework);
  EndContainers(id, /*at_once=*/false);
}

void AgentCore::UpdateFramework(const MasterMessage::UpdateFramework& message) {
  const absl::Status valid = ValidateId("framework.id", message.framework().id().value());
  if (!valid.ok()) return log_.Warning("ignoring an UpdateFramework: ", valid.message());
  ledger_.UpdateFramework(message.framework());
}

void AgentCore::PassMessage(MasterMessage::FrameworkMessage message) {
  Framework* framework = ledger_.frameworks().Find(FrameworkId(message.framework_id().value()));
  Executor* executor = framework == nullptr
                           ? nullptr
                           : framework->FindExecutor(ExecutorId(message.executor_id().value()));
  if (executor == nullptr || executor->command_task()) {
    ++ledger_.counters().invalid_messages;
    return log_.Warning("dropping a message to executor ", Quoted(message.executor_id().value()),
                        ", which is not here");
  }
  ++ledger_.counters().valid_messages;
  executors_.Message(*executor, std::move(*message.mutable_data()));
}

}  // namespace mesos::agent
