#include "mesoslib/allocator/offer_rules.h"

#include <algorithm>

namespace mesos {

OfferRules::CachedRoom& OfferRules::Cached(const Leaf& leaf) {
  if (leaf.role >= rooms_.size()) rooms_.resize(leaf.role + 1);
  CachedRoom& cached = rooms_[leaf.role];
  if (cached.version != quotas_.version()) {
    cached.version = quotas_.version();
    cached.room = quotas_.Room(leaf.role);
    cached.own = quotas_.Own(leaf.role);
  }
  return cached;
}

OfferRoom* OfferRules::RoomFor(NodeIndex leaf) {
  return quotas_.enabled() ? &Cached(frameworks_.leaf(leaf)).room : nullptr;
}

bool OfferRules::IsOnOffer(const FreePart& part, const AgentRecord& agent, const Leaf& leaf) const {
  return agents_.Fits(part, leaf) && !(part.IsShared() && agent.shared_round == round_);
}

void OfferRules::CountPart(const FreePart& part, OfferRoom* room, Quantities* sum, bool* any) {
  if (agents_.TakeWhole(part, room)) {
    *sum += part.quantities;
    *any = true;
    return;
  }
  was_cut_ = true;
  if (part.IsShared()) return;
  const Resources some = agents_.Cut(part, room);
  if (some.empty()) return;
  *sum += kinds_.Quantify(some);
  *any = true;
}

// Null where there is nothing. Most agents have one part and most clusters no quotas: then nothing
// is copied.
const Quantities* OfferRules::Count(const AgentRecord& agent, NodeIndex leaf_index,
                                    Quantities* sum) {
  const Leaf& leaf = frameworks_.leaf(leaf_index);
  was_cut_ = false;
  if (quotas_.enabled()) {
    OfferRoom room = Cached(leaf).room;
    bool any = false;
    for (const FreePart& part : agent.free) {
      if (IsOnOffer(part, agent, leaf)) CountPart(part, &room, sum, &any);
    }
    return any ? sum : nullptr;
  }
  const Quantities* quantities = nullptr;
  for (const FreePart& part : agent.free) {
    if (!IsOnOffer(part, agent, leaf)) continue;
    if (quantities == nullptr) {
      quantities = &part.quantities;
      continue;
    }
    if (quantities != sum) {
      *sum = *quantities;
      quantities = sum;
    }
    *sum += part.quantities;
  }
  return quantities;
}

Resources OfferRules::MakeUp(const AgentRecord& agent, NodeIndex leaf_index) {
  const Leaf& leaf = frameworks_.leaf(leaf_index);
  Resources offer;
  OfferRoom room;
  if (quotas_.enabled()) room = Cached(leaf).room;
  for (const FreePart& part : agent.free) {
    if (!IsOnOffer(part, agent, leaf)) continue;
    if (!quotas_.enabled() || agents_.TakeWhole(part, &room)) {
      offer += part.resources;
    } else if (!part.IsShared()) {
      offer += agents_.Cut(part, &room);
    }
  }
  return offer;
}

bool OfferRules::IsFiltered(NodeIndex leaf, AgentIndex index) {
  const AgentRecord& agent = agents_.agent(index);
  // What is cut depends on more than the agent.
  const uint64_t version = was_cut_ ? OfferFilters::kNoVersion : agent.version;
  return filters_.IsFiltered(leaf, index, version, [&](const Resources& refused) {
    if (agent.free.size() == 1 && !was_cut_) return refused.Contains(agent.free[0].resources);
    return refused.Contains(MakeUp(agent, leaf));
  });
}

NoOfferReason OfferRules::WhyNoPart(const AgentRecord& agent, const Leaf& leaf) const {
  if (agent.free.empty()) return NoOfferReason::kOffered;
  bool reserved = true;
  bool offered = true;
  for (const FreePart& part : agent.free) {
    const bool is_theirs = part.role != kNoNode && !tree_.IsSameOrBelow(leaf.role, part.role);
    reserved = reserved && is_theirs;
    offered = offered && part.IsShared() && agent.shared_round == round_;
  }
  if (reserved) return NoOfferReason::kReserved;
  return offered ? NoOfferReason::kOffered : NoOfferReason::kCapability;
}

NoOfferReason OfferRules::WhyCut(const AgentRecord& agent, NodeIndex leaf_index) const {
  const Leaf& leaf = frameworks_.leaf(leaf_index);
  for (const FreePart& part : agent.free) {
    if (!IsOnOffer(part, agent, leaf)) continue;
    if (part.role != kNoNode) return NoOfferReason::kQuotaLimit;
    if (quotas_.LimitingRole(leaf.role, part.quantities) != kNoNode) {
      return NoOfferReason::kQuotaLimit;
    }
  }
  return NoOfferReason::kHeadroom;
}

NoOfferReason OfferRules::Judge(NodeIndex leaf_index, AgentIndex agent_index, bool precise) {
  const Leaf& leaf = frameworks_.leaf(leaf_index);
  const AgentRecord& agent = agents_.agent(agent_index);
  was_cut_ = false;
  if ((agent.needs & ~leaf.traits) != 0) {
    return (agent.needs & ~leaf.traits & kGpuAware) != 0 ? NoOfferReason::kGpus
                                                         : NoOfferReason::kRegion;
  }
  if ((agent.forbids & leaf.traits) != 0) return NoOfferReason::kAgentCapability;
  if (!frameworks_.Allows(leaf_index, agent_index, agent.info)) return NoOfferReason::kConstraint;
  Quantities sum;
  const Quantities* quantities = Count(agent, leaf_index, &sum);
  if (quantities == nullptr) {
    if (!precise) return NoOfferReason::kReserved;
    return was_cut_ ? WhyCut(agent, leaf_index) : WhyNoPart(agent, leaf);
  }
  const Minimums& minimums = *leaf.minimums;
  if (!minimums.empty() && std::none_of(minimums.begin(), minimums.end(), [&](const auto& minimum) {
        return quantities->Contains(minimum);
      })) {
    return was_cut_ && precise ? WhyCut(agent, leaf_index) : NoOfferReason::kBelowMinimum;
  }
  return IsFiltered(leaf_index, agent_index) ? NoOfferReason::kFiltered : NoOfferReason::kNext;
}

bool OfferRules::AdvancesGuarantee(NodeIndex leaf, AgentIndex agent) {
  const CachedRoom& cached = Cached(frameworks_.leaf(leaf));
  if (cached.own.IsZero()) return false;
  for (const FreePart& part : agents_.agent(agent).free) {
    if (part.role != kNoNode || part.needs != 0) continue;
    const Bounds bounds = cached.room.OfUnreserved();
    for (size_t i = 0; i < cached.own.size(); ++i) {
      if (cached.own.Get(i) > 0 && part.quantities.Get(i) > 0 && bounds.Get(i) > 0) return true;
    }
  }
  return false;
}

}  // namespace mesos
