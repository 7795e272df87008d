#include "mesoslib/sim/book.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos::sim {
namespace {

// What ends a task by its agent's word.
bool IsEnd(v1::TaskState state) {
  switch (state) {
    case v1::TASK_FINISHED:
    case v1::TASK_FAILED:
    case v1::TASK_KILLED:
    case v1::TASK_ERROR:
    case v1::TASK_DROPPED:
    case v1::TASK_GONE:
    case v1::TASK_GONE_BY_OPERATOR:
    case v1::TASK_LOST:
      return true;
    default:
      return false;
  }
}

// Tasks that have ended long ago are forgotten, so that a long simulation does not grow.
constexpr size_t kRemembered = 20'000;

}  // namespace

std::string Book::NewTaskId() { return absl::StrCat(name_, "-", next_++); }

void Book::Launched(const std::string& id, const std::string& agent) {
  Task& task = tasks_[id];
  task.agent = agent;
  task.last_heard = world_->elapsed();
  open_.insert(id);
}

void Book::Heard(const v1::TaskStatus& status) {
  const std::string& id = status.task_id().value();
  auto found = tasks_.find(id);
  if (found == tasks_.end()) {
    if (tasks_.size() >= kRemembered) return;
    world_->Violation(absl::StrCat(name_, " is told of task ", id, ", which it never launched"));
    return;
  }
  Task& task = found->second;
  task.last_heard = world_->elapsed();
  const bool from_agent = status.has_uuid();
  if (from_agent && task.uuids.count(status.uuid()) > 0) return;  // Once more.
  if (!task.final_uuid.empty()) {
    // A master that knows nothing any more may say so.
    if (!from_agent && IsEnd(status.state())) return;
    if (!from_agent && status.state() == v1::TASK_UNKNOWN) return;
    if (!from_agent && status.state() == v1::TASK_UNREACHABLE) return;
    world_->Violation(absl::StrCat(name_, "'s task ", id, " ended with ",
                                   v1::TaskState_Name(task.state), " and is now said to be ",
                                   v1::TaskState_Name(status.state())));
    return;
  }
  task.state = status.state();
  if (from_agent) task.uuids.insert(status.uuid());
  if (from_agent && IsEnd(status.state())) {
    task.final_uuid = status.uuid();
    ++finished_;
    Close(id, task);
  } else if (IsEnd(status.state()) || status.state() == v1::TASK_UNKNOWN) {
    Close(id, task);
  } else {
    task.open = true;
    open_.insert(id);
  }
}

void Book::Close(const std::string& id, Task& task) {
  task.open = false;
  open_.erase(id);
  if (tasks_.size() <= kRemembered) return;
  auto oldest = tasks_.begin();
  while (oldest->second.open) ++oldest;
  if (oldest->first != id) tasks_.erase(oldest);
}

void Book::FrameworkRemoved() {
  if (!framework_id_.empty()) former_ids_.insert(framework_id_);
  framework_id_.clear();
  for (auto& [id, task] : tasks_) task.open = false;
  open_.clear();
}

}  // namespace mesos::sim
