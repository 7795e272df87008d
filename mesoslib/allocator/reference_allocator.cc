#include "mesoslib/allocator/reference_allocator.h"

#include <algorithm>
#include <optional>

#include "mesos/roles.h"

namespace mesos {
namespace {

using Amounts = std::map<std::string, int64_t>;

int64_t At(const Amounts& amounts, const std::string& name) {
  auto it = amounts.find(name);
  return it == amounts.end() ? 0 : it->second;
}

void AddScalars(const Resources& resources, Amounts* sum) {
  for (const ResourceEntry& entry : resources) {
    if (entry.type() != ResourceEntry::Type::kScalar) continue;
    (*sum)[std::string(entry.name())] += entry.millis() * (entry.IsShared() ? 1 : entry.copies());
  }
}

Amounts Scalars(const Resources& resources) {
  Amounts sum;
  AddScalars(resources, &sum);
  return sum;
}

bool Contains(const Amounts& amounts, const ResourceQuantities& wanted) {
  for (const auto& quantity : wanted) {
    if (At(amounts, std::string(quantity.name.view())) < quantity.millis) return false;
  }
  return true;
}

bool Has(const FrameworkAllocationState& state, v1::FrameworkInfo::Capability::Type type) {
  return std::find(state.capabilities.begin(), state.capabilities.end(), type) !=
         state.capabilities.end();
}

bool Has(const AgentAllocationState& state, v1::AgentInfo::Capability::Type type) {
  return std::find(state.capabilities.begin(), state.capabilities.end(), type) !=
         state.capabilities.end();
}

std::string Visible(const v1::AgentInfo& info) {
  v1::AgentInfo visible;
  *visible.mutable_attributes() = info.attributes();
  visible.set_hostname(info.hostname());
  *visible.mutable_domain() = info.domain();
  return visible.SerializeAsString();
}

bool IsPlain(bool revocable, const std::string& role) { return !revocable && role.empty(); }

}  // namespace

// ---- Bookkeeping ----

void ReferenceAllocator::Settle(const AgentId& id) {
  known_ = Known();
  Agent& agent = agents_.at(id);
  std::erase_if(agent.held, [](const auto& held) { return held.second.empty(); });
  const bool has_free = MayBeOffered(agent) && !PartsOf(agent).empty();
  if (has_free && !agent.has_free) agent.free_since = ++sequence_;
  if (!has_free) agent.due = Due::kNo;
  agent.has_free = has_free;
}

void ReferenceAllocator::MarkNow(Agent& agent) {
  if (!agent.has_free || agent.due == Due::kNow) return;
  agent.due = Due::kNow;
  agent.due_since = ++sequence_;
}

void ReferenceAllocator::MarkBatch(Agent& agent) {
  if (!agent.has_free || agent.due != Due::kNo) return;
  agent.due = Due::kBatch;
  agent.due_since = ++sequence_;
}

void ReferenceAllocator::DropFiltersOf(const LeafId& leaf) {
  std::erase_if(filters_, [&](const Filter& filter) { return filter.leaf == leaf; });
}

bool ReferenceAllocator::LeafExists(const LeafId& leaf) const {
  auto framework = frameworks_.find(leaf.second);
  if (framework != frameworks_.end() && framework->second.state.roles.contains(leaf.first)) {
    return true;
  }
  return std::any_of(agents_.begin(), agents_.end(),
                     [&](const auto& agent) { return agent.second.held.contains(leaf); });
}

// What is gone and comes again begins anew; who has come to demand is fresh.
void ReferenceAllocator::DropCounts() {
  known_ = Known();
  std::erase_if(leaf_counts_, [this](const auto& count) { return !LeafExists(count.first); });
  std::set<std::string> groups;
  for (const LeafId& leaf : Leaves()) groups.insert(leaf.first);
  std::set<std::string> roles = groups;
  for (const auto& [role, weight] : weights_) {
    if (weight != 1) roles.insert(role);
  }
  for (const auto& [role, quota] : quotas_) roles.insert(role);
  for (const auto& [id, agent] : agents_) {
    for (const ResourceEntry& entry : agent.state.total) {
      if (!entry.IsUnreserved()) roles.insert(std::string(entry.reservation_role()));
    }
  }
  auto is_used = [&](const std::string& role) {
    return std::any_of(roles.begin(), roles.end(),
                       [&](const std::string& used) { return IsSubroleOf(used, role); });
  };
  std::erase_if(role_counts_, [&](const auto& count) { return !is_used(count.first); });
  std::erase_if(group_counts_, [&](const auto& count) { return !groups.contains(count.first); });
  std::set<LeafId> demanding;
  for (const LeafId& leaf : Leaves()) {
    if (!Demands(leaf)) continue;
    demanding.insert(leaf);
    if (!demanding_.contains(leaf)) fresh_.insert(leaf);
  }
  demanding_ = std::move(demanding);
  std::erase_if(fresh_, [this](const LeafId& leaf) { return !LeafExists(leaf); });
}

void ReferenceAllocator::Apply(const FrameworkId& id, FrameworkAllocationState state) {
  Framework& framework = frameworks_[id];
  const Framework before = framework;
  for (const std::string& role : before.state.roles) {
    if (!state.roles.contains(role)) {
      DropFiltersOf({role, id});
      framework.targets.erase(role);
    }
  }
  framework.state = std::move(state);
  for (const std::string& role : framework.state.roles) {
    if (!framework.state.active) DropFiltersOf({role, id});
    auto minimums = [&](const FrameworkAllocationState& of) {
      auto it = of.min_allocatable_resources.find(role);
      return it == of.min_allocatable_resources.end() ? options_.min_allocatable_resources
                                                      : it->second;
    };
    auto relevant = [](const FrameworkAllocationState& of) {
      using Capability = v1::FrameworkInfo::Capability;
      return std::vector<bool>{Has(of, Capability::GPU_RESOURCES),
                               Has(of, Capability::REGION_AWARE),
                               Has(of, Capability::SHARED_RESOURCES),
                               Has(of, Capability::REVOCABLE_RESOURCES),
                               Has(of, Capability::RESERVATION_REFINEMENT),
                               Has(of, Capability::MULTI_ROLE)};
    };
    const bool other = minimums(before.state) != minimums(framework.state) ||
                       relevant(before.state) != relevant(framework.state) ||
                       before.state.offer_constraints != framework.state.offer_constraints;
    if (other) fresh_.insert({role, id});
  }
  DropCounts();
}

absl::Status ReferenceAllocator::AddFramework(const FrameworkId& id,
                                              FrameworkAllocationState state) {
  Apply(id, std::move(state));
  return absl::OkStatus();
}

absl::Status ReferenceAllocator::UpdateFramework(const FrameworkId& id,
                                                 FrameworkAllocationState state) {
  Apply(id, std::move(state));
  return absl::OkStatus();
}

absl::Status ReferenceAllocator::RemoveFramework(const FrameworkId& id) {
  for (const std::string& role : frameworks_.at(id).state.roles) DropFiltersOf({role, id});
  frameworks_.erase(id);
  DropCounts();
  return absl::OkStatus();
}

absl::Status ReferenceAllocator::AddAgent(const AgentId& id, AgentAllocationState state,
                                          const std::vector<Allocation>& allocations) {
  Agent& agent = agents_[id];
  agent.state = std::move(state);
  for (const Allocation& allocation : allocations) {
    agent.held[{allocation.role, allocation.framework}] += allocation.resources;
  }
  Settle(id);
  MarkNow(agent);
  DropCounts();
  return absl::OkStatus();
}

absl::Status ReferenceAllocator::UpdateAgent(const AgentId& id, AgentAllocationState state) {
  Agent& agent = agents_.at(id);
  const bool looks_other = Visible(agent.state.info) != Visible(state.info);
  const bool changed = looks_other || agent.state.active != state.active ||
                       agent.state.capabilities != state.capabilities ||
                       !(agent.state.total == state.total);
  if (looks_other) {
    std::erase_if(filters_, [&](const Filter& filter) { return filter.agent == id; });
  }
  agent.state = std::move(state);
  Settle(id);
  if (changed) MarkNow(agent);
  DropCounts();
  return absl::OkStatus();
}

absl::Status ReferenceAllocator::RemoveAgent(const AgentId& id) {
  agents_.erase(id);
  std::erase_if(filters_, [&](const Filter& filter) { return filter.agent == id; });
  DropCounts();
  return absl::OkStatus();
}

absl::Status ReferenceAllocator::Suppress(const FrameworkId& id,
                                          const std::set<std::string>& roles) {
  FrameworkAllocationState& state = frameworks_.at(id).state;
  for (const std::string& role : roles.empty() ? state.roles : roles) {
    state.suppressed_roles.insert(role);
  }
  DropCounts();
  return absl::OkStatus();
}

absl::Status ReferenceAllocator::Revive(const FrameworkId& id,
                                        const std::set<std::string>& roles) {
  Framework& framework = frameworks_.at(id);
  for (const std::string& role : roles.empty() ? framework.state.roles : roles) {
    framework.state.suppressed_roles.erase(role);
    framework.targets.erase(role);
    DropFiltersOf({role, id});
    fresh_.insert({role, id});
  }
  DropCounts();
  return absl::OkStatus();
}

absl::Status ReferenceAllocator::Request(const FrameworkId& id, const std::string& role,
                                         const ResourceQuantities& wanted) {
  const LeafId leaf{role, id};
  std::map<std::string, Amounts>& targets = frameworks_.at(id).targets;
  targets.erase(role);
  const Amounts held = Held(leaf);
  for (const auto& quantity : wanted) {
    const std::string name(quantity.name.view());
    targets[role][name] = quantity.millis + At(held, name);
  }
  DropCounts();
  return absl::OkStatus();
}

absl::Status ReferenceAllocator::Recover(const Allocation& allocation) {
  Agent& agent = agents_.at(allocation.agent);
  agent.held[{allocation.role, allocation.framework}] -= allocation.resources;
  Settle(allocation.agent);
  if (!allocation.resources.empty()) MarkNow(agent);
  DropCounts();
  return absl::OkStatus();
}

absl::Status ReferenceAllocator::Decline(const Allocation& allocation, absl::Duration refuse,
                                         absl::Time now) {
  if (allocation.resources.empty()) return absl::OkStatus();
  Agent& agent = agents_.at(allocation.agent);
  const LeafId leaf{allocation.role, allocation.framework};
  agent.held[leaf] -= allocation.resources;
  Settle(allocation.agent);
  MarkBatch(agent);
  auto framework = frameworks_.find(allocation.framework);
  const bool subscribed = framework != frameworks_.end() &&
                          framework->second.state.roles.contains(allocation.role);
  if (refuse > absl::ZeroDuration() && subscribed) {
    Filter filter{++sequence_, leaf, allocation.agent, allocation.resources,
                  now + std::max(refuse, options_.allocation_interval)};
    filter.refused.Unallocate();
    std::erase_if(filters_, [&](const Filter& other) {
      return other.leaf == leaf && other.agent == filter.agent && other.expiry <= filter.expiry &&
             filter.refused.Contains(other.refused);
    });
    filters_.push_back(filter);
  }
  DropCounts();
  return absl::OkStatus();
}

absl::Status ReferenceAllocator::Transform(const Allocation& before, const Resources& after) {
  Agent& agent = agents_.at(before.agent);
  Resources& held = agent.held[{before.role, before.framework}];
  held -= before.resources;
  held += after;
  Resources gone = before.resources;
  Resources come = after;
  gone.Unallocate();
  come.Unallocate();
  agent.state.total -= gone;
  agent.state.total += come;
  Settle(before.agent);
  MarkBatch(agent);
  DropCounts();
  return absl::OkStatus();
}

absl::Status ReferenceAllocator::UpdateWeights(const std::map<std::string, double>& weights) {
  for (const auto& [role, weight] : weights) weights_[role] = weight;
  DropCounts();
  return absl::OkStatus();
}

absl::Status ReferenceAllocator::UpdateQuotas(const std::map<std::string, Quota>& quotas, bool) {
  for (const auto& [role, quota] : quotas) {
    if (quota.empty()) {
      quotas_.erase(role);
    } else {
      quotas_[role] = quota;
    }
  }
  DropCounts();
  return absl::OkStatus();
}

absl::Status ReferenceAllocator::UpdateWhitelist(
    const std::optional<std::set<std::string>>& hostnames) {
  std::map<AgentId, bool> before;
  for (const auto& [id, agent] : agents_) before[id] = IsWhitelisted(agent);
  whitelist_ = hostnames;
  for (auto& [id, agent] : agents_) {
    if (IsWhitelisted(agent) == before[id]) continue;
    Settle(id);
    MarkNow(agent);
  }
  DropCounts();
  return absl::OkStatus();
}

// ---- What is there ----

bool ReferenceAllocator::IsWhitelisted(const Agent& agent) const {
  return !whitelist_.has_value() || whitelist_->contains(agent.state.info.hostname());
}

bool ReferenceAllocator::MayBeOffered(const Agent& agent) const {
  return agent.state.active && IsWhitelisted(agent);
}

const std::vector<ReferenceAllocator::Part>& ReferenceAllocator::PartsOf(
    const Agent& agent) const {
  auto known = known_.parts.find(&agent);
  if (known != known_.parts.end()) return known->second;
  Resources held;
  for (const auto& [leaf, resources] : agent.held) held += resources.NonShared();
  held.Unallocate();
  Resources free = agent.state.total.NonShared() - held;
  free += agent.state.total.Shared();
  // What is reserved comes first.
  std::map<std::tuple<bool, std::string, bool, bool, bool>, Part> parts;
  for (const ResourceEntry& entry : free) {
    Part part;
    if (!entry.IsUnreserved()) part.role = std::string(entry.reservation_role());
    part.shared = entry.IsShared();
    part.revocable = entry.IsRevocable();
    part.refined = entry.HasRefinedReservations();
    Part& there = parts
                      .try_emplace({part.role.empty(), part.role, part.refined, part.revocable,
                                    part.shared},
                                   part)
                      .first->second;
    there.resources += entry;
  }
  std::vector<Part>& list = known_.parts[&agent];
  for (auto& [key, part] : parts) list.push_back(std::move(part));
  return list;
}

const ReferenceAllocator::Amounts& ReferenceAllocator::Held(const LeafId& leaf) const {
  auto known = known_.held.find(leaf);
  if (known != known_.held.end()) return known->second;
  Amounts sum;
  for (const auto& [id, agent] : agents_) {
    auto held = agent.held.find(leaf);
    if (held != agent.held.end()) AddScalars(held->second, &sum);
  }
  return known_.held[leaf] = sum;
}

bool ReferenceAllocator::IsContent(const LeafId& leaf) const {
  auto framework = frameworks_.find(leaf.second);
  if (framework == frameworks_.end()) return false;
  auto target = framework->second.targets.find(leaf.first);
  if (target == framework->second.targets.end()) return false;
  const Amounts held = Held(leaf);
  return std::all_of(target->second.begin(), target->second.end(), [&](const auto& amount) {
    return At(held, amount.first) >= amount.second;
  });
}

bool ReferenceAllocator::Demands(const LeafId& leaf) const {
  auto framework = frameworks_.find(leaf.second);
  if (framework == frameworks_.end()) return false;
  const FrameworkAllocationState& state = framework->second.state;
  return state.active && state.roles.contains(leaf.first) &&
         !state.suppressed_roles.contains(leaf.first) && !IsContent(leaf);
}

std::vector<ReferenceAllocator::LeafId> ReferenceAllocator::Leaves() const {
  std::set<LeafId> leaves;
  for (const auto& [id, framework] : frameworks_) {
    for (const std::string& role : framework.state.roles) leaves.insert({role, id});
  }
  for (const auto& [id, agent] : agents_) {
    for (const auto& [leaf, resources] : agent.held) leaves.insert(leaf);
  }
  return {leaves.begin(), leaves.end()};
}

// ---- Quotas ----

// What is reserved to it or below it, and what is held there that is not.
ReferenceAllocator::Amounts ReferenceAllocator::Consumed(const std::string& role) const {
  Amounts sum;
  for (const auto& [id, agent] : agents_) {
    for (const ResourceEntry& entry : agent.state.total) {
      if (entry.IsUnreserved() || entry.IsRevocable()) continue;
      if (IsSubroleOf(entry.reservation_role(), role)) AddScalars(Resources() += entry, &sum);
    }
    for (const auto& [leaf, resources] : agent.held) {
      if (!IsSubroleOf(leaf.first, role)) continue;
      for (const ResourceEntry& entry : resources) {
        if (entry.IsRevocable()) continue;
        const bool counted =
            !entry.IsUnreserved() && IsSubroleOf(entry.reservation_role(), role);
        if (!counted) AddScalars(Resources() += entry, &sum);
      }
    }
  }
  return sum;
}

ReferenceAllocator::Amounts ReferenceAllocator::Available() const {
  Amounts sum;
  for (const auto& [id, agent] : agents_) {
    if (!MayBeOffered(agent)) continue;
    for (const Part& part : PartsOf(agent)) {
      if (IsPlain(part.revocable, part.role)) AddScalars(part.resources, &sum);
    }
  }
  return sum;
}

ReferenceAllocator::Amounts ReferenceAllocator::WantedBelow(const std::string& role) const {
  std::set<std::string> children;
  for (const auto& [path, quota] : quotas_) {
    std::string below = path;
    while (!below.empty() && std::string(ParentRole(below)) != role) {
      below = std::string(ParentRole(below));
    }
    if (!below.empty()) children.insert(below);
  }
  Amounts sum;
  for (const std::string& child : children) {
    for (const auto& [name, millis] : Wanted(child)) sum[name] += millis;
  }
  return sum;
}

ReferenceAllocator::Amounts ReferenceAllocator::Wanted(const std::string& role) const {
  Amounts want = WantedBelow(role);
  auto quota = quotas_.find(role);
  if (quota == quotas_.end()) return want;
  int members = 0;
  int content = 0;
  for (const auto& [id, framework] : frameworks_) {
    for (const std::string& in : framework.state.roles) {
      if (!IsSubroleOf(in, role)) continue;
      ++members;
      if (content_.contains({in, id})) ++content;
    }
  }
  if (members > 0 && members == content) return want;
  const Amounts consumed = Consumed(role);
  Amounts late;
  for (const auto& [leaf, resources] : late_) {
    if (!IsSubroleOf(leaf.first, role)) continue;
    for (const ResourceEntry& entry : resources) {
      if (!IsSubroleOf(entry.reservation_role(), role)) AddScalars(Resources() += entry, &late);
    }
  }
  for (const auto& guarantee : quota->second.guarantees) {
    const std::string name(guarantee.name.view());
    want[name] = std::max(At(want, name), guarantee.millis - (At(consumed, name) - At(late, name)));
  }
  return want;
}

ReferenceAllocator::Amounts ReferenceAllocator::Own(const std::string& role) const {
  Amounts own;
  for (std::string above = role; !above.empty(); above = std::string(ParentRole(above))) {
    for (const auto& [name, millis] : Wanted(above)) own[name] += millis;
    for (const auto& [name, millis] : WantedBelow(above)) own[name] -= millis;
  }
  return own;
}

const ReferenceAllocator::Room& ReferenceAllocator::RoomFor(const std::string& role) const {
  auto known = known_.rooms.find(role);
  if (known != known_.rooms.end()) return known->second;
  Room room;
  for (std::string above = role; !above.empty(); above = std::string(ParentRole(above))) {
    auto quota = quotas_.find(above);
    if (quota == quotas_.end()) continue;
    const Amounts consumed = Consumed(above);
    for (const auto& [name, limit] : quota->second.limits) {
      room.limits[above][name] = std::max<int64_t>(0, limit - At(consumed, name));
    }
  }
  const Amounts own = Own(role);
  const Amounts available = Available();
  for (const auto& [name, required] : WantedBelow("")) {
    if (required == 0) continue;
    const int64_t spare = std::max<int64_t>(0, At(available, name) - required);
    room.headroom[name] = At(own, name) + spare;
  }
  return known_.rooms[role] = room;
}

ReferenceAllocator::Amounts ReferenceAllocator::Bounds(const Room& room, const Part& part) const {
  Amounts bounds;
  if (part.revocable) return bounds;
  auto lower = [&](const Amounts& amounts) {
    for (const auto& [name, millis] : amounts) {
      auto [it, inserted] = bounds.try_emplace(name, millis);
      it->second = std::min(it->second, millis);
    }
  };
  for (const auto& [role, amounts] : room.limits) {
    if (part.role.empty() || IsStrictSubroleOf(role, part.role)) lower(amounts);
  }
  if (part.role.empty()) lower(room.headroom);
  return bounds;
}

void ReferenceAllocator::Take(const Part& part, const Amounts& taken, Room* room) {
  if (part.revocable) return;
  auto subtract = [&](Amounts& amounts) {
    for (auto& [name, millis] : amounts) millis = std::max<int64_t>(0, millis - At(taken, name));
  };
  for (auto& [role, amounts] : room->limits) {
    if (part.role.empty() || IsStrictSubroleOf(role, part.role)) subtract(amounts);
  }
  if (part.role.empty()) subtract(room->headroom);
}

Resources ReferenceAllocator::Fit(const Part& part, Room* room) const {
  Amounts bounds = Bounds(*room, part);
  auto fits = [&](const std::string& name, int64_t millis) {
    auto it = bounds.find(name);
    return it == bounds.end() || millis <= it->second;
  };
  const Amounts whole = Scalars(part.resources);
  if (std::all_of(whole.begin(), whole.end(),
                  [&](const auto& amount) { return fits(amount.first, amount.second); })) {
    Take(part, whole, room);
    return part.resources;
  }
  if (part.shared) return Resources();
  Resources offer;
  Amounts taken;
  for (const ResourceEntry& entry : part.resources) {
    if (entry.type() != ResourceEntry::Type::kScalar) {
      offer += entry;
      continue;
    }
    const std::string name(entry.name());
    int64_t millis = entry.millis() * entry.copies();
    ResourceEntry takes = entry;
    if (!fits(name, millis)) {
      millis = entry.IsDivisible() ? bounds[name] : 0;
      takes = entry.WithMillis(millis);
    }
    if (millis == 0) continue;
    offer += takes;
    taken[name] += millis;
    auto bound = bounds.find(name);
    if (bound != bounds.end()) bound->second -= millis;
  }
  if (taken.empty() && !whole.empty()) return Resources();
  Take(part, taken, room);
  return offer;
}

// ---- Rules ----

bool ReferenceAllocator::Fits(const Part& part, const LeafId& leaf) const {
  using Capability = v1::FrameworkInfo::Capability;
  const FrameworkAllocationState& state = frameworks_.at(leaf.second).state;
  return (part.role.empty() || IsSubroleOf(leaf.first, part.role)) &&
         (!part.shared || Has(state, Capability::SHARED_RESOURCES)) &&
         (!part.revocable || Has(state, Capability::REVOCABLE_RESOURCES)) &&
         (!part.refined || Has(state, Capability::RESERVATION_REFINEMENT));
}

std::vector<Resources> ReferenceAllocator::OfferOf(const LeafId& leaf, const Agent& agent) const {
  std::vector<Resources> offer;
  Room room = RoomFor(leaf.first);
  for (const Part& part : PartsOf(agent)) {
    if (!Fits(part, leaf) || (part.shared && agent.shared_round == round_)) continue;
    Resources some = Fit(part, &room);
    if (!some.empty()) offer.push_back(std::move(some));
  }
  return offer;
}

bool ReferenceAllocator::CanTake(const LeafId& leaf, const AgentId& id) const {
  using Capability = v1::FrameworkInfo::Capability;
  const Agent& agent = agents_.at(id);
  const FrameworkAllocationState& state = frameworks_.at(leaf.second).state;
  if (options_.filter_gpu_resources && agent.state.total.ScalarMillis("gpus") > 0 &&
      !Has(state, Capability::GPU_RESOURCES)) {
    return false;
  }
  if (!Has(agent.state, v1::AgentInfo::Capability::MULTI_ROLE) &&
      Has(state, Capability::MULTI_ROLE)) {
    return false;
  }
  if (!Has(agent.state, v1::AgentInfo::Capability::HIERARCHICAL_ROLE) &&
      leaf.first.find('/') != std::string::npos) {
    return false;
  }
  if (state.offer_constraints != nullptr &&
      !state.offer_constraints->Allow(leaf.first, agent.state.info)) {
    return false;
  }
  Resources offer;
  Amounts sum;
  for (const Resources& some : OfferOf(leaf, agent)) {
    offer += some;
    AddScalars(some, &sum);
  }
  if (offer.empty()) return false;
  auto own = state.min_allocatable_resources.find(leaf.first);
  const std::vector<ResourceQuantities>& minimums =
      own == state.min_allocatable_resources.end() ? options_.min_allocatable_resources
                                                   : own->second;
  if (!minimums.empty() &&
      std::none_of(minimums.begin(), minimums.end(),
                   [&](const ResourceQuantities& minimum) { return Contains(sum, minimum); })) {
    return false;
  }
  return std::none_of(filters_.begin(), filters_.end(), [&](const Filter& filter) {
    return filter.leaf == leaf && filter.agent == id && filter.refused.Contains(offer);
  });
}

bool ReferenceAllocator::Advances(const LeafId& leaf, const AgentId& id) const {
  const Amounts own = Own(leaf.first);
  const Room room = RoomFor(leaf.first);
  for (const Part& part : PartsOf(agents_.at(id))) {
    if (!IsPlain(part.revocable, part.role)) continue;
    const Amounts bounds = Bounds(room, part);
    for (const auto& [name, millis] : Scalars(part.resources)) {
      auto bound = bounds.find(name);
      if (At(own, name) > 0 && millis > 0 && (bound == bounds.end() || bound->second > 0)) {
        return true;
      }
    }
  }
  return false;
}

// In a batch round everybody is. What is not due has been looked at before: nobody could take it but
// those who are fresh, or whom quotas leave more room now.
bool ReferenceAllocator::IsCandidate(const LeafId& leaf, const Look& look) const {
  return look.due || batch_ || fresh_.contains(leaf);
}

// ---- Order ----

void ReferenceAllocator::AddToTree(Node* node, const std::string& path, const LeafId& leaf) const {
  auto child = [](Node* parent, const std::string& name) {
    for (Node& node : parent->children) {
      if (node.name == name) return &node;
    }
    parent->children.emplace_back().name = name;
    return &parent->children.back();
  };
  auto count = [](const auto& counts, const auto& key) {
    auto it = counts.find(key);
    return it == counts.end() ? uint64_t{0} : it->second;
  };
  if (node->name == leaf.first) {
    Node* group = child(node, ".");
    group->allocations = count(group_counts_, leaf.first);
    Node* added = child(group, leaf.second.value());
    added->is_leaf = true;
    added->leaf = leaf;
    added->allocations = count(leaf_counts_, leaf);
    return;
  }
  const size_t slash = leaf.first.find('/', path.empty() ? 0 : path.size() + 1);
  const std::string next = leaf.first.substr(0, slash);
  Node* below = child(node, next);
  below->allocations = count(role_counts_, next);
  AddToTree(below, next, leaf);
}

ReferenceAllocator::Node ReferenceAllocator::TreeOf(const std::set<LeafId>& leaves) const {
  Node root;
  for (const LeafId& leaf : leaves) AddToTree(&root, "", leaf);
  Measure(&root);
  return root;
}

// In fixed point, as the tree's rule has it.
void ReferenceAllocator::MeasureInner(Node* node) const {
  Share& share = node->share;
  const Node& lowest = node->children.front();
  if (node->children.size() == 1) {
    share.fractions = lowest.share.fractions;
  } else {
    std::map<std::string, __int128> sum;
    for (const Node& child : node->children) {
      for (const auto& [name, units] : child.share.units) sum[name] += units;
    }
    for (const auto& [name, units] : sum) {
      share.fractions[name] = lowest.share.share * (static_cast<double>(units) / 0x1p64);
    }
  }
  for (const auto& [name, fraction] : share.fractions) {
    if (!exhausted_.contains(name)) share.share = std::max(share.share, fraction);
  }
}

bool ReferenceAllocator::Measure(Node* node) const {
  if (node->is_leaf) {
    for (const auto& [name, used] : Held(node->leaf)) {
      const int64_t capacity = At(capacity_, name);
      if (used <= 0 || capacity <= 0) continue;
      const double fraction = static_cast<double>(used) / static_cast<double>(capacity);
      node->share.fractions[name] = fraction;
      node->share.share = std::max(node->share.share, fraction);
    }
  } else {
    for (Node& child : node->children) Measure(&child);
    std::sort(node->children.begin(), node->children.end(), [](const Node& a, const Node& b) {
      return std::tie(a.share.share, a.allocations, a.name) <
             std::tie(b.share.share, b.allocations, b.name);
    });
    if (node->children.empty()) return false;
    MeasureInner(node);
  }
  auto weight = weights_.find(node->name);
  if (!node->is_leaf && weight != weights_.end()) node->share.share /= weight->second;
  if (node->share.share <= 0) return true;
  for (const auto& [name, fraction] : node->share.fractions) {
    if (!node->is_leaf && exhausted_.contains(name)) continue;
    node->share.units[name] = static_cast<__int128>(fraction / node->share.share * 0x1p64);
  }
  return true;
}

void ReferenceAllocator::Flatten(const Node& node, std::vector<LeafId>* order) {
  if (node.is_leaf) order->push_back(node.leaf);
  for (const Node& child : node.children) Flatten(child, order);
}

// ---- A round ----

std::vector<ReferenceAllocator::Look> ReferenceAllocator::CollectAgents(bool batch) {
  std::map<uint64_t, Look> free;
  std::map<uint64_t, Look> due;
  for (auto& [id, agent] : agents_) {
    if (!agent.has_free) continue;
    if (agent.due == Due::kNow || (batch && agent.due == Due::kBatch)) {
      due[agent.due_since] = Look{id, true};
      agent.due = Due::kNo;
    } else {
      free[agent.free_since] = Look{id, false};
    }
  }
  std::vector<Look> looks;
  for (const auto& [since, look] : free) looks.push_back(look);
  for (const auto& [since, look] : due) looks.push_back(look);
  return looks;
}

void ReferenceAllocator::FindExhausted() {
  Amounts free;
  for (const auto& [id, agent] : agents_) {
    if (!MayBeOffered(agent)) continue;
    for (const Part& part : PartsOf(agent)) {
      if (!part.shared) AddScalars(part.resources, &free);
    }
  }
  exhausted_.clear();
  size_t kinds = 0;
  for (const auto& [name, millis] : capacity_) {
    if (millis <= 0) continue;
    ++kinds;
    if (At(free, name) <= 0) exhausted_.insert(name);
  }
  if (exhausted_.size() == kinds) exhausted_.clear();
}

std::vector<Allocation> ReferenceAllocator::Allocate(absl::Time now, bool batch) {
  ++round_;
  batch_ = batch;
  known_ = Known();
  offers_.clear();
  content_.clear();
  for (const LeafId& leaf : Leaves()) {
    if (IsContent(leaf)) content_.insert(leaf);
  }
  known_ = Known();
  if (batch) {
    std::sort(filters_.begin(), filters_.end(), [](const Filter& a, const Filter& b) {
      return std::tie(a.expiry, a.id) < std::tie(b.expiry, b.id);
    });
    while (!filters_.empty() && filters_.front().expiry <= now) {
      MarkBatch(agents_.at(filters_.front().agent));
      filters_.erase(filters_.begin());
    }
  }
  const std::vector<Look> looks = CollectAgents(batch);
  capacity_.clear();
  for (const auto& [id, agent] : agents_) AddScalars(agent.state.total, &capacity_);
  for (const std::string& name : options_.fair_sharing_excluded_resource_names) {
    capacity_.erase(name);
  }
  FindExhausted();
  for (size_t place = 0; place < looks.size(); ++place) Visit(looks, place);
  fresh_.clear();
  late_.clear();
  DropCounts();
  return offers_;
}

void ReferenceAllocator::Visit(const std::vector<Look>& looks, size_t place) {
  std::set<LeafId> unblocked;
  for (const LeafId& leaf : Leaves()) {
    if (!Demands(leaf)) continue;
    for (size_t later = looks.size(); later > place; --later) {
      const Look& look = looks[later - 1];
      if (!IsCandidate(leaf, look) || !CanTake(leaf, look.agent)) continue;
      unblocked.insert(leaf);
      break;
    }
  }
  bool served = false;
  while (ServeOne(looks[place], unblocked, true) || ServeOne(looks[place], unblocked, false)) {
    served = true;
  }
  if (served && !quotas_.empty()) MarkBatch(agents_.at(looks[place].agent));
  FindExhausted();
}

bool ReferenceAllocator::ServeOne(const Look& look, const std::set<LeafId>& unblocked,
                                  bool guarantees) {
  std::set<LeafId> competing;
  for (const LeafId& leaf : unblocked) {
    if (Demands(leaf)) competing.insert(leaf);
  }
  std::vector<LeafId> order;
  Flatten(TreeOf(competing), &order);
  for (const LeafId& leaf : order) {
    if (!IsCandidate(leaf, look) || !CanTake(leaf, look.agent)) continue;
    if (guarantees && !Advances(leaf, look.agent)) continue;
    Agent& agent = agents_.at(look.agent);
    Allocation offer{leaf.second, look.agent, leaf.first, {}};
    for (const Resources& some : OfferOf(leaf, agent)) offer.resources += some;
    const bool shared = !offer.resources.Shared().empty();
    offer.resources.Allocate(leaf.first);
    agent.held[leaf] += offer.resources;
    late_.emplace_back(leaf, offer.resources.NonRevocable().Filter([](const ResourceEntry& entry) {
      return !entry.IsUnreserved();
    }));
    if (shared) agent.shared_round = round_;
    Settle(look.agent);
    if (shared) MarkBatch(agent);
    ++leaf_counts_[leaf];
    ++group_counts_[leaf.first];
    for (std::string role = leaf.first; !role.empty(); role = std::string(ParentRole(role))) {
      ++role_counts_[role];
    }
    offers_.push_back(std::move(offer));
    return true;
  }
  return false;
}

}  // namespace mesos
