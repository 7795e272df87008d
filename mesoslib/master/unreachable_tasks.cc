#include "mesoslib/master/unreachable_tasks.h"

#include <utility>

#include "mesoslib/master/records.h"

namespace mesos::master {

UnreachableTasks::UnreachableTasks() = default;
UnreachableTasks::~UnreachableTasks() = default;
UnreachableTasks::UnreachableTasks(UnreachableTasks&&) noexcept = default;

void UnreachableTasks::Add(std::unique_ptr<Task> task, size_t max) {
  if (max == 0) return;
  Take(task->id());
  if (by_age_.size() >= max) Take(by_age_.begin()->second->id());
  task->place = shelf_.Put(task.get());
  ages_.emplace(task->id().value(), next_);
  agents_.emplace(task->agent_id().value(), next_);
  by_age_.emplace_hint(by_age_.end(), next_++, std::move(task));
}

const Task* UnreachableTasks::Find(const TaskId& id) const {
  auto found = ages_.find(id.value());
  return found == ages_.end() ? nullptr : by_age_.at(found->second).get();
}

std::unique_ptr<Task> UnreachableTasks::Take(const TaskId& id) {
  auto found = ages_.find(id.value());
  if (found == ages_.end()) return nullptr;
  auto aged = by_age_.find(found->second);
  std::unique_ptr<Task> taken = std::move(aged->second);
  shelf_.Take(std::exchange(taken->place, kNoPlace));
  agents_.erase({taken->agent_id().value(), aged->first});
  by_age_.erase(aged);
  ages_.erase(found);
  return taken;
}

std::vector<std::unique_ptr<Task>> UnreachableTasks::TakeOf(const AgentId& agent) {
  std::vector<std::unique_ptr<Task>> taken;
  for (;;) {
    const auto first = agents_.lower_bound({agent.value(), 0});
    if (first == agents_.end() || first->first != agent.value()) return taken;
    taken.push_back(Take(by_age_.at(first->second)->id()));
  }
}

}  // namespace mesos::master
