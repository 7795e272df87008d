// Whether something on an agent can be offered to a leaf in this round, and if not, why.
#ifndef MESOSLIB_ALLOCATOR_OFFER_RULES_H_
#define MESOSLIB_ALLOCATOR_OFFER_RULES_H_

#include <cstdint>
#include <vector>

#include "mesos/allocator.h"
#include "mesoslib/allocator/agent_table.h"
#include "mesoslib/allocator/fair_share_tree.h"
#include "mesoslib/allocator/framework_table.h"
#include "mesoslib/allocator/offer_filters.h"
#include "mesoslib/allocator/quantities.h"
#include "mesoslib/allocator/quota_tree.h"

namespace mesos {

class OfferRules {
 public:
  // Keeps references. `round`: see Round.
  OfferRules(FairShareTree& tree, ResourceKinds& kinds, FrameworkTable& frameworks,
             AgentTable& agents, OfferFilters& filters, QuotaTree& quotas, uint64_t round)
      : tree_(tree),
        kinds_(kinds),
        frameworks_(frameworks),
        agents_(agents),
        filters_(filters),
        quotas_(quotas),
        round_(round) {}

  bool CanTake(NodeIndex leaf, AgentIndex agent) {
    return Judge(leaf, agent) == NoOfferReason::kNext;
  }
  // kNext: it can take something. Otherwise some reason; where `precise`, the right one.
  NoOfferReason Judge(NodeIndex leaf, AgentIndex agent, bool precise = false);
  // Whether quotas left room for less than there was when Judge was last asked.
  bool was_cut() const { return was_cut_; }
  // Whether an offer would bring the leaf's role, or one above it, nearer to its guarantee.
  bool AdvancesGuarantee(NodeIndex leaf, AgentIndex agent);

  // Whether quotas leave room for so much more that is not reserved.
  bool Admits(NodeIndex leaf, const Quantities& more) {
    return RoomFor(leaf)->OfUnreserved().Admit(more);
  }
  // What quotas leave room for; null where there are none. Valid until something changes.
  OfferRoom* RoomFor(NodeIndex leaf);
  uint64_t round() const { return round_; }

 private:
  struct CachedRoom {
    uint64_t version = 0;
    OfferRoom room;
    Quantities own;
  };

  CachedRoom& Cached(const Leaf& leaf);
  bool IsOnOffer(const FreePart& part, const AgentRecord& agent, const Leaf& leaf) const;
  // What would be offered of all parts, in quantities.
  const Quantities* Count(const AgentRecord& agent, NodeIndex leaf, Quantities* sum);
  void CountPart(const FreePart& part, OfferRoom* room, Quantities* sum, bool* any);
  NoOfferReason WhyNoPart(const AgentRecord& agent, const Leaf& leaf) const;
  NoOfferReason WhyCut(const AgentRecord& agent, NodeIndex leaf) const;
  // What would be offered.
  Resources MakeUp(const AgentRecord& agent, NodeIndex leaf);
  bool IsFiltered(NodeIndex leaf, AgentIndex agent);

  FairShareTree& tree_;
  ResourceKinds& kinds_;
  FrameworkTable& frameworks_;
  AgentTable& agents_;
  OfferFilters& filters_;
  QuotaTree& quotas_;
  const uint64_t round_;
  bool was_cut_ = false;
  std::vector<CachedRoom> rooms_;  // At the roles' indices, where there are quotas.
};

}  // namespace mesos

#endif  // MESOSLIB_ALLOCATOR_OFFER_RULES_H_
