// The frameworks, and for each role that one is in (or still holds something in) a leaf of the
// tree.
#ifndef MESOSLIB_ALLOCATOR_FRAMEWORK_TABLE_H_
#define MESOSLIB_ALLOCATOR_FRAMEWORK_TABLE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "mesos/allocator.h"
#include "mesoslib/allocator/constraint_verdicts.h"
#include "mesoslib/allocator/fair_share_tree.h"
#include "mesoslib/allocator/offer_filters.h"
#include "mesoslib/allocator/quantities.h"
#include "mesoslib/allocator/quota_tree.h"

namespace mesos {

// What an agent, or a resource there, asks of those it is offered to.
enum Trait : uint8_t {
  kGpuAware = 1 << 0,
  kRegionAware = 1 << 1,
  kTakesShared = 1 << 2,
  kTakesRevocable = 1 << 3,
  kTakesRefined = 1 << 4,
  kMultiRole = 1 << 5,
  kInHierarchicalRole = 1 << 6,
};

// An offer has to contain one of them; nothing: any offer.
using Minimums = std::vector<Quantities>;

// One framework in one role.
//
//   demands = the framework is known, active, in the role, has not suppressed it, and is not content
//   content = it has said how much it wants to have, and has that
struct Leaf {
  uint32_t framework = 0;
  NodeIndex role = kNoNode;
  uint8_t traits = 0;
  bool subscribed = false;
  bool suppressed = false;
  bool demands = false;
  bool fresh = false;    // Has come to demand, or to be able to take, more since the last round.
  bool blocked = false;  // Nothing free can be offered to it in this round.
  bool content = false;
  bool is_member = false;   // As the quotas were told.
  bool is_content = false;  // Likewise.
  uint32_t holdings = 0;
  uint32_t demanding_position = 0;
  std::shared_ptr<const Minimums> minimums;
  std::shared_ptr<const Quantities> target;  // Null: as much as there is.
  std::shared_ptr<const OfferConstraints> constraints;  // Null: any agent.
};

class FrameworkTable {
 public:
  // Keeps references to all but the options.
  FrameworkTable(const AllocatorOptions& options, FairShareTree& tree, ResourceKinds& kinds,
                 OfferFilters& filters, QuotaTree& quotas);

  absl::Status Add(const FrameworkId& id, const FrameworkAllocationState& state);
  absl::Status Update(const FrameworkId& id, const FrameworkAllocationState& state);
  absl::Status Remove(const FrameworkId& id);
  absl::Status Suppress(const FrameworkId& id, const std::set<std::string>& roles);
  absl::Status Revive(const FrameworkId& id, const std::set<std::string>& roles);

  absl::Status Request(const FrameworkId& id, const std::string& role,
                       const ResourceQuantities& wanted);
  // To be called after each change to what the leaf uses.
  void UsageChanged(NodeIndex leaf) {
    if (leaves_[leaf].target != nullptr) UpdateDemand(leaf);
  }

  // What there is now may be of kinds that minimums named when nobody had them.
  void RecognizeKinds();

  // Tells the quotas which frameworks have what they asked for; within a round nobody comes to want
  // less.
  void SettleMembers();

  // NotFound for one that is not known, InvalidArgument where it is not in all of `roles`.
  absl::Status CheckRoles(const FrameworkId& id, const std::set<std::string>& roles) const;
  // Its roles, in no order that means anything.
  const std::vector<NodeIndex>& LeavesOf(const FrameworkId& id) const {
    return frameworks_[by_id_.find(id)->second].leaves;
  }
  bool IsActive(const FrameworkId& id) const {
    auto it = by_id_.find(id);
    return it != by_id_.end() && frameworks_[it->second].known && frameworks_[it->second].active;
  }

  const Leaf& leaf(NodeIndex index) const { return leaves_[index]; }
  const FrameworkId& id(const Leaf& leaf) const { return frameworks_[leaf.framework].id; }
  const std::string& role(const Leaf& leaf) const { return tree_.RolePath(leaf.role); }

  // Whether the leaf's offer constraints allow the agent.
  bool Allows(NodeIndex index, AgentIndex agent, const v1::AgentInfo& info) {
    const Leaf& leaf = leaves_[index];
    return leaf.constraints == nullptr ||
           verdicts_.Allow(*leaf.constraints, index, role(leaf), agent, info);
  }
  // The agent is no longer what constraints were asked about.
  void ForgetAgent(AgentIndex agent) { verdicts_.ForgetAgent(agent); }

  // A framework counts as known while it holds anything.
  bool IsKnown(const FrameworkId& id) const { return by_id_.contains(id); }
  // kNoNode without one.
  NodeIndex FindLeaf(const FrameworkId& id, absl::string_view role) const;
  // The leaf comes to hold something on one agent more, on one less.
  NodeIndex AcquireLeaf(const FrameworkId& id, absl::string_view role);
  void AddHolding(NodeIndex leaf) { ++leaves_[leaf].holdings; }
  void ReleaseLeaf(NodeIndex leaf);

  // Leaves that demand, in no order that means anything.
  const std::vector<NodeIndex>& demanding() const { return demanding_; }
  // Those that are fresh, and perhaps some that no longer demand.
  const std::vector<NodeIndex>& fresh() const { return fresh_; }
  void ClearFresh();
  void SetBlocked(NodeIndex leaf, bool blocked);

 private:
  struct Framework {
    FrameworkId id;
    bool known = false;
    bool active = false;
    std::vector<NodeIndex> leaves;
  };

  absl::Status Validate(const FrameworkId& id, const FrameworkAllocationState& state) const;
  uint32_t FindOrCreate(const FrameworkId& id);
  NodeIndex FindLeaf(uint32_t framework, absl::string_view role) const;
  NodeIndex FindOrCreateLeaf(uint32_t framework, absl::string_view role);
  void Apply(uint32_t framework, const FrameworkAllocationState& state);
  void ApplyToLeaf(NodeIndex leaf, const FrameworkAllocationState& state, uint8_t traits);
  bool SetMinimums(NodeIndex leaf, const FrameworkAllocationState& state);
  void ReadMinimums(NodeIndex leaf, const std::vector<ResourceQuantities>& minimums);
  bool SetConstraints(NodeIndex leaf, std::shared_ptr<const OfferConstraints> constraints);
  void Unsubscribe(NodeIndex leaf);
  void UpdateDemand(NodeIndex leaf);
  void TellMember(NodeIndex leaf);
  void MarkFresh(NodeIndex leaf);
  void DropUnused(NodeIndex leaf);

  FairShareTree& tree_;
  ResourceKinds& kinds_;
  OfferFilters& filters_;
  QuotaTree& quotas_;
  ConstraintVerdicts verdicts_;
  std::shared_ptr<const Minimums> default_minimums_;
  std::vector<Framework> frameworks_;
  std::vector<uint32_t> free_;
  absl::flat_hash_map<FrameworkId, uint32_t> by_id_;
  absl::flat_hash_map<uint64_t, NodeIndex> leaf_of_;  // By framework and role.
  std::vector<Leaf> leaves_;                          // At their node's index.
  std::vector<NodeIndex> demanding_;
  std::vector<NodeIndex> fresh_;
  std::vector<NodeIndex> unsettled_;
  // Minimums that name kinds which nobody had when there were `known_kinds_`.
  std::map<NodeIndex, std::vector<ResourceQuantities>> unknown_minimums_;
  size_t known_kinds_ = 0;
};

}  // namespace mesos

#endif  // MESOSLIB_ALLOCATOR_FRAMEWORK_TABLE_H_
