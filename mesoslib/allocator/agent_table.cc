#include "mesoslib/allocator/agent_table.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mesos/roles.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

std::string RegionOf(const v1::DomainInfo& domain) { return domain.fault_domain().region().name(); }

bool HasCapability(const AgentAllocationState& state, v1::AgentInfo::Capability::Type type) {
  return std::find(state.capabilities.begin(), state.capabilities.end(), type) !=
         state.capabilities.end();
}

// What frameworks may choose agents by.
std::string Fingerprint(const v1::AgentInfo& info) {
  v1::AgentInfo visible;
  *visible.mutable_attributes() = info.attributes();
  visible.set_hostname(info.hostname());
  *visible.mutable_domain() = info.domain();
  return visible.SerializeAsString();
}

absl::Status CheckAllocationRole(const Resources& resources, const std::string& role) {
  for (const ResourceEntry& entry : resources) {
    if (entry.allocation_role() == role) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("resource ", entry.ToString(), " is not allocated to role '", role, "'"));
  }
  return absl::OkStatus();
}

bool HasShared(const Resources& resources) {
  return std::any_of(resources.begin(), resources.end(),
                     [](const ResourceEntry& entry) { return entry.IsShared(); });
}

bool HasIdentity(const Resources& resources, const ResourceEntry& entry) {
  return std::any_of(resources.begin(), resources.end(),
                     [&](const ResourceEntry& other) { return other.Compare(entry) == 0; });
}

}  // namespace

AgentTable::AgentTable(const AllocatorOptions& options, FairShareTree& tree, ResourceKinds& kinds,
                       FrameworkTable& frameworks, OfferFilters& filters)
    : region_(options.domain ? RegionOf(*options.domain) : ""),
      keep_gpus_(options.filter_gpu_resources),
      tree_(tree),
      kinds_(kinds),
      frameworks_(frameworks),
      filters_(filters) {
  for (const std::string& name : options.fair_sharing_excluded_resource_names) {
    unfair_kinds_.push_back(kinds_.Intern(name));
  }
}

absl::Status AgentTable::Validate(const AgentId& id, const AgentAllocationState& state) const {
  if (id.empty()) return absl::InvalidArgumentError("agent id is empty");
  return Annotate(CheckAllocationRole(state.total, ""),
                  absl::StrCat("total of agent ", id.value()));
}

absl::Status AgentTable::ValidateAllocations(const AgentId& id,
                                             const std::vector<Allocation>& allocations) const {
  for (const Allocation& allocation : allocations) {
    const std::string where = absl::StrCat("allocation on agent ", id.value(), " to framework ",
                                           allocation.framework.value());
    if (allocation.agent != id) {
      return absl::InvalidArgumentError(
          absl::StrCat(where, ": it names agent '", allocation.agent.value(), "'"));
    }
    if (allocation.framework.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(where, ": framework id is empty"));
    }
    RETURN_IF_ERROR(Annotate(ValidateRole(allocation.role), where));
    RETURN_IF_ERROR(Annotate(CheckAllocationRole(allocation.resources, allocation.role), where));
  }
  return absl::OkStatus();
}

bool AgentTable::Describe(Agent& agent, AgentAllocationState& state) const {
  using Capability = v1::AgentInfo::Capability;
  const std::string region = RegionOf(state.info.domain());
  uint8_t needs = 0;
  uint8_t forbids = 0;
  if (keep_gpus_ && state.total.ScalarMillis("gpus") > 0) needs |= kGpuAware;
  if (!region_.empty() && !region.empty() && region != region_) needs |= kRegionAware;
  if (!HasCapability(state, Capability::MULTI_ROLE)) forbids |= kMultiRole;
  if (!HasCapability(state, Capability::HIERARCHICAL_ROLE)) forbids |= kInHierarchicalRole;
  const bool changed = needs != agent.needs || forbids != agent.forbids ||
                       state.active != agent.active ||
                       Fingerprint(state.info) != Fingerprint(agent.info);
  agent.needs = needs;
  agent.forbids = forbids;
  agent.info = std::move(state.info);
  return changed;
}

AgentIndex AgentTable::NewAgent(const AgentId& id) {
  AgentIndex index;
  if (unused_.empty()) {
    index = static_cast<AgentIndex>(agents_.size());
    agents_.emplace_back();
  } else {
    index = unused_.back();
    unused_.pop_back();
  }
  by_id_[id] = index;
  agents_[index].id = id;
  return index;
}

absl::Status AgentTable::Add(const AgentId& id, AgentAllocationState state,
                             const std::vector<Allocation>& allocations) {
  if (by_id_.contains(id)) {
    return absl::AlreadyExistsError(absl::StrCat("agent ", id.value(), " is known already"));
  }
  RETURN_IF_ERROR(Validate(id, state));
  RETURN_IF_ERROR(ValidateAllocations(id, allocations));
  const AgentIndex index = NewAgent(id);
  Agent& agent = agents_[index];
  Describe(agent, state);
  agent.active = state.active;
  agent.whitelisted = IsWhitelisted(agent);
  for (const Allocation& allocation : allocations) {
    if (allocation.resources.empty()) continue;
    const NodeIndex leaf = frameworks_.AcquireLeaf(allocation.framework, allocation.role);
    Hold(agent, leaf, allocation.resources, /*offered=*/false);
    frameworks_.ReleaseLeaf(leaf);
  }
  SetTotal(index, std::move(state.total));
  MarkTriggered(index);
  return absl::OkStatus();
}

absl::Status AgentTable::Update(const AgentId& id, AgentAllocationState state) {
  const AgentIndex index = FindAgent(id);
  if (index == kNoAgent) {
    return absl::NotFoundError(absl::StrCat("agent ", id.value(), " is not known"));
  }
  RETURN_IF_ERROR(Validate(id, state));
  Agent& agent = agents_[index];
  const std::string before = Fingerprint(agent.info);
  const bool changed = Describe(agent, state);
  if (before != Fingerprint(agent.info)) {
    filters_.RemoveAgent(index);
    frameworks_.ForgetAgent(index);
  }
  if (!changed && state.total == agent.total) return absl::OkStatus();
  ClearFree(agent);
  agent.active = state.active;
  agent.whitelisted = IsWhitelisted(agent);
  SetTotal(index, std::move(state.total));
  MarkTriggered(index);
  return absl::OkStatus();
}

absl::Status AgentTable::Remove(const AgentId& id) {
  const AgentIndex index = FindAgent(id);
  if (index == kNoAgent) {
    return absl::NotFoundError(absl::StrCat("agent ", id.value(), " is not known"));
  }
  Agent& agent = agents_[index];
  filters_.RemoveAgent(index);
  frameworks_.ForgetAgent(index);
  ClearFree(agent);
  FreeChanged(index);
  for (const Holding& holding : agent.holdings) {
    tree_.Credit(holding.leaf, holding.quantities);
    frameworks_.ReleaseLeaf(holding.leaf);
  }
  for (NodeIndex role : agent.reservation_roles) tree_.ReleaseRole(role);
  capacity_ -= agent.total_quantities;
  by_id_.erase(id);
  agent = Agent();
  unused_.push_back(index);
  return absl::OkStatus();
}

bool AgentTable::IsWhitelisted(const Agent& agent) const {
  return !whitelist_.has_value() || whitelist_->contains(agent.info.hostname());
}

void AgentTable::SetWhitelist(std::optional<std::set<std::string>> hostnames) {
  whitelist_ = std::move(hostnames);
  for (AgentIndex index = 0; index < agents_.size(); ++index) {
    Agent& agent = agents_[index];
    const bool whitelisted = IsWhitelisted(agent);
    if (agent.id.empty() || whitelisted == agent.whitelisted) continue;
    ClearFree(agent);
    agent.whitelisted = whitelisted;
    RebuildFree(index);
    MarkTriggered(index);
  }
}

AgentIndex AgentTable::FindAgent(const AgentId& id) const {
  auto it = by_id_.find(id);
  return it == by_id_.end() ? kNoAgent : it->second;
}

absl::StatusOr<AgentTable::Claim> AgentTable::Find(const Allocation& allocation) const {
  const AgentIndex index = FindAgent(allocation.agent);
  if (index == kNoAgent) {
    return absl::NotFoundError(absl::StrCat("agent ", allocation.agent.value(), " is not known"));
  }
  if (!frameworks_.IsKnown(allocation.framework)) {
    return absl::NotFoundError(
        absl::StrCat("framework ", allocation.framework.value(), " is not known"));
  }
  RETURN_IF_ERROR(CheckAllocationRole(allocation.resources, allocation.role));
  const NodeIndex leaf = frameworks_.FindLeaf(allocation.framework, allocation.role);
  if (allocation.resources.empty()) return Claim{index, leaf};
  for (const Holding& holding : agents_[index].holdings) {
    if (holding.leaf != leaf) continue;
    if (holding.resources.Contains(allocation.resources)) return Claim{index, leaf};
    break;
  }
  return absl::InvalidArgumentError(absl::StrCat("framework ", allocation.framework.value(),
                                                 " does not hold ", allocation.resources.ToString(),
                                                 " in role '", allocation.role, "' on agent ",
                                                 allocation.agent.value()));
}

Holding& AgentTable::HoldingOf(Agent& agent, NodeIndex leaf) {
  for (Holding& holding : agent.holdings) {
    if (holding.leaf == leaf) return holding;
  }
  agent.holdings.emplace_back().leaf = leaf;
  frameworks_.AddHolding(leaf);
  return agent.holdings.back();
}

void AgentTable::Hold(Agent& agent, NodeIndex leaf, const Resources& resources, bool offered) {
  Holding& holding = HoldingOf(agent, leaf);
  if (holding.resources.empty()) {
    holding.resources = resources;
  } else {
    holding.resources += resources;
  }
  Recount(agent, holding, offered);
}

void AgentTable::Recount(Agent& agent, Holding& holding, bool offered) {
  Quantities now = kinds_.Quantify(holding.resources);
  Quantities more = now;
  more -= holding.quantities;
  if (offered) {
    tree_.ChargeAllocation(holding.leaf, more);
  } else {
    tree_.Charge(holding.leaf, more);
  }
  holding.quantities = std::move(now);
  if (!holding.resources.empty()) return;
  const NodeIndex leaf = holding.leaf;
  std::swap(holding, agent.holdings.back());
  agent.holdings.pop_back();
  frameworks_.ReleaseLeaf(leaf);
}

Resources AgentTable::Take(AgentIndex index, NodeIndex leaf_index, uint64_t round) {
  Agent& agent = agents_[index];
  const Leaf& leaf = frameworks_.leaf(leaf_index);
  Resources offer;
  bool shared = false;
  std::vector<FreePart> left;
  for (FreePart& part : agent.free) {
    if (!Fits(part, leaf) || (part.IsShared() && agent.shared_round == round)) {
      left.push_back(std::move(part));
      continue;
    }
    if (part.IsShared()) {
      shared = true;
      offer += part.resources;
      left.push_back(std::move(part));
      continue;
    }
    free_ -= part.quantities;
    if (offer.empty()) {
      offer = std::move(part.resources);
    } else {
      offer += part.resources;
    }
  }
  agent.free = std::move(left);
  if (shared) agent.shared_round = round;
  offer.Allocate(frameworks_.role(leaf));
  Hold(agent, leaf_index, offer, /*offered=*/true);
  FreeChanged(index);
  if (shared) MarkBatch(index);
  return offer;
}

void AgentTable::GiveBack(const Claim& claim, const Resources& resources) {
  if (resources.empty()) return;
  Agent& agent = agents_[claim.agent];
  Holding& holding = HoldingOf(agent, claim.leaf);
  if (holding.resources == resources) {
    holding.resources = Resources();
  } else {
    holding.resources -= resources;
  }
  Recount(agent, holding);
  if (agent.overcommitted) {
    RebuildFree(claim.agent);
    return;
  }
  Resources freed = HasShared(resources) ? resources.NonShared() : resources;
  freed.Unallocate();
  AddFree(agent, std::move(freed));
  FreeChanged(claim.agent);
}

absl::Status AgentTable::Transform(const Claim& claim, const Resources& before,
                                   const Resources& after) {
  Agent& agent = agents_[claim.agent];
  if (claim.leaf == kNoNode) return absl::InvalidArgumentError("nothing is to be transformed");
  RETURN_IF_ERROR(CheckAllocationRole(after, frameworks_.role(frameworks_.leaf(claim.leaf))));
  Resources gone = before;
  Resources come = after;
  gone.Unallocate();
  come.Unallocate();
  Resources total = agent.total;
  if (!total.NonShared().Contains(gone.NonShared())) {
    return absl::InvalidArgumentError(
        absl::StrCat("agent ", agent.id.value(), " no longer has ", gone.NonShared().ToString()));
  }
  total -= gone.NonShared();
  total += come.NonShared();
  // Of what is shared the agent has one, however many copies are held.
  Resources gone_shared = gone.Shared();
  Resources come_shared = come.Shared();
  for (const ResourceEntry& entry : gone_shared) {
    if (!HasIdentity(come_shared, entry)) total -= Resources() += entry;
  }
  for (const ResourceEntry& entry : come_shared) {
    if (!HasIdentity(total, entry)) total += entry;
  }
  Holding& holding = HoldingOf(agent, claim.leaf);
  holding.resources -= before;
  holding.resources += after;
  Recount(agent, holding);
  ClearFree(agent);
  SetTotal(claim.agent, std::move(total));
  MarkBatch(claim.agent);
  return absl::OkStatus();
}

std::vector<NodeIndex> AgentTable::AcquireReservationRoles(const Resources& total) {
  std::vector<NodeIndex> roles;
  for (const ResourceEntry& entry : total) {
    if (entry.IsUnreserved()) continue;
    const NodeIndex role = tree_.AcquireRole(entry.reservation_role());
    if (std::find(roles.begin(), roles.end(), role) == roles.end()) {
      roles.push_back(role);
    } else {
      tree_.ReleaseRole(role);
    }
  }
  return roles;
}

// What was free before has been cleared.
void AgentTable::SetTotal(AgentIndex index, Resources total) {
  Agent& agent = agents_[index];
  std::vector<NodeIndex> roles = AcquireReservationRoles(total);
  std::swap(agent.reservation_roles, roles);
  for (NodeIndex role : roles) tree_.ReleaseRole(role);
  agent.total = std::move(total);
  capacity_ -= agent.total_quantities;
  agent.total_quantities = kinds_.Quantify(agent.total);
  capacity_ += agent.total_quantities;
  RebuildFree(index);
}

}  // namespace mesos
