// Disk: what a simulated machine keeps when its processes die, and how writing there goes wrong.
#ifndef MESOSLIB_SIM_DISK_H_
#define MESOSLIB_SIM_DISK_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "mesos/state_store.h"
#include "mesoslib/sim/process.h"
#include "mesoslib/sim/world.h"

namespace mesos::sim {

class Disk {
 public:
  // What is synced.
  StateStore::Snapshot state;

  // -- How it behaves --

  absl::Duration slowest_write = absl::Milliseconds(3);
  bool full = false;
  // Of writes from now on so many succeed; the next one is torn and fails. -1: all succeed.
  int writes_left = -1;

  void Mend() {
    slowest_write = absl::Milliseconds(3);
    full = false;
    writes_left = -1;
  }
};

// A StateStore on a disk, for one life of one process. What was committed but not answered when the
// process died may or may not be there afterwards, in order: the tail that was not synced is lost,
// a commit torn in half counts as not there.
class DiskStore final : public StateStore, public Witness {
 public:
  static std::shared_ptr<DiskStore> Create(World* world, std::shared_ptr<Process> process,
                                           Disk* disk);

  void Load(LoadDone done) override;
  void Commit(std::vector<Mutation> mutations, uint64_t expected, CommitDone done) override;

  // Witness.
  void Died(const Process& process) override;

 private:
  struct Write {
    std::vector<Mutation> mutations;
    uint64_t expected;
    CommitDone done;
  };

  DiskStore(World* world, std::shared_ptr<Process> process, Disk* disk)
      : world_(world), process_(std::move(process)), disk_(disk) {}

  void StartWriting();
  void Written();
  // What becomes of a write; changes the disk where it succeeds.
  absl::StatusOr<uint64_t> Apply(Write& write);

  World* const world_;
  const std::shared_ptr<Process> process_;
  Disk* const disk_;
  std::weak_ptr<DiskStore> self_;
  absl::Status broken_;
  bool writing_ = false;
  std::deque<Write> waiting_;
};

}  // namespace mesos::sim

#endif  // MESOSLIB_SIM_DISK_H_
