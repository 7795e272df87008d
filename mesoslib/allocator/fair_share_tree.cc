#include "mesoslib/allocator/fair_share_tree.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "mesos/roles.h"

namespace mesos {
namespace {

constexpr double kUnit = 0x1p64;

// SplitMix64's step: the bits of the result depend on all bits of the argument.
uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

double At(const absl::InlinedVector<double, 4>& values, size_t i) {
  return i < values.size() ? values[i] : 0;
}

}  // namespace

bool FairShareTree::Rank::operator<(const Rank& other) const {
  if (share != other.share) return share < other.share;
  if (allocations != other.allocations) return allocations < other.allocations;
  if (node == other.node) return false;
  return *name < *other.name;
}

FairShareTree::FairShareTree(const Options& options) : options_(options) {
  NewNode(NodeType::kRole, kNoNode, "");
}

NodeIndex FairShareTree::NewNode(NodeType type, NodeIndex parent, absl::string_view name) {
  NodeIndex index;
  if (free_.empty()) {
    index = static_cast<NodeIndex>(nodes_.size());
    nodes_.emplace_back();
  } else {
    index = free_.back();
    free_.pop_back();
  }
  Node& node = nodes_[index];
  node.type = type;
  node.parent = parent;
  node.name = std::string(name);
  if (parent != kNoNode) {
    node.depth = nodes_[parent].depth + 1;
    ++nodes_[parent].references;
  }
  return index;
}

void FairShareTree::Drop(NodeIndex index) {
  while (index != kRoot && nodes_[index].references == 0) {
    Node& node = nodes_[index];
    if (node.ranked) Leave(index);
    if (node.type == NodeType::kRole) roles_.erase(node.name);
    const NodeIndex parent = node.parent;
    if (node.type == NodeType::kGroup) nodes_[parent].group = kNoNode;
    node = Node();
    free_.push_back(index);
    --nodes_[parent].references;
    index = parent;
  }
}

NodeIndex FairShareTree::AcquireRole(absl::string_view path) {
  NodeIndex role = FindRole(path);
  if (role == kNoNode) {
    const absl::string_view above = ParentRole(path);
    const NodeIndex parent = above.empty() ? kRoot : AcquireRole(above);
    role = NewNode(NodeType::kRole, parent, path);
    roles_[std::string(path)] = role;
    if (parent != kRoot) --nodes_[parent].references;  // The child itself holds it.
  }
  ++nodes_[role].references;
  return role;
}

void FairShareTree::ReleaseRole(NodeIndex role) {
  --nodes_[role].references;
  Drop(role);
}

NodeIndex FairShareTree::FindRole(absl::string_view path) const {
  auto it = roles_.find(path);
  return it == roles_.end() ? kNoNode : it->second;
}

void FairShareTree::SetWeight(absl::string_view path, double weight) {
  weight = std::clamp(weight, kMinWeight, kMaxWeight);
  const NodeIndex role = AcquireRole(path);
  const bool was_set = nodes_[role].weight != 1;
  nodes_[role].weight = weight;
  // A weight that differs from the default holds its role.
  if (weight != 1) ++nodes_[role].references;
  if (was_set) --nodes_[role].references;
  if (role != kRoot && OrdersByChance(nodes_[nodes_[role].parent])) DrawNextEvent(nodes_[role]);
  Refresh(role);
  ReleaseRole(role);
}

bool FairShareTree::IsSameOrBelow(NodeIndex role, NodeIndex ancestor) const {
  const uint32_t depth = nodes_[ancestor].depth;
  while (nodes_[role].depth > depth) role = nodes_[role].parent;
  return role == ancestor;
}

NodeIndex FairShareTree::GroupOf(NodeIndex role) {
  if (nodes_[role].group == kNoNode) {
    const NodeIndex group = NewNode(NodeType::kGroup, role, ".");
    nodes_[role].group = group;
  }
  return nodes_[role].group;
}

NodeIndex FairShareTree::AddLeaf(NodeIndex role, absl::string_view name) {
  return NewNode(NodeType::kLeaf, GroupOf(role), name);
}

void FairShareTree::RemoveLeaf(NodeIndex leaf) {
  SetEligible(leaf, false);
  Drop(leaf);
}

void FairShareTree::SetEligible(NodeIndex leaf, bool eligible) {
  if (nodes_[leaf].eligible == eligible) return;
  nodes_[leaf].eligible = eligible;
  Refresh(leaf);
}

void FairShareTree::Charge(NodeIndex leaf, const Quantities& quantities) {
  const bool was_used = !nodes_[leaf].usage.IsZero();
  nodes_[leaf].usage += quantities;
  leaves_in_use_ += !nodes_[leaf].usage.IsZero();
  leaves_in_use_ -= was_used;
  Refresh(leaf);
}

void FairShareTree::Credit(NodeIndex leaf, const Quantities& quantities) {
  const bool was_used = !nodes_[leaf].usage.IsZero();
  nodes_[leaf].usage -= quantities;
  leaves_in_use_ += !nodes_[leaf].usage.IsZero();
  leaves_in_use_ -= was_used;
  Refresh(leaf);
}

void FairShareTree::ChargeAllocation(NodeIndex leaf, const Quantities& quantities) {
  for (NodeIndex i = leaf; i != kNoNode; i = nodes_[i].parent) {
    Node& node = nodes_[i];
    ++node.allocations;
    if (node.parent == kNoNode || !OrdersByChance(nodes_[node.parent])) continue;
    Node& parent = nodes_[node.parent];
    parent.served = std::max(parent.served, node.next_event);
    DrawNextEvent(node);
  }
  Charge(leaf, quantities);
}

void FairShareTree::MeasureLeaf(Node& node) const {
  const size_t kinds = std::min(node.usage.size(), capacity_.size());
  node.fractions.assign(kinds, 0);
  double share = 0;
  for (size_t i = 0; i < kinds; ++i) {
    const int64_t used = node.usage.Get(i);
    const int64_t capacity = capacity_.Get(i);
    if (used <= 0 || capacity <= 0) continue;
    node.fractions[i] = static_cast<double>(used) / static_cast<double>(capacity);
    share = std::max(share, node.fractions[i]);
  }
  node.share = share / node.weight;
}

void FairShareTree::MeasureInner(Node& node) const {
  node.share = 0;
  if (node.order.empty()) {
    node.fractions.clear();
    return;
  }
  const Rank& lowest = *node.order.begin();
  const double common = OrdersByChance(node) ? 1 : lowest.share;
  if (node.order.size() == 1) {
    node.fractions = nodes_[lowest.node].fractions;
  } else {
    node.fractions.assign(node.sum.size(), 0);
    for (size_t i = 0; i < node.sum.size(); ++i) {
      node.fractions[i] = common * (static_cast<double>(node.sum[i]) / kUnit);
    }
  }
  for (size_t i = 0; i < node.fractions.size(); ++i) {
    if (i < exhausted_.size() && exhausted_[i]) continue;
    node.share = std::max(node.share, node.fractions[i]);
  }
  node.share /= node.weight;
}

// What is exhausted counts at no node above, so it need not be carried there: a component much
// larger than the share would not fit.
void FairShareTree::SetUnits(Node& node) const {
  const size_t kinds = node.share > 0 ? node.fractions.size() : 0;
  const double share = OrdersByChance(nodes_[node.parent]) ? 1 : node.share;
  node.units.assign(kinds, 0);
  for (size_t i = 0; i < kinds; ++i) {
    if (node.type != NodeType::kLeaf && i < exhausted_.size() && exhausted_[i]) continue;
    node.units[i] = static_cast<__int128>(At(node.fractions, i) / share * kUnit);
  }
}

void FairShareTree::Measure(Node& node) const {
  if (node.type == NodeType::kLeaf) {
    MeasureLeaf(node);
  } else {
    MeasureInner(node);
  }
  SetUnits(node);
}

bool FairShareTree::BelongsInOrder(const Node& node) const {
  return node.type == NodeType::kLeaf ? node.eligible : !node.order.empty();
}

bool FairShareTree::OrdersByChance(const Node& parent) const {
  return parent.type == NodeType::kGroup ? options_.random_leaves : options_.random_roles;
}

void FairShareTree::DrawNextEvent(Node& node) {
  uint64_t bits = Mix(options_.seed ^ ++node.draws);
  const Node& parent = nodes_[node.parent];
  const Node& role = parent.type == NodeType::kGroup ? nodes_[parent.parent] : parent;
  for (unsigned char c : role.name) bits = Mix(bits ^ c);
  for (unsigned char c : node.name) bits = Mix(bits ^ c);
  const double uniform = (static_cast<double>(bits >> 11) + 0.5) * 0x1p-53;  // In (0, 1).
  node.next_event = parent.served - std::log(uniform) / node.weight;
}

size_t FairShareTree::DominantKind(NodeIndex leaf) const {
  const Fractions& fractions = nodes_[leaf].fractions;
  const auto largest = std::max_element(fractions.begin(), fractions.end());
  if (largest == fractions.end() || *largest <= 0) return capacity_.size();
  return static_cast<size_t>(largest - fractions.begin());
}

void FairShareTree::Leave(NodeIndex index) {
  Node& node = nodes_[index];
  Node& parent = nodes_[node.parent];
  parent.order.erase(node.rank);
  for (size_t i = 0; i < node.units.size(); ++i) parent.sum[i] -= node.units[i];
  node.ranked = false;
}

void FairShareTree::Enter(NodeIndex index) {
  Node& node = nodes_[index];
  Node& parent = nodes_[node.parent];
  if (OrdersByChance(parent)) {
    if (node.next_event <= parent.served) DrawNextEvent(node);
    node.rank = Rank{node.next_event, node.allocations, &node.name, index};
  } else {
    node.rank = Rank{node.share, node.allocations, &node.name, index};
  }
  parent.order.insert(node.rank);
  if (node.units.size() > parent.sum.size()) parent.sum.resize(node.units.size(), 0);
  for (size_t i = 0; i < node.units.size(); ++i) parent.sum[i] += node.units[i];
  node.ranked = true;
}

// Measures `index` anew, puts it into its place, and so on upwards.
void FairShareTree::Refresh(NodeIndex index) {
  for (; index != kRoot; index = nodes_[index].parent) {
    Node& node = nodes_[index];
    const bool was_ranked = node.ranked;
    if (was_ranked) Leave(index);
    Measure(node);
    if (BelongsInOrder(node)) {
      Enter(index);
    } else if (!was_ranked) {
      return;  // Nobody above can tell.
    }
  }
}

void FairShareTree::SetCapacity(const Quantities& capacity) {
  if (capacity == capacity_) return;
  capacity_ = capacity;
  if (leaves_in_use_ > 0) RefreshAll();
}

void FairShareTree::SetExhausted(std::vector<bool> exhausted) {
  bool all = true;
  bool none = true;
  exhausted.resize(capacity_.size(), true);
  for (size_t i = 0; i < capacity_.size(); ++i) {
    exhausted[i] = exhausted[i] && capacity_.Get(i) > 0;  // What does not count is none.
    if (capacity_.Get(i) > 0) (exhausted[i] ? none : all) = false;
  }
  if (all || none) exhausted.clear();
  if (exhausted == exhausted_) return;
  exhausted_ = std::move(exhausted);
  if (leaves_in_use_ > 0) RefreshAll();
}

// From the deepest nodes up.
void FairShareTree::RefreshAll() {
  std::vector<std::vector<NodeIndex>> levels;
  for (NodeIndex i = 0; i < nodes_.size(); ++i) {
    Node& node = nodes_[i];
    if (node.type == NodeType::kFree) continue;
    node.order.clear();
    node.sum.clear();
    node.ranked = false;
    if (node.depth >= levels.size()) levels.resize(node.depth + 1);
    levels[node.depth].push_back(i);
  }
  for (size_t depth = levels.size() - 1; depth > 0; --depth) {
    for (NodeIndex i : levels[depth]) {
      Measure(nodes_[i]);
      if (BelongsInOrder(nodes_[i])) Enter(i);
    }
  }
}

NodeIndex FairShareTree::FindFirst(NodeIndex from,
                                   absl::FunctionRef<bool(NodeIndex)> can_take,
                                   absl::FunctionRef<bool(NodeIndex)> enter) const {
  for (const Rank& rank : nodes_[from].order) {
    if (nodes_[rank.node].type == NodeType::kLeaf) {
      if (can_take(rank.node)) return rank.node;
      continue;
    }
    if (nodes_[rank.node].depth == 1 && !enter(rank.node)) continue;
    const NodeIndex leaf = FindFirst(rank.node, can_take, enter);
    if (leaf != kNoNode) return leaf;
  }
  return kNoNode;
}

bool FairShareTree::Precedes(NodeIndex a, NodeIndex b) const {
  while (nodes_[a].depth > nodes_[b].depth) a = nodes_[a].parent;
  while (nodes_[b].depth > nodes_[a].depth) b = nodes_[b].parent;
  while (nodes_[a].parent != nodes_[b].parent) {
    a = nodes_[a].parent;
    b = nodes_[b].parent;
  }
  return nodes_[a].rank < nodes_[b].rank;
}

}  // namespace mesos
