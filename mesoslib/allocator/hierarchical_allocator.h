// The allocator behind mesos/allocator.h. It routes: the rules are in the parts, see README.md.
#ifndef MESOSLIB_ALLOCATOR_HIERARCHICAL_ALLOCATOR_H_
#define MESOSLIB_ALLOCATOR_HIERARCHICAL_ALLOCATOR_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mesos/allocator.h"
#include "mesoslib/allocator/agent_table.h"
#include "mesoslib/allocator/fair_share_tree.h"
#include "mesoslib/allocator/framework_table.h"
#include "mesoslib/allocator/offer_filters.h"
#include "mesoslib/allocator/inverse_offers.h"
#include "mesoslib/allocator/quantities.h"
#include "mesoslib/allocator/quota_tree.h"
#include "mesoslib/allocator/round.h"

namespace mesos {

class HierarchicalAllocator final : public Allocator {
 public:
  explicit HierarchicalAllocator(AllocatorOptions options);

  absl::Status AddFramework(const FrameworkId& id, FrameworkAllocationState state) override;
  absl::Status UpdateFramework(const FrameworkId& id, FrameworkAllocationState state) override;
  absl::Status RemoveFramework(const FrameworkId& id) override;
  absl::Status AddAgent(const AgentId& id, AgentAllocationState state,
                        const std::vector<Allocation>& allocations) override;
  absl::Status UpdateAgent(const AgentId& id, AgentAllocationState state) override;
  absl::Status RemoveAgent(const AgentId& id) override;
  absl::Status Suppress(const FrameworkId& id, const std::set<std::string>& roles) override;
  absl::Status Revive(const FrameworkId& id, const std::set<std::string>& roles) override;
  absl::Status Recover(const Allocation& allocation) override;
  absl::Status Decline(const Allocation& allocation, absl::Duration refuse,
                       absl::Time now) override;
  absl::Status Transform(const Allocation& before, const Resources& after) override;
  absl::Status UpdateWeights(const std::map<std::string, double>& weights) override;
  absl::Status UpdateQuotas(const std::map<std::string, Quota>& quotas, bool force) override;
  absl::Status Request(const FrameworkId& id, const std::string& role,
                       const ResourceQuantities& wanted) override;
  std::vector<InverseAllocation> AllocateInverse(absl::Time now) override;
  absl::Status RecoverInverse(const FrameworkId& framework, const AgentId& agent,
                              absl::Duration refuse, absl::Time now) override;
  std::map<std::string, size_t> CountFilters() const override;
  absl::StatusOr<AllocationExplanation> Explain(const FrameworkId& id, absl::Time now) override;
  absl::Status UpdateWhitelist(const std::optional<std::set<std::string>>& hostnames) override;
  std::vector<Allocation> Allocate(absl::Time now, bool batch) override;
  bool HasChanges() const override;

  // Adds everything up anew and compares it with what has been kept up to date; a difference is a
  // bug. Costs as much as there is.
  absl::Status CheckInvariants() const;

 private:
  QuotaTree::Quotas ReplaceQuotas(const QuotaTree::Quotas& quotas);

  const AllocatorOptions options_;
  FairShareTree tree_;
  ResourceKinds kinds_;
  QuotaTree quotas_;
  OfferFilters filters_;
  FrameworkTable frameworks_;
  AgentTable agents_;
  HeldBackLeaves held_back_;
  InverseOffers inverse_offers_;
  uint64_t rounds_ = 0;
};

}  // namespace mesos

#endif  // MESOSLIB_ALLOCATOR_HIERARCHICAL_ALLOCATOR_H_
