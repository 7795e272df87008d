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

#include <cstddef>
#include <cstdint>
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

// What a role, and all below it, is promised and may not exceed.
//
// A role consumes what is reserved to it and to the roles below, whether or not anybody holds it,
// and what it and they hold that is unreserved or reserved to a role above it. Only scalars count,
// and none that are revocable.
struct Quota {
  // Held back from others until the role has it. A role's covers the sum of those of its children.
  ResourceQuantities guarantees;
  // Thousandths by name, none negative. Never exceeded; offers are cut to fit. Absent: unlimited.
  std::map<std::string, int64_t> limits;

  bool empty() const { return guarantees.empty() && limits.empty(); }
  friend bool operator==(const Quota&, const Quota&) = default;
};

// Resources of one agent that are in somebody's hands. They carry their allocation role.
struct Allocation {
  FrameworkId framework;
  AgentId agent;
  std::string role;     // One of the framework's.
  Resources resources;  // Allocated to `role`.
};

// Which agents a framework wants to see in which role. Immutable: any thread may ask.
class MESOS_EXPORT OfferConstraints {
 public:
  virtual ~OfferConstraints() = default;
  // Whether offers for `role` may come from this agent.
  virtual bool Allow(absl::string_view role, const v1::AgentInfo& agent) const = 0;
  // Where they may not: the constraints that the agent does not meet, for people.
  virtual std::string Explain(absl::string_view role, const v1::AgentInfo& agent) const = 0;
};

struct FrameworkAllocationState {
  std::set<std::string> roles;
  std::set<std::string> suppressed_roles;  // Of `roles`; these are offered nothing.
  std::vector<v1::FrameworkInfo::Capability::Type> capabilities;
  // Per role, the smallest offers it wants to see, instead of the allocator's own minimum: an offer
  // must contain one of them. An empty list: any offer.
  std::map<std::string, std::vector<ResourceQuantities>> min_allocatable_resources;
  // Which agents it wants to see: see mesos/offer_constraints.h. Null: all.
  std::shared_ptr<const OfferConstraints> offer_constraints;
  bool active = true;  // Inactive frameworks are offered nothing.
};

struct AgentAllocationState {
  v1::AgentInfo info;  // Hostname, attributes, domain.
  std::vector<v1::AgentInfo::Capability::Type> capabilities;
  Resources total;     // Not allocated to any role. All that its resource providers have, too.
  bool active = true;  // Inactive agents' resources are not offered.
  // Why it is inactive, in a word or two, for explanations: "draining", "disconnected".
  std::string why_inactive;
  // When it is to be maintained: those who hold anything there are asked to give it back.
  std::optional<v1::Unavailability> unavailability;
};

// A framework is asked to give back what it holds on an agent that is to be maintained.
struct InverseAllocation {
  FrameworkId framework;
  AgentId agent;
  v1::Unavailability unavailability;
};

// How those who compete are ordered.
enum class Sorter {
  kFairShare,  // By dominant share over weight: hierarchical DRF.
  kRandom,     // By chance, in proportion to their weights.
};

// Why somebody was offered nothing on an agent.
enum class NoOfferReason {
  kOffered,          // Everything there is held or on offer: `subject` names who.
  kInactive,         // The agent is: `subject` tells why.
  kNotWhitelisted,   // The agent's hostname is not on the whitelist.
  kGpus,             // Kept for frameworks with GPU_RESOURCES.
  kRegion,           // Another region than the master's, for frameworks with REGION_AWARE.
  kAgentCapability,  // The agent lacks a capability: `subject` names it.
  kConstraint,       // `subject`: the offer constraint that is not met.
  kReserved,         // All that is free is reserved: `subject` names the roles.
  kCapability,       // What is free takes a capability: `subject` names it.
  kQuotaLimit,       // `subject`: the role that has reached its limit.
  kHeadroom,         // `subject`: the roles for whose guarantees it is held back.
  kBelowMinimum,     // Less is free than the smallest offer that it wants to see.
  kFiltered,         // Refused before: until `until`.
  kNext,             // Nothing: it may be offered in the next round.
};
MESOS_EXPORT absl::string_view ToString(NoOfferReason reason);

// Why a framework is offered what it is, and why nothing on the rest.
struct AllocationExplanation {
  struct Agents {
    NoOfferReason reason = NoOfferReason::kNext;
    std::string subject;
    // Of kFiltered: when the first of these filters expires.
    absl::Time until = absl::InfiniteFuture();
    size_t count = 0;
    std::vector<AgentId> examples;  // A few of them.
  };
  struct Role {
    std::string role;
    // Empty where it takes part; otherwise why it does not: "suppressed", "inactive".
    std::string idle;
    double weight = 1;
    double share = 0;               // Of the framework within the role: a fraction of the cluster.
    std::string dominant_resource;  // Empty where it holds nothing.
    Quota quota;                    // Of the role itself.
    ResourceQuantities consumed;    // Counted against it.
    // How many demanding frameworks and roles come first, and the first few of them as "role:id".
    size_t rank = 0;
    std::vector<std::string> ahead;
    std::vector<Agents> agents;     // The largest groups first.
  };

  FrameworkId framework;
  std::vector<Role> roles;

  // A table for people, with a newline at the end.
  std::string ToString() const;
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
  // How roles, and frameworks within a role, are ordered.
  Sorter role_sorter = Sorter::kFairShare;
  Sorter framework_sorter = Sorter::kFairShare;
  // What chance begins with, for Sorter::kRandom.
  uint64_t seed = 0;
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

  // One round: the offers to make now, one per framework, role and agent. `batch` rounds come every
  // allocation_interval and look also at what was declined and at filters that have expired; the
  // rounds between them serve what has changed in other ways.
  virtual std::vector<Allocation> Allocate(absl::Time now, bool batch) = 0;

  // Whether a round that is not a batch could find something to offer.
  virtual bool HasChanges() const = 0;

  // -- What an allocator may do without. Unimplemented, or nothing, unless it is overridden.

  // Replaces the weights of these roles. Finite and above zero; 1 for roles never named.
  virtual absl::Status UpdateWeights(const std::map<std::string, double>& weights);

  // Replaces the quotas of these roles, all or none; an empty one removes a role's. InvalidArgument
  // where a guarantee exceeds the limit beside it. FailedPrecondition, unless `force`: where
  // guarantees exceed what there is, or the guarantee of the role above; where a role consumes more
  // than its new limit.
  virtual absl::Status UpdateQuotas(const std::map<std::string, Quota>& quotas, bool force);

  // Agents are offered only if their hostname is among these; all without a list.
  virtual absl::Status UpdateWhitelist(const std::optional<std::set<std::string>>& hostnames);

  // How much a framework wants in a role, besides what it holds now. When it has that, it no longer
  // takes part, and nothing is held back for a role whose frameworks have all they want. Empty: as
  // much as there is, which is so until it says otherwise and after a revival.
  virtual absl::Status Request(const FrameworkId& id, const std::string& role,
                               const ResourceQuantities& wanted);

  // The inverse offers to make now: one for each framework that holds something on an agent with an
  // unavailability, unless one is out already or was answered and is filtered. They are out until
  // they are taken back, or the agent's unavailability changes.
  virtual std::vector<InverseAllocation> AllocateInverse(absl::Time now);
  // An inverse offer was answered or rescinded; the next follows after `refuse` and the batch
  // interval.
  virtual absl::Status RecoverInverse(const FrameworkId& framework, const AgentId& agent,
                                      absl::Duration refuse, absl::Time now);

  // How many filters are in force, by role; those without any may be left out. Costs as much as
  // there are roles and frameworks.
  virtual std::map<std::string, size_t> CountFilters() const;

  // NotFound for an unknown framework. Costs as much as there are agents; changes nothing.
  virtual absl::StatusOr<AllocationExplanation> Explain(const FrameworkId& id, absl::Time now);
};

// Hierarchical dominant resource fairness over the tree of roles, with weights.
MESOS_EXPORT absl::StatusOr<std::unique_ptr<Allocator>> CreateHierarchicalAllocator(
    AllocatorOptions options, HeaderVersion headers = {});

}  // namespace mesos

#endif  // MESOS_ALLOCATOR_H_
