#include "mesoslib/master/reconciler.h"

#include <optional>
#include <utility>

#include "mesoslib/master/state_protos.h"

namespace mesos::master {

void Reconciler::SendKnown(const Framework& framework, const Task& task) {
  v1::TaskStatus status = MasterStatus(
      framework, task.id(), task.agent_id(),
      {task.state, v1::TaskStatus::REASON_RECONCILIATION, "Reconciliation: latest state"},
      loop_->WallTime());
  if (!task.executor().empty()) status.mutable_executor_id()->set_value(task.executor().value());
  if (task.status != nullptr) {
    if (task.status->has_healthy()) status.set_healthy(task.status->healthy());
    if (task.status->has_check_status()) {
      *status.mutable_check_status() = task.status->check_status();
    }
    if (task.status->has_container_status()) {
      *status.mutable_container_status() = task.status->container_status();
    }
    if (task.status->has_labels()) *status.mutable_labels() = task.status->labels();
    if (task.status->has_unreachable_time()) {
      *status.mutable_unreachable_time() = task.status->unreachable_time();
    }
  }
  tasks_->Send(framework, std::move(status));
}

void Reconciler::Reconcile(Framework* framework, const v1::scheduler::Call::Reconcile& reconcile) {
  for (const auto& task : reconcile.tasks()) {
    ReconcileTask(framework, TaskId(task.task_id().value()), AgentId(task.agent_id().value()));
  }
  if (!reconcile.tasks().empty()) return;
  for (const Task* task : framework->tasks.InOrder()) SendKnown(*framework, *task);
  for (const auto& [age, task] : framework->unreachable_tasks.by_age()) {
    SendKnown(*framework, *task);
  }
}

void Reconciler::ReconcileTask(Framework* framework, const TaskId& task, const AgentId& agent) {
  if (const Task* known = ledger_->FindTask(*framework, task); known != nullptr) {
    SendKnown(*framework, *known);
    return;
  }
  StatusFields fields{v1::TASK_UNKNOWN, v1::TaskStatus::REASON_RECONCILIATION,
                      "Reconciliation: the task is unknown"};
  std::optional<absl::Time> unreachable;
  if (agent.empty() ? agents_->HasRecovered() : agents_->IsRecovered(agent)) return;
  if (ledger_->FindAgent(agent) != nullptr) {
    fields.state = v1::TASK_GONE;
    fields.message = "Reconciliation: the task is unknown to its agent";
  } else if (unreachable = agents_->absent().UnreachableSince(agent); unreachable.has_value()) {
    fields.state = v1::TASK_UNREACHABLE;
    fields.message = "Reconciliation: the task's agent is unreachable";
  } else if (agents_->absent().IsGone(agent)) {
    fields.state = v1::TASK_GONE_BY_OPERATOR;
    fields.message = "Reconciliation: the task's agent is gone";
  } else if (agent.empty()) {
    // The framework need not know where its unreachable task was.
    if (const Task* known = framework->unreachable_tasks.Find(task); known != nullptr) {
      SendKnown(*framework, *known);
      return;
    }
  }
  v1::TaskStatus status = MasterStatus(*framework, task, agent, fields, loop_->WallTime());
  if (unreachable.has_value()) SetTime(*unreachable, status.mutable_unreachable_time());
  tasks_->Send(*framework, std::move(status));
}

// -- Operations --

void Reconciler::SendKnown(const Framework& framework, const v1::Operation& operation) {
  v1::OperationStatus status = operation.latest_status();
  status.clear_uuid();
  OperationManager::Send(framework, std::move(status));
}

void Reconciler::ReconcileOperations(const Framework& framework,
                                     const v1::scheduler::Call::ReconcileOperations& reconcile) {
  for (const auto& asked : reconcile.operations()) {
    const v1::Operation* known = operations_->Find(framework.id, asked.operation_id().value());
    if (known != nullptr) {
      SendKnown(framework, *known);
      continue;
    }
    v1::OperationStatus status;
    *status.mutable_operation_id() = asked.operation_id();
    if (asked.has_agent_id()) *status.mutable_agent_id() = asked.agent_id();
    status.set_state(StateOfUnknown(AgentId(asked.agent_id().value())));
    status.set_message("Reconciliation: the operation is unknown");
    OperationManager::Send(framework, std::move(status));
  }
  if (!reconcile.operations().empty()) return;
  for (const v1::Operation* operation : operations_->All()) {
    const bool its_own = operation->framework_id().value() == framework.id.value();
    if (its_own && operation->info().has_id()) SendKnown(framework, *operation);
  }
}

v1::OperationState Reconciler::StateOfUnknown(const AgentId& agent) const {
  if (agent.empty() ? agents_->HasRecovered() : agents_->IsRecovered(agent)) {
    return v1::OPERATION_RECOVERING;
  }
  if (ledger_->FindAgent(agent) != nullptr) return v1::OPERATION_UNKNOWN;
  if (agents_->absent().IsUnreachable(agent)) return v1::OPERATION_UNREACHABLE;
  if (agents_->absent().IsGone(agent)) return v1::OPERATION_GONE_BY_OPERATOR;
  return v1::OPERATION_UNKNOWN;
}

}  // namespace mesos::master
