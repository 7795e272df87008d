// The order in which roles and frameworks are served: dominant resource fairness over a tree.
//
//   root ── eng ──── "."  ── framework 1        Inner nodes are roles; leaves are frameworks, one
//   for
//        │       │        └─ framework 2        each role they are in. A role's own frameworks
//        stand │       └── web  ── "." ── ...         under a group "." of weight 1, which competes
//        with the └─ sci ──── "."  ── framework 1        roles below it.
//
// Shares are those of hierarchical DRF (Bhattacharya et al., SoCC 2013), exactly:
// - a leaf's share is its largest fraction of the capacity of any resource;
// - an inner node leaves out its blocked children (leaves that are not eligible, inner nodes that
//   have no eligible leaf below), scales each other child's usage so that its share equals the
//   lowest among them, and sums; its share is the largest component of that sum over the resources
//   that are not exhausted, over its weight.
//
// With m the lowest share, the sum is m * S, where S is the sum of usage/share over the children. S
// is kept in fixed point, so that taking a child out restores it to the last bit: a change costs
// one walk from its leaf to the root, O(depth * log(children)), and the order depends on the state
// alone, not on its history. Only a change of capacity, or of what is exhausted, visits every node.
//
// Children may be ordered by chance instead: each is served at the events of a Poisson process whose
// rate is its weight, so that who comes next is drawn in proportion to the weights, anew each time;
// a child that was away misses its events. Nothing is rescaled there: an inner node's usage is the
// sum of its children's. Each event follows from the seed, the name and a count.
#ifndef MESOSLIB_ALLOCATOR_FAIR_SHARE_TREE_H_
#define MESOSLIB_ALLOCATOR_FAIR_SHARE_TREE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "mesoslib/allocator/quantities.h"

namespace mesos {

using NodeIndex = uint32_t;
inline constexpr NodeIndex kNoNode = UINT32_MAX;

// Weights are held to this range, so that fixed point serves them all.
inline constexpr double kMinWeight = 1e-9;
inline constexpr double kMaxWeight = 1e9;

class FairShareTree {
 public:
  static constexpr NodeIndex kRoot = 0;

  struct Options {
    bool random_roles = false;
    bool random_leaves = false;
    uint64_t seed = 0;
  };

  FairShareTree() : FairShareTree(Options()) {}
  explicit FairShareTree(const Options& options);

  // -- Roles. A role is there while somebody has acquired it or one below it, or its weight was
  // set.

  NodeIndex AcquireRole(absl::string_view path);
  void ReleaseRole(NodeIndex role);
  // kNoNode where there is no such role.
  NodeIndex FindRole(absl::string_view path) const;
  // Finite and above zero. 1 is the default.
  void SetWeight(absl::string_view path, double weight);
  const std::string& RolePath(NodeIndex role) const { return nodes_[role].name; }
  bool IsSameOrBelow(NodeIndex role, NodeIndex ancestor) const;
  // The role above; kRoot above the top-level ones.
  NodeIndex Parent(NodeIndex role) const { return nodes_[role].parent; }
  NodeIndex TopLevel(NodeIndex role) const {
    while (nodes_[role].depth > 1) role = nodes_[role].parent;
    return role;
  }
  double Weight(NodeIndex role) const { return nodes_[role].weight; }
  size_t Depth(NodeIndex node) const { return nodes_[node].depth; }

  // -- Leaves. They hold their role, and begin not eligible.

  NodeIndex AddLeaf(NodeIndex role, absl::string_view name);
  // It must have no usage.
  void RemoveLeaf(NodeIndex leaf);
  // Only eligible leaves are in the order.
  void SetEligible(NodeIndex leaf, bool eligible);
  void Charge(NodeIndex leaf, const Quantities& quantities);
  void Credit(NodeIndex leaf, const Quantities& quantities);
  // As Charge; besides, the leaf and those above it have had one allocation more.
  void ChargeAllocation(NodeIndex leaf, const Quantities& quantities);
  const Quantities& Usage(NodeIndex leaf) const { return nodes_[leaf].usage; }

  // -- The measure. Kinds without capacity do not count.

  void SetCapacity(const Quantities& capacity);
  // Kinds of which nothing is free. Where that would be all, none counts as exhausted.
  void SetExhausted(std::vector<bool> exhausted);

  // -- The order: lowest share first, then fewest allocations, then by name.

  // The first eligible leaf below `from` (a role, or kRoot) that `can_take`; kNoNode without one.
  // Of the top-level roles, only those are entered that `enter`.
  NodeIndex FindFirst(NodeIndex from, absl::FunctionRef<bool(NodeIndex)> can_take,
                      absl::FunctionRef<bool(NodeIndex)> enter) const;
  NodeIndex FindFirst(NodeIndex from, absl::FunctionRef<bool(NodeIndex)> can_take) const {
    return FindFirst(from, can_take, [](NodeIndex) { return true; });
  }
  // Of two different eligible leaves.
  bool Precedes(NodeIndex a, NodeIndex b) const;
  double Share(NodeIndex node) const { return nodes_[node].share; }
  // The kind that a leaf has its largest share of; capacity's size where it has none.
  size_t DominantKind(NodeIndex leaf) const;

  // Measures every node anew from its children, and compares.
  absl::Status CheckInvariants() const;

 private:
  using Fractions = absl::InlinedVector<double, 4>;
  using Units = absl::InlinedVector<__int128, 4>;
  enum class NodeType : uint8_t { kFree, kRole, kGroup, kLeaf };

  // A node's place among its siblings.
  struct Rank {
    double share;  // Or when it is served next, where chance decides.
    uint64_t allocations;
    const std::string* name;
    NodeIndex node;
    bool operator<(const Rank& other) const;
  };

  struct Node {
    NodeType type = NodeType::kFree;
    bool eligible = false;  // Leaves.
    bool ranked = false;    // Whether `rank` and `units` are part of the parent's.
    uint32_t depth = 0;
    NodeIndex parent = kNoNode;
    NodeIndex group = kNoNode;  // Roles.
    uint32_t references = 0;    // Roles and groups: acquisitions and children.
    double weight = 1;
    double share = 0;
    uint64_t allocations = 0;
    double next_event = 0;  // Where chance decides among it and its siblings,
    double served = 0;      // and the last event at which one of its own children was served.
    uint64_t draws = 0;
    std::string name;     // A role's whole path; siblings differ in it.
    Quantities usage;     // Leaves.
    Fractions fractions;  // Of the capacity, as this node counts for its parent.
    Units units;          // fractions / share.
    Units sum;            // Of the ranked children's units.
    Rank rank{};
    absl::btree_set<Rank> order;  // The ranked children.
  };

  NodeIndex NewNode(NodeType type, NodeIndex parent, absl::string_view name);
  void Drop(NodeIndex node);
  NodeIndex GroupOf(NodeIndex role);

  void ChangeUsage(NodeIndex leaf);
  void Refresh(NodeIndex node);
  void Measure(Node& node) const;
  void MeasureLeaf(Node& node) const;
  void MeasureInner(Node& node) const;
  void SetUnits(Node& node) const;
  void Enter(NodeIndex index);
  void Leave(NodeIndex index);
  bool BelongsInOrder(const Node& node) const;
  bool OrdersByChance(const Node& parent) const;
  void DrawNextEvent(Node& node);
  void RefreshAll();

  const Options options_;
  std::deque<Node> nodes_;  // Ranks point to names inside: nodes do not move.
  std::vector<NodeIndex> free_;
  absl::flat_hash_map<std::string, NodeIndex> roles_;
  Quantities capacity_;
  std::vector<bool> exhausted_;
  size_t leaves_in_use_ = 0;  // With usage.
};

}  // namespace mesos

#endif  // MESOSLIB_ALLOCATOR_FAIR_SHARE_TREE_H_
