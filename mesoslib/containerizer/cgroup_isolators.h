// The isolators of cgroups of version 1: each container has a cgroup below `root` in every
// hierarchy that they use.
#ifndef MESOSLIB_CONTAINERIZER_CGROUP_ISOLATORS_H_
#define MESOSLIB_CONTAINERIZER_CGROUP_ISOLATORS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mesoslib/containerizer/cgroup_hierarchy.h"
#include "mesoslib/containerizer/isolator.h"

namespace mesos {

// All three: FailedPrecondition: a controller is not mounted. They are not asked before the
// launcher has made the containers' place to be killed in.

// cgroups/cpu: shares, 1024 for a CPU; with `cfs` also a quota, of 100 ms.
absl::StatusOr<std::unique_ptr<Isolator>> CreateCgroupsCpu(const std::vector<CgroupMount>& mounts,
                                                           const std::string& root, bool cfs);
// cgroups/mem: what is allocated, at least 32 MB, is the limit. It is never lowered while the
// container runs. A container of which the kernel kills a process is ended.
absl::StatusOr<std::unique_ptr<Isolator>> CreateCgroupsMem(const std::vector<CgroupMount>& mounts,
                                                           const std::string& root);
// cgroups/pids: counts, without a limit.
absl::StatusOr<std::unique_ptr<Isolator>> CreateCgroupsPids(const std::vector<CgroupMount>& mounts,
                                                            const std::string& root);

}  // namespace mesos

#endif  // MESOSLIB_CONTAINERIZER_CGROUP_ISOLATORS_H_
