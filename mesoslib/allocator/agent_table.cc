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
                       FrameworkTable& frameworks, OfferFilters& filters, QuotaTree& quotas)
    : region_(options.domain ? RegionOf(*options.domain) : ""),
      keep_gpus_(options.filter_gpu_resources),
      tree_(tree),
      kinds_(kinds),
      frameworks_(frameworks),
      filters_(filters),
      quotas_(quotas) {
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

bool AgentTable::Describe(AgentRecord& agent, AgentAllocationState& state) const {
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
  agent.why_inactive = std::move(state.why_inactive);
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
  AgentRecord& agent = agents_[index];
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
  RebuildFree(index);
  MarkTriggered(index);
  return absl::OkStatus();
}

absl::Status AgentTable::Update(const AgentId& id, AgentAllocationState state) {
  const AgentIndex index = FindAgent(id);
  if (index == kNoAgent) {
    return absl::NotFoundError(absl::StrCat("agent ", id.value(), " is not known"));
  }
  RETURN_IF_ERROR(Validate(id, state));
  AgentRecord& agent = agents_[index];
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
  RebuildFree(index);
  MarkTriggered(index);
  return absl::OkStatus();
}

absl::Status AgentTable::Remove(const AgentId& id) {
  const AgentIndex index = FindAgent(id);
  if (index == kNoAgent) {
    return absl::NotFoundError(absl::StrCat("agent ", id.value(), " is not known"));
  }
  AgentRecord& agent = agents_[index];
  filters_.RemoveAgent(index);
  frameworks_.ForgetAgent(index);
  ClearFree(agent);
  FreeChanged(index);
  for (Holding& holding : agent.holdings) {
    tree_.Credit(holding.leaf, holding.quantities);
    Charge(holding, Resources());
    frameworks_.UsageChanged(holding.leaf);
    frameworks_.ReleaseLeaf(holding.leaf);
  }
  TellReserved(agent, false);
  for (const Reserved& reserved : agent.reserved) tree_.ReleaseRole(reserved.role);
  capacity_ -= agent.total_quantities;
  countable_capacity_ -= Countable(agent.total);
  by_id_.erase(id);
  agent = AgentRecord();
  unused_.push_back(index);
  return absl::OkStatus();
}

void AgentTable::ForEach(absl::FunctionRef<void(AgentIndex)> visit) const {
  for (AgentIndex i = 0; i < agents_.size(); ++i) {
    if (!agents_[i].id.empty()) visit(i);
  }
}

bool AgentTable::IsWhitelisted(const AgentRecord& agent) const {
  return !whitelist_.has_value() || whitelist_->contains(agent.info.hostname());
}

void AgentTable::SetWhitelist(std::optional<std::set<std::string>> hostnames) {
  whitelist_ = std::move(hostnames);
  // In an order that no history has a part in.
  std::vector<std::pair<AgentId, AgentIndex>> agents(by_id_.begin(), by_id_.end());
  std::sort(agents.begin(), agents.end());
  for (const auto& [id, index] : agents) {
    AgentRecord& agent = agents_[index];
    const bool whitelisted = IsWhitelisted(agent);
    if (whitelisted == agent.whitelisted) continue;
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

Holding& AgentTable::HoldingOf(AgentRecord& agent, NodeIndex leaf) {
  for (Holding& holding : agent.holdings) {
    if (holding.leaf == leaf) return holding;
  }
  agent.holdings.emplace_back().leaf = leaf;
  frameworks_.AddHolding(leaf);
  return agent.holdings.back();
}

void AgentTable::Hold(AgentRecord& agent, NodeIndex leaf, const Resources& resources,
                      bool offered) {
  Holding& holding = HoldingOf(agent, leaf);
  if (holding.resources.empty()) {
    holding.resources = resources;
  } else {
    holding.resources += resources;
  }
  Recount(agent, holding, offered);
}

void AgentTable::Recount(AgentRecord& agent, Holding& holding, bool offered) {
  Quantities now = kinds_.Quantify(holding.resources);
  Quantities more = now;
  more -= holding.quantities;
  if (offered) {
    tree_.ChargeAllocation(holding.leaf, more);
  } else {
    tree_.Charge(holding.leaf, more);
  }
  holding.quantities = std::move(now);
  Charge(holding, holding.resources);
  frameworks_.UsageChanged(holding.leaf);
  if (!holding.resources.empty()) return;
  const NodeIndex leaf = holding.leaf;
  std::swap(holding, agent.holdings.back());
  agent.holdings.pop_back();
  frameworks_.ReleaseLeaf(leaf);
}

bool AgentTable::TakeWhole(const FreePart& part, OfferRoom* room) const {
  if ((part.needs & kTakesRevocable) != 0) return true;
  if (part.role == kNoNode) {
    if (!room->OfUnreserved().Admit(part.quantities)) return false;
    room->TakeUnreserved(part.quantities);
    return true;
  }
  const size_t depth = tree_.Depth(part.role);
  if (!room->OfReserved(depth).Admit(part.quantities)) return false;
  room->TakeReserved(depth, part.quantities);
  return true;
}

Resources AgentTable::Cut(const FreePart& part, OfferRoom* room) const {
  const size_t depth = part.role == kNoNode ? 0 : tree_.Depth(part.role);
  Bounds bounds = part.role == kNoNode ? room->OfUnreserved() : room->OfReserved(depth);
  Resources offer;
  Quantities taken;
  bool has_scalars = false;
  for (const ResourceEntry& entry : part.resources) {
    if (entry.type() != ResourceEntry::Type::kScalar) {
      offer += entry;
      continue;
    }
    has_scalars = true;
    const Quantities whole = kinds_.Quantify(entry);
    Quantities takes = whole;
    if (!bounds.Admit(whole)) {
      const size_t kind = kinds_.Intern(entry.name());
      takes = Quantities();
      if (entry.IsDivisible()) takes.Add(kind, bounds.Get(kind));
    }
    if (takes.IsZero()) continue;
    offer += takes == whole ? entry : entry.WithMillis(bounds.Get(kinds_.Intern(entry.name())));
    bounds.Subtract(takes);
    taken += takes;
  }
  if (has_scalars && taken.IsZero()) return Resources();
  if (part.role == kNoNode) {
    room->TakeUnreserved(taken);
  } else {
    room->TakeReserved(depth, taken);
  }
  return offer;
}

Resources AgentTable::Take(AgentIndex index, NodeIndex leaf_index, uint64_t round,
                           OfferRoom* room) {
  AgentRecord& agent = agents_[index];
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
      if (room == nullptr || TakeWhole(part, room)) {
        shared = true;
        offer += part.resources;
      }
      left.push_back(std::move(part));
      continue;
    }
    if (room == nullptr || TakeWhole(part, room)) {
      CountFree(agent, part, -part.quantities);
      if (offer.empty()) {
        offer = std::move(part.resources);
      } else {
        offer += part.resources;
      }
      continue;
    }
    Resources some = Cut(part, room);
    if (some.empty()) {
      left.push_back(std::move(part));
      continue;
    }
    offer += some;
    part.resources -= some;
    Quantities rest = kinds_.Quantify(part.resources);
    CountFree(agent, part, rest - part.quantities);
    part.quantities = std::move(rest);
    if (!part.resources.empty()) left.push_back(std::move(part));
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
  AgentRecord& agent = agents_[claim.agent];
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
  AgentRecord& agent = agents_[claim.agent];
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
  SetTotal(claim.agent, std::move(total));
  // Otherwise what is free is what it was: the total has changed by what is held.
  if (agent.overcommitted || !gone_shared.empty() || !come_shared.empty()) {
    RebuildFree(claim.agent);
  }
  MarkBatch(claim.agent);
  return absl::OkStatus();
}

std::vector<Reserved> AgentTable::AcquireReserved(const Resources& total) {
  std::vector<Reserved> all;
  for (const ResourceEntry& entry : total) {
    if (entry.IsUnreserved()) continue;
    const NodeIndex role = tree_.AcquireRole(entry.reservation_role());
    auto reserved = std::find_if(all.begin(), all.end(),
                                 [role](const Reserved& other) { return other.role == role; });
    if (reserved == all.end()) {
      reserved = all.insert(all.end(), Reserved{role, {}});
    } else {
      tree_.ReleaseRole(role);
    }
    if (!entry.IsRevocable()) reserved->quantities += kinds_.Quantify(entry);
  }
  return all;
}

// What is reserved to the role itself, or below it, is counted where it is reserved.
QuotaCharges AgentTable::ChargesOf(const Resources& resources, NodeIndex role) const {
  QuotaCharges charges;
  for (const ResourceEntry& entry : resources) {
    if (entry.type() != ResourceEntry::Type::kScalar || entry.IsRevocable()) continue;
    NodeIndex stop = FairShareTree::kRoot;
    if (!entry.IsUnreserved()) {
      stop = role;
      while (stop != FairShareTree::kRoot && tree_.RolePath(stop) != entry.reservation_role()) {
        stop = tree_.Parent(stop);
      }
      if (stop == role || stop == FairShareTree::kRoot) continue;
    }
    auto charge = std::find_if(charges.begin(), charges.end(),
                               [stop](const QuotaCharge& other) { return other.stop == stop; });
    if (charge == charges.end()) charge = charges.insert(charges.end(), QuotaCharge{stop, {}});
    charge->quantities += kinds_.Quantify(entry);
  }
  return charges;
}

void AgentTable::Charge(Holding& holding, const Resources& resources) {
  if (!quotas_.enabled()) return;
  const NodeIndex role = frameworks_.leaf(holding.leaf).role;
  QuotaCharges charges = ChargesOf(resources, role);
  for (const QuotaCharge& charge : holding.charges) {
    quotas_.Consume(role, charge.stop, -charge.quantities);
  }
  for (const QuotaCharge& charge : charges) quotas_.Consume(role, charge.stop, charge.quantities);
  holding.charges = std::move(charges);
}

void AgentTable::TellReserved(const AgentRecord& agent, bool there) {
  if (!quotas_.enabled()) return;
  for (const Reserved& reserved : agent.reserved) {
    quotas_.Consume(reserved.role, FairShareTree::kRoot,
                    there ? reserved.quantities : -reserved.quantities);
  }
}

void AgentTable::TellQuotas() {
  quotas_.ClearAvailable();
  for (AgentRecord& agent : agents_) {
    if (agent.id.empty()) continue;
    for (Holding& holding : agent.holdings) {
      holding.charges.clear();
      Charge(holding, holding.resources);
    }
    TellReserved(agent, true);
    for (const FreePart& part : agent.free) {
      if (agent.MayBeOffered() && part.role == kNoNode && part.needs == 0) {
        quotas_.ChangeAvailable(part.quantities);
      }
    }
  }
}

Quantities AgentTable::Countable(const Resources& total) const {
  Quantities countable;
  for (const ResourceEntry& entry : total) {
    if (!entry.IsRevocable()) countable += kinds_.Quantify(entry);
  }
  return countable;
}

// What is free is not touched.
void AgentTable::SetTotal(AgentIndex index, Resources total) {
  AgentRecord& agent = agents_[index];
  std::vector<Reserved> reserved = AcquireReserved(total);
  TellReserved(agent, false);
  std::swap(agent.reserved, reserved);
  TellReserved(agent, true);
  for (const Reserved& before : reserved) tree_.ReleaseRole(before.role);
  countable_capacity_ -= Countable(agent.total);
  agent.total = std::move(total);
  countable_capacity_ += Countable(agent.total);
  capacity_ -= agent.total_quantities;
  agent.total_quantities = kinds_.Quantify(agent.total);
  capacity_ += agent.total_quantities;
}

}  // namespace mesos
