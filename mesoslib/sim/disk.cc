#include "mesoslib/sim/disk.h"

#include <utility>

namespace mesos::sim {

std::shared_ptr<DiskStore> DiskStore::Create(World* world, std::shared_ptr<Process> process,
                                             Disk* disk) {
  auto store = std::shared_ptr<DiskStore>(new DiskStore(world, process, disk));
  store->self_ = store;
  process->AddWitness(store);
  return store;
}

void DiskStore::Load(LoadDone done) {
  process_->PostAt(process_->Now() + world_->Between(absl::Microseconds(100), disk_->slowest_write),
                   [self = self_, done = std::move(done)]() mutable {
                     if (auto store = self.lock()) done(store->disk_->state);
                   });
}

void DiskStore::Commit(std::vector<Mutation> mutations, uint64_t expected, CommitDone done) {
  if (!process_->Acts()) return;
  waiting_.push_back({std::move(mutations), expected, std::move(done)});
  if (!writing_) StartWriting();
}

// What waits is written together: a write takes as long for one as for many.
void DiskStore::StartWriting() {
  writing_ = true;
  process_->PostAt(process_->Now() + world_->Between(absl::Microseconds(100), disk_->slowest_write),
                   [self = self_] {
                     if (auto store = self.lock()) store->Written();
                   });
}

void DiskStore::Written() {
  writing_ = false;
  std::vector<std::pair<CommitDone, absl::StatusOr<uint64_t>>> answers;
  for (Write& write : std::exchange(waiting_, {})) {
    absl::StatusOr<uint64_t> result = Apply(write);
    answers.emplace_back(std::move(write.done), std::move(result));
  }
  const std::weak_ptr<DiskStore> self = self_;
  for (auto& [done, result] : answers) {
    if (self.expired()) return;
    done(std::move(result));
  }
}

absl::StatusOr<uint64_t> DiskStore::Apply(Write& write) {
  if (!broken_.ok()) return broken_;
  if (disk_->full) {
    broken_ = absl::ResourceExhaustedError("No space left on device");
  } else if (disk_->writes_left == 0) {
    broken_ = absl::UnavailableError("Input/output error");
  } else if (write.expected != disk_->state.version) {
    return absl::AbortedError("somebody else has written");
  }
  if (!broken_.ok()) {
    world_->Log(process_->name(), " cannot write: ", broken_.message());
    return broken_;
  }
  if (disk_->writes_left > 0) --disk_->writes_left;
  for (Mutation& mutation : write.mutations) {
    if (mutation.value.has_value()) {
      disk_->state.entries[mutation.key] = std::move(*mutation.value);
    } else {
      disk_->state.entries.erase(mutation.key);
    }
  }
  return ++disk_->state.version;
}

void DiskStore::Died(const Process&) {
  if (!broken_.ok() || disk_->full) return;
  const uint64_t survive = world_->Pick(waiting_.size() + 1);
  for (uint64_t i = 0; i < survive; ++i) Apply(waiting_[i]).IgnoreError();
  if (!waiting_.empty()) {
    world_->Log(process_->name(), " had ", waiting_.size(), " writes on their way; ", survive,
                " are on the disk");
  }
  waiting_.clear();
}

}  // namespace mesos::sim
