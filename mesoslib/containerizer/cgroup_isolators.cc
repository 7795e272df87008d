#include "mesoslib/containerizer/cgroup_isolators.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

constexpr uint64_t kMegabyte = 1 << 20;
constexpr uint64_t kMinMemory = 32 * kMegabyte;
constexpr double kSharesOfACpu = 1024;
constexpr uint64_t kMinShares = 2;
constexpr uint64_t kCfsPeriodUs = 100'000;
constexpr uint64_t kMinQuotaUs = 1000;

absl::StatusOr<uint64_t> ReadNumber(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadControl(path));
  uint64_t number = 0;
  if (absl::SimpleAtoi(absl::StripAsciiWhitespace(text), &number)) return number;
  return absl::DataLossError(absl::StrCat(path, " is '", text, "', expected a number"));
}

// Of lines such as "nr_throttled 3"; 0 where there is none.
uint64_t NumberOf(absl::string_view text, absl::string_view name) {
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(line, absl::MaxSplits(' ', 1));
    uint64_t number = 0;
    if (parts.first == name && absl::SimpleAtoi(parts.second, &number)) return number;
  }
  return 0;
}

// A cgroup in each of some hierarchies, which are one where they are mounted together.
class CgroupIsolator : public Isolator {
 public:
  absl::Status Prepare(const ContainerId& id, const ContainerConfig& config,
                       LaunchPlan* plan) override {
    for (const auto& hierarchy : hierarchies_) {
      ASSIGN_OR_RETURN(std::string file, hierarchy->Create(CgroupOf(id)));
      plan->cgroups.push_back(std::move(file));
    }
    return Update(id, config.resources);
  }

  absl::StatusOr<std::optional<UniqueFd>> Watch(const ContainerId& /*id*/) override {
    return std::nullopt;
  }

  std::optional<ContainerLimitation> Limitation(const ContainerId& /*id*/, bool /*told*/) override {
    return std::nullopt;
  }

  absl::Status Clean(const ContainerId& id, absl::Duration timeout) override {
    absl::Status status;
    for (const auto& hierarchy : hierarchies_) {
      status.Update(hierarchy->Destroy(CgroupOf(id), timeout));
    }
    return status;
  }

  absl::StatusOr<std::vector<ContainerId>> Find() override {
    std::vector<ContainerId> ids;
    for (const auto& hierarchy : hierarchies_) {
      ASSIGN_OR_RETURN(const std::vector<std::string> names, hierarchy->Children(root_));
      for (const std::string& name : names) ids.emplace_back(name);
    }
    return ids;
  }

 protected:
  explicit CgroupIsolator(std::string root) : root_(std::move(root)) {}

  // FailedPrecondition: it is not mounted.
  absl::Status Use(const std::vector<CgroupMount>& mounts, const std::string& controller) {
    for (const CgroupMount& mount : mounts) {
      if (!mount.controllers.contains(controller)) continue;
      const bool together =
          absl::c_any_of(mounted_, [&](const auto& other) { return other.second == mount.path; });
      if (!together) hierarchies_.push_back(CgroupHierarchy::Open(mount));
      mounted_[controller] = mount.path;
      return absl::OkStatus();
    }
    return absl::FailedPreconditionError(
        absl::StrCat("the cgroups of ", controller, " (version 1) are not mounted"));
  }

  // "/sys/fs/cgroup/cpu/mesos/c1/cpu.shares" of "cpu" and "shares".
  std::string File(const ContainerId& id, const std::string& controller,
                   absl::string_view name) const {
    return absl::StrCat(mounted_.at(controller), "/", CgroupOf(id), "/", controller, ".", name);
  }

  std::string CgroupOf(const ContainerId& id) const { return absl::StrCat(root_, "/", id.value()); }

 private:
  const std::string root_;
  std::vector<std::unique_ptr<CgroupHierarchy>> hierarchies_;
  std::map<std::string, std::string> mounted_;  // Where each controller is.
};

// -- cgroups/cpu --

class CgroupsCpu final : public CgroupIsolator {
 public:
  CgroupsCpu(std::string root, bool cfs) : CgroupIsolator(std::move(root)), cfs_(cfs) {}

  absl::Status Open(const std::vector<CgroupMount>& mounts) {
    RETURN_IF_ERROR(Use(mounts, "cpu"));
    return Use(mounts, "cpuacct");
  }

  absl::Status Update(const ContainerId& id, const Resources& resources) override {
    const double cpus = resources.cpus();
    const uint64_t shares =
        std::max(kMinShares, static_cast<uint64_t>(std::llround(cpus * kSharesOfACpu)));
    RETURN_IF_ERROR(WriteControl(File(id, "cpu", "shares"), absl::StrCat(shares)));
    if (!cfs_) return absl::OkStatus();
    const uint64_t quota =
        std::max(kMinQuotaUs, static_cast<uint64_t>(std::llround(cpus * kCfsPeriodUs)));
    RETURN_IF_ERROR(WriteControl(File(id, "cpu", "cfs_period_us"), absl::StrCat(kCfsPeriodUs)));
    return WriteControl(File(id, "cpu", "cfs_quota_us"), absl::StrCat(quota));
  }

  absl::Status Usage(const ContainerId& id, v1::ResourceStatistics* statistics) override {
    ASSIGN_OR_RETURN(const std::string used, ReadControl(File(id, "cpuacct", "stat")));
    const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    statistics->set_cpus_user_time_secs(static_cast<double>(NumberOf(used, "user")) / ticks);
    statistics->set_cpus_system_time_secs(static_cast<double>(NumberOf(used, "system")) / ticks);
    ASSIGN_OR_RETURN(const std::string told, ReadControl(File(id, "cpu", "stat")));
    statistics->set_cpus_nr_periods(static_cast<uint32_t>(NumberOf(told, "nr_periods")));
    statistics->set_cpus_nr_throttled(static_cast<uint32_t>(NumberOf(told, "nr_throttled")));
    statistics->set_cpus_throttled_time_secs(static_cast<double>(NumberOf(told, "throttled_time")) /
                                             1e9);
    return absl::OkStatus();
  }

 private:
  const bool cfs_;
};

// -- cgroups/mem --

class CgroupsMem final : public CgroupIsolator {
 public:
  explicit CgroupsMem(std::string root) : CgroupIsolator(std::move(root)) {}

  absl::Status Open(const std::vector<CgroupMount>& mounts) { return Use(mounts, "memory"); }

  absl::StatusOr<std::optional<UniqueFd>> Watch(const ContainerId& id) override {
    const std::string path = File(id, "memory", "oom_control");
    UniqueFd told(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    const UniqueFd control(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!told.valid() || !control.valid()) {
      return absl::UnavailableError(absl::StrCat("cannot watch ", path, ": ", strerror(errno)));
    }
    const std::string directory = path.substr(0, path.rfind('/'));
    RETURN_IF_ERROR(WriteControl(absl::StrCat(directory, "/cgroup.event_control"),
                                 absl::StrCat(told.get(), " ", control.get())));
    return std::optional<UniqueFd>(std::move(told));
  }

  absl::Status Update(const ContainerId& id, const Resources& resources) override {
    const uint64_t bytes = std::max(
        kMinMemory, static_cast<uint64_t>(resources.mem() * static_cast<double>(kMegabyte)));
    RETURN_IF_ERROR(WriteControl(File(id, "memory", "soft_limit_in_bytes"), absl::StrCat(bytes)));
    const std::string limit = File(id, "memory", "limit_in_bytes");
    // Lowering it would kill who has used what was his.
    ASSIGN_OR_RETURN(const uint64_t present, ReadNumber(limit));
    const bool is_set = present < kNoLimit;
    return is_set && bytes <= present ? absl::OkStatus() : WriteControl(limit, absl::StrCat(bytes));
  }

  absl::Status Usage(const ContainerId& id, v1::ResourceStatistics* statistics) override {
    ASSIGN_OR_RETURN(const uint64_t total, ReadNumber(File(id, "memory", "usage_in_bytes")));
    ASSIGN_OR_RETURN(const uint64_t limit, ReadNumber(File(id, "memory", "limit_in_bytes")));
    ASSIGN_OR_RETURN(const uint64_t soft, ReadNumber(File(id, "memory", "soft_limit_in_bytes")));
    ASSIGN_OR_RETURN(const std::string told, ReadControl(File(id, "memory", "stat")));
    statistics->set_mem_total_bytes(total);
    statistics->set_mem_limit_bytes(limit);
    statistics->set_mem_soft_limit_bytes(soft);
    statistics->set_mem_rss_bytes(NumberOf(told, "total_rss"));
    statistics->set_mem_anon_bytes(NumberOf(told, "total_rss"));
    statistics->set_mem_cache_bytes(NumberOf(told, "total_cache"));
    statistics->set_mem_file_bytes(NumberOf(told, "total_cache"));
    statistics->set_mem_mapped_file_bytes(NumberOf(told, "total_mapped_file"));
    statistics->set_mem_swap_bytes(NumberOf(told, "total_swap"));
    statistics->set_mem_unevictable_bytes(NumberOf(told, "total_unevictable"));
    return absl::OkStatus();
  }

  std::optional<ContainerLimitation> Limitation(const ContainerId& id, bool told) override {
    const auto killed = ReadControl(File(id, "memory", "oom_control"));
    if (!told && (!killed.ok() || NumberOf(*killed, "oom_kill") == 0)) return std::nullopt;
    const uint64_t limit = ReadNumber(File(id, "memory", "limit_in_bytes")).value_or(0);
    const uint64_t used = ReadNumber(File(id, "memory", "max_usage_in_bytes")).value_or(0);
    return ContainerLimitation{
        v1::TaskStatus::REASON_CONTAINER_LIMITATION_MEMORY,
        absl::StrCat("Memory limit exceeded: Requested: ", limit / kMegabyte,
                     "MB Maximum Used: ", used / kMegabyte, "MB\n\nMEMORY STATISTICS: \n",
                     ReadControl(File(id, "memory", "stat")).value_or(""))};
  }

 private:
  // What the kernel shows where there is none is this or more.
  static constexpr uint64_t kNoLimit = uint64_t{1} << 60;
};

// -- cgroups/pids --

class CgroupsPids final : public CgroupIsolator {
 public:
  explicit CgroupsPids(std::string root) : CgroupIsolator(std::move(root)) {}

  absl::Status Open(const std::vector<CgroupMount>& mounts) { return Use(mounts, "pids"); }

  absl::Status Update(const ContainerId& /*id*/, const Resources& /*resources*/) override {
    return absl::OkStatus();
  }

  absl::Status Usage(const ContainerId& /*id*/, v1::ResourceStatistics* /*statistics*/) override {
    return absl::OkStatus();
  }
};

template <typename Kind, typename... Options>
absl::StatusOr<std::unique_ptr<Isolator>> Open(const std::vector<CgroupMount>& mounts,
                                               const Options&... options) {
  auto isolator = std::make_unique<Kind>(options...);
  RETURN_IF_ERROR(isolator->Open(mounts));
  return isolator;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Isolator>> CreateCgroupsCpu(const std::vector<CgroupMount>& mounts,
                                                           const std::string& root, bool cfs) {
  return Open<CgroupsCpu>(mounts, root, cfs);
}

absl::StatusOr<std::unique_ptr<Isolator>> CreateCgroupsMem(const std::vector<CgroupMount>& mounts,
                                                           const std::string& root) {
  return Open<CgroupsMem>(mounts, root);
}

absl::StatusOr<std::unique_ptr<Isolator>> CreateCgroupsPids(const std::vector<CgroupMount>& mounts,
                                                            const std::string& root) {
  return Open<CgroupsPids>(mounts, root);
}

}  // namespace mesos
