// One round of allocation.
//
// Looked at are the agents that are pending, for all leaves; and before them, for fresh leaves
// only, the other agents that have something free: what is free there has been looked at before,
// and no leaf that is not fresh could take it. An agent is left alone when nobody can take what is
// left there, so a leaf is blocked once the last agent that it can take from has been visited.
#ifndef MESOSLIB_ALLOCATOR_ROUND_H_
#define MESOSLIB_ALLOCATOR_ROUND_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "mesos/allocator.h"
#include "mesoslib/allocator/agent_table.h"
#include "mesoslib/allocator/fair_share_tree.h"
#include "mesoslib/allocator/framework_table.h"
#include "mesoslib/allocator/offer_filters.h"

namespace mesos {

class Round {
 public:
  // `number`: above zero, another one for each round.
  Round(FairShareTree& tree, FrameworkTable& frameworks, AgentTable& agents, OfferFilters& filters,
        uint64_t number, absl::Time now)
      : tree_(tree),
        frameworks_(frameworks),
        agents_(agents),
        filters_(filters),
        number_(number),
        now_(now) {}

  std::vector<Allocation> Run(bool batch);

 private:
  void CollectAgents(bool batch);
  void BlockLeaves();
  // Where in the list the leaf can take something for the last time; list_.size() where nowhere.
  size_t LastPlaceFor(NodeIndex leaf) const;
  void BlockThoseDoneBefore(size_t place);
  void Visit(size_t place);
  NodeIndex Pick(AgentIndex agent, bool fresh_only) const;
  NodeIndex PickFresh(AgentIndex agent) const;
  NodeIndex PickFromReservations(AgentIndex agent, bool fresh_only) const;
  bool CanTake(NodeIndex leaf, AgentIndex agent) const;
  bool IsOnOffer(const FreePart& part, const Agent& agent, const Leaf& leaf) const;
  bool OfferIsIn(const Resources& refused, const Agent& agent, const Leaf& leaf) const;

  FairShareTree& tree_;
  FrameworkTable& frameworks_;
  AgentTable& agents_;
  OfferFilters& filters_;
  const uint64_t number_;
  const absl::Time now_;

  std::vector<AgentIndex> list_;
  size_t pending_begin_ = 0;                               // Before: for fresh leaves only.
  std::vector<NodeIndex> fresh_;                           // That demand.
  std::vector<std::pair<size_t, NodeIndex>> last_places_;  // Those before the end of the list.
  size_t next_to_block_ = 0;
  std::vector<Allocation> offers_;
};

}  // namespace mesos

#endif  // MESOSLIB_ALLOCATOR_ROUND_H_
