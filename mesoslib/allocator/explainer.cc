#include "mesoslib/allocator/explainer.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace mesos {
namespace {

// More is not read by people.
constexpr size_t kExamples = 3;

template <typename Names>
std::string FirstFew(const Names& names) {
  std::vector<std::string> few;
  for (const std::string& name : names) {
    if (few.size() == kExamples) {
      few.push_back("...");
      break;
    }
    few.push_back(name);
  }
  return absl::StrJoin(few, ", ");
}

}  // namespace

AllocationExplanation Explainer::Explain(const FrameworkId& id) {
  AllocationExplanation explanation;
  explanation.framework = id;
  tree_.SetCapacity(agents_.FairCapacity());
  for (NodeIndex leaf : frameworks_.LeavesOf(id)) {
    explanation.roles.push_back(ExplainRole(id, leaf));
  }
  std::sort(explanation.roles.begin(), explanation.roles.end(),
            [](const auto& a, const auto& b) { return a.role < b.role; });
  return explanation;
}

AllocationExplanation::Role Explainer::ExplainRole(const FrameworkId& id, NodeIndex index) {
  const Leaf& leaf = frameworks_.leaf(index);
  AllocationExplanation::Role role;
  role.role = frameworks_.role(leaf);
  role.idle = WhyIdle(id, leaf);
  role.weight = tree_.Weight(leaf.role);
  role.share = tree_.Share(index);
  const size_t dominant = tree_.DominantKind(index);
  if (role.share > 0) role.dominant_resource = kinds_.name(dominant);
  role.quota = quotas_.QuotaOf(leaf.role);
  role.consumed = kinds_.Name(quotas_.Consumed(leaf.role));
  if (!role.idle.empty()) return role;
  Rank(index, &role);
  GroupAgents(index, &role);
  return role;
}

std::string Explainer::WhyIdle(const FrameworkId& id, const Leaf& leaf) const {
  if (leaf.demands) return "";
  if (!leaf.subscribed) return "no longer in this role";
  if (!frameworks_.IsActive(id)) return "inactive";
  return leaf.suppressed ? "suppressed" : "has all that it has asked for";
}

// The order among all that demand, also those who can take nothing at the moment.
void Explainer::Rank(NodeIndex index, AllocationExplanation::Role* role) {
  if (by_chance_) return;
  std::vector<NodeIndex> blocked;
  for (NodeIndex leaf : frameworks_.demanding()) {
    if (!frameworks_.leaf(leaf).blocked) continue;
    blocked.push_back(leaf);
    frameworks_.SetBlocked(leaf, false);
  }
  tree_.FindFirst(FairShareTree::kRoot, [&](NodeIndex other) {
    if (other == index) return true;
    ++role->rank;
    if (role->ahead.size() < kExamples) {
      const Leaf& leaf = frameworks_.leaf(other);
      role->ahead.push_back(
          absl::StrCat(frameworks_.role(leaf), ":", frameworks_.id(leaf).value()));
    }
    return false;
  });
  for (NodeIndex leaf : blocked) frameworks_.SetBlocked(leaf, true);
}

NoOfferReason Explainer::Judge(NodeIndex leaf, AgentIndex index) {
  const AgentRecord& agent = agents_.agent(index);
  if (!agent.active) return NoOfferReason::kInactive;
  if (!agent.whitelisted) return NoOfferReason::kNotWhitelisted;
  if (agent.free.empty()) return NoOfferReason::kOffered;
  return rules_.Judge(leaf, index, /*precise=*/true);
}

void Explainer::GroupAgents(NodeIndex leaf, AllocationExplanation::Role* role) {
  std::map<std::pair<NoOfferReason, std::string>, AllocationExplanation::Agents> groups;
  agents_.ForEach([&](AgentIndex index) {
    const NoOfferReason reason = Judge(leaf, index);
    std::string subject = Subject(reason, leaf, index);
    AllocationExplanation::Agents& group = groups[{reason, subject}];
    group.reason = reason;
    group.subject = std::move(subject);
    ++group.count;
    if (group.examples.size() < kExamples) group.examples.push_back(agents_.agent(index).id);
    if (reason == NoOfferReason::kFiltered) {
      group.until = std::min(group.until, filters_.FirstExpiry(leaf, index));
    }
  });
  for (auto& [key, group] : groups) role->agents.push_back(std::move(group));
  std::stable_sort(role->agents.begin(), role->agents.end(),
                   [](const auto& a, const auto& b) { return a.count > b.count; });
}

std::string Explainer::Subject(NoOfferReason reason, NodeIndex index, AgentIndex agent_index) {
  const Leaf& leaf = frameworks_.leaf(index);
  const AgentRecord& agent = agents_.agent(agent_index);
  switch (reason) {
    case NoOfferReason::kOffered:
      return Holders(agent);
    case NoOfferReason::kInactive:
      return agent.why_inactive;
    case NoOfferReason::kAgentCapability:
      return (agent.forbids & leaf.traits & kMultiRole) != 0 ? "MULTI_ROLE" : "HIERARCHICAL_ROLE";
    case NoOfferReason::kConstraint:
      return leaf.constraints->Explain(frameworks_.role(leaf), agent.info);
    case NoOfferReason::kReserved:
      return ReservedTo(agent);
    case NoOfferReason::kCapability:
      return MissingCapabilities(agent, leaf);
    case NoOfferReason::kQuotaLimit:
      return LimitingRole(agent, leaf);
    case NoOfferReason::kHeadroom:
      return RolesInWant();
    default:
      return "";
  }
}

std::string Explainer::Holders(const AgentRecord& agent) const {
  std::set<std::string> names;
  for (const Holding& holding : agent.holdings) {
    names.insert(frameworks_.id(frameworks_.leaf(holding.leaf)).value());
  }
  return FirstFew(names);
}

std::string Explainer::ReservedTo(const AgentRecord& agent) const {
  std::set<std::string> roles;
  for (const FreePart& part : agent.free) {
    if (part.role != kNoNode) roles.insert(tree_.RolePath(part.role));
  }
  return FirstFew(roles);
}

std::string Explainer::MissingCapabilities(const AgentRecord& agent, const Leaf& leaf) const {
  uint8_t missing = 0;
  for (const FreePart& part : agent.free) missing |= part.needs & ~leaf.traits;
  std::vector<std::string> names;
  if ((missing & kTakesShared) != 0) names.push_back("SHARED_RESOURCES");
  if ((missing & kTakesRevocable) != 0) names.push_back("REVOCABLE_RESOURCES");
  if ((missing & kTakesRefined) != 0) names.push_back("RESERVATION_REFINEMENT");
  return absl::StrJoin(names, ", ");
}

std::string Explainer::LimitingRole(const AgentRecord& agent, const Leaf& leaf) const {
  for (const FreePart& part : agent.free) {
    if (!agents_.Fits(part, leaf)) continue;
    const NodeIndex role = quotas_.LimitingRole(leaf.role, part.quantities);
    if (role != kNoNode) return tree_.RolePath(role);
  }
  return "";
}

std::string Explainer::RolesInWant() const {
  std::set<std::string> roles;
  for (NodeIndex role : quotas_.RolesInWant()) roles.insert(tree_.RolePath(role));
  return FirstFew(roles);
}

}  // namespace mesos
