#include "mesoslib/allocator/round.h"

#include <algorithm>

namespace mesos {
namespace {

// So few fresh leaves are compared with each other rather than searched for in the tree.
constexpr size_t kFewLeaves = 16;

}  // namespace

std::vector<Allocation> Round::Run(bool batch) {
  if (batch) {
    filters_.Expire(now_, [this](AgentIndex agent) { agents_.MarkBatch(agent); });
  }
  CollectAgents(batch);
  if (!list_.empty() && !frameworks_.demanding().empty()) {
    tree_.SetCapacity(agents_.FairCapacity());
    tree_.SetExhausted(agents_.Exhausted());
    BlockLeaves();
    for (size_t place = 0; place < list_.size(); ++place) {
      BlockThoseDoneBefore(place);
      Visit(place);
    }
  }
  frameworks_.ClearFresh();
  return std::move(offers_);
}

void Round::CollectAgents(bool batch) {
  const std::vector<AgentIndex> pending = agents_.TakePending(batch);
  for (NodeIndex leaf : frameworks_.fresh()) {
    if (frameworks_.leaf(leaf).demands) fresh_.push_back(leaf);
  }
  if (!fresh_.empty()) {
    std::vector<bool> is_pending;
    for (AgentIndex agent : pending) {
      if (agent >= is_pending.size()) is_pending.resize(agent + 1);
      is_pending[agent] = true;
    }
    for (AgentIndex i = agents_.first_free(); i != kNoAgent; i = agents_.agent(i).next) {
      if (i >= is_pending.size() || !is_pending[i]) list_.push_back(i);
    }
  }
  pending_begin_ = list_.size();
  list_.insert(list_.end(), pending.begin(), pending.end());
  for (AgentIndex agent : list_) {
    // What is shared is on offer again.
    if (agents_.agent(agent).shared_round != 0) agents_.RenewVersion(agent);
  }
}

size_t Round::LastPlaceFor(NodeIndex leaf) const {
  const size_t first = frameworks_.leaf(leaf).fresh ? 0 : pending_begin_;
  for (size_t place = list_.size(); place > first; --place) {
    if (CanTake(leaf, list_[place - 1])) return place - 1;
  }
  return list_.size();
}

void Round::BlockLeaves() {
  for (NodeIndex leaf : frameworks_.demanding()) {
    const size_t place = LastPlaceFor(leaf);
    frameworks_.SetBlocked(leaf, place == list_.size());
    if (place + 1 < list_.size()) last_places_.emplace_back(place, leaf);
  }
  std::sort(last_places_.begin(), last_places_.end());
}

void Round::BlockThoseDoneBefore(size_t place) {
  while (next_to_block_ < last_places_.size() && last_places_[next_to_block_].first < place) {
    frameworks_.SetBlocked(last_places_[next_to_block_++].second, true);
  }
}

void Round::Visit(size_t place) {
  const AgentIndex index = list_[place];
  const bool fresh_only = place < pending_begin_;
  bool offered = false;
  for (NodeIndex leaf = Pick(index, fresh_only); leaf != kNoNode; leaf = Pick(index, fresh_only)) {
    const Leaf& taker = frameworks_.leaf(leaf);
    Resources resources = agents_.Take(index, leaf, number_);
    offers_.push_back(Allocation{frameworks_.id(taker), agents_.agent(index).id,
                                 frameworks_.role(taker), std::move(resources)});
    offered = true;
  }
  if (offered) tree_.SetExhausted(agents_.Exhausted());
}

NodeIndex Round::Pick(AgentIndex index, bool fresh_only) const {
  const Agent& agent = agents_.agent(index);
  if (agent.free.empty()) return kNoNode;
  if (fresh_only && fresh_.size() <= kFewLeaves) return PickFresh(index);
  const bool any_unreserved =
      std::any_of(agent.free.begin(), agent.free.end(),
                  [](const FreePart& part) { return part.role == kNoNode; });
  if (!any_unreserved) return PickFromReservations(index, fresh_only);
  return tree_.FindFirst(FairShareTree::kRoot, [&](NodeIndex leaf) {
    return (!fresh_only || frameworks_.leaf(leaf).fresh) && CanTake(leaf, index);
  });
}

NodeIndex Round::PickFresh(AgentIndex agent) const {
  NodeIndex best = kNoNode;
  for (NodeIndex leaf : fresh_) {
    if (frameworks_.leaf(leaf).blocked || !CanTake(leaf, agent)) continue;
    if (best == kNoNode || tree_.Precedes(leaf, best)) best = leaf;
  }
  return best;
}

// Only below the roles that something is reserved to; the higher ones first, for what is reserved
// to them goes to those below as well.
NodeIndex Round::PickFromReservations(AgentIndex index, bool fresh_only) const {
  std::vector<std::pair<size_t, NodeIndex>> roles;
  for (const FreePart& part : agents_.agent(index).free) {
    roles.emplace_back(tree_.Depth(part.role), part.role);
  }
  std::sort(roles.begin(), roles.end());
  roles.erase(std::unique(roles.begin(), roles.end()), roles.end());
  for (const auto& [depth, role] : roles) {
    const NodeIndex leaf = tree_.FindFirst(role, [&](NodeIndex candidate) {
      return (!fresh_only || frameworks_.leaf(candidate).fresh) && CanTake(candidate, index);
    });
    if (leaf != kNoNode) return leaf;
  }
  return kNoNode;
}

bool Round::IsOnOffer(const FreePart& part, const Agent& agent, const Leaf& leaf) const {
  return agents_.Fits(part, leaf) && !(part.IsShared() && agent.shared_round == number_);
}

bool Round::OfferIsIn(const Resources& refused, const Agent& agent, const Leaf& leaf) const {
  if (agent.free.size() == 1) return refused.Contains(agent.free[0].resources);
  Resources offer;
  for (const FreePart& part : agent.free) {
    if (IsOnOffer(part, agent, leaf)) offer += part.resources;
  }
  return refused.Contains(offer);
}

bool Round::CanTake(NodeIndex leaf_index, AgentIndex agent_index) const {
  const Leaf& leaf = frameworks_.leaf(leaf_index);
  const Agent& agent = agents_.agent(agent_index);
  if ((agent.needs & ~leaf.traits) != 0 || (agent.forbids & leaf.traits) != 0) return false;
  if (!frameworks_.Allows(leaf_index, agent_index, agent.info)) return false;
  const Quantities* quantities = nullptr;
  Quantities sum;
  for (const FreePart& part : agent.free) {
    if (!IsOnOffer(part, agent, leaf)) continue;
    if (quantities == nullptr) {
      quantities = &part.quantities;
      continue;
    }
    if (quantities != &sum) {
      sum = *quantities;
      quantities = &sum;
    }
    sum += part.quantities;
  }
  if (quantities == nullptr) return false;
  const Minimums& minimums = *leaf.minimums;
  if (!minimums.empty() && std::none_of(minimums.begin(), minimums.end(), [&](const auto& minimum) {
        return quantities->Contains(minimum);
      })) {
    return false;
  }
  return !filters_.IsFiltered(
      leaf_index, agent_index, agent.version, now_,
      [&](const Resources& refused) { return OfferIsIn(refused, agent, leaf); });
}

}  // namespace mesos
