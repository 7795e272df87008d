// A cluster as the allocator sees it, for its benchmarks: agents, frameworks, and what becomes of
// offers.
#ifndef BENCH_ALLOCATOR_CLUSTER_H_
#define BENCH_ALLOCATOR_CLUSTER_H_

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "mesos/allocator.h"
#include "mesos/resource_quantities.h"
#include "mesos/resources.h"

namespace mesos::bench {

inline void Must(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << status << std::endl;
  std::abort();
}

inline Resources Parse(absl::string_view text) {
  absl::StatusOr<Resources> resources = Resources::Parse(text);
  Must(resources.status());
  return *std::move(resources);
}

inline ResourceQuantities ParseQuantities(absl::string_view text) {
  absl::StatusOr<ResourceQuantities> quantities = ResourceQuantities::Parse(text);
  Must(quantities.status());
  return *std::move(quantities);
}

inline Resources AllocatedTo(absl::string_view role, Resources resources) {
  resources.Allocate(role);
  return resources;
}

inline const Resources& Machine() {
  static const Resources* machine = new Resources(Parse("cpus:16;mem:65536;disk:1000000"));
  return *machine;
}

class AllocatorCluster {
 public:
  enum class Roles { kOne, kEach };  // Frameworks are all in role "*", or each in its own.

  explicit AllocatorCluster(int frameworks = 0, Roles roles = Roles::kOne,
                            Sorter sorter = Sorter::kFairShare) {
    AllocatorOptions options;
    options.min_allocatable_resources = *ParseMinAllocatable("cpus:0.01|mem:32");
    options.role_sorter = sorter;
    options.framework_sorter = sorter;
    allocator_ = *CreateHierarchicalAllocator(std::move(options));
    for (int i = 0; i < frameworks; ++i) {
      AddFramework(i, roles == Roles::kEach ? absl::StrCat("role", i) : "*");
    }
  }

  // As long as those that a master gives.
  static FrameworkId Framework(int i) {
    return FrameworkId(absl::StrCat("6ed8e6b2-5dbb-43a9-8a54-a55a2b4f9b5d-", i));
  }
  static AgentId Agent(int i) {
    return AgentId(absl::StrCat("6ed8e6b2-5dbb-43a9-8a54-a55a2b4f9b5d-S", i));
  }

  void AddFramework(int i, const std::string& role) {
    FrameworkAllocationState state;
    state.capabilities = {v1::FrameworkInfo::Capability::MULTI_ROLE,
                          v1::FrameworkInfo::Capability::REVOCABLE_RESOURCES,
                          v1::FrameworkInfo::Capability::RESERVATION_REFINEMENT};
    state.roles = {role};
    Must(allocator_->AddFramework(Framework(i), std::move(state)));
  }

  static AgentAllocationState AgentWith(int i, const Resources& total) {
    AgentAllocationState state;
    state.info.set_hostname(absl::StrCat("agent-", i, ".example.com"));
    state.total = total;
    state.capabilities = {v1::AgentInfo::Capability::MULTI_ROLE,
                          v1::AgentInfo::Capability::HIERARCHICAL_ROLE,
                          v1::AgentInfo::Capability::RESERVATION_REFINEMENT};
    return state;
  }

  // `used` is in use on each of them.
  void AddAgents(int agents, const Resources& total, const std::vector<Allocation>& used = {}) {
    for (int i = 0; i < agents; ++i) {
      std::vector<Allocation> allocations = used;
      for (Allocation& allocation : allocations) allocation.agent = Agent(i);
      Must(allocator_->AddAgent(Agent(i), AgentWith(i, total), allocations));
    }
  }

  std::vector<Allocation> Round(bool batch) {
    now_ += absl::Seconds(1);
    return allocator_->Allocate(now_, batch);
  }
  void Recover(const std::vector<Allocation>& allocations) {
    for (const Allocation& allocation : allocations) Must(allocator_->Recover(allocation));
  }
  void Decline(const std::vector<Allocation>& allocations, absl::Duration refuse) {
    for (const Allocation& allocation : allocations) {
      Must(allocator_->Decline(allocation, refuse, now_));
    }
  }

  // They come one after the other, and each declines every agent for long. Ends with the round that
  // finds that nothing is left to offer.
  void AddDecliningFrameworks(int frameworks) {
    for (int i = 0; i < frameworks; ++i) {
      AddFramework(i, "*");
      Decline(Round(false), absl::Hours(24));
    }
    for (auto offers = Round(true); !offers.empty(); offers = Round(true)) {
      Decline(offers, absl::Hours(24));
    }
  }

  Allocator& allocator() { return *allocator_; }

 private:
  std::unique_ptr<Allocator> allocator_;
  absl::Time now_ = absl::UnixEpoch();
};

// Roles with quotas of half an agent each, and roles with quotas of two agents each, one framework
// in every role; a fifth of an agent is there for each of the former, and five for each of the
// latter. So quotas cut offers in both ways: out of one agent, and over several.
class QuotaCluster : public AllocatorCluster {
 public:
  QuotaCluster(int small, int large, Sorter sorter = Sorter::kFairShare)
      : AllocatorCluster(0, Roles::kOne, sorter) {
    AddAgents(small / 5 + large * 5, Parse("cpus:2;mem:2048;disk:2048"));
    std::map<std::string, Quota> quotas;
    for (int i = 0; i < small + large; ++i) {
      const std::string role = absl::StrCat("quota", i);
      AddFramework(i, role);
      const int64_t size = i < small ? 1 : 4;
      Quota& quota = quotas[role];
      quota.guarantees =
          ParseQuantities(absl::StrCat("cpus:", size, ";mem:", size * 1024, ";disk:", size * 1024));
      for (const auto& quantity : quota.guarantees) {
        quota.limits[std::string(quantity.name.view())] = quantity.millis;
      }
    }
    Must(allocator().UpdateQuotas(quotas, false));
  }
};

}  // namespace mesos::bench

#endif  // BENCH_ALLOCATOR_CLUSTER_H_
