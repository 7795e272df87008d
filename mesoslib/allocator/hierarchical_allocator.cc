#include "mesoslib/allocator/hierarchical_allocator.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mesos/roles.h"
#include "mesoslib/allocator/round.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

constexpr absl::Duration kLongestFilter = absl::Hours(24 * 365);

}  // namespace

HierarchicalAllocator::HierarchicalAllocator(AllocatorOptions options)
    : options_(std::move(options)),
      frameworks_(options_, tree_, kinds_, filters_),
      agents_(options_, tree_, kinds_, frameworks_, filters_) {}

absl::Status HierarchicalAllocator::AddFramework(const FrameworkId& id,
                                                 FrameworkAllocationState state) {
  return frameworks_.Add(id, state);
}

absl::Status HierarchicalAllocator::UpdateFramework(const FrameworkId& id,
                                                    FrameworkAllocationState state) {
  return frameworks_.Update(id, state);
}

absl::Status HierarchicalAllocator::RemoveFramework(const FrameworkId& id) {
  return frameworks_.Remove(id);
}

absl::Status HierarchicalAllocator::AddAgent(const AgentId& id, AgentAllocationState state,
                                             const std::vector<Allocation>& allocations) {
  return agents_.Add(id, std::move(state), allocations);
}

absl::Status HierarchicalAllocator::UpdateAgent(const AgentId& id, AgentAllocationState state) {
  return agents_.Update(id, std::move(state));
}

absl::Status HierarchicalAllocator::RemoveAgent(const AgentId& id) { return agents_.Remove(id); }

absl::Status HierarchicalAllocator::Suppress(const FrameworkId& id,
                                             const std::set<std::string>& roles) {
  return frameworks_.Suppress(id, roles);
}

absl::Status HierarchicalAllocator::Revive(const FrameworkId& id,
                                           const std::set<std::string>& roles) {
  return frameworks_.Revive(id, roles);
}

absl::Status HierarchicalAllocator::Recover(const Allocation& allocation) {
  ASSIGN_OR_RETURN(const AgentTable::Claim claim, agents_.Find(allocation));
  agents_.GiveBack(claim, allocation.resources);
  if (!allocation.resources.empty()) agents_.MarkTriggered(claim.agent);
  return absl::OkStatus();
}

absl::Status HierarchicalAllocator::Decline(const Allocation& allocation, absl::Duration refuse,
                                            absl::Time now) {
  if (refuse < absl::ZeroDuration()) {
    return absl::InvalidArgumentError(
        absl::StrCat("refuse is ", absl::FormatDuration(refuse), ": it must not be negative"));
  }
  ASSIGN_OR_RETURN(const AgentTable::Claim claim, agents_.Find(allocation));
  if (allocation.resources.empty()) return absl::OkStatus();
  const bool filter = refuse > absl::ZeroDuration() && frameworks_.leaf(claim.leaf).subscribed;
  agents_.GiveBack(claim, allocation.resources);
  agents_.MarkBatch(claim.agent);
  if (!filter) return absl::OkStatus();
  Resources refused = allocation.resources;
  refused.Unallocate();
  refuse = std::min(std::max(refuse, options_.allocation_interval), kLongestFilter);
  filters_.Add(claim.leaf, claim.agent, std::move(refused), now + refuse);
  return absl::OkStatus();
}

absl::Status HierarchicalAllocator::Transform(const Allocation& before, const Resources& after) {
  ASSIGN_OR_RETURN(const AgentTable::Claim claim, agents_.Find(before));
  return agents_.Transform(claim, before.resources, after);
}

absl::Status HierarchicalAllocator::UpdateWeights(const std::map<std::string, double>& weights) {
  for (const auto& [role, weight] : weights) {
    RETURN_IF_ERROR(Annotate(ValidateRole(role), "weight"));
    if (std::isfinite(weight) && weight > 0) continue;
    return absl::InvalidArgumentError(absl::StrCat("weight of role '", role, "' is ", weight,
                                                   ": it must be finite and above zero"));
  }
  for (const auto& [role, weight] : weights) tree_.SetWeight(role, weight);
  return absl::OkStatus();
}

absl::Status HierarchicalAllocator::UpdateWhitelist(
    const std::optional<std::set<std::string>>& hostnames) {
  agents_.SetWhitelist(hostnames);
  return absl::OkStatus();
}

std::vector<Allocation> HierarchicalAllocator::Allocate(absl::Time now, bool batch) {
  return Round(tree_, frameworks_, agents_, filters_, ++rounds_, now).Run(batch);
}

bool HierarchicalAllocator::HasChanges() const {
  return agents_.HasTriggered() ||
         (!frameworks_.fresh().empty() && agents_.first_free() != kNoAgent);
}

absl::Status HierarchicalAllocator::CheckInvariants() const {
  RETURN_IF_ERROR(agents_.CheckInvariants());
  return tree_.CheckInvariants();
}

absl::StatusOr<std::unique_ptr<Allocator>> CreateHierarchicalAllocator(AllocatorOptions options,
                                                                       HeaderVersion headers) {
  RETURN_IF_ERROR(CheckVersion(headers));
  if (options.allocation_interval < absl::ZeroDuration()) {
    return absl::InvalidArgumentError(
        absl::StrCat("allocation_interval is ", absl::FormatDuration(options.allocation_interval),
                     ": it must not be negative"));
  }
  return std::make_unique<HierarchicalAllocator>(std::move(options));
}

}  // namespace mesos
