// Allocator: decides who is offered what. A synchronous data structure: it is told what changed and
// asked to Allocate(); it has no thread, no timer, no clock and no callback. The master owns none
// of its rules; a host may plug in its own.
//
//   auto allocator = mesos::CreateHierarchicalAllocator({}).value();
//   mesos::AgentAllocationState agent;
//   agent.total = mesos::Resources::Parse("cpus:4;mem:4096").value();
//   mesos::FrameworkAllocationState framework;
//   framework.roles = {"eng/web"};
//   if (!allocator->AddAgent(mesos::AgentId("a"), agent, {}).ok()) return;
//   if (!allocator->AddFramework(mesos::FrameworkId("f"), framework).ok()) return;
//   for (const mesos::Allocation& offer : allocator->Allocate(absl::UnixEpoch(), true)) {
//     std::printf("%s\n", offer.resources.ToString().c_str());
//   }
//
// Roles form a tree ("eng/web" below "eng"); frameworks are its leaves. Resources that were offered
// count as allocated until they are recovered.
//
// Threads: none of its own. Everything is called on the master's loop, and nothing blocks.
// Ownership: belongs to the host, is used by one master alone, and must outlive it.
// Errors: unknown ids are answered with NotFound, doubled ones with AlreadyExists, bad values with
// InvalidArgument, and then nothing has changed.
#ifndef MESOS_ALLOCATOR_H_
#define MESOS_ALLOCATOR_H_

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mesos/export.h"
#include "mesos/ids.h"
#include "mesos/resource_quantities.h"
#include "mesos/resources.h"
#include "mesos/v1/mesos.pb.h"
#include "mesos/version.h"

namespace mesos {

// Resources of one agent that are in somebody's hands. They carry their allocation role.
struct Allocation {
  FrameworkId framework;
  AgentId agent;
  std::string role;     // One of the framework's.
  Resources resources;  // Allocated to `role`.
};

struct FrameworkAllocationState {
  std::set<std::string> roles;
  std::set<std::string> suppressed_roles;  // Of `roles`; these are offered nothing.
  std::vector<v1::FrameworkInfo::Capability::Type> capabilities;
  // Per role, the smallest offers it wants to see, instead of the allocator's own minimum: an offer
  // must contain one of them. An empty list: any offer.
  std::map<std::string, std::vector<ResourceQuantities>> min_allocatable_resources;
  bool active = true;  // Inactive frameworks are offered nothing.
};

struct AgentAllocationState {
  v1::AgentInfo info;  // Hostname, attributes, domain.
  std::vector<v1::AgentInfo::Capability::Type> capabilities;
  Resources total;     // Not allocated to any role.
  bool active = true;  // Inactive agents' resources are not offered.
};

struct AllocatorOptions {
  // The pause between two batch rounds; a decline's filter lives at least as long.
  absl::Duration allocation_interval = absl::Seconds(1);
  // An offer must contain one of these. Empty: any offer that is not empty.
  std::vector<ResourceQuantities> min_allocatable_resources;
  // Names of resources whose shares do not count.
  std::set<std::string> fair_sharing_excluded_resource_names;
  // Agents with GPUs are kept for frameworks that can use them.
  bool filter_gpu_resources = true;
  // Where the master is. Agents of other regions are kept for frameworks that are REGION_AWARE.
  std::optional<v1::DomainInfo> domain;
};

class MESOS_EXPORT Allocator {
 public:
  virtual ~Allocator() = default;

  virtual absl::Status AddFramework(const FrameworkId& id, FrameworkAllocationState state) = 0;
  virtual absl::Status UpdateFramework(const FrameworkId& id, FrameworkAllocationState state) = 0;
  // What it holds stays allocated until it is recovered.
  virtual absl::Status RemoveFramework(const FrameworkId& id) = 0;

  // `allocations`: what is known to be in use there already (after a failover); they may name
  // frameworks that are added later.
  virtual absl::Status AddAgent(const AgentId& id, AgentAllocationState state,
                                const std::vector<Allocation>& allocations) = 0;
  // May shrink below what is allocated: nothing is offered until enough is recovered.
  virtual absl::Status UpdateAgent(const AgentId& id, AgentAllocationState state) = 0;
  // Allocations on it are forgotten; recovering them later is answered NotFound.
  virtual absl::Status RemoveAgent(const AgentId& id) = 0;

  // Stops and resumes offers for `roles`; empty: for all the framework's roles. Revive also drops
  // the filters of these roles.
  virtual absl::Status Suppress(const FrameworkId& id, const std::set<std::string>& roles) = 0;
  virtual absl::Status Revive(const FrameworkId& id, const std::set<std::string>& roles) = 0;

  // Resources are free again, because a task ended: they may be offered in the next round.
  virtual absl::Status Recover(const Allocation& allocation) = 0;
  // Resources were refused: they may be offered in the next batch round, and to the same framework
  // and role on the same agent not before `now` + max(`refuse`, allocation_interval), unless more
  // is there than was refused. Zero: no filter. At most 365 days.
  virtual absl::Status Decline(const Allocation& allocation, absl::Duration refuse,
                               absl::Time now) = 0;
  // What a framework holds on an agent has been changed by operations: `before` has become `after`,
  // and the agent's total with it.
  virtual absl::Status Transform(const Allocation& before, const Resources& after) = 0;

  // Replaces the weights of these roles. Finite and above zero; 1 for roles never named.
  virtual absl::Status UpdateWeights(const std::map<std::string, double>& weights) = 0;

  // One round: the offers to make now, one per framework, role and agent. `batch` rounds come every
  // allocation_interval and look also at what was declined and at filters that have expired; the
  // rounds between them serve what has changed in other ways.
  virtual std::vector<Allocation> Allocate(absl::Time now, bool batch) = 0;

  // Whether a round that is not a batch could find something to offer.
  virtual bool HasChanges() const = 0;
};

// Hierarchical dominant resource fairness over the tree of roles, with weights.
MESOS_EXPORT absl::StatusOr<std::unique_ptr<Allocator>> CreateHierarchicalAllocator(
    AllocatorOptions options, HeaderVersion headers = {});

}  // namespace mesos

#endif  // MESOS_ALLOCATOR_H_
