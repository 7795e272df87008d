#include "mesoslib/agent/checkpointer.h"

#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos::agent {

void Checkpointer::Load(Loaded done) {
  store_->Load(lifetime_.Guard(
      [this, done = std::move(done)](absl::StatusOr<StateStore::Snapshot> snapshot) mutable {
        if (!snapshot.ok()) return done(snapshot.status());
        version_ = snapshot->version;
        for (const auto& [key, value] : snapshot->entries) keys_.insert(key);
        done(ReadCheckpoints(*snapshot));
      }));
}

void Checkpointer::PutAgent(const internal::AgentCheckpoint& agent) {
  if (keys_.insert(FormatKey()).second) Change(FormatKey(), CurrentFormat());
  Put(AgentKey(), agent);
}

void Checkpointer::PutFramework(const v1::FrameworkInfo& framework) {
  Put(FrameworkKey(FrameworkId(framework.id().value())), framework);
}

void Checkpointer::PutExecutor(const FrameworkId& framework, const ExecutorId& executor,
                               const internal::ExecutorCheckpoint& checkpoint) {
  Put(ExecutorKey(framework, executor), checkpoint);
}

void Checkpointer::PutTask(const FrameworkId& framework, const ExecutorId& executor,
                           const v1::TaskInfo& task) {
  Put(TaskKey(framework, executor, TaskId(task.task_id().value())), task);
}

void Checkpointer::PutUpdate(const FrameworkId& framework, uint64_t number,
                             const internal::UpdateCheckpoint& update) {
  Put(UpdateKey(framework, TaskId(update.status().task_id().value()), number), update);
}

void Checkpointer::PutResources(const internal::ResourcesCheckpoint& resources) {
  if (resources.converted().empty()) return Remove(ResourcesKey());
  Put(ResourcesKey(), resources);
}

void Checkpointer::PutOperation(uint64_t number, const v1::Operation& operation) {
  Put(OperationKey(number), operation);
}

void Checkpointer::RemoveOperation(uint64_t number) { Remove(OperationKey(number)); }

void Checkpointer::RemoveFramework(const FrameworkId& framework) {
  Remove(FrameworkKey(framework));
}

void Checkpointer::RemoveExecutor(const FrameworkId& framework, const ExecutorId& executor) {
  Remove(ExecutorKey(framework, executor));
}

void Checkpointer::RemoveTask(const FrameworkId& framework, const ExecutorId& executor,
                              const TaskId& task) {
  Remove(TaskKey(framework, executor, task));
}

void Checkpointer::RemoveUpdate(const FrameworkId& framework, const TaskId& task, uint64_t number) {
  Remove(UpdateKey(framework, task, number));
}

void Checkpointer::SetAside(const std::vector<DamagedCheckpoint>& damaged) {
  for (const DamagedCheckpoint& one : damaged) {
    if (!one.value) continue;
    std::string aside = FreeDamagedKey(one.key);
    keys_.insert(aside);
    Change(std::move(aside), one.value);
    Remove(one.key);
  }
}

std::string Checkpointer::FreeDamagedKey(const std::string& key) const {
  std::string free = DamagedKey(key);
  for (int number = 2; keys_.count(free) > 0; ++number) {
    free = absl::StrCat(DamagedKey(key), ".", number);
  }
  return free;
}

void Checkpointer::Clear() {
  const std::set<std::string> keys = keys_;
  for (const std::string& key : keys) {
    if (!IsDamagedKey(key) && key != ResourcesKey()) Remove(key);
  }
}

void Checkpointer::WhenDurable(Durable done) {
  if (has_failed_) return;
  waiting_.push_back(std::move(done));
  ScheduleFlush();
}

void Checkpointer::Put(std::string key, const google::protobuf::MessageLite& message) {
  keys_.insert(key);
  Change(std::move(key), message.SerializeAsString());
}

void Checkpointer::Remove(std::string key) {
  if (keys_.erase(key) > 0) Change(std::move(key), std::nullopt);
}

void Checkpointer::Change(std::string key, std::optional<std::string> value) {
  if (has_failed_) return;
  pending_.insert_or_assign(std::move(key), std::move(value));
  ScheduleFlush();
}

void Checkpointer::ScheduleFlush() {
  if (flush_scheduled_) return;
  flush_scheduled_ = true;
  loop_->Post(lifetime_.Guard([this] { Flush(); }));
}

void Checkpointer::Flush() {
  flush_scheduled_ = false;
  if (has_failed_) return;
  std::vector<Durable> waiting = std::move(waiting_);
  waiting_.clear();
  if (pending_.empty()) {
    if (in_flight_.empty()) {
      for (Durable& done : waiting) done();
      return;
    }
    std::move(waiting.begin(), waiting.end(), std::back_inserter(in_flight_.back()));
    return;
  }
  std::vector<StateStore::Mutation> mutations;
  mutations.reserve(pending_.size());
  for (auto& [key, value] : pending_) mutations.push_back({key, std::move(value)});
  pending_.clear();
  in_flight_.push_back(std::move(waiting));
  store_->Commit(
      std::move(mutations), version_++,
      lifetime_.Guard([this](absl::StatusOr<uint64_t> version) { Committed(std::move(version)); }));
}

void Checkpointer::Committed(absl::StatusOr<uint64_t> version) {
  if (has_failed_) return;
  if (!version.ok()) {
    has_failed_ = true;
    waiting_.clear();
    pending_.clear();
    in_flight_.clear();
    failed_(version.status());
    return;
  }
  std::vector<Durable> callbacks = std::move(in_flight_.front());
  in_flight_.pop_front();
  for (Durable& done : callbacks) done();
}

}  // namespace mesos::agent
