#include "mesoslib/resources/volume_path.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

using DiskSource = v1::Resource::DiskInfo::Source;

std::string Below(absl::string_view folder, absl::string_view path) {
  while (absl::EndsWith(folder, "/")) folder.remove_suffix(1);
  return absl::StrCat(folder, "/", path);
}

absl::StatusOr<std::string> Root(absl::string_view work_dir, absl::string_view field,
                                 const std::string& root) {
  if (root.empty()) return absl::InvalidArgumentError(absl::StrCat(field, " is missing"));
  return absl::StartsWith(root, "/") ? root : Below(work_dir, root);
}

}  // namespace

absl::StatusOr<VolumePath> PathOfVolume(absl::string_view work_dir, const ResourceEntry& volume) {
  if (!volume.IsPersistentVolume()) {
    return absl::InvalidArgumentError(
        absl::StrCat(volume.ToString(), " is not a persistent volume"));
  }
  std::string root(work_dir);
  const DiskSource& source = volume.disk()->source();
  if (volume.disk()->has_source()) {
    if (source.type() == DiskSource::MOUNT) {
      ASSIGN_OR_RETURN(root, Root(work_dir, "disk.source.mount.root", source.mount().root()));
      return VolumePath{root, true};
    }
    if (source.type() != DiskSource::PATH) {
      return absl::InvalidArgumentError(
          absl::StrCat("disk.source.type is ", DiskSource::Type_Name(source.type()),
                       "; volumes are on the root disk, PATH and MOUNT"));
    }
    ASSIGN_OR_RETURN(root, Root(work_dir, "disk.source.path.root", source.path().root()));
  }
  const std::string role = absl::StrReplaceAll(volume.reservation_role(), {{"/", " "}});
  return VolumePath{
      Below(root, absl::StrCat("volumes/roles/", role, "/", volume.disk()->persistence().id())),
      false};
}

}  // namespace mesos
