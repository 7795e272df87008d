// Persistent volumes as directories: made, emptied and removed, and put into sandboxes. Everything
// here may block.
#ifndef MESOSLIB_CONTAINERIZER_VOLUMES_H_
#define MESOSLIB_CONTAINERIZER_VOLUMES_H_

#include <atomic>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "mesos/containerizer.h"
#include "mesoslib/containerizer/supervisor/launch_plan.h"

namespace mesos {

// What is wrong with the volumes among the container's resources, before anything is done. A
// volume's container_path is one name in the sandbox: the Mesos containerizer has no mounts.
absl::Status ValidateVolumes(const ContainerConfig& config);

// Puts a symlink to each volume into the sandbox, which exists, and hands the volumes' directories
// to `owner` (none: they stay whose they are). FailedPrecondition: a volume's directory is missing.
absl::Status LinkVolumes(const ContainerConfig& config, const std::optional<LaunchUser>& owner);

// Removes all that is in the directory, and itself unless `keep`. No symlink is followed, however
// deep the tree and whatever its modes. OK where there is no such directory. Cancelled: `stop` was
// set meanwhile; the rest is still there.
absl::Status RemoveTree(const std::string& path, bool keep, const std::atomic<bool>& stop);

}  // namespace mesos

#endif  // MESOSLIB_CONTAINERIZER_VOLUMES_H_
