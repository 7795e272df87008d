// CgroupHierarchy: cgroups that keep processes together, so that all of a container's can be killed
// whatever they did to get away: the freezer's hierarchy of version 1, or the one of version 2.
// Other hierarchies of version 1 kill, too, but not who forks all the time.
//
// A cgroup is named by its path within the hierarchy, "mesos/c1". With version 2 a cgroup with
// controllers may have processes or cgroups in it, not both: processes join "mesos/c1/leaf".
//
// Thread: any; everything may block. Errors say which file, and what the system says.
#ifndef MESOSLIB_CONTAINERIZER_CGROUP_HIERARCHY_H_
#define MESOSLIB_CONTAINERIZER_CGROUP_HIERARCHY_H_

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mesoslib/base/unique_fd.h"

namespace mesos {

struct CgroupMount {
  int version = 1;
  std::string path;  // "/sys/fs/cgroup/freezer"
  // Of version 1: what the hierarchy has ("freezer"). Empty for version 2, which tells that in
  // files.
  std::set<std::string> controllers;
};

// Of the lines of /proc/self/mountinfo; those mounted as a whole.
std::vector<CgroupMount> ParseCgroupMounts(absl::string_view mountinfo);

// Cgroups' files. NotFound: there is no such file (any more).
absl::StatusOr<std::string> ReadControl(const std::string& path);
absl::Status WriteControl(const std::string& path, absl::string_view text);

class CgroupHierarchy {
 public:
  // The one that this machine has: the freezer's where it is mounted, else version 2's.
  // FailedPrecondition: neither is mounted.
  static absl::StatusOr<std::unique_ptr<CgroupHierarchy>> Find();
  static std::unique_ptr<CgroupHierarchy> Open(CgroupMount mount);

  virtual ~CgroupHierarchy() = default;

  // Of a cgroup: "/sys/fs/cgroup/freezer/mesos/c1".
  virtual std::string PathOf(const std::string& name) const = 0;
  // Makes a cgroup for others to be below, and those above it, and holds it as long as the
  // descriptor is open. AlreadyExists: somebody else holds it.
  virtual absl::StatusOr<UniqueFd> Hold(const std::string& name) = 0;
  // Makes a cgroup, and those above it, for processes: the file into which a process writes "0" to
  // join it. One that is there is taken as it is.
  virtual absl::StatusOr<std::string> Create(const std::string& name) = 0;
  // Kills every process in it and below it, and removes it with all below it. OK: there is none
  // any more. DeadlineExceeded: a process did not vanish in time; what is left may be removed
  // later.
  virtual absl::Status Destroy(const std::string& name, absl::Duration timeout) = 0;
  // Kills every process in it and below it, without waiting for their end.
  virtual absl::Status Kill(const std::string& name) = 0;
  // What is right below it, by their own names. None: there is no such cgroup.
  virtual absl::StatusOr<std::vector<std::string>> Children(const std::string& name) = 0;
};

}  // namespace mesos

#endif  // MESOSLIB_CONTAINERIZER_CGROUP_HIERARCHY_H_
