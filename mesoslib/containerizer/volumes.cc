#include "mesoslib/containerizer/volumes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "mesoslib/base/ids_validation.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/unique_fd.h"
#include "mesoslib/resources/volume_path.h"

namespace mesos {
namespace {

// A tree deeper than this is taken apart: each level costs a descriptor and some stack.
constexpr int kMaxDepth = 64;

absl::Status Failed(absl::string_view what, absl::string_view path) {
  const int error = errno;
  const std::string message = absl::StrCat("cannot ", what, " ", path, ": ", strerror(error));
  if (error == ENOSPC || error == EDQUOT || error == EMFILE || error == ENFILE) {
    return absl::ResourceExhaustedError(message);
  }
  return absl::FailedPreconditionError(message);
}

absl::Status ValidateVolume(const v1::Volume& volume, absl::string_view id) {
  const std::string field = absl::StrCat("disk.volume.container_path of volume ", Quoted(id));
  const absl::Status valid = ValidateId(field, volume.container_path());
  if (!valid.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        valid.message(), "; the Mesos containerizer puts volumes right into the sandbox, under ",
        "one name"));
  }
  if (volume.container_path() == "stdout" || volume.container_path() == "stderr") {
    return absl::InvalidArgumentError(absl::StrCat(field, " is ", Quoted(volume.container_path()),
                                                   ", which holds the task's output"));
  }
  if (volume.mode() == v1::Volume::RO) {
    return absl::InvalidArgumentError(
        absl::StrCat("disk.volume.mode of volume ", Quoted(id),
                     " asks for RO, which the Mesos containerizer does not offer"));
  }
  return absl::OkStatus();
}

absl::Status HandTo(const LaunchUser& owner, const VolumePath& volume) {
  // Whoever configures a whole disk may do so with a symlink; below it, nobody but the agent puts
  // anything where a volume is.
  const int flags = volume.is_mount ? 0 : O_NOFOLLOW;
  const UniqueFd fd(open(volume.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags));
  if (!fd.valid()) return Failed("open the volume", volume.path);
  if (fchown(fd.get(), owner.uid, owner.gid) == 0) return absl::OkStatus();
  return Failed(absl::StrCat("hand to uid ", owner.uid, " the volume"), volume.path);
}

absl::Status LinkVolume(const VolumePath& volume, int sandbox, const std::string& name) {
  struct stat found;
  if (stat(volume.path.c_str(), &found) != 0) return Failed("find the volume", volume.path);
  if (!S_ISDIR(found.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the volume ", volume.path, " is not a directory"));
  }
  if (symlinkat(volume.path.c_str(), sandbox, name.c_str()) == 0) return absl::OkStatus();
  return Failed("make the symlink to the volume in the sandbox,", name);
}

// Removes what is below directories, by descriptors: what the names mean cannot change meanwhile.
class TreeRemover {
 public:
  TreeRemover(std::string path, const std::atomic<bool>& stop)
      : path_(std::move(path)), stop_(stop) {}

  // All that is in the directory.
  absl::Status Empty(const UniqueFd& top) {
    top_ = top.get();
    // What was too deep has been moved up meanwhile.
    do {
      moved_ = false;
      RETURN_IF_ERROR(EmptyDirectory(top.get(), 0));
    } while (moved_);
    return absl::OkStatus();
  }

 private:
  using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

  absl::Status EmptyDirectory(int directory, int depth) {
    ASSIGN_OR_RETURN(std::vector<std::string> names, List(directory));
    for (const std::string& name : names) {
      if (stop_) return absl::CancelledError("removing a volume was interrupted");
      RETURN_IF_ERROR(RemoveEntry(directory, name, depth));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<std::string>> List(int directory) {
    // Another descriptor of it, with a position of its own.
    const int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return Failed("read a directory in", path_);
    Directory stream(fdopendir(fd), closedir);
    if (stream == nullptr) {
      close(fd);
      return Failed("read a directory in", path_);
    }
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = readdir(stream.get())) {
      const absl::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    if (errno != 0) return Failed("read a directory in", path_);
    return names;
  }

  absl::Status RemoveEntry(int directory, const std::string& name, int depth) {
    if (unlinkat(directory, name.c_str(), 0) == 0 || errno == ENOENT) return absl::OkStatus();
    if (errno != EISDIR && errno != EPERM) return Failed("remove a file in", path_);
    const UniqueFd child(
        openat(directory, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!child.valid()) return Failed("open a directory in", path_);
    if (depth >= kMaxDepth) return MoveUp(directory, name);
    // Whatever its owner has made of its mode. The descriptor is the directory, not its name.
    if (chmod(absl::StrCat("/proc/self/fd/", child.get()).c_str(), 0700) != 0) {
      return Failed("make writable a directory in", path_);
    }
    RETURN_IF_ERROR(EmptyDirectory(child.get(), depth + 1));
    // Not empty: what was moved up came from here, or somebody writes there still.
    if (unlinkat(directory, name.c_str(), AT_REMOVEDIR) == 0) return absl::OkStatus();
    return Failed("remove a directory in", path_);
  }

  absl::Status MoveUp(int directory, const std::string& name) {
    for (;;) {
      const std::string above = absl::StrCat(".removed-", next_++);
      if (renameat2(directory, name.c_str(), top_, above.c_str(), RENAME_NOREPLACE) == 0) break;
      if (errno != EEXIST) return Failed("move up a directory in", path_);
    }
    moved_ = true;
    return absl::OkStatus();
  }

  const std::string path_;
  const std::atomic<bool>& stop_;
  int top_ = -1;
  bool moved_ = false;
  int next_ = 0;
};

}  // namespace

absl::Status ValidateVolumes(const ContainerConfig& config) {
  std::set<std::string> names;
  for (const ResourceEntry& entry : config.resources.PersistentVolumes()) {
    const v1::Volume& volume = entry.disk()->volume();
    RETURN_IF_ERROR(ValidateVolume(volume, entry.disk()->persistence().id()));
    RETURN_IF_ERROR(PathOfVolume(config.work_dir, entry).status());
    if (!names.insert(volume.container_path()).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("disk.volume.container_path is ", Quoted(volume.container_path()),
                       " for two volumes; expected another name for each"));
    }
  }
  return absl::OkStatus();
}

absl::Status LinkVolumes(const ContainerConfig& config, const std::optional<LaunchUser>& owner) {
  const Resources volumes = config.resources.PersistentVolumes();
  if (volumes.empty()) return absl::OkStatus();
  const UniqueFd sandbox(
      open(config.directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!sandbox.valid()) return Failed("open the sandbox", config.directory);
  for (const ResourceEntry& entry : volumes) {
    ASSIGN_OR_RETURN(const VolumePath volume, PathOfVolume(config.work_dir, entry));
    RETURN_IF_ERROR(LinkVolume(volume, sandbox.get(), entry.disk()->volume().container_path()));
    if (owner.has_value()) RETURN_IF_ERROR(HandTo(*owner, volume));
  }
  return absl::OkStatus();
}

absl::Status RemoveTree(const std::string& path, bool keep, const std::atomic<bool>& stop) {
  const int flags = keep ? 0 : O_NOFOLLOW;
  const UniqueFd top(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC | flags));
  if (!top.valid()) {
    if (errno == ENOENT) return absl::OkStatus();
    return Failed("open the volume", path);
  }
  if (!keep && chmod(absl::StrCat("/proc/self/fd/", top.get()).c_str(), 0700) != 0) {
    return Failed("make writable the volume", path);
  }
  RETURN_IF_ERROR(TreeRemover(path, stop).Empty(top));
  if (keep || rmdir(path.c_str()) == 0 || errno == ENOENT) return absl::OkStatus();
  return Failed("remove the volume", path);
}

}  // namespace mesos
