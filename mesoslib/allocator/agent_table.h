// The agents: what each has, who holds what of it, what is free, and which are to be looked at.
//
//   total == free + held on every agent, but for two cases: an agent may have shrunk below what is
//   held (then only the excess over that is free, usually nothing), and shared resources stay free
//   while they are held.
#ifndef MESOSLIB_ALLOCATOR_AGENT_TABLE_H_
#define MESOSLIB_ALLOCATOR_AGENT_TABLE_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mesos/allocator.h"
#include "mesoslib/allocator/fair_share_tree.h"
#include "mesoslib/allocator/framework_table.h"
#include "mesoslib/allocator/offer_filters.h"
#include "mesoslib/allocator/quantities.h"
#include "mesoslib/allocator/quota_tree.h"

namespace mesos {

// Free resources of one agent that go to the same takers.
struct FreePart {
  NodeIndex role = kNoNode;  // Reserved to; kNoNode: to nobody.
  uint8_t needs = 0;         // Of kTakesShared, kTakesRevocable, kTakesRefined.
  Resources resources;       // Without allocation role, never empty.
  Quantities quantities;

  bool IsShared() const { return (needs & kTakesShared) != 0; }
};

// What resources count for in quotas: for a role and those above it, below `stop`.
struct QuotaCharge {
  NodeIndex stop = kNoNode;
  Quantities quantities;
};
using QuotaCharges = absl::InlinedVector<QuotaCharge, 1>;

// What one framework holds in one role on one agent.
struct Holding {
  NodeIndex leaf = kNoNode;
  Resources resources;  // With allocation role, never empty.
  Quantities quantities;
  QuotaCharges charges;  // Only where there are quotas.
};

// What is reserved on one agent to one role.
struct Reserved {
  NodeIndex role = kNoNode;
  Quantities quantities;  // Not revocable.
};

struct AgentRecord {
  AgentId id;
  v1::AgentInfo info;
  bool active = true;
  bool whitelisted = true;     // Its hostname is.
  bool overcommitted = false;  // More is held than is there.
  uint8_t needs = 0;           // Traits that a taker must have,
  uint8_t forbids = 0;         // and must not have.
  std::string why_inactive;
  Resources total;
  Quantities total_quantities;
  std::vector<FreePart> free;
  std::vector<Holding> holdings;
  std::vector<Reserved> reserved;  // Their roles are held in the tree.

  uint64_t version = 0;       // Of what can be offered; unique among all agents and times.
  uint64_t shared_round = 0;  // The last round in which its shared resources were offered.

  // Pending: to be looked at in the next round, or the next batch round.
  enum class Pending : uint8_t { kNo, kBatch, kTriggered } pending = Pending::kNo;
  uint64_t pending_sequence = 0;
  // The list of agents that have something free.
  bool listed = false;
  AgentIndex previous = kNoAgent;
  AgentIndex next = kNoAgent;

  // Whether what is free may be offered to anybody.
  bool MayBeOffered() const { return active && whitelisted; }
};

class AgentTable {
 public:
  // Keeps references to all but the options.
  AgentTable(const AllocatorOptions& options, FairShareTree& tree, ResourceKinds& kinds,
             FrameworkTable& frameworks, OfferFilters& filters, QuotaTree& quotas);

  absl::Status Add(const AgentId& id, AgentAllocationState state,
                   const std::vector<Allocation>& allocations);
  absl::Status Update(const AgentId& id, AgentAllocationState state);
  absl::Status Remove(const AgentId& id);
  // Absent: all agents are offered. Costs as much as there are agents.
  void SetWhitelist(std::optional<std::set<std::string>> hostnames);

  // Finds who and where, and checks that it is held there.
  struct Claim {
    AgentIndex agent;
    NodeIndex leaf;
  };
  absl::StatusOr<Claim> Find(const Allocation& allocation) const;
  void GiveBack(const Claim& claim, const Resources& resources);
  absl::Status Transform(const Claim& claim, const Resources& before, const Resources& after);

  // Whether `leaf` may have this part.
  bool Fits(const FreePart& part, const Leaf& leaf) const {
    return (part.needs & ~leaf.traits) == 0 &&
           (part.role == kNoNode || tree_.IsSameOrBelow(leaf.role, part.role));
  }
  // Whether the quotas leave room for the whole part; if so, it is taken from the room.
  bool TakeWhole(const FreePart& part, OfferRoom* room) const;
  // What they leave room for: what can be divided is cut, what can't is there whole or not at all.
  // Where the part has scalars, and there is room for none, nothing is. It is taken from the room.
  Resources Cut(const FreePart& part, OfferRoom* room) const;
  // Hands what there is room for of all parts that fit to the leaf, and returns it with the
  // allocation role. Without a room: all that fits.
  Resources Take(AgentIndex agent, NodeIndex leaf, uint64_t round, OfferRoom* room);

  const AgentRecord& agent(AgentIndex index) const { return agents_[index]; }
  // In the order in which their places were taken.
  void ForEach(absl::FunctionRef<void(AgentIndex)> visit) const;
  // kNoAgent without one.
  AgentIndex FindAgent(const AgentId& id) const;
  // Another offer than before could come of it.
  void RenewVersion(AgentIndex agent) { agents_[agent].version = ++versions_; }

  // All agents' resources that are not revocable.
  const Quantities& capacity() const { return countable_capacity_; }
  // Tells the quotas anew all that is consumed and available.
  void TellQuotas();
  // Of all agents, without the kinds that fair sharing leaves out.
  Quantities FairCapacity() const;
  // Of which kinds nothing is free on agents that may be offered.
  std::vector<bool> Exhausted() const;

  // -- What is to be looked at

  void MarkTriggered(AgentIndex agent);
  void MarkBatch(AgentIndex agent);
  bool HasTriggered() const { return !triggered_.empty(); }
  // Agents that are pending, in the order in which they became so; they no longer are afterwards.
  std::vector<AgentIndex> TakePending(bool batch);
  // Agents with anything free, in the order in which that came about: first, then agent(i).next.
  AgentIndex first_free() const { return first_free_; }

  // Adds up what is free and held on every agent, and over all of them.
  absl::Status CheckInvariants() const;

 private:
  using Pendings = std::vector<std::pair<uint64_t, AgentIndex>>;

  // Whether anything has changed that decides who may be offered its resources.
  bool Describe(AgentRecord& agent, AgentAllocationState& state) const;
  absl::Status Validate(const AgentId& id, const AgentAllocationState& state) const;
  absl::Status ValidateAllocations(const AgentId& id,
                                   const std::vector<Allocation>& allocations) const;
  AgentIndex NewAgent(const AgentId& id);
  void SetTotal(AgentIndex index, Resources total);
  bool IsWhitelisted(const AgentRecord& agent) const;
  // An empty one where there was none: to be filled, then recounted.
  Holding& HoldingOf(AgentRecord& agent, NodeIndex leaf);
  void Hold(AgentRecord& agent, NodeIndex leaf, const Resources& resources, bool offered);
  // Counts what the holding has become, and drops it where it is empty.
  void Recount(AgentRecord& agent, Holding& holding, bool offered = false);
  std::vector<Reserved> AcquireReserved(const Resources& total);
  Quantities Countable(const Resources& total) const;
  QuotaCharges ChargesOf(const Resources& resources, NodeIndex role) const;
  absl::Status CheckQuotas() const;
  void Charge(Holding& holding, const Resources& resources);
  void TellReserved(const AgentRecord& agent, bool there);
  void CountFree(const AgentRecord& agent, const FreePart& part, const Quantities& more);

  // A part without resources.
  FreePart KeyOf(const ResourceEntry& entry) const;
  void AddFree(AgentRecord& agent, Resources resources);
  void AddToPart(AgentRecord& agent, const FreePart& key, Resources resources);
  void RebuildFree(AgentIndex index);
  void ClearFree(AgentRecord& agent);
  // To be called after each change to what is free or to whether the agent may be offered.
  void FreeChanged(AgentIndex index);
  void List(AgentIndex index);
  void Unlist(AgentIndex index);

  const std::string region_;  // The master's; empty where it has none.
  const bool keep_gpus_;
  std::vector<size_t> unfair_kinds_;  // That fair sharing leaves out.
  FairShareTree& tree_;
  ResourceKinds& kinds_;
  FrameworkTable& frameworks_;
  OfferFilters& filters_;
  QuotaTree& quotas_;
  std::vector<AgentRecord> agents_;
  std::vector<AgentIndex> unused_;
  absl::flat_hash_map<AgentId, AgentIndex> by_id_;
  Quantities capacity_;
  Quantities countable_capacity_;  // Without what is revocable.
  Quantities free_;  // On agents that may be offered, without what is shared.
  std::optional<std::set<std::string>> whitelist_;
  Pendings triggered_;
  Pendings batch_;
  uint64_t sequence_ = 0;
  uint64_t versions_ = 0;
  AgentIndex first_free_ = kNoAgent;
  AgentIndex last_free_ = kNoAgent;
};

}  // namespace mesos

#endif  // MESOSLIB_ALLOCATOR_AGENT_TABLE_H_
