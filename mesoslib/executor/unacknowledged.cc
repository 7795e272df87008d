#include "mesoslib/executor/unacknowledged.h"

namespace mesos {

void Unacknowledged::AddTask(const v1::TaskInfo& task) {
  tasks_.insert_or_assign(task.task_id().value(), task);
}

void Unacknowledged::AddUpdate(const v1::TaskStatus& status) {
  update_by_uuid_[status.uuid()] = next_;
  updates_[next_++] = status;
}

void Unacknowledged::Acknowledge(absl::string_view task_id, const std::string& uuid) {
  auto update = update_by_uuid_.find(uuid);
  if (update == update_by_uuid_.end()) return;
  updates_.erase(update->second);
  update_by_uuid_.erase(update);
  tasks_.erase(std::string(task_id));
}

void Unacknowledged::CopyTo(v1::executor::Call::Subscribe* subscribe) const {
  for (const auto& [id, task] : tasks_) *subscribe->add_unacknowledged_tasks() = task;
  for (const auto& [number, status] : updates_) {
    *subscribe->add_unacknowledged_updates()->mutable_status() = status;
  }
}

}  // namespace mesos
