#include "mesoslib/allocator/round.h"

#include <algorithm>

namespace mesos {
namespace {

// So few leaves are compared with each other rather than searched for in the tree.
constexpr size_t kFewLeaves = 16;

}  // namespace

std::vector<Allocation> Round::Run(bool batch) {
  if (batch) {
    filters_.Expire(now_, [this](AgentIndex agent) { agents_.MarkBatch(agent); });
  }
  frameworks_.RecognizeKinds();
  frameworks_.SettleMembers();
  CollectLeaves(batch);
  CollectAgents(batch);
  if (!list_.empty() && !frameworks_.demanding().empty()) {
    tree_.SetCapacity(agents_.FairCapacity());
    tree_.SetExhausted(agents_.Exhausted());
    quotas_.BeginRound();
    BlockLeaves();
    for (size_t place = 0; place < list_.size(); ++place) {
      BlockThoseDoneBefore(place);
      Visit(place);
      if (quotas_.enabled()) LookAgain(place + 1);
    }
    quotas_.EndRound();
  }
  frameworks_.ClearFresh();
  return std::move(offers_);
}

// ---- Who and what is looked at ----

void Round::CollectLeaves(bool batch) {
  for (NodeIndex leaf : frameworks_.fresh()) {
    if (frameworks_.leaf(leaf).demands) few_.push_back(leaf);
  }
  if (!batch || held_back_.version == quotas_.version()) return;
  std::vector<NodeIndex> still;
  for (NodeIndex leaf : held_back_.leaves) {
    HeldBackLeaves::OfLeaf& of_leaf = held_back_.of_leaf[leaf];
    const bool demands = frameworks_.leaf(leaf).demands;
    if (demands && quotas_.enabled() && !rules_.RoomFor(leaf)->ExceedsAnywhere(of_leaf.room)) {
      still.push_back(leaf);
      continue;
    }
    of_leaf = HeldBackLeaves::OfLeaf();
    if (!demands || frameworks_.leaf(leaf).fresh) continue;
    if (leaf >= regained_.size()) regained_.resize(leaf + 1);
    regained_[leaf] = true;
    few_.push_back(leaf);
  }
  held_back_.leaves = std::move(still);
  held_back_.version = quotas_.version();
}

void Round::CollectAgents(bool batch) {
  const std::vector<AgentIndex> due = agents_.TakePending(batch);
  if (!few_.empty()) {
    std::vector<bool> is_due;
    for (AgentIndex agent : due) {
      if (agent >= is_due.size()) is_due.resize(agent + 1);
      is_due[agent] = true;
    }
    for (AgentIndex i = agents_.first_free(); i != kNoAgent; i = agents_.agent(i).next) {
      if (i < is_due.size() && is_due[i]) continue;
      list_.push_back(i);
    }
  }
  due_begin_ = list_.size();
  list_.insert(list_.end(), due.begin(), due.end());
  for (AgentIndex agent : list_) {
    // What is shared is on offer again.
    if (agents_.agent(agent).shared_round != 0) agents_.RenewVersion(agent);
  }
}

bool Round::IsCandidate(NodeIndex leaf, size_t place) const {
  if (place >= due_begin_ || frameworks_.leaf(leaf).fresh) return true;
  return leaf < regained_.size() && regained_[leaf];
}

bool Round::CanTake(NodeIndex leaf, size_t place) {
  const bool can = rules_.CanTake(leaf, list_[place]);
  if (rules_.was_cut()) HoldBack(leaf);
  return can;
}

// It is the least room of all that counts: what was not taken then might be with any more.
void Round::HoldBack(NodeIndex leaf) {
  if (leaf >= held_back_.of_leaf.size()) held_back_.of_leaf.resize(leaf + 1);
  HeldBackLeaves::OfLeaf& of_leaf = held_back_.of_leaf[leaf];
  if (of_leaf.held_back && of_leaf.version == quotas_.version()) return;
  of_leaf.version = quotas_.version();
  if (of_leaf.held_back) {
    of_leaf.room.LowerTo(*rules_.RoomFor(leaf));
    return;
  }
  of_leaf.held_back = true;
  of_leaf.room = *rules_.RoomFor(leaf);
  held_back_.leaves.push_back(leaf);
}

// ---- Who is blocked ----

// Only where all agents in the list have nothing but what quotas count and nobody has reserved.
bool Round::IsWithoutRoom(NodeIndex leaf) {
  if (!quotas_.enabled() || has_special_parts_) return false;
  const Minimums& minimums = *frameworks_.leaf(leaf).minimums;
  return !minimums.empty() && std::none_of(minimums.begin(), minimums.end(), [&](const auto& m) {
    return rules_.Admits(leaf, m);
  });
}

size_t Round::LastPlaceFor(NodeIndex leaf, size_t begin, size_t end) {
  if (IsWithoutRoom(leaf)) {
    HoldBack(leaf);
    return end;
  }
  for (size_t place = end; place > begin; --place) {
    if (IsCandidate(leaf, place - 1) && CanTake(leaf, place - 1)) return place - 1;
  }
  return end;
}

void Round::BlockLeaves() {
  if (quotas_.enabled()) {
    for (AgentIndex agent : list_) {
      Quantities all;
      for (const FreePart& part : agents_.agent(agent).free) {
        all += part.quantities;
        has_special_parts_ = has_special_parts_ || part.role != kNoNode || part.needs != 0;
      }
      largest_.RaiseTo(all);
    }
    spare_ = quotas_.Spare();
  }
  for (NodeIndex leaf : frameworks_.demanding()) {
    if (quotas_.enabled() && leaf >= last_place_.size()) {
      last_place_.resize(2 * (leaf + 1), list_.size());
    }
    const bool few = frameworks_.leaf(leaf).fresh || (leaf < regained_.size() && regained_[leaf]);
    SetLastPlace(leaf, few ? 0 : due_begin_, list_.size());
    if (!quotas_.enabled()) continue;
    const NodeIndex top = tree_.TopLevel(frameworks_.leaf(leaf).role);
    if (quotas_.HasQuotas(top)) by_quota_[top].push_back(leaf);
  }
}

void Round::BlockThoseDoneBefore(size_t place) {
  while (!last_places_.empty() && last_places_.top().first < place) {
    const auto [last, leaf] = last_places_.top();
    last_places_.pop();
    if (!quotas_.enabled() || last_place_[leaf] == last) frameworks_.SetBlocked(leaf, true);
  }
}

void Round::LookAgain(size_t place) {
  const Quantities spare = quotas_.Spare();
  if (!(spare == spare_) && quotas_.SpareIsLessThan(largest_)) {
    for (NodeIndex leaf : frameworks_.demanding()) LookAgainFor(leaf, place);
  } else {
    for (NodeIndex role : takers_) {
      auto it = by_quota_.find(role);
      if (it == by_quota_.end()) continue;
      for (NodeIndex leaf : it->second) LookAgainFor(leaf, place);
    }
  }
  spare_ = spare;
}

void Round::LookAgainFor(NodeIndex leaf, size_t place) {
  if (frameworks_.leaf(leaf).blocked || rules_.Admits(leaf, largest_)) return;
  const size_t last = last_place_[leaf];
  if (last >= place && !CanTake(leaf, last)) SetLastPlace(leaf, place, last);
}

void Round::SetLastPlace(NodeIndex leaf, size_t begin, size_t end) {
  const size_t place = LastPlaceFor(leaf, begin, end);
  frameworks_.SetBlocked(leaf, place == end);
  if (quotas_.enabled()) last_place_[leaf] = place;
  // Nobody is blocked after the last one.
  if (place < end && (quotas_.enabled() || place + 1 < list_.size())) {
    last_places_.emplace(place, leaf);
  }
}

// ---- Who is served ----

void Round::Visit(size_t place) {
  const AgentIndex index = list_[place];
  bool offered = false;
  takers_.clear();
  for (NodeIndex leaf = Pick(place); leaf != kNoNode; leaf = Pick(place)) {
    const Leaf& taker = frameworks_.leaf(leaf);
    Resources resources = agents_.Take(index, leaf, rules_.round(), rules_.RoomFor(leaf));
    offers_.push_back(Allocation{frameworks_.id(taker), agents_.agent(index).id,
                                 frameworks_.role(taker), std::move(resources)});
    offered = true;
    if (quotas_.enabled()) takers_.push_back(tree_.TopLevel(taker.role));
  }
  if (!offered) return;
  tree_.SetExhausted(agents_.Exhausted());
  // What others have taken may have made what quotas leave room for another offer, and one that was
  // not refused.
  if (quotas_.enabled()) agents_.MarkBatch(index);
}

NodeIndex Round::Pick(size_t place) {
  if (agents_.agent(list_[place]).free.empty()) return kNoNode;
  auto can_take = [&](NodeIndex leaf) { return IsCandidate(leaf, place) && CanTake(leaf, place); };
  if (quotas_.AnyRequired()) {
    const NodeIndex leaf = PickAmong(
        place,
        [&](NodeIndex candidate) {
          return rules_.AdvancesGuarantee(candidate, list_[place]) && can_take(candidate);
        },
        [&](NodeIndex role) { return quotas_.IsInWant(role); });
    if (leaf != kNoNode) return leaf;
  }
  return PickAmong(place, can_take, [](NodeIndex) { return true; });
}

NodeIndex Round::PickAmong(size_t place, absl::FunctionRef<bool(NodeIndex)> can_take,
                           absl::FunctionRef<bool(NodeIndex)> enter) {
  if (place < due_begin_ && few_.size() <= kFewLeaves) return PickFew(can_take);
  const std::vector<FreePart>& free = agents_.agent(list_[place]).free;
  const bool any_unreserved = std::any_of(
      free.begin(), free.end(), [](const FreePart& part) { return part.role == kNoNode; });
  if (!any_unreserved) return PickFromReservations(list_[place], can_take);
  return tree_.FindFirst(FairShareTree::kRoot, can_take, enter);
}

NodeIndex Round::PickFew(absl::FunctionRef<bool(NodeIndex)> can_take) const {
  NodeIndex best = kNoNode;
  for (NodeIndex leaf : few_) {
    if (!frameworks_.leaf(leaf).demands || frameworks_.leaf(leaf).blocked || !can_take(leaf)) {
      continue;
    }
    if (best == kNoNode || tree_.Precedes(leaf, best)) best = leaf;
  }
  return best;
}

// Only below the roles that something is reserved to; the higher ones first, for what is reserved
// to them goes to those below as well.
NodeIndex Round::PickFromReservations(AgentIndex index,
                                      absl::FunctionRef<bool(NodeIndex)> can_take) {
  std::vector<std::pair<size_t, NodeIndex>> roles;
  for (const FreePart& part : agents_.agent(index).free) {
    roles.emplace_back(tree_.Depth(part.role), part.role);
  }
  std::sort(roles.begin(), roles.end());
  roles.erase(std::unique(roles.begin(), roles.end()), roles.end());
  for (const auto& [depth, role] : roles) {
    const NodeIndex leaf = tree_.FindFirst(role, can_take);
    if (leaf != kNoNode) return leaf;
  }
  return kNoNode;
}

}  // namespace mesos
