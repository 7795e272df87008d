// CreateIsolators: what names stand for.
#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/containerizer/cgroup_isolators.h"
#include "mesoslib/containerizer/isolator.h"

namespace mesos {
namespace {

// The first two are what every container has: its processes are counted.
constexpr absl::string_view kNames[] = {"posix/cpu", "posix/mem", "cgroups/cpu", "cgroups/mem",
                                        "cgroups/pids"};

// With what Mesos's short names stand for.
absl::StatusOr<std::vector<std::string>> FullNames(const std::vector<std::string>& given) {
  std::vector<std::string> names;
  for (const std::string& name : given) {
    if (name == "process") {
      names.insert(names.end(), {"posix/cpu", "posix/mem"});
    } else if (name == "cgroups") {
      names.insert(names.end(), {"cgroups/cpu", "cgroups/mem"});
    } else if (absl::c_linear_search(kNames, name)) {
      names.push_back(name);
    } else {
      return absl::InvalidArgumentError(
          absl::StrCat("isolation names ", Quoted(name), "; expected some of ",
                       absl::StrJoin(kNames, ", "), ", or process or cgroups"));
    }
  }
  for (auto name = names.begin(); name != names.end(); ++name) {
    if (std::find(names.begin(), name, *name) != name) {
      return absl::InvalidArgumentError(absl::StrCat("isolation names ", Quoted(*name), " twice"));
    }
  }
  return names;
}

}  // namespace

absl::StatusOr<std::vector<std::unique_ptr<Isolator>>> CreateIsolators(
    const MesosContainerizerOptions& options) {
  std::vector<std::unique_ptr<Isolator>> isolators;
  std::vector<CgroupMount> mounts;
  ASSIGN_OR_RETURN(const std::vector<std::string> names, FullNames(options.isolation));
  for (const std::string& name : names) {
    if (!absl::StartsWith(name, "cgroups/")) continue;
    if (options.launcher != MesosContainerizerOptions::Launcher::kLinux) {
      return absl::InvalidArgumentError(
          absl::StrCat("isolation names ", Quoted(name), ", which needs the linux launcher"));
    }
    if (mounts.empty()) {
      ASSIGN_OR_RETURN(const std::string mountinfo, ReadControl("/proc/self/mountinfo"));
      mounts = ParseCgroupMounts(mountinfo);
    }
    absl::StatusOr<std::unique_ptr<Isolator>> isolator =
        name == "cgroups/cpu"
            ? CreateCgroupsCpu(mounts, options.cgroups_root, options.cgroups_enable_cfs)
        : name == "cgroups/mem" ? CreateCgroupsMem(mounts, options.cgroups_root)
                                : CreateCgroupsPids(mounts, options.cgroups_root);
    if (!isolator.ok()) return Annotate(isolator.status(), name);
    isolators.push_back(*std::move(isolator));
  }
  return isolators;
}

}  // namespace mesos
