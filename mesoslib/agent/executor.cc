#include "mesoslib/agent/executor.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "mesoslib/base/logger.h"

namespace mesos::agent {
namespace {

bool MayMove(Executor::State from, Executor::State to, bool command_task) {
  using State = Executor::State;
  switch (to) {
    case State::kStarting:
      return false;
    case State::kRegistering:
      return from == State::kStarting && !command_task;
    case State::kRunning:
      return from == (command_task ? State::kStarting : State::kRegistering);
    case State::kTerminating:
      return from != State::kTerminating && from != State::kTerminated;
    case State::kTerminated:
      return from != State::kTerminated;
  }
  return false;
}

}  // namespace

absl::string_view ToString(Executor::State state) {
  switch (state) {
    case Executor::State::kStarting:
      return "starting";
    case Executor::State::kRegistering:
      return "registering";
    case Executor::State::kRunning:
      return "running";
    case Executor::State::kTerminating:
      return "terminating";
    case Executor::State::kTerminated:
      return "terminated";
  }
  return "unknown";
}

absl::Status Executor::Move(State to) {
  if (!MayMove(state_, to, spec_.command_task)) {
    return absl::FailedPreconditionError(
        absl::StrCat("executor ", Quoted(spec_.info.executor_id().value()), " is ",
                     ToString(state_), "; it can't become ", ToString(to)));
  }
  state_ = to;
  return absl::OkStatus();
}

Task* Executor::AddTask(std::unique_ptr<Task> task) {
  auto [entry, inserted] = tasks_.try_emplace(task->id(), nullptr);
  if (!inserted) return nullptr;
  entry->second = std::move(task);
  return entry->second.get();
}

Task* Executor::FindTask(const TaskId& id) {
  auto task = tasks_.find(id);
  return task == tasks_.end() ? nullptr : task->second.get();
}

std::vector<TaskId> Executor::LiveTasks() const {
  std::vector<TaskId> live;
  for (const auto& [id, task] : tasks_) {
    if (task->phase() != Task::Phase::kEnded) live.push_back(id);
  }
  return live;
}

std::unique_ptr<Task> Executor::RemoveTask(const TaskId& id) {
  Withdraw(id);
  auto task = tasks_.find(id);
  if (task == tasks_.end()) return nullptr;
  std::unique_ptr<Task> removed = std::move(task->second);
  tasks_.erase(task);
  return removed;
}

Executor::Batch Executor::Withdraw(const TaskId& task) {
  for (auto batch = queue_.begin(); batch != queue_.end(); ++batch) {
    if (std::find(batch->tasks.begin(), batch->tasks.end(), task) == batch->tasks.end()) continue;
    Batch withdrawn = std::move(*batch);
    queue_.erase(batch);
    return withdrawn;
  }
  return {};
}

Resources Executor::Allocated() const {
  if (state_ == State::kTerminated) return {};
  Resources allocated = spec_.resources;
  for (const auto& [id, task] : tasks_) {
    if (task->phase() != Task::Phase::kEnded) allocated += task->resources();
  }
  return allocated;
}

void Executor::Complete(v1::Task task) {
  if (completed_tasks_.size() == kMaxCompletedTasks) completed_tasks_.pop_front();
  completed_tasks_.push_back(std::move(task));
}

}  // namespace mesos::agent
