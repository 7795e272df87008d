// The checks of everything that is kept up to date step by step, against sums made anew.
#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "mesoslib/allocator/agent_table.h"
#include "mesoslib/allocator/fair_share_tree.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

absl::Status Expect(bool holds, const std::string& what) {
  return holds ? absl::OkStatus() : absl::InternalError(what);
}

absl::Status CheckAgent(const AgentRecord& agent) {
  Resources free;
  for (const FreePart& part : agent.free) free += part.resources;
  Resources held;
  for (const Holding& holding : agent.holdings) held += holding.resources.NonShared();
  held.Unallocate();
  const std::string where =
      absl::StrCat("agent ", agent.id.value(), ": total ", agent.total.ToString(), ", free ",
                   free.ToString(), ", held ", held.ToString());
  RETURN_IF_ERROR(Expect(free.Shared() == agent.total.Shared(), where + ": shared"));
  if (agent.overcommitted) {
    RETURN_IF_ERROR(Expect(!agent.total.NonShared().Contains(held), where + ": not exceeded"));
    return Expect(free.NonShared() == agent.total.NonShared() - held, where + ": excess");
  }
  return Expect(free.NonShared() + held == agent.total.NonShared(), where + ": not conserved");
}

}  // namespace

absl::Status AgentTable::CheckInvariants() const {
  Quantities capacity;
  Quantities free;
  size_t listed = 0;
  absl::flat_hash_map<NodeIndex, Quantities> usage;
  for (const AgentRecord& agent : agents_) {
    if (agent.id.empty()) continue;
    RETURN_IF_ERROR(CheckAgent(agent));
    capacity += agent.total_quantities;
    for (const FreePart& part : agent.free) {
      if (agent.MayBeOffered() && !part.IsShared()) free += part.quantities;
    }
    for (const Holding& holding : agent.holdings) usage[holding.leaf] += holding.quantities;
    RETURN_IF_ERROR(Expect(agent.listed == (agent.MayBeOffered() && !agent.free.empty()),
                           agent.id.value() + ": listed"));
    listed += agent.listed;
  }
  RETURN_IF_ERROR(Expect(capacity == capacity_, "capacity"));
  RETURN_IF_ERROR(Expect(free == free_, "free quantities"));
  for (const auto& [leaf, quantities] : usage) {
    RETURN_IF_ERROR(Expect(tree_.Usage(leaf) == quantities, absl::StrCat("usage of leaf ", leaf)));
  }
  RETURN_IF_ERROR(CheckQuotas());
  for (AgentIndex i = first_free_; i != kNoAgent; i = agents_[i].next) --listed;
  return Expect(listed == 0, "list of free agents");
}

absl::Status AgentTable::CheckQuotas() const {
  if (!quotas_.enabled()) return absl::OkStatus();
  absl::flat_hash_map<NodeIndex, Quantities> consumed;
  auto consume = [&](NodeIndex role, NodeIndex stop, const Quantities& quantities) {
    for (; role != stop && role != FairShareTree::kRoot; role = tree_.Parent(role)) {
      consumed[role] += quantities;
    }
  };
  Quantities available;
  for (const AgentRecord& agent : agents_) {
    for (const Reserved& reserved : agent.reserved) {
      consume(reserved.role, FairShareTree::kRoot, reserved.quantities);
    }
    for (const Holding& holding : agent.holdings) {
      const NodeIndex role = frameworks_.leaf(holding.leaf).role;
      for (const QuotaCharge& charge : ChargesOf(holding.resources, role)) {
        consume(role, charge.stop, charge.quantities);
      }
    }
    for (const FreePart& part : agent.free) {
      if (agent.MayBeOffered() && part.role == kNoNode && part.needs == 0)
        available += part.quantities;
    }
  }
  RETURN_IF_ERROR(Expect(available == quotas_.available(), "available for quotas"));
  for (const auto& [role, quantities] : consumed) {
    RETURN_IF_ERROR(Expect(quotas_.Consumed(role) == quantities,
                           absl::StrCat("what role ", tree_.RolePath(role), " consumes")));
  }
  return absl::OkStatus();
}

absl::Status FairShareTree::CheckInvariants() const {
  std::vector<Units> sums(nodes_.size());
  std::vector<size_t> ranked(nodes_.size(), 0);
  for (const Node& node : nodes_) {
    if (!node.ranked) continue;
    ++ranked[node.parent];
    Units& sum = sums[node.parent];
    if (node.units.size() > sum.size()) sum.resize(node.units.size(), 0);
    for (size_t i = 0; i < node.units.size(); ++i) sum[i] += node.units[i];
  }
  for (NodeIndex i = 0; i < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    if (node.type == NodeType::kFree || i == kRoot) continue;
    const std::string where = absl::StrCat("node ", node.name);
    RETURN_IF_ERROR(Expect(node.ranked == BelongsInOrder(node), where + ": ranked"));
    RETURN_IF_ERROR(Expect(node.order.size() == ranked[i], where + ": order"));
    for (size_t k = 0; k < std::max(node.sum.size(), sums[i].size()); ++k) {
      const __int128 kept = k < node.sum.size() ? node.sum[k] : 0;
      const __int128 made = k < sums[i].size() ? sums[i][k] : 0;
      RETURN_IF_ERROR(Expect(kept == made, where + ": sum of units"));
    }
    if (!node.ranked) continue;
    Node measured;
    measured.type = node.type;
    measured.parent = node.parent;
    measured.weight = node.weight;
    measured.usage = node.usage;
    measured.sum = node.sum;
    measured.order = node.order;
    Measure(measured);
    RETURN_IF_ERROR(
        Expect(measured.share == node.share, where + ": share"));
    const double key = OrdersByChance(nodes_[node.parent]) ? node.next_event : node.share;
    RETURN_IF_ERROR(Expect(key == node.rank.share, where + ": rank"));
  }
  return absl::OkStatus();
}

}  // namespace mesos
