// Launcher: what keeps the processes of a container together, so that all of them can be ended.
//
//   posix   the session of its supervisor, and who descends from that. A process that leaves the
//           session gets away where somebody kills the supervisor by force. No rights are needed.
//   linux   a cgroup: whatever a process does, it stays in there, unless it is root's; who descends
//           from the supervisor is killed as well. Needs root.
//
// Thread: any, one call for a container at a time; everything may block.
#ifndef MESOSLIB_CONTAINERIZER_LAUNCHER_H_
#define MESOSLIB_CONTAINERIZER_LAUNCHER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesos/ids.h"
#include "mesoslib/containerizer/cgroup_hierarchy.h"
#include "mesoslib/containerizer/runtime_state.h"
#include "mesoslib/containerizer/supervisor/launch_plan.h"

namespace mesos {

class Launcher {
 public:
  virtual ~Launcher() = default;

  // Makes what the processes are kept in, and writes into the plan how the task gets there.
  virtual absl::Status Prepare(const ContainerId& id, LaunchPlan* plan) = 0;
  // Kills all of its processes; the supervisor then ends by itself.
  virtual absl::Status Kill(const ContainerId& id, const ContainerPids& pids,
                            int supervisor_pidfd) = 0;
  // The supervisor has gone, or has never been there: kills what is left, and removes what Prepare
  // has made. `orderly`: the supervisor has seen all of them end. DeadlineExceeded: some did not
  // vanish in time.
  virtual absl::Status Clean(const ContainerId& id, const ContainerPids& pids, bool orderly,
                             absl::Duration timeout) = 0;
  // Whom it keeps something for.
  virtual absl::StatusOr<std::vector<ContainerId>> Find() = 0;
};

std::unique_ptr<Launcher> CreatePosixLauncher();
// `root`: the cgroup below which each container has its own, and nobody else has any. It is made,
// and held. PermissionDenied: only root may; AlreadyExists: another one of this machine's has it.
absl::StatusOr<std::unique_ptr<Launcher>> CreateLinuxLauncher(
    std::unique_ptr<CgroupHierarchy> hierarchy, std::string root);

}  // namespace mesos

#endif  // MESOSLIB_CONTAINERIZER_LAUNCHER_H_
