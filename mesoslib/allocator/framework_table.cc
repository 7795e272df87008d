#include "mesoslib/allocator/framework_table.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "mesos/roles.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

uint8_t TraitsOf(const FrameworkAllocationState& state) {
  using Capability = v1::FrameworkInfo::Capability;
  uint8_t traits = 0;
  for (Capability::Type type : state.capabilities) {
    switch (type) {
      case Capability::GPU_RESOURCES:
        traits |= kGpuAware;
        break;
      case Capability::REGION_AWARE:
        traits |= kRegionAware;
        break;
      case Capability::SHARED_RESOURCES:
        traits |= kTakesShared;
        break;
      case Capability::REVOCABLE_RESOURCES:
        traits |= kTakesRevocable;
        break;
      case Capability::RESERVATION_REFINEMENT:
        traits |= kTakesRefined;
        break;
      case Capability::MULTI_ROLE:
        traits |= kMultiRole;
        break;
      default:
        break;
    }
  }
  return traits;
}

std::shared_ptr<const Minimums> Intern(const std::vector<ResourceQuantities>& minimums,
                                       ResourceKinds& kinds) {
  Minimums interned;
  for (const ResourceQuantities& minimum : minimums) interned.push_back(kinds.Quantify(minimum));
  return std::make_shared<const Minimums>(std::move(interned));
}

uint64_t LeafKey(uint32_t framework, NodeIndex role) {
  return static_cast<uint64_t>(framework) << 32 | role;
}

}  // namespace

FrameworkTable::FrameworkTable(const AllocatorOptions& options, FairShareTree& tree,
                               ResourceKinds& kinds, OfferFilters& filters, QuotaTree& quotas)
    : tree_(tree),
      kinds_(kinds),
      filters_(filters),
      quotas_(quotas),
      default_minimums_(Intern(options.min_allocatable_resources, kinds)) {}

absl::Status FrameworkTable::Validate(const FrameworkId& id,
                                      const FrameworkAllocationState& state) const {
  if (id.empty()) return absl::InvalidArgumentError("framework id is empty");
  for (const std::string& role : state.roles) {
    RETURN_IF_ERROR(Annotate(ValidateRole(role), absl::StrCat("framework ", id.value())));
  }
  for (const std::string& role : state.suppressed_roles) {
    if (state.roles.contains(role)) continue;
    return absl::InvalidArgumentError(absl::StrCat("framework ", id.value(), ": suppressed role '",
                                                   role, "' is not among its roles"));
  }
  return absl::OkStatus();
}

absl::Status FrameworkTable::Add(const FrameworkId& id, const FrameworkAllocationState& state) {
  RETURN_IF_ERROR(Validate(id, state));
  auto it = by_id_.find(id);
  if (it != by_id_.end() && frameworks_[it->second].known) {
    return absl::AlreadyExistsError(absl::StrCat("framework ", id.value(), " is known already"));
  }
  Apply(FindOrCreate(id), state);
  return absl::OkStatus();
}

absl::Status FrameworkTable::Update(const FrameworkId& id, const FrameworkAllocationState& state) {
  RETURN_IF_ERROR(CheckRoles(id, {}));
  RETURN_IF_ERROR(Validate(id, state));
  Apply(by_id_[id], state);
  return absl::OkStatus();
}

absl::Status FrameworkTable::Remove(const FrameworkId& id) {
  RETURN_IF_ERROR(CheckRoles(id, {}));
  const uint32_t index = by_id_[id];
  Framework& framework = frameworks_[index];
  framework.known = false;
  framework.active = false;
  const std::vector<NodeIndex> leaves = framework.leaves;
  for (NodeIndex leaf : leaves) Unsubscribe(leaf);
  for (NodeIndex leaf : leaves) DropUnused(leaf);
  if (leaves.empty()) {
    by_id_.erase(id);
    frameworks_[index] = Framework();
    free_.push_back(index);
  }
  return absl::OkStatus();
}

absl::Status FrameworkTable::CheckRoles(const FrameworkId& id,
                                        const std::set<std::string>& roles) const {
  auto it = by_id_.find(id);
  if (it == by_id_.end() || !frameworks_[it->second].known) {
    return absl::NotFoundError(absl::StrCat("framework ", id.value(), " is not known"));
  }
  for (const std::string& role : roles) {
    const NodeIndex leaf = FindLeaf(id, role);
    if (leaf != kNoNode && leaves_[leaf].subscribed) continue;
    RETURN_IF_ERROR(Annotate(ValidateRole(role), absl::StrCat("framework ", id.value())));
    return absl::InvalidArgumentError(
        absl::StrCat("framework ", id.value(), " is not in role '", role, "'"));
  }
  return absl::OkStatus();
}

absl::Status FrameworkTable::Suppress(const FrameworkId& id, const std::set<std::string>& roles) {
  RETURN_IF_ERROR(CheckRoles(id, roles));
  for (NodeIndex leaf : frameworks_[by_id_[id]].leaves) {
    if (!leaves_[leaf].subscribed) continue;
    if (!roles.empty() && !roles.contains(role(leaves_[leaf]))) continue;
    leaves_[leaf].suppressed = true;
    UpdateDemand(leaf);
  }
  return absl::OkStatus();
}

absl::Status FrameworkTable::Revive(const FrameworkId& id, const std::set<std::string>& roles) {
  RETURN_IF_ERROR(CheckRoles(id, roles));
  for (NodeIndex leaf : frameworks_[by_id_[id]].leaves) {
    if (!leaves_[leaf].subscribed) continue;
    if (!roles.empty() && !roles.contains(role(leaves_[leaf]))) continue;
    leaves_[leaf].suppressed = false;
    leaves_[leaf].target = nullptr;
    filters_.RemoveLeaf(leaf);
    MarkFresh(leaf);
    UpdateDemand(leaf);
  }
  return absl::OkStatus();
}

absl::Status FrameworkTable::Request(const FrameworkId& id, const std::string& role,
                                     const ResourceQuantities& wanted) {
  RETURN_IF_ERROR(CheckRoles(id, {role}));
  const NodeIndex index = FindLeaf(id, role);
  bool has_unknown = false;
  Quantities target = kinds_.QuantifyWish(wanted, &has_unknown);
  for (size_t i = 0; i < target.size(); ++i) {
    const int64_t used = tree_.Usage(index).Get(i);
    if (target.Get(i) <= 0 || used > kMost - target.Get(i)) continue;
    target.Add(i, used);
  }
  leaves_[index].target =
      wanted.empty() ? nullptr : std::make_shared<const Quantities>(std::move(target));
  UpdateDemand(index);
  return absl::OkStatus();
}

uint32_t FrameworkTable::FindOrCreate(const FrameworkId& id) {
  auto [it, inserted] = by_id_.try_emplace(id, 0);
  if (!inserted) return it->second;
  if (free_.empty()) {
    it->second = static_cast<uint32_t>(frameworks_.size());
    frameworks_.emplace_back();
  } else {
    it->second = free_.back();
    free_.pop_back();
  }
  frameworks_[it->second].id = id;
  return it->second;
}

NodeIndex FrameworkTable::FindLeaf(const FrameworkId& id, absl::string_view role) const {
  auto it = by_id_.find(id);
  return it == by_id_.end() ? kNoNode : FindLeaf(it->second, role);
}

NodeIndex FrameworkTable::FindLeaf(uint32_t framework, absl::string_view role) const {
  const NodeIndex role_node = tree_.FindRole(role);
  if (role_node == kNoNode) return kNoNode;
  auto it = leaf_of_.find(LeafKey(framework, role_node));
  return it == leaf_of_.end() ? kNoNode : it->second;
}

NodeIndex FrameworkTable::FindOrCreateLeaf(uint32_t index, absl::string_view role) {
  Framework& framework = frameworks_[index];
  if (NodeIndex leaf = FindLeaf(index, role); leaf != kNoNode) return leaf;
  const NodeIndex role_node = tree_.AcquireRole(role);
  const NodeIndex leaf = tree_.AddLeaf(role_node, framework.id.value());
  if (leaf >= leaves_.size()) leaves_.resize(leaf + 1);
  leaves_[leaf] = Leaf();
  leaves_[leaf].framework = index;
  leaves_[leaf].role = role_node;
  leaves_[leaf].minimums = default_minimums_;
  leaf_of_[LeafKey(index, role_node)] = leaf;
  framework.leaves.push_back(leaf);
  return leaf;
}

void FrameworkTable::Apply(uint32_t index, const FrameworkAllocationState& state) {
  for (const std::string& role : state.roles) FindOrCreateLeaf(index, role);
  Framework& framework = frameworks_[index];
  framework.known = true;
  framework.active = state.active;
  const uint8_t traits = TraitsOf(state);
  const std::vector<NodeIndex> leaves = framework.leaves;
  for (NodeIndex leaf : leaves) {
    if (state.roles.contains(role(leaves_[leaf]))) {
      ApplyToLeaf(leaf, state, traits);
    } else {
      Unsubscribe(leaf);
      DropUnused(leaf);
    }
  }
}

void FrameworkTable::ApplyToLeaf(NodeIndex index, const FrameworkAllocationState& state,
                                 uint8_t traits) {
  Leaf& leaf = leaves_[index];
  const std::string& path = role(leaf);
  if (path.find('/') != std::string::npos) traits |= kInHierarchicalRole;
  leaf.subscribed = true;
  leaf.suppressed = state.suppressed_roles.contains(path);
  const bool takes_other = SetMinimums(index, state) || leaf.traits != traits;
  leaf.traits = traits;
  if (takes_other) filters_.ForgetVerdicts(index);
  const bool sees_other = SetConstraints(index, state.offer_constraints);
  if (!state.active) filters_.RemoveLeaf(index);
  if (takes_other || sees_other) MarkFresh(index);
  UpdateDemand(index);
}

// Whether they are others than before.
bool FrameworkTable::SetMinimums(NodeIndex index, const FrameworkAllocationState& state) {
  Leaf& leaf = leaves_[index];
  const std::shared_ptr<const Minimums> before = std::move(leaf.minimums);
  auto it = state.min_allocatable_resources.find(role(leaf));
  if (it == state.min_allocatable_resources.end()) {
    leaf.minimums = default_minimums_;
    unknown_minimums_.erase(index);
  } else {
    ReadMinimums(index, it->second);
  }
  return *leaf.minimums != *before;
}

void FrameworkTable::ReadMinimums(NodeIndex leaf, const std::vector<ResourceQuantities>& minimums) {
  bool has_unknown = false;
  Minimums read;
  for (const ResourceQuantities& minimum : minimums) {
    read.push_back(kinds_.QuantifyWish(minimum, &has_unknown));
  }
  leaves_[leaf].minimums = std::make_shared<const Minimums>(std::move(read));
  if (has_unknown) {
    unknown_minimums_[leaf] = minimums;
  } else {
    unknown_minimums_.erase(leaf);
  }
}

void FrameworkTable::RecognizeKinds() {
  if (kinds_.size() == known_kinds_) return;
  for (const auto& [leaf, minimums] : std::exchange(unknown_minimums_, {})) {
    const std::shared_ptr<const Minimums> before = leaves_[leaf].minimums;
    ReadMinimums(leaf, minimums);
    if (*leaves_[leaf].minimums == *before) continue;
    filters_.ForgetVerdicts(leaf);
    MarkFresh(leaf);
    UpdateDemand(leaf);
  }
  known_kinds_ = kinds_.size();
}

// Whether they are others than before. What is offered on an agent stays the same, and with it what
// is known of filters.
bool FrameworkTable::SetConstraints(NodeIndex leaf,
                                    std::shared_ptr<const OfferConstraints> constraints) {
  if (leaves_[leaf].constraints == constraints) return false;
  leaves_[leaf].constraints = std::move(constraints);
  verdicts_.ForgetLeaf(leaf);
  return true;
}

void FrameworkTable::Unsubscribe(NodeIndex leaf) {
  SetConstraints(leaf, nullptr);
  leaves_[leaf].subscribed = false;
  leaves_[leaf].suppressed = false;
  leaves_[leaf].target = nullptr;
  leaves_[leaf].minimums = default_minimums_;
  unknown_minimums_.erase(leaf);
  filters_.RemoveLeaf(leaf);
  UpdateDemand(leaf);
}

void FrameworkTable::UpdateDemand(NodeIndex index) {
  Leaf& leaf = leaves_[index];
  const Framework& framework = frameworks_[leaf.framework];
  const bool member = framework.known && leaf.subscribed;
  const bool content = leaf.target != nullptr && tree_.Usage(index).Contains(*leaf.target);
  leaf.content = content;
  if (member != leaf.is_member) TellMember(index);
  if (content != leaf.is_content) unsettled_.push_back(index);
  const bool demands = member && framework.active && !leaf.suppressed && !content;
  if (demands != leaf.demands) {
    leaf.demands = demands;
    if (demands) {
      MarkFresh(index);
      leaf.demanding_position = static_cast<uint32_t>(demanding_.size());
      demanding_.push_back(index);
    } else {
      const NodeIndex last = demanding_.back();
      demanding_[leaf.demanding_position] = last;
      leaves_[last].demanding_position = leaf.demanding_position;
      demanding_.pop_back();
    }
  }
  tree_.SetEligible(index, leaf.demands && !leaf.blocked);
}

void FrameworkTable::TellMember(NodeIndex index) {
  Leaf& leaf = leaves_[index];
  const bool member = frameworks_[leaf.framework].known && leaf.subscribed;
  const bool content = member && leaf.content;
  quotas_.ChangeMembers(leaf.role, member - leaf.is_member, content - leaf.is_content);
  leaf.is_member = member;
  leaf.is_content = content;
}

void FrameworkTable::SettleMembers() {
  for (NodeIndex leaf : std::exchange(unsettled_, {})) {
    if (leaves_[leaf].role != kNoNode) TellMember(leaf);
  }
}

void FrameworkTable::MarkFresh(NodeIndex leaf) {
  leaves_[leaf].blocked = false;
  if (leaves_[leaf].fresh) return;
  leaves_[leaf].fresh = true;
  fresh_.push_back(leaf);
}

void FrameworkTable::ClearFresh() {
  for (NodeIndex leaf : fresh_) leaves_[leaf].fresh = false;
  fresh_.clear();
}

void FrameworkTable::SetBlocked(NodeIndex leaf, bool blocked) {
  if (leaves_[leaf].blocked == blocked) return;
  leaves_[leaf].blocked = blocked;
  tree_.SetEligible(leaf, leaves_[leaf].demands && !blocked);
}

NodeIndex FrameworkTable::AcquireLeaf(const FrameworkId& id, absl::string_view role) {
  const NodeIndex leaf = FindOrCreateLeaf(FindOrCreate(id), role);
  AddHolding(leaf);
  return leaf;
}

void FrameworkTable::ReleaseLeaf(NodeIndex leaf) {
  --leaves_[leaf].holdings;
  DropUnused(leaf);
}

// A framework that is not known goes with its last leaf.
void FrameworkTable::DropUnused(NodeIndex index) {
  if (leaves_[index].subscribed || leaves_[index].holdings > 0) return;
  const Leaf leaf = leaves_[index];
  if (leaf.fresh) fresh_.erase(std::find(fresh_.begin(), fresh_.end(), index));
  tree_.RemoveLeaf(index);
  tree_.ReleaseRole(leaf.role);
  leaf_of_.erase(LeafKey(leaf.framework, leaf.role));
  unknown_minimums_.erase(index);
  leaves_[index] = Leaf();
  Framework& framework = frameworks_[leaf.framework];
  framework.leaves.erase(std::find(framework.leaves.begin(), framework.leaves.end(), index));
  if (framework.known || !framework.leaves.empty()) return;
  by_id_.erase(framework.id);
  framework = Framework();
  free_.push_back(leaf.framework);
}

}  // namespace mesos
