#include "mesoslib/containerizer/launcher.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/unique_fd.h"
#include "mesoslib/containerizer/container_config.h"
#include "mesoslib/containerizer/processes.h"

namespace mesos {
namespace {

class PosixLauncher final : public Launcher {
 public:
  absl::Status Prepare(const ContainerId& /*id*/, LaunchPlan* /*plan*/) override {
    return absl::OkStatus();
  }

  absl::Status Kill(const ContainerId& /*id*/, const ContainerPids& pids,
                    int supervisor_pidfd) override {
    KillContainer(pids, supervisor_pidfd);
    return absl::OkStatus();
  }

  absl::Status Clean(const ContainerId& /*id*/, const ContainerPids& pids, bool orderly,
                     absl::Duration timeout) override {
    return orderly ? absl::OkStatus() : KillSession(pids, timeout);
  }

  absl::StatusOr<std::vector<ContainerId>> Find() override { return std::vector<ContainerId>(); }
};

class LinuxLauncher final : public Launcher {
 public:
  LinuxLauncher(std::unique_ptr<CgroupHierarchy> hierarchy, std::string root, UniqueFd held)
      : hierarchy_(std::move(hierarchy)), root_(std::move(root)), held_(std::move(held)) {}

  absl::Status Prepare(const ContainerId& id, LaunchPlan* plan) override {
    ASSIGN_OR_RETURN(std::string file, hierarchy_->Create(CgroupOf(id)));
    plan->cgroups.push_back(std::move(file));
    return absl::OkStatus();
  }

  // The supervisor is not in the cgroup, and tells how the task has ended.
  absl::Status Kill(const ContainerId& id, const ContainerPids& pids,
                    int supervisor_pidfd) override {
    const absl::Status status = hierarchy_->Kill(CgroupOf(id));
    KillContainer(pids, supervisor_pidfd);
    return absl::IsNotFound(status) ? absl::OkStatus() : status;
  }

  absl::Status Clean(const ContainerId& id, const ContainerPids& /*pids*/, bool /*orderly*/,
                     absl::Duration timeout) override {
    return hierarchy_->Destroy(CgroupOf(id), timeout);
  }

  absl::StatusOr<std::vector<ContainerId>> Find() override {
    ASSIGN_OR_RETURN(std::vector<std::string> names, hierarchy_->Children(root_));
    std::vector<ContainerId> ids;
    for (std::string& name : names) {
      if (ValidateContainerId(name).ok()) ids.emplace_back(std::move(name));
    }
    return ids;
  }

 private:
  std::string CgroupOf(const ContainerId& id) const { return absl::StrCat(root_, "/", id.value()); }

  const std::unique_ptr<CgroupHierarchy> hierarchy_;
  const std::string root_;
  const UniqueFd held_;
};

}  // namespace

std::unique_ptr<Launcher> CreatePosixLauncher() { return std::make_unique<PosixLauncher>(); }

absl::StatusOr<std::unique_ptr<Launcher>> CreateLinuxLauncher(
    std::unique_ptr<CgroupHierarchy> hierarchy, std::string root) {
  absl::StatusOr<UniqueFd> held = hierarchy->Hold(root);
  if (!held.ok()) return Annotate(held.status(), "cgroups_root");
  return std::make_unique<LinuxLauncher>(std::move(hierarchy), std::move(root), *std::move(held));
}

}  // namespace mesos
