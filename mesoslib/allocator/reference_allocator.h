// A slow and obvious allocator with the rules of the fast one: nothing is kept but what it was told
// and what came of it; shares, quotas and who is blocked are worked out anew each time.
#ifndef MESOSLIB_ALLOCATOR_REFERENCE_ALLOCATOR_H_
#define MESOSLIB_ALLOCATOR_REFERENCE_ALLOCATOR_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "mesos/allocator.h"

namespace mesos {

// Expects calls that make sense: errors are the fast one's business.
class ReferenceAllocator : public Allocator {
 public:
  explicit ReferenceAllocator(AllocatorOptions options) : options_(std::move(options)) {}

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
  absl::Status UpdateWhitelist(const std::optional<std::set<std::string>>& hostnames) override;
  std::vector<Allocation> Allocate(absl::Time now, bool batch) override;
  bool HasChanges() const override { return true; }

 private:
  using LeafId = std::pair<std::string, FrameworkId>;  // Role and framework.
  using Amounts = std::map<std::string, int64_t>;      // Thousandths by name.
  enum class Due { kNo, kBatch, kNow };

  struct Framework {
    FrameworkAllocationState state;
    std::map<std::string, Amounts> targets;  // By role: what it wants to have.
  };
  struct Agent {
    AgentAllocationState state;
    std::map<LeafId, Resources> held;
    Due due = Due::kNo;
    uint64_t due_since = 0;
    bool has_free = false;  // And is active,
    uint64_t free_since = 0;
    uint64_t shared_round = 0;
  };
  struct Filter {
    uint64_t id;
    LeafId leaf;
    AgentId agent;
    Resources refused;
    absl::Time expiry;
  };
  // What one agent has free that is reserved alike and needs the same capabilities.
  struct Part {
    std::string role;  // "": not reserved.
    bool shared = false;
    bool revocable = false;
    bool refined = false;
    Resources resources;
  };
  // What quotas leave room for: by role with a limit, and for what is not reserved.
  struct Room {
    std::map<std::string, Amounts> limits;
    Amounts headroom;
  };
  struct Share {
    double share = 0;
    std::map<std::string, double> fractions;
    std::map<std::string, __int128> units;
  };
  struct Node {
    std::string name;
    bool is_leaf = false;
    LeafId leaf;
    std::vector<Node> children;
    Share share;
    uint64_t allocations = 0;
  };
  // One round's.
  struct Look {
    AgentId agent;
    bool due = false;
  };

  // -- Bookkeeping
  void Settle(const AgentId& id);
  void MarkNow(Agent& agent);
  void MarkBatch(Agent& agent);
  void Apply(const FrameworkId& id, FrameworkAllocationState state);
  void DropFiltersOf(const LeafId& leaf);
  void DropCounts();
  bool LeafExists(const LeafId& leaf) const;

  // -- What is there
  bool IsWhitelisted(const Agent& agent) const;
  bool MayBeOffered(const Agent& agent) const;
  // Valid until something changes.
  const std::vector<Part>& PartsOf(const Agent& agent) const;
  const Amounts& Held(const LeafId& leaf) const;
  bool Demands(const LeafId& leaf) const;
  bool IsContent(const LeafId& leaf) const;
  std::vector<LeafId> Leaves() const;

  // -- Quotas
  Amounts Consumed(const std::string& role) const;
  Amounts Available() const;
  Amounts Wanted(const std::string& role) const;
  Amounts WantedBelow(const std::string& role) const;
  Amounts Own(const std::string& role) const;
  const Room& RoomFor(const std::string& role) const;
  Amounts Bounds(const Room& room, const Part& part) const;
  static void Take(const Part& part, const Amounts& taken, Room* room);
  Resources Fit(const Part& part, Room* room) const;

  // -- Rules
  bool Fits(const Part& part, const LeafId& leaf) const;
  std::vector<Resources> OfferOf(const LeafId& leaf, const Agent& agent) const;
  bool CanTake(const LeafId& leaf, const AgentId& agent) const;
  bool Advances(const LeafId& leaf, const AgentId& agent) const;
  bool IsCandidate(const LeafId& leaf, const Look& look) const;

  // -- Order
  Node TreeOf(const std::set<LeafId>& leaves) const;
  void AddToTree(Node* node, const std::string& path, const LeafId& leaf) const;
  bool Measure(Node* node) const;
  void MeasureInner(Node* node) const;
  static void Flatten(const Node& node, std::vector<LeafId>* order);

  // -- A round
  std::vector<Look> CollectAgents(bool batch);
  void Visit(const std::vector<Look>& looks, size_t place);
  bool ServeOne(const Look& look, const std::set<LeafId>& unblocked, bool guarantees);
  void FindExhausted();

  // What has been worked out since the last change.
  struct Known {
    std::map<const Agent*, std::vector<Part>> parts;
    std::map<LeafId, Amounts> held;
    std::map<std::string, Room> rooms;
  };

  const AllocatorOptions options_;
  mutable Known known_;
  std::map<FrameworkId, Framework> frameworks_;
  std::map<AgentId, Agent> agents_;
  std::map<std::string, double> weights_;
  std::map<std::string, Quota> quotas_;
  std::optional<std::set<std::string>> whitelist_;
  std::vector<Filter> filters_;
  std::set<LeafId> fresh_;
  std::set<LeafId> demanding_;  // After the last change.
  std::set<LeafId> content_;  // As it was when the round began.
  std::map<std::string, uint64_t> role_counts_;
  std::map<std::string, uint64_t> group_counts_;
  std::map<LeafId, uint64_t> leaf_counts_;
  std::set<std::string> exhausted_;
  Amounts capacity_;
  uint64_t sequence_ = 0;
  uint64_t round_ = 0;
  bool batch_ = false;
  std::vector<Allocation> offers_;
  // What was reserved and offered in this round: where it comes from a role above, it counts for
  // guarantees only afterwards.
  std::vector<std::pair<LeafId, Resources>> late_;
};

}  // namespace mesos

#endif  // MESOSLIB_ALLOCATOR_REFERENCE_ALLOCATOR_H_
