#include "mesoslib/agent/framework.h"

#include <algorithm>

namespace mesos::agent {

bool Framework::Has(v1::FrameworkInfo::Capability::Type capability) const {
  return std::any_of(
      info_.capabilities().begin(), info_.capabilities().end(),
      [&](const v1::FrameworkInfo::Capability& each) { return each.type() == capability; });
}

v1::TaskState Framework::Known(v1::TaskState state) const {
  return Has(v1::FrameworkInfo::Capability::PARTITION_AWARE) ? state : WithoutPartitions(state);
}

Executor* Framework::AddExecutor(std::unique_ptr<Executor> executor) {
  auto [entry, inserted] = executors_.try_emplace(executor->id(), nullptr);
  if (!inserted) return nullptr;
  entry->second = std::move(executor);
  if (!entry->second->command_task()) custom_[entry->first] = entry->second.get();
  return entry->second.get();
}

Executor* Framework::FindExecutor(const ExecutorId& id) {
  auto executor = executors_.find(id);
  return executor == executors_.end() ? nullptr : executor->second.get();
}

Executor* Framework::FindExecutorOf(const TaskId& task) {
  // A command task's executor has its name.
  if (Executor* executor = FindExecutor(ExecutorId(task.value()));
      executor != nullptr && executor->FindTask(task) != nullptr) {
    return executor;
  }
  for (const auto& [id, executor] : custom_) {
    if (executor->FindTask(task) != nullptr) return executor;
  }
  return nullptr;
}

std::vector<ExecutorId> Framework::ExecutorIds() const {
  std::vector<ExecutorId> ids;
  ids.reserve(executors_.size());
  for (const auto& [id, executor] : executors_) ids.push_back(id);
  return ids;
}

void Framework::CompleteExecutor(const ExecutorId& id, size_t max_completed) {
  auto found = executors_.find(id);
  if (found == executors_.end()) return;
  const Executor& executor = *found->second;
  completed_.push_back({executor.info(),
                        executor.command_task(),
                        {executor.completed_tasks().begin(), executor.completed_tasks().end()}});
  custom_.erase(id);
  executors_.erase(found);
  while (completed_.size() > max_completed) completed_.pop_front();
}

Resources Framework::Allocated() const {
  Resources allocated;
  for (const auto& [id, executor] : executors_) allocated += executor->Allocated();
  return allocated;
}

Framework* Frameworks::Find(const FrameworkId& id) {
  auto framework = frameworks_.find(id);
  return framework == frameworks_.end() ? nullptr : framework->second.get();
}

Framework& Frameworks::Add(v1::FrameworkInfo info) {
  const FrameworkId id(info.id().value());
  std::unique_ptr<Framework>& entry = frameworks_[id];
  if (entry != nullptr) {
    entry->set_info(std::move(info));
    return *entry;
  }
  auto earlier = std::find_if(completed_.begin(), completed_.end(),
                              [&](const auto& each) { return each->id() == id; });
  if (earlier != completed_.end() && !(*earlier)->terminating()) {
    entry = std::move(*earlier);
    completed_.erase(earlier);
    entry->set_info(std::move(info));
  } else {
    entry = std::make_unique<Framework>(std::move(info));
  }
  return *entry;
}

void Frameworks::Complete(const FrameworkId& id) {
  auto framework = frameworks_.find(id);
  if (framework == frameworks_.end()) return;
  completed_.push_back(std::move(framework->second));
  frameworks_.erase(framework);
  while (completed_.size() > max_completed_) completed_.pop_front();
}

Resources Frameworks::Allocated() const {
  Resources allocated;
  for (const auto& [id, framework] : frameworks_) allocated += framework->Allocated();
  return allocated;
}

}  // namespace mesos::agent
