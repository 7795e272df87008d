#include "mesoslib/master/returning_agent.h"

#include "mesoslib/base/ids_validation.h"
#include "mesoslib/base/mutation.h"
#include "mesoslib/master/task_states.h"

namespace mesos::master {

ReturningAgent::ReturningAgent(AgentId id, const Resources& total,
                               const internal::AgentMessage::Reregister& message,
                               std::vector<std::unique_ptr<Task>> known, bool given_up,
                               FrameworkManager* frameworks, const Logger& log)
    : id_(std::move(id)), given_up_(given_up), log_(log) {
  for (const v1::FrameworkInfo& info : message.frameworks()) {
    if (Framework* framework = frameworks->Recover(info); framework != nullptr) {
      frameworks_.emplace(framework->id, framework);
    } else {
      unwanted_.push_back(FrameworkId(info.id().value()));
    }
  }
  for (auto& task : known) {
    auto key = std::make_pair(task->framework->id, task->id());
    unreported_.emplace(std::move(key), std::move(task));
  }
  for (const v1::Task& task : message.tasks()) {
    if (Mutated(Mutation::kForgetReportedTask) && &task == &message.tasks(0)) continue;
    AddReported(task);
  }
  for (const v1::ExecutorInfo& info : message.executors()) AddExecutor(info);
  HoldUnreported(total);
}

void ReturningAgent::HoldUnreported(const Resources& total) {
  Resources all;
  for (const auto& [key, resources] : held_) all += resources;
  all.Unallocate();
  for (auto entry = unreported_.begin(); entry != unreported_.end();) {
    std::unique_ptr<Task>& task = entry->second;
    if (IsTerminal(task->state)) {
      forgotten_.push_back(std::move(task));
      entry = unreported_.erase(entry);
      continue;
    }
    Resources wanted = all + task->resources();
    wanted.Unallocate();
    // Of what is revocable more may be held than there is.
    task->unfounded = !total.NonRevocable().Contains(wanted.NonRevocable());
    if (!IsTerminal(task->latest_state) && !task->unfounded) {
      Hold(task->framework, task->resources());
      all = std::move(wanted);
    }
    ++entry;
  }
}

Framework* ReturningAgent::FindFramework(const std::string& id) const {
  auto found = frameworks_.find(FrameworkId(id));
  return found == frameworks_.end() ? nullptr : found->second;
}

void ReturningAgent::Hold(Framework* framework, const Resources& resources) {
  for (auto& [role, part] : resources.Allocations()) held_[{framework->id, role}] += part;
}

void ReturningAgent::AddReported(const v1::Task& proto) {
  Framework* framework = FindFramework(proto.framework_id().value());
  if (framework == nullptr) return;
  absl::StatusOr<Resources> resources = Resources::FromProto(proto.resources());
  if (!resources.ok() || !ValidateId("task_id", proto.task_id().value()).ok()) {
    log_.Warning("agent ", id_.value(), " reports a task that makes no sense; ignored");
    return;
  }
  const TaskId id(proto.task_id().value());
  const Task* unreachable = framework->unreachable_tasks.Find(id);
  // The id may have been given again meanwhile, elsewhere: that task is the framework's now.
  if (framework->tasks.Contains(id.value()) ||
      (unreachable != nullptr && unreachable->agent_id() != id_)) {
    log_.Warning("agent ", id_.value(), " reports the task ", Quoted(id.value()),
                 ", which is another one's by now; it is to kill it");
    unwanted_tasks_.emplace_back(framework->id, id);
    return;
  }
  std::unique_ptr<Task> task =
      NewTask(proto, id_, *std::move(resources),
              unreachable == nullptr ? nullptr : unreachable->description->details);
  if (!reported_.insert({framework, task->id().value()}).second) {
    log_.Warning("agent ", id_.value(), " names the task ", Quoted(id.value()), " twice; ignored");
    return;
  }
  task->framework = framework;
  auto known = unreported_.find({framework->id, task->id()});
  if (known != unreported_.end()) {
    // The master's record has the updates; the agent knows how far the task has got.
    std::unique_ptr<Task> record = std::move(known->second);
    unreported_.erase(known);
    if (!IsTerminal(record->latest_state) && record->latest_state != task->latest_state) {
      record->latest_state = task->latest_state;
      record->told = false;
    }
    record->unfounded = false;
    reported_.erase({framework, task->id().value()});
    reported_.insert({framework, record->id().value()});
    task = std::move(record);
  } else if (unreachable != nullptr) {
    framework->unreachable_tasks.Take(id);
    back_.push_back(task.get());
  } else if (given_up_) {
    back_.push_back(task.get());
  }
  if (!IsTerminal(task->latest_state)) Hold(framework, task->resources());
  tasks_.push_back(std::move(task));
}

void ReturningAgent::AddExecutor(const v1::ExecutorInfo& info) {
  Framework* framework = FindFramework(info.framework_id().value());
  absl::StatusOr<Resources> resources = Resources::FromProto(info.resources());
  if (framework == nullptr || !resources.ok()) return;
  if (!named_executors_.insert({framework, info.executor_id().value()}).second) return;
  Hold(framework, *resources);
  executors_.push_back({framework, info, *std::move(resources)});
}

void ReturningAgent::ListUnreported(internal::MasterMessage::Reregistered* answer) const {
  for (const auto& [key, task] : unreported_) {
    auto* reference = answer->add_unreported_tasks();
    reference->mutable_framework_id()->set_value(key.first.value());
    reference->mutable_task_id()->set_value(key.second.value());
  }
}

std::vector<Allocation> ReturningAgent::Allocations() const {
  std::vector<Allocation> result;
  for (const auto& [key, resources] : held_) {
    result.push_back({key.first, id_, key.second, resources});
  }
  return result;
}

void ReturningAgent::MoveInto(Ledger* ledger, Agent* agent) {
  for (ReturningExecutor& executor : executors_) {
    ledger->AddExecutor(executor.framework, agent, std::move(executor.info),
                        std::move(executor.resources));
  }
  for (auto& task : tasks_) {
    Framework* framework = task->framework;
    ledger->changes().TaskAdded(ledger->AddTask(framework, agent, std::move(task)));
  }
  for (auto& [key, task] : unreported_) {
    Framework* framework = task->framework;
    ledger->AddTask(framework, agent, std::move(task));
  }
}

}  // namespace mesos::master
