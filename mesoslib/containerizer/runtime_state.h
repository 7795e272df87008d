// RuntimeState: what is on record about running containers, below <runtime_dir>/containers/<id>:
//
//   pid      line 1: the supervisor's pid, start time and the boot it was started in, written by
//   the
//            containerizer before the supervisor gets its plan; line 2: the task's pid, added by
//            the task itself before it executes.
//   status   the task's wait status, written by the supervisor when all has ended.
//
// Nothing is synced to the disk: what these files tell about is gone after a reboot, too. Any
// thread; everything may block.
#ifndef MESOSLIB_CONTAINERIZER_RUNTIME_STATE_H_
#define MESOSLIB_CONTAINERIZER_RUNTIME_STATE_H_

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mesos/ids.h"

namespace mesos {

struct ContainerPids {
  pid_t supervisor = 0;
  uint64_t supervisor_start_time = 0;
  pid_t task = 0;  // 0: has not been started.
};

class RuntimeState {
 public:
  // Makes the directories. The error names what cannot be made.
  static absl::StatusOr<RuntimeState> Open(const std::string& runtime_dir);

  std::string Directory(const ContainerId& id) const;

  // Makes the container's directory; what an earlier container of that name left is removed.
  absl::Status Prepare(const ContainerId& id) const;

  absl::Status WritePid(const ContainerId& id, pid_t supervisor, uint64_t start_time) const;

  // NotFound: there is no such file, or it is of an earlier boot. DataLoss: it is damaged.
  absl::StatusOr<ContainerPids> ReadPids(const ContainerId& id) const;

  // NotFound: the container has not ended, or nobody saw how. DataLoss: it is damaged.
  absl::StatusOr<int> ReadStatus(const ContainerId& id) const;

  // Renames a damaged file ("pid" or "status") to <name>.damaged.
  absl::Status SetAside(const ContainerId& id, absl::string_view name) const;

  // All that is there.
  absl::StatusOr<std::vector<ContainerId>> List() const;

  // Forgets the container. Missing files are fine.
  void Remove(const ContainerId& id) const;

 private:
  RuntimeState(std::string containers, std::string boot_id)
      : containers_(std::move(containers)), boot_id_(std::move(boot_id)) {}

  std::string containers_;
  std::string boot_id_;
};

}  // namespace mesos

#endif  // MESOSLIB_CONTAINERIZER_RUNTIME_STATE_H_
