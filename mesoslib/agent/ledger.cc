#include "mesoslib/agent/ledger.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "google/protobuf/util/message_differencer.h"
#include "mesos/task_states.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/uuid.h"

namespace mesos::agent {

using google::protobuf::util::MessageDifferencer;

Ledger::Ledger(Options options, Dependencies dependencies)
    : options_(options),
      loop_(dependencies.loop),
      random_(dependencies.random),
      checkpointer_(dependencies.checkpointer),
      log_(dependencies.log),
      frameworks_(options.max_completed_frameworks),
      updates_(dependencies.loop, dependencies.checkpointer, dependencies.log,
               std::move(dependencies.forward),
               [this](const FrameworkId& framework, const TaskId& task) {
                 UpdateAcknowledged(framework, task);
               }) {}

Framework& Ledger::Admit(const v1::FrameworkInfo& info) {
  Framework* known = frameworks_.Find(FrameworkId(info.id().value()));
  if (known != nullptr && MessageDifferencer::Equals(known->info(), info)) return *known;
  if (known != nullptr) {
    UpdateFramework(info);
    return *known;
  }
  if (info.checkpoint()) checkpointer_->PutFramework(info);
  return frameworks_.Add(info);
}

void Ledger::UpdateFramework(const v1::FrameworkInfo& info) {
  Framework* framework = frameworks_.Find(FrameworkId(info.id().value()));
  if (framework == nullptr) return;
  v1::FrameworkInfo updated = info;
  // What is on disk, and what is not, follows from this; so it stays.
  updated.set_checkpoint(framework->checkpoint());
  if (framework->checkpoint()) checkpointer_->PutFramework(updated);
  framework->set_info(std::move(updated));
}

Executor* Ledger::AddExecutor(Framework& framework, Executor::Spec spec) {
  Executor* executor = framework.AddExecutor(std::make_unique<Executor>(std::move(spec)));
  if (executor == nullptr || !framework.checkpoint()) return executor;
  internal::ExecutorCheckpoint checkpoint;
  *checkpoint.mutable_executor() = executor->info();
  checkpoint.set_container_id(executor->container().value());
  checkpoint.set_directory(executor->directory());
  checkpoint.set_command_task(executor->command_task());
  checkpointer_->PutExecutor(framework.id(), executor->id(), checkpoint);
  return executor;
}

Task* Ledger::AddTask(Framework& framework, Executor& executor, v1::TaskInfo info,
                      Resources resources) {
  Task* task = executor.AddTask(std::make_unique<Task>(std::move(info), std::move(resources)));
  if (task != nullptr && framework.checkpoint()) {
    checkpointer_->PutTask(framework.id(), executor.id(), task->info());
  }
  return task;
}

void Ledger::WhenDurable(const Framework& framework, absl::AnyInvocable<void()> done) {
  if (framework.checkpoint()) return checkpointer_->WhenDurable(std::move(done));
  done();
}

v1::TaskStatus Ledger::MakeStatus(const TaskId& task, const ExecutorId& executor,
                                  TaskReport report) {
  v1::TaskStatus status;
  status.mutable_task_id()->set_value(task.value());
  status.set_state(report.state);
  status.set_source(report.source);
  if (report.reason) status.set_reason(*report.reason);
  if (!report.message.empty()) status.set_message(std::move(report.message));
  if (report.container) {
    status.mutable_container_status()->mutable_container_id()->set_value(report.container->value());
  }
  status.mutable_agent_id()->set_value(agent_id_.value());
  if (!executor.empty()) status.mutable_executor_id()->set_value(executor.value());
  status.set_timestamp(absl::ToDoubleSeconds(loop_->WallTime() - absl::UnixEpoch()));
  status.set_uuid(NewUuidBytes(random_));
  return status;
}

void Ledger::ExplainDrain(const Framework& framework, v1::TaskStatus* status) const {
  if (!drain_) return;
  if (status->state() != v1::TASK_KILLING && status->state() != v1::TASK_KILLED) return;
  status->set_reason(v1::TaskStatus::REASON_AGENT_DRAINING);
  if (status->state() == v1::TASK_KILLED && drain_->mark_gone()) {
    status->set_state(framework.Known(v1::TASK_GONE_BY_OPERATOR));
  }
}

absl::Status Ledger::Apply(const v1::TaskStatus& status, Task* task) {
  RETURN_IF_ERROR(task->Apply(status));
  if (IsTerminal(status.state())) ++counters_.ended_tasks[status.state()];
  return absl::OkStatus();
}

void Ledger::Report(Framework& framework, Executor* executor, const TaskId& task,
                    TaskReport report) {
  report.state = framework.Known(report.state);
  Task* known = executor == nullptr ? nullptr : executor->FindTask(task);
  v1::TaskStatus status =
      MakeStatus(task, executor == nullptr ? ExecutorId() : executor->id(), std::move(report));
  ExplainDrain(framework, &status);
  if (known != nullptr && !Apply(status, known).ok()) return;
  if (framework.terminating()) return;
  absl::Status added =
      updates_.Add(framework.id(), framework.checkpoint(), std::move(status), nullptr);
  ++(added.ok() ? counters_.valid_updates : counters_.invalid_updates);
  if (!added.ok()) log_.Warning("dropping an update: ", added.message());
}

void Ledger::ReportAll(Framework& framework, Executor& executor, const TaskReport& report) {
  for (const TaskId& task : executor.LiveTasks()) Report(framework, &executor, task, report);
}

absl::Status Ledger::Update(Framework& framework, Executor& executor, v1::TaskStatus status,
                            StatusUpdates::Durable durable) {
  absl::Status taken = TakeUpdate(framework, executor, std::move(status), std::move(durable));
  ++(taken.ok() ? counters_.valid_updates : counters_.invalid_updates);
  return taken;
}

absl::Status Ledger::TakeUpdate(Framework& framework, Executor& executor, v1::TaskStatus status,
                                StatusUpdates::Durable durable) {
  status.mutable_agent_id()->set_value(agent_id_.value());
  *status.mutable_executor_id() = executor.info().executor_id();
  status.set_source(v1::TaskStatus::SOURCE_EXECUTOR);
  v1::ContainerStatus* container = status.mutable_container_status();
  if (!container->has_container_id()) {
    container->mutable_container_id()->set_value(executor.container().value());
  }
  if (!status.has_timestamp()) {
    status.set_timestamp(absl::ToDoubleSeconds(loop_->WallTime() - absl::UnixEpoch()));
  }
  ExplainDrain(framework, &status);
  Task* task = executor.FindTask(TaskId(status.task_id().value()));
  absl::Status taken = framework.terminating()
                           ? absl::FailedPreconditionError("the framework is shut down")
                       : task == nullptr ? absl::NotFoundError("the executor has no such task")
                                         : Apply(status, task);
  // An ended task's update may be a repetition of one that is on its way: the stream knows.
  const bool repeated = absl::IsFailedPrecondition(taken) && task != nullptr &&
                        updates_.HasStream(framework.id(), task->id());
  if (!taken.ok() && !repeated) {
    durable();
    return taken;
  }
  return updates_.Add(framework.id(), framework.checkpoint(), std::move(status),
                      std::move(durable));
}

void Ledger::ReportUnknown(const FrameworkId& framework, const TaskId& task, TaskReport report) {
  if (Framework* known = frameworks_.Find(framework); known != nullptr) {
    return Report(*known, nullptr, task, std::move(report));
  }
  // Every framework understands the older states.
  report.state = WithoutPartitions(report.state);
  absl::Status added = updates_.Add(framework, /*checkpoint=*/false,
                                    MakeStatus(task, ExecutorId(), std::move(report)), nullptr);
  if (!added.ok()) log_.Warning("dropping an update: ", added.message());
}

void Ledger::UpdateAcknowledged(const FrameworkId& framework_id, const TaskId& task) {
  Framework* framework = frameworks_.Find(framework_id);
  if (framework == nullptr) return;
  Executor* executor = framework->FindExecutorOf(task);
  if (executor != nullptr) {
    RemoveTask(*framework, *executor, task);
    if (executor->state() == Executor::State::kTerminated && executor->tasks().empty()) {
      RemoveExecutor(*framework, *executor);
    }
  }
  RemoveIfIdle(framework_id);
}

void Ledger::RemoveTask(Framework& framework, Executor& executor, const TaskId& id) {
  std::unique_ptr<Task> task = executor.RemoveTask(id);
  if (task == nullptr) return;
  executor.Complete(task->ToProto(framework.id(), executor.id(), agent_id_));
  if (framework.checkpoint()) checkpointer_->RemoveTask(framework.id(), executor.id(), id);
}

void Ledger::RemoveExecutor(Framework& framework, Executor& executor) {
  if (framework.checkpoint()) checkpointer_->RemoveExecutor(framework.id(), executor.id());
  framework.CompleteExecutor(executor.id(), options_.max_completed_executors_per_framework);
}

void Ledger::ExecutorEnded(Framework& framework, Executor& executor) {
  executor.Move(Executor::State::kTerminated).IgnoreError();
  ++counters_.executors_ended;
  const FrameworkId id = framework.id();
  std::vector<TaskId> tasks;
  for (const auto& [task, unused] : executor.tasks()) tasks.push_back(task);
  for (const TaskId& task : tasks) {
    // Tasks with a stream wait for its end. The others have nothing to wait for.
    if (!updates_.HasStream(id, task)) RemoveTask(framework, executor, task);
  }
  if (executor.tasks().empty()) RemoveExecutor(framework, executor);
  RemoveIfIdle(id);
}

void Ledger::ShutdownFramework(Framework& framework) {
  const FrameworkId id = framework.id();
  framework.Terminate();
  updates_.RemoveFramework(id);
  for (const ExecutorId& executor_id : framework.ExecutorIds()) {
    Executor* executor = framework.FindExecutor(executor_id);
    if (executor->state() == Executor::State::kTerminated) ExecutorEnded(framework, *executor);
    // The framework itself goes with the last of them.
    if (frameworks_.Find(id) == nullptr) return;
  }
  RemoveIfIdle(id);
}

void Ledger::RemoveIfIdle(const FrameworkId& id) {
  Framework* framework = frameworks_.Find(id);
  if (framework == nullptr || !framework->executors().empty() || updates_.HasStreams(id)) return;
  const FrameworkId gone = id;
  if (framework->checkpoint()) checkpointer_->RemoveFramework(gone);
  frameworks_.Complete(gone);
  CheckEmpty();
}

void Ledger::ShutdownAll(absl::AnyInvocable<void()> done) {
  emptied_ = std::move(done);
  std::vector<FrameworkId> ids;
  for (const auto& [id, framework] : frameworks_.all()) ids.push_back(id);
  for (const FrameworkId& id : ids) ShutdownFramework(*frameworks_.Find(id));
  CheckEmpty();
}

void Ledger::WhenEmpty(absl::AnyInvocable<void()> done) {
  emptied_ = std::move(done);
  CheckEmpty();
}

void Ledger::CheckEmpty() {
  if (emptied_ == nullptr || !frameworks_.all().empty()) return;
  loop_->Post(lifetime_.Guard(std::move(emptied_)));
  emptied_ = nullptr;
}

Framework& Ledger::Recover(const RecoveredFramework& recovered) {
  Framework& framework = frameworks_.Add(recovered.info);
  for (const auto& [task, updates] : recovered.updates) {
    updates_.Recover(framework.id(), task, updates);
  }
  for (const auto& [id, executor] : recovered.executors) {
    RecoverExecutor(framework, id, recovered);
  }
  return framework;
}

void Ledger::RecoverExecutor(Framework& framework, const ExecutorId& id,
                             const RecoveredFramework& recovered) {
  const RecoveredExecutor& found = recovered.executors.at(id);
  Executor::Spec spec;
  spec.info = found.checkpoint.executor();
  *spec.info.mutable_executor_id() = [&] {
    v1::ExecutorID value;
    value.set_value(id.value());
    return value;
  }();
  if (auto own = Resources::FromProto(spec.info.resources()); own.ok()) spec.resources = *own;
  spec.command_task = found.checkpoint.command_task();
  spec.container = ContainerId(found.checkpoint.container_id());
  spec.directory = found.checkpoint.directory();
  Executor* executor = framework.AddExecutor(std::make_unique<Executor>(std::move(spec)));
  for (const auto& [task_id, info] : found.tasks) {
    auto resources = Resources::FromProto(info.resources());
    Task* task =
        executor->AddTask(std::make_unique<Task>(info, resources.ok() ? *resources : Resources()));
    task->HandOver().IgnoreError();
    auto updates = recovered.updates.find(task_id);
    if (updates == recovered.updates.end()) continue;
    for (const RecoveredUpdate& update : updates->second) {
      task->Apply(update.status).IgnoreError();
    }
  }
}

}  // namespace mesos::agent
