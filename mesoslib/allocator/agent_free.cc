// AgentTable: what is free, and what is to be looked at.
#include <algorithm>
#include <iterator>
#include <utility>

#include "mesoslib/allocator/agent_table.h"

namespace mesos {
namespace {

bool SameKey(const FreePart& a, const FreePart& b) {
  return a.role == b.role && a.needs == b.needs;
}

// What is reserved comes first: what is offered of the rest then fits into what quotas leave.
bool Before(const FreePart& a, const FreePart& b, const FairShareTree& tree) {
  if (a.role == b.role) return a.needs < b.needs;
  if (a.role == kNoNode || b.role == kNoNode) return b.role == kNoNode;
  return tree.RolePath(a.role) < tree.RolePath(b.role);
}

}  // namespace

FreePart AgentTable::KeyOf(const ResourceEntry& entry) const {
  FreePart key;
  if (!entry.IsUnreserved()) {
    key.role = tree_.FindRole(entry.reservation_role());
    if (entry.HasRefinedReservations()) key.needs |= kTakesRefined;
  }
  if (entry.IsRevocable()) key.needs |= kTakesRevocable;
  if (entry.IsShared()) key.needs |= kTakesShared;
  return key;
}

void AgentTable::AddFree(AgentRecord& agent, Resources resources) {
  if (resources.empty()) return;
  const FreePart first = KeyOf(*resources.begin());
  if (std::all_of(resources.begin(), resources.end(),
                  [&](const ResourceEntry& entry) { return SameKey(KeyOf(entry), first); })) {
    AddToPart(agent, first, std::move(resources));
    return;
  }
  for (const ResourceEntry& entry : resources) {
    AddToPart(agent, KeyOf(entry), Resources() += entry);
  }
}

void AgentTable::AddToPart(AgentRecord& agent, const FreePart& key, Resources resources) {
  auto part = std::find_if(agent.free.begin(), agent.free.end(),
                           [&](const FreePart& other) { return SameKey(other, key); });
  if (part == agent.free.end()) {
    part = agent.free.insert(
        std::find_if(agent.free.begin(), agent.free.end(),
                     [&](const FreePart& other) { return Before(key, other, tree_); }),
        key);
  }
  Quantities added = kinds_.Quantify(resources);
  part->quantities += added;
  CountFree(agent, key, added);
  if (part->resources.empty()) {
    part->resources = std::move(resources);
  } else {
    part->resources += resources;
  }
}

void AgentTable::ClearFree(AgentRecord& agent) {
  for (const FreePart& part : agent.free) CountFree(agent, part, -part.quantities);
  agent.free.clear();
}

void AgentTable::CountFree(const AgentRecord& agent, const FreePart& part, const Quantities& more) {
  if (!agent.MayBeOffered() || part.IsShared()) return;
  free_ += more;
  if (part.role == kNoNode && part.needs == 0) quotas_.ChangeAvailable(more);
}

void AgentTable::RebuildFree(AgentIndex index) {
  AgentRecord& agent = agents_[index];
  ClearFree(agent);
  Resources held;
  for (const Holding& holding : agent.holdings) held += holding.resources.NonShared();
  held.Unallocate();
  Resources free = agent.total.NonShared();
  agent.overcommitted = !free.Contains(held);
  free -= held;
  AddFree(agent, std::move(free));
  AddFree(agent, agent.total.Shared());
  FreeChanged(index);
}

void AgentTable::FreeChanged(AgentIndex index) {
  RenewVersion(index);
  const AgentRecord& agent = agents_[index];
  const bool list = agent.MayBeOffered() && !agent.free.empty();
  if (list == agent.listed) return;
  if (list) {
    List(index);
  } else {
    Unlist(index);
  }
}

void AgentTable::List(AgentIndex index) {
  AgentRecord& agent = agents_[index];
  agent.listed = true;
  agent.previous = last_free_;
  agent.next = kNoAgent;
  (last_free_ == kNoAgent ? first_free_ : agents_[last_free_].next) = index;
  last_free_ = index;
}

void AgentTable::Unlist(AgentIndex index) {
  AgentRecord& agent = agents_[index];
  agent.listed = false;
  agent.pending = AgentRecord::Pending::kNo;
  (agent.previous == kNoAgent ? first_free_ : agents_[agent.previous].next) = agent.next;
  (agent.next == kNoAgent ? last_free_ : agents_[agent.next].previous) = agent.previous;
}

Quantities AgentTable::FairCapacity() const {
  Quantities fair = capacity_;
  for (size_t kind : unfair_kinds_) fair.Add(kind, -fair.Get(kind));
  return fair;
}

std::vector<bool> AgentTable::Exhausted() const {
  std::vector<bool> exhausted(kinds_.size());
  for (size_t i = 0; i < exhausted.size(); ++i) exhausted[i] = free_.Get(i) <= 0;
  return exhausted;
}

void AgentTable::MarkTriggered(AgentIndex index) {
  AgentRecord& agent = agents_[index];
  if (!agent.listed || agent.pending == AgentRecord::Pending::kTriggered) return;
  agent.pending = AgentRecord::Pending::kTriggered;
  agent.pending_sequence = ++sequence_;
  triggered_.emplace_back(sequence_, index);
}

void AgentTable::MarkBatch(AgentIndex index) {
  AgentRecord& agent = agents_[index];
  if (!agent.listed || agent.pending != AgentRecord::Pending::kNo) return;
  agent.pending = AgentRecord::Pending::kBatch;
  agent.pending_sequence = ++sequence_;
  batch_.emplace_back(sequence_, index);
}

std::vector<AgentIndex> AgentTable::TakePending(bool batch) {
  Pendings due = std::move(triggered_);
  triggered_.clear();
  if (batch) {
    Pendings all;
    std::merge(due.begin(), due.end(), batch_.begin(), batch_.end(), std::back_inserter(all));
    due = std::move(all);
    batch_.clear();
  }
  std::vector<AgentIndex> agents;
  agents.reserve(due.size());
  for (const auto& [sequence, index] : due) {
    AgentRecord& agent = agents_[index];
    if (agent.pending == AgentRecord::Pending::kNo || agent.pending_sequence != sequence) continue;
    agent.pending = AgentRecord::Pending::kNo;
    agents.push_back(index);
  }
  return agents;
}

}  // namespace mesos
