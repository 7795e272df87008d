// One round of allocation.
//
// Looked at are, in this order:
// 1. agents that are not due but have something free, for fresh leaves, and in batch rounds also for
//    those that quotas leave more room for than before: nobody else could take what is there.
// 2. agents that are due, for all leaves.
//
// An agent is left alone when nobody can take what is left there. A leaf is blocked while an agent
// is visited if there was nothing that it could take there, or on a later one, when the visit began.
// On each agent, leaves whose roles are below their guarantees come first.
#ifndef MESOSLIB_ALLOCATOR_ROUND_H_
#define MESOSLIB_ALLOCATOR_ROUND_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "mesos/allocator.h"
#include "mesoslib/allocator/agent_table.h"
#include "mesoslib/allocator/fair_share_tree.h"
#include "mesoslib/allocator/framework_table.h"
#include "mesoslib/allocator/offer_filters.h"
#include "mesoslib/allocator/offer_rules.h"
#include "mesoslib/allocator/quota_tree.h"

namespace mesos {

// The leaves that quotas have held back, and the least room they left. Outlives the rounds.
struct HeldBackLeaves {
  struct OfLeaf {
    bool held_back = false;
    uint64_t version = 0;  // The quotas', when it was last held back.
    OfferRoom room;
  };
  std::vector<OfLeaf> of_leaf;
  std::vector<NodeIndex> leaves;
  uint64_t version = 0;  // The quotas', when they were last compared.
};

class Round {
 public:
  // Keeps references.
  Round(FairShareTree& tree, FrameworkTable& frameworks, AgentTable& agents, OfferFilters& filters,
        QuotaTree& quotas, HeldBackLeaves& held_back, OfferRules& rules, absl::Time now)
      : tree_(tree),
        frameworks_(frameworks),
        agents_(agents),
        filters_(filters),
        quotas_(quotas),
        held_back_(held_back),
        rules_(rules),
        now_(now) {}

  std::vector<Allocation> Run(bool batch);

 private:
  using Place = std::pair<size_t, NodeIndex>;

  void CollectLeaves(bool batch);
  void CollectAgents(bool batch);
  bool IsCandidate(NodeIndex leaf, size_t place) const;
  bool CanTake(NodeIndex leaf, size_t place);
  void HoldBack(NodeIndex leaf);

  // Where in the list, from `begin` up to `end`, the leaf can take something for the last time;
  // `end` where nowhere.
  size_t LastPlaceFor(NodeIndex leaf, size_t begin, size_t end);
  bool IsWithoutRoom(NodeIndex leaf);
  void BlockLeaves();
  void BlockThoseDoneBefore(size_t place);
  // Quotas leave less room than before the last visit: what leaves could take they may no longer.
  void LookAgain(size_t place);
  void LookAgainFor(NodeIndex leaf, size_t place);
  void SetLastPlace(NodeIndex leaf, size_t begin, size_t end);

  void Visit(size_t place);
  NodeIndex Pick(size_t place);
  NodeIndex PickAmong(size_t place, absl::FunctionRef<bool(NodeIndex)> can_take,
                      absl::FunctionRef<bool(NodeIndex)> enter);
  NodeIndex PickFew(absl::FunctionRef<bool(NodeIndex)> can_take) const;
  NodeIndex PickFromReservations(AgentIndex agent, absl::FunctionRef<bool(NodeIndex)> can_take);

  FairShareTree& tree_;
  FrameworkTable& frameworks_;
  AgentTable& agents_;
  OfferFilters& filters_;
  QuotaTree& quotas_;
  HeldBackLeaves& held_back_;
  OfferRules& rules_;
  const absl::Time now_;

  std::vector<AgentIndex> list_;
  size_t due_begin_ = 0;
  std::vector<NodeIndex> few_;       // That the agents before due_begin_ are looked at for.
  std::vector<bool> regained_;       // By leaf.
  std::vector<size_t> last_place_;   // By leaf, where there are quotas; list_.size(): nowhere.
  std::priority_queue<Place, std::vector<Place>, std::greater<Place>> last_places_;
  bool has_special_parts_ = false;   // Some agent in the list: reserved, or not counted by quotas.
  Quantities largest_;               // Of what agents in the list have that quotas count.
  // Leaves by top-level role, where quotas are set for it or below it.
  absl::flat_hash_map<NodeIndex, std::vector<NodeIndex>> by_quota_;
  Quantities spare_;                 // As it was before the last visit.
  std::vector<NodeIndex> takers_;    // Top-level roles that were served in this visit.
  std::vector<Allocation> offers_;
};

}  // namespace mesos

#endif  // MESOSLIB_ALLOCATOR_ROUND_H_
