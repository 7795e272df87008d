#include "mesoslib/allocator/hierarchical_allocator.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mesos/roles.h"
#include "mesoslib/allocator/explainer.h"
#include "mesoslib/allocator/offer_rules.h"
#include "mesoslib/allocator/round.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

constexpr absl::Duration kLongestFilter = absl::Hours(24 * 365);

}  // namespace

HierarchicalAllocator::HierarchicalAllocator(AllocatorOptions options)
    : options_(std::move(options)),
      tree_({.random_roles = options_.role_sorter == Sorter::kRandom,
             .random_leaves = options_.framework_sorter == Sorter::kRandom,
             .seed = options_.seed}),
      quotas_(tree_, kinds_),
      frameworks_(options_, tree_, kinds_, filters_, quotas_),
      agents_(options_, tree_, kinds_, frameworks_, filters_, quotas_) {}

absl::Status HierarchicalAllocator::AddFramework(const FrameworkId& id,
                                                 FrameworkAllocationState state) {
  return frameworks_.Add(id, state);
}

absl::Status HierarchicalAllocator::UpdateFramework(const FrameworkId& id,
                                                    FrameworkAllocationState state) {
  return frameworks_.Update(id, state);
}

absl::Status HierarchicalAllocator::RemoveFramework(const FrameworkId& id) {
  RETURN_IF_ERROR(frameworks_.Remove(id));
  inverse_offers_.RemoveFramework(id);
  return absl::OkStatus();
}

absl::Status HierarchicalAllocator::AddAgent(const AgentId& id, AgentAllocationState state,
                                             const std::vector<Allocation>& allocations) {
  const std::optional<v1::Unavailability> unavailability = state.unavailability;
  RETURN_IF_ERROR(agents_.Add(id, std::move(state), allocations));
  inverse_offers_.SetUnavailability(id, unavailability);
  return absl::OkStatus();
}

absl::Status HierarchicalAllocator::UpdateAgent(const AgentId& id, AgentAllocationState state) {
  const std::optional<v1::Unavailability> unavailability = state.unavailability;
  RETURN_IF_ERROR(agents_.Update(id, std::move(state)));
  inverse_offers_.SetUnavailability(id, unavailability);
  return absl::OkStatus();
}

absl::Status HierarchicalAllocator::RemoveAgent(const AgentId& id) {
  RETURN_IF_ERROR(agents_.Remove(id));
  inverse_offers_.RemoveAgent(id);
  return absl::OkStatus();
}

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

absl::Status HierarchicalAllocator::UpdateQuotas(const std::map<std::string, Quota>& changes,
                                                 bool force) {
  RETURN_IF_ERROR(QuotaTree::Validate(changes));
  const QuotaTree::Quotas before = ReplaceQuotas(changes);
  if (force) return absl::OkStatus();
  absl::Status status = quotas_.CheckGuarantees(agents_.capacity());
  if (status.ok()) status = quotas_.CheckConsumption(changes);
  if (!status.ok()) ReplaceQuotas(before);
  return status;
}

QuotaTree::Quotas HierarchicalAllocator::ReplaceQuotas(const QuotaTree::Quotas& quotas) {
  const bool was_enabled = quotas_.enabled();
  QuotaTree::Quotas before = quotas_.Replace(quotas);
  if (quotas_.enabled() && !was_enabled) agents_.TellQuotas();
  return before;
}

absl::Status HierarchicalAllocator::Request(const FrameworkId& id, const std::string& role,
                                            const ResourceQuantities& wanted) {
  return frameworks_.Request(id, role, wanted);
}

std::vector<InverseAllocation> HierarchicalAllocator::AllocateInverse(absl::Time now) {
  return inverse_offers_.Make(now, [this](const AgentId& id) {
    std::set<FrameworkId> holders;
    for (const Holding& holding : agents_.agent(agents_.FindAgent(id)).holdings) {
      const FrameworkId& framework = frameworks_.id(frameworks_.leaf(holding.leaf));
      if (frameworks_.IsActive(framework)) holders.insert(framework);
    }
    return std::vector<FrameworkId>(holders.begin(), holders.end());
  });
}

absl::Status HierarchicalAllocator::RecoverInverse(const FrameworkId& framework,
                                                   const AgentId& agent, absl::Duration refuse,
                                                   absl::Time now) {
  if (refuse < absl::ZeroDuration()) {
    return absl::InvalidArgumentError(
        absl::StrCat("refuse is ", absl::FormatDuration(refuse), ": it must not be negative"));
  }
  refuse = std::min(std::max(refuse, options_.allocation_interval), kLongestFilter);
  return inverse_offers_.TakeBack(framework, agent, now + refuse);
}

std::map<std::string, size_t> HierarchicalAllocator::CountFilters() const {
  std::map<std::string, size_t> filters;
  filters_.ForEachLeaf([&](NodeIndex leaf, size_t count) {
    filters[frameworks_.role(frameworks_.leaf(leaf))] += count;
  });
  return filters;
}

absl::StatusOr<AllocationExplanation> HierarchicalAllocator::Explain(const FrameworkId& id,
                                                                     absl::Time) {
  RETURN_IF_ERROR(frameworks_.CheckRoles(id, {}));
  OfferRules rules(tree_, kinds_, frameworks_, agents_, filters_, quotas_, rounds_ + 1);
  const bool by_chance = options_.role_sorter == Sorter::kRandom ||
                         options_.framework_sorter == Sorter::kRandom;
  return Explainer(tree_, kinds_, frameworks_, agents_, filters_, quotas_, rules, by_chance)
      .Explain(id);
}

absl::Status HierarchicalAllocator::UpdateWhitelist(
    const std::optional<std::set<std::string>>& hostnames) {
  agents_.SetWhitelist(hostnames);
  return absl::OkStatus();
}

std::vector<Allocation> HierarchicalAllocator::Allocate(absl::Time now, bool batch) {
  OfferRules rules(tree_, kinds_, frameworks_, agents_, filters_, quotas_, ++rounds_);
  return Round(tree_, frameworks_, agents_, filters_, quotas_, held_back_, rules, now).Run(batch);
}

bool HierarchicalAllocator::HasChanges() const {
  return agents_.HasTriggered() ||
         (!frameworks_.fresh().empty() && agents_.first_free() != kNoAgent);
}

absl::Status HierarchicalAllocator::CheckInvariants() const {
  RETURN_IF_ERROR(agents_.CheckInvariants());
  RETURN_IF_ERROR(quotas_.CheckInvariants());
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
