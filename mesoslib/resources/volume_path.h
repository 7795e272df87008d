// Where a persistent volume lies on its agent: Mesos's layout.
#ifndef MESOSLIB_RESOURCES_VOLUME_PATH_H_
#define MESOSLIB_RESOURCES_VOLUME_PATH_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mesos/resources.h"

namespace mesos {

struct VolumePath {
  std::string path;
  // The volume is a whole disk: the directory itself is not the agent's to make or remove.
  bool is_mount = false;
};

//   on the root disk     work_dir/volumes/roles/<role>/<id>
//   on a PATH disk       <source.path.root>/volumes/roles/<role>/<id>
//   on a MOUNT disk      <source.mount.root>
//
// In <role> each '/' is a space. A root that is not absolute is below work_dir. `volume` is a
// persistent volume as Resources::FromProto takes it, so that no part is "..". InvalidArgument:
// there is no root, or the disk is of another kind.
absl::StatusOr<VolumePath> PathOfVolume(absl::string_view work_dir, const ResourceEntry& volume);

}  // namespace mesos

#endif  // MESOSLIB_RESOURCES_VOLUME_PATH_H_
