#include "mesoslib/master/task_manager.h"

#include <string>
#include <utility>

#include "mesoslib/base/mutation.h"
#include "mesoslib/base/uuid.h"
#include "mesoslib/master/state_protos.h"

namespace mesos::master {

void TaskManager::Send(const Framework& framework, v1::TaskStatus status) {
  if (!framework.connected()) return;
  v1::scheduler::Event event;
  event.set_type(v1::scheduler::Event::UPDATE);
  *event.mutable_update()->mutable_status() = std::move(status);
  framework.sink->Deliver(std::move(event));
}

void TaskManager::Update(Agent* agent, internal::AgentMessage::StatusUpdate update) {
  const FrameworkId framework_id(update.framework_id().value());
  Framework* framework = ledger_->FindFramework(framework_id);
  Verdicts& verdicts = ledger_->counters().status_updates;
  if (framework == nullptr) {
    ++verdicts.invalid;
    log_.Warning("agent ", agent->id.value(), " sends an update for the unknown framework ",
                 Quoted(framework_id.value()), "; telling it to shut the framework down");
    internal::MasterMessage message;
    message.mutable_shutdown_framework()->mutable_framework_id()->set_value(framework_id.value());
    if (agent->connected()) agent->sink->Deliver(std::move(message));
    return;
  }
  v1::TaskStatus* status = update.mutable_status();
  // An agent speaks for its own tasks only.
  status->mutable_agent_id()->set_value(agent->id.value());
  Task* task = ledger_->FindTask(*framework, TaskId(status->task_id().value()));
  if (task != nullptr && task->agent == agent) {
    const bool was_final = IsTerminal(task->state);
    if (was_final && task->state != status->state()) {
      ++verdicts.invalid;
      log_.Warning("agent ", agent->id.value(), " moves the task ", Quoted(task->id().value()),
                   " from ", v1::TaskState_Name(task->state), " to ",
                   v1::TaskState_Name(status->state()), "; a terminal state is final");
      AcknowledgeTo(agent, framework->id, task->id(), status->uuid());
      return;
    }
    v1::TaskState latest = update.has_latest_state() ? update.latest_state() : status->state();
    if (IsTerminal(task->latest_state)) latest = task->latest_state;
    ++verdicts.valid;
    // Agents repeat what is not acknowledged.
    const bool repeated = task->status != nullptr && task->status->uuid() == status->uuid();
    if (!repeated) task->heard = loop_->Now();
    auto kept = std::make_shared<v1::TaskStatus>(*status);
    kept->clear_data();
    ledger_->SetState(task, status->state(), latest, std::move(kept));
    if (IsTerminal(task->latest_state)) {
      ledger_->ReleaseTask(task);
      offers_->Trigger();
    }
  } else if (task != nullptr) {
    ++verdicts.invalid;
    log_.Warning("agent ", agent->id.value(), " sends an update for the task ",
                 Quoted(task->id().value()), ", which is on agent ", task->agent_id().value());
    // Of a former task of that id, which nobody waits for: the agent may forget it.
    AcknowledgeTo(agent, framework->id, task->id(), status->uuid());
    return;
  } else {
    ++verdicts.invalid;
  }
  // Also for a task that is not known (any more): the agent goes on until it is acknowledged.
  Send(*framework, std::move(*status));
}

void TaskManager::Acknowledge(Framework* framework,
                              const v1::scheduler::Call::Acknowledge& acknowledge) {
  Agent* agent = ledger_->FindAgent(AgentId(acknowledge.agent_id().value()));
  Verdicts& verdicts = ledger_->counters().acknowledgements;
  if (agent == nullptr || !agent->connected()) {
    ++verdicts.invalid;
    log_.Warning("dropping the acknowledgement for task ", Quoted(acknowledge.task_id().value()),
                 ": its agent is not connected");
    return;
  }
  Task* task = ledger_->FindTask(*framework, TaskId(acknowledge.task_id().value()));
  if (task != nullptr && task->agent != agent) {
    ++verdicts.invalid;
    log_.Warning("framework ", framework->id.value(), " acknowledges an update of task ",
                 Quoted(task->id().value()), " to agent ", agent->id.value(),
                 ", but it is on agent ", task->agent_id().value(), "; ignored");
    return;
  }
  if (task != nullptr) {
    if (task->status == nullptr || task->status->uuid() != acknowledge.uuid()) {
      ++verdicts.invalid;
      log_.Warning("framework ", framework->id.value(), " acknowledges ",
                   UuidToText(acknowledge.uuid()), " for task ", Quoted(task->id().value()),
                   ", which is not its last update");
      if (task->status == nullptr) return;
    } else {
      ++verdicts.valid;
      CountLatency(task);
      if (IsTerminal(task->state)) Remember(framework, ledger_->RemoveTask(task));
    }
  } else {
    ++verdicts.valid;  // Of a task that has ended and is forgotten, perhaps.
  }
  AcknowledgeTo(agent, framework->id, TaskId(acknowledge.task_id().value()), acknowledge.uuid());
}

void TaskManager::CountLatency(Task* task) {
  const absl::Time heard = std::exchange(task->heard, absl::InfinitePast());
  if (heard == absl::InfinitePast()) return;
  ledger_->counters().update_latency.Add(loop_->Now() - heard);
}

void TaskManager::AcknowledgeTo(Agent* agent, const FrameworkId& framework, const TaskId& task,
                                const std::string& uuid) {
  if (uuid.empty() || !agent->connected()) return;
  if (Mutated(Mutation::kForgetAcknowledgement)) return;
  internal::MasterMessage message;
  auto* acknowledged = message.mutable_acknowledge_update();
  acknowledged->mutable_framework_id()->set_value(framework.value());
  acknowledged->mutable_task_id()->set_value(task.value());
  acknowledged->set_uuid(uuid);
  agent->sink->Deliver(std::move(message));
}

bool TaskManager::Kill(Framework* framework, const v1::scheduler::Call::Kill& kill) {
  Task* task = ledger_->FindTask(*framework, TaskId(kill.task_id().value()));
  if (task == nullptr) return false;
  if (kill.has_agent_id() && kill.agent_id().value() != task->agent_id().value()) {
    log_.Warning("framework ", framework->id.value(), " kills task ", Quoted(task->id().value()),
                 " on agent ", Quoted(kill.agent_id().value()), ", but it is on agent ",
                 task->agent_id().value(), "; ignored");
    return true;
  }
  if (!task->agent->connected()) {
    log_.Warning("cannot kill task ", Quoted(task->id().value()),
                 " now: its agent is disconnected; the framework will have to ask again");
    return true;
  }
  internal::MasterMessage message;
  auto* forwarded = message.mutable_kill_task();
  forwarded->mutable_framework_id()->set_value(framework->id.value());
  *forwarded->mutable_task_id() = kill.task_id();
  if (kill.has_kill_policy()) *forwarded->mutable_kill_policy() = kill.kill_policy();
  task->agent->sink->Deliver(std::move(message));
  return true;
}

void TaskManager::End(Task* task, const StatusFields& fields) {
  Framework* framework = task->framework;
  v1::TaskStatus status =
      MasterStatus(*framework, task->id(), task->agent_id(), fields, loop_->WallTime());
  ledger_->SetState(task, status.state(), status.state(),
                    std::make_shared<const v1::TaskStatus>(status));
  Remember(framework, ledger_->RemoveTask(task));
  Send(*framework, std::move(status));
}

void TaskManager::EndSilently(Task* task, v1::TaskState state) {
  Framework* framework = task->framework;
  if (!IsTerminal(task->state)) ledger_->SetState(task, state, state, nullptr);
  Remember(framework, ledger_->RemoveTask(task));
}

void TaskManager::MakeUnreachable(Task* task, absl::Time since) {
  Framework* framework = task->framework;
  // It has ended already, and only the acknowledgement is missing: nothing there may come back.
  if (IsTerminal(task->state)) {
    Remember(framework, ledger_->RemoveTask(task));
    return;
  }
  v1::TaskStatus status = MasterStatus(*framework, task->id(), task->agent_id(),
                                       {v1::TASK_UNREACHABLE, v1::TaskStatus::REASON_AGENT_REMOVED,
                                        "The agent is unreachable: it answers no pings"},
                                       loop_->WallTime());
  SetTime(since, status.mutable_unreachable_time());
  ledger_->SetState(task, status.state(), status.state(),
                    std::make_shared<const v1::TaskStatus>(status));
  stranded_[task->agent_id()].insert(framework->id);
  framework->unreachable_tasks.Add(ledger_->RemoveTask(task),
                                   options_.max_unreachable_tasks_per_framework);
  Send(*framework, std::move(status));
}

void TaskManager::EndUnreachable(const AgentId& agent, const StatusFields& fields) {
  const auto stranded = stranded_.extract(agent);
  if (stranded.empty()) return;
  for (const FrameworkId& id : stranded.mapped()) {
    Framework* framework = ledger_->FindFramework(id);
    if (framework == nullptr) continue;
    for (std::unique_ptr<Task>& task : framework->unreachable_tasks.TakeOf(agent)) {
      v1::TaskStatus status =
          MasterStatus(*framework, task->id(), agent, fields, loop_->WallTime());
      if (status.state() != task->state) {
        ledger_->SetState(task.get(), status.state(), status.state(),
                          std::make_shared<const v1::TaskStatus>(status));
        Send(*framework, std::move(status));
      }
      Remember(framework, std::move(task));
    }
  }
}

void TaskManager::Reject(const Framework& framework, const TaskId& task, const AgentId& agent,
                         const StatusFields& fields) {
  v1::TaskStatus status = MasterStatus(framework, task, agent, fields, loop_->WallTime());
  if (ledger_->FindTask(framework, task) == nullptr && IsTerminal(status.state())) {
    ledger_->counters().TaskEnded(framework.counts.get(), status.state(), &status);
  }
  Send(framework, std::move(status));
}

void TaskManager::Conclude(std::unique_ptr<Task> task) {
  Framework* framework = task->framework;
  if (task->status != nullptr) {
    v1::TaskStatus status = *task->status;
    status.clear_uuid();
    Send(*framework, std::move(status));
  }
  Remember(framework, std::move(task));
}

void TaskManager::Remember(Framework* framework, std::unique_ptr<Task> task) {
  if (options_.max_completed_tasks_per_framework == 0) return;
  if (framework->completed_tasks.size() >= options_.max_completed_tasks_per_framework) {
    framework->completed_shelf.Take(framework->completed_tasks.front()->place);
    framework->completed_tasks.pop_front();
  }
  task->place = framework->completed_shelf.Put(task.get());
  framework->completed_tasks.push_back(std::move(task));
}

}  // namespace mesos::master
