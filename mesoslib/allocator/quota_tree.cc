#include "mesoslib/allocator/quota_tree.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mesos/roles.h"
#include "mesos/values.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

// Above all that a cluster has, and so low that sums over many thousand roles do not overflow.
constexpr int64_t kMaxAmount = 1'200'000'000'000'000;

absl::Status CheckAmount(const std::string& role, absl::string_view what, absl::string_view name,
                         int64_t millis) {
  if (millis >= 0 && millis <= kMaxAmount) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("quota of role '", role, "': the ", what, " of ",
                                                 name, " is ", MillisToDouble(millis),
                                                 "; expected 0 to ", MillisToDouble(kMaxAmount)));
}

absl::Status ValidateQuota(const std::string& role, const Quota& quota) {
  RETURN_IF_ERROR(Annotate(ValidateRole(role), "quota"));
  if (role == kDefaultRole) {
    return absl::InvalidArgumentError("role '*' can't have a quota; expected another role");
  }
  for (const auto& guarantee : quota.guarantees) {
    const absl::string_view name = guarantee.name.view();
    RETURN_IF_ERROR(CheckAmount(role, "guarantee", name, guarantee.millis));
    auto limit = quota.limits.find(std::string(name));
    if (limit == quota.limits.end() || guarantee.millis <= limit->second) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("quota of role '", role, "': the guarantee of ", name, " is ",
                     MillisToDouble(guarantee.millis), " and exceeds its limit, which is ",
                     MillisToDouble(limit->second)));
  }
  for (const auto& [name, millis] : quota.limits) {
    if (name.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("quota of role '", role, "': a limit has an empty name"));
    }
    RETURN_IF_ERROR(CheckAmount(role, "limit", name, millis));
  }
  return absl::OkStatus();
}

// The closest role above that has a quota; empty where there is none.
std::string CoveringRole(const std::map<std::string, Quota>& quotas, absl::string_view role) {
  for (role = ParentRole(role); !role.empty(); role = ParentRole(role)) {
    if (quotas.contains(std::string(role))) return std::string(role);
  }
  return "";
}

absl::Status CheckCovered(const ResourceQuantities& promised, const ResourceQuantities& there,
                          absl::string_view whose) {
  for (const auto& quantity : promised) {
    const int64_t has = there.Millis(quantity.name.view());
    if (quantity.millis <= has) continue;
    return absl::FailedPreconditionError(
        absl::StrCat(whose, ": the guarantees below it add up to ", MillisToDouble(quantity.millis),
                     " ", quantity.name.view(), " and it has ", MillisToDouble(has),
                     "; lower them or use force"));
  }
  return absl::OkStatus();
}

}  // namespace

// ---- Bounds ----

void Bounds::Lower(size_t kind, int64_t bound) {
  if (kind >= values_.size()) {
    if (bound == kNone) return;
    values_.resize(kind + 1, kNone);
  }
  values_[kind] = std::min(values_[kind], bound);
}

bool Bounds::Admit(const Quantities& quantities) const {
  const size_t kinds = std::min(values_.size(), quantities.size());
  for (size_t i = 0; i < kinds; ++i) {
    if (quantities.Get(i) > values_[i]) return false;
  }
  return true;
}

bool Bounds::ExceedsAnywhere(const Bounds& other) const {
  for (size_t i = 0; i < other.values_.size(); ++i) {
    if (Get(i) > other.values_[i]) return true;
  }
  return false;
}

void Bounds::Subtract(const Quantities& taken) {
  for (size_t i = 0; i < values_.size(); ++i) {
    if (values_[i] != kNone) values_[i] = std::max<int64_t>(0, values_[i] - taken.Get(i));
  }
}

void Bounds::LowerTo(const Bounds& other) {
  for (size_t i = 0; i < other.values_.size(); ++i) Lower(i, other.values_[i]);
}

// ---- OfferRoom ----

Bounds OfferRoom::OfReserved(size_t depth) const {
  Bounds bounds;
  for (const Limit& limit : limits_) {
    if (limit.depth > depth) bounds.LowerTo(limit.room);
  }
  return bounds;
}

Bounds OfferRoom::OfUnreserved() const {
  Bounds bounds = OfReserved(0);
  bounds.LowerTo(headroom_);
  return bounds;
}

void OfferRoom::TakeReserved(size_t depth, const Quantities& taken) {
  for (Limit& limit : limits_) {
    if (limit.depth > depth) limit.room.Subtract(taken);
  }
}

void OfferRoom::TakeUnreserved(const Quantities& taken) {
  TakeReserved(0, taken);
  headroom_.Subtract(taken);
}

void OfferRoom::LowerTo(const OfferRoom& other) {
  headroom_.LowerTo(other.headroom_);
  bool alike = limits_.size() == other.limits_.size();
  for (size_t i = 0; alike && i < limits_.size(); ++i) {
    alike = limits_[i].depth == other.limits_[i].depth;
    if (alike) limits_[i].room.LowerTo(other.limits_[i].room);
  }
  if (!alike) limits_.assign(1, Limit{0, Bounds()});  // Unlike any room there is.
}

bool OfferRoom::ExceedsAnywhere(const OfferRoom& other) const {
  if (headroom_.ExceedsAnywhere(other.headroom_)) return true;
  if (limits_.size() != other.limits_.size()) return true;
  for (size_t i = 0; i < limits_.size(); ++i) {
    if (limits_[i].depth != other.limits_[i].depth) return true;
    if (limits_[i].room.ExceedsAnywhere(other.limits_[i].room)) return true;
  }
  return false;
}

// ---- What is set ----

absl::Status QuotaTree::Validate(const Quotas& quotas) {
  for (const auto& [role, quota] : quotas) RETURN_IF_ERROR(ValidateQuota(role, quota));
  return absl::OkStatus();
}

absl::Status QuotaTree::CheckGuarantees(const Quantities& capacity) const {
  std::map<std::string, ResourceQuantities> promised;  // By covering role; "": the cluster.
  for (const auto& [role, quota] : quotas_) {
    promised[CoveringRole(quotas_, role)] += quota.guarantees;
  }
  for (const auto& [role, sum] : promised) {
    if (role.empty()) {
      RETURN_IF_ERROR(CheckCovered(sum, kinds_.Name(capacity), "the cluster"));
    } else {
      RETURN_IF_ERROR(CheckCovered(sum, quotas_.at(role).guarantees,
                                   absl::StrCat("quota of role '", role, "'")));
    }
  }
  return absl::OkStatus();
}

QuotaTree::Quotas QuotaTree::Replace(const Quotas& quotas) {
  Quotas before;
  const bool was_enabled = enabled();
  for (const auto& [role, quota] : quotas) {
    auto it = quotas_.find(role);
    before[role] = it == quotas_.end() ? Quota() : it->second;
    if (quota.empty() && it == quotas_.end()) continue;
    const NodeIndex node = tree_.AcquireRole(role);
    SetQuota(node, quota);
    if (quota.empty()) {
      quotas_.erase(it);
      tree_.ReleaseRole(node);
    } else if (it != quotas_.end()) {
      it->second = quota;
    } else {
      quotas_.emplace(role, quota);
      continue;  // It stays acquired.
    }
    tree_.ReleaseRole(node);
  }
  if (was_enabled != enabled()) ForgetConsumption();
  return before;
}

void QuotaTree::SetQuota(NodeIndex role, const Quota& quota) {
  ++version_;
  Node& node = MutableAt(role);
  const bool had_quota = node.has_quota;
  node.has_quota = !quota.empty();
  node.guarantee = kinds_.Quantify(quota.guarantees);
  node.limit.clear();
  for (const auto& [name, millis] : quota.limits) node.limit.Lower(kinds_.Intern(name), millis);
  for (NodeIndex i = role; i != FairShareTree::kRoot; i = tree_.Parent(i)) {
    MutableAt(i).quotas += !quota.empty();
    nodes_[i].quotas -= had_quota;
  }
  Refresh(role);
}

void QuotaTree::ForgetConsumption() {
  for (Node& node : nodes_) {
    node.consumed = node.late = node.wanted = node.wanted_below = Quantities();
  }
  for (const auto& [role, quota] : quotas_) Refresh(tree_.FindRole(role));
}

Quota QuotaTree::QuotaOf(NodeIndex role) const {
  auto it = quotas_.find(tree_.RolePath(role));
  return it == quotas_.end() ? Quota() : it->second;
}

absl::Status QuotaTree::CheckConsumption(const Quotas& roles) const {
  for (const auto& [role, quota] : roles) {
    const NodeIndex index = tree_.FindRole(role);
    if (index == kNoNode) continue;
    for (const auto& [name, limit] : quota.limits) {
      const int64_t consumed = Consumed(index).Get(kinds_.Intern(name));
      if (consumed <= limit) continue;
      return absl::FailedPreconditionError(
          absl::StrCat("quota of role '", role, "': the limit of ", name, " is ",
                       MillisToDouble(limit), " and the role consumes ", MillisToDouble(consumed),
                       "; raise it or use force"));
    }
  }
  return absl::OkStatus();
}

// ---- What is consumed ----

QuotaTree::Node& QuotaTree::MutableAt(NodeIndex role) {
  if (role >= nodes_.size()) nodes_.resize(role + 1);
  return nodes_[role];
}

const QuotaTree::Node& QuotaTree::At(NodeIndex role) const {
  static const Node* const kEmpty = new Node();
  return role < nodes_.size() ? nodes_[role] : *kEmpty;
}

void QuotaTree::Consume(NodeIndex role, NodeIndex stop, const Quantities& more) {
  if (!enabled()) return;
  ++version_;
  for (NodeIndex i = role; i != stop && i != FairShareTree::kRoot; i = tree_.Parent(i)) {
    MutableAt(i).consumed += more;
    if (in_round_ && stop != FairShareTree::kRoot) nodes_[i].late += more;
  }
  if (in_round_ && stop != FairShareTree::kRoot) late_.push_back(role);
  Refresh(role);
}

void QuotaTree::EndRound() {
  in_round_ = false;
  for (NodeIndex role : std::exchange(late_, {})) {
    for (NodeIndex i = role; i != FairShareTree::kRoot; i = tree_.Parent(i)) {
      nodes_[i].late = Quantities();
    }
    ++version_;
    Refresh(role);
  }
}

void QuotaTree::ChangeMembers(NodeIndex role, int members, int content) {
  ++version_;
  for (NodeIndex i = role; i != FairShareTree::kRoot; i = tree_.Parent(i)) {
    MutableAt(i).members += members;
    nodes_[i].content += content;
  }
  if (enabled()) Refresh(role);
}

Quantities QuotaTree::Want(const Node& node) const {
  if (!node.has_quota || (node.members > 0 && node.members == node.content)) {
    return node.wanted_below;
  }
  Quantities want = node.wanted_below;
  for (size_t i = 0; i < node.guarantee.size(); ++i) {
    const int64_t counted = node.consumed.Get(i) - node.late.Get(i);
    const int64_t unmet = node.guarantee.Get(i) - counted;
    if (unmet > want.Get(i)) want.Add(i, unmet - want.Get(i));
  }
  return want;
}

void QuotaTree::Refresh(NodeIndex role) {
  MutableAt(FairShareTree::kRoot);
  for (NodeIndex i = role; i != FairShareTree::kRoot; i = tree_.Parent(i)) {
    Node& node = MutableAt(i);
    Quantities want = Want(node);
    if (want == node.wanted) continue;
    Node& above = MutableAt(tree_.Parent(i));
    above.wanted_below += want;
    above.wanted_below -= nodes_[i].wanted;
    nodes_[i].wanted = std::move(want);
  }
}

// ---- What may be offered ----

Quantities QuotaTree::Spare() const {
  Quantities spare;
  for (size_t kind = 0; kind < required().size(); ++kind) {
    if (required().Get(kind) == 0) continue;
    spare.Add(kind, std::max<int64_t>(0, available_.Get(kind) - required().Get(kind)));
  }
  return spare;
}

bool QuotaTree::SpareIsLessThan(const Quantities& quantities) const {
  for (size_t kind = 0; kind < required().size(); ++kind) {
    if (required().Get(kind) == 0) continue;
    if (available_.Get(kind) - required().Get(kind) < quantities.Get(kind)) return true;
  }
  return false;
}

Quantities QuotaTree::Own(NodeIndex role) const {
  Quantities own;
  for (NodeIndex i = role; i != FairShareTree::kRoot; i = tree_.Parent(i)) {
    own += At(i).wanted;
    own -= At(i).wanted_below;
  }
  return own;
}

Bounds QuotaTree::LimitRoom(const Node& node) {
  Bounds room;
  for (size_t kind = 0; kind < node.limit.size(); ++kind) {
    if (node.limit.Get(kind) == Bounds::kNone) continue;
    room.Lower(kind, std::max<int64_t>(0, node.limit.Get(kind) - node.consumed.Get(kind)));
  }
  return room;
}

Bounds QuotaTree::Headroom(NodeIndex role) const {
  Bounds room;
  const Quantities& required = this->required();
  if (required.IsZero()) return room;
  const Quantities own = Own(role);
  for (size_t kind = 0; kind < required.size(); ++kind) {
    if (required.Get(kind) == 0) continue;
    const int64_t spare = std::max<int64_t>(0, available_.Get(kind) - required.Get(kind));
    room.Lower(kind, own.Get(kind) + spare);
  }
  return room;
}

OfferRoom QuotaTree::Room(NodeIndex role) const {
  OfferRoom room;
  for (NodeIndex i = role; i != FairShareTree::kRoot; i = tree_.Parent(i)) {
    if (At(i).limit.size() == 0) continue;
    room.limits_.push_back(OfferRoom::Limit{tree_.Depth(i), LimitRoom(At(i))});
  }
  room.headroom_ = Headroom(role);
  return room;
}

NodeIndex QuotaTree::LimitingRole(NodeIndex role, const Quantities& more) const {
  for (NodeIndex i = role; i != FairShareTree::kRoot; i = tree_.Parent(i)) {
    if (!LimitRoom(At(i)).Admit(more)) return i;
  }
  return kNoNode;
}

std::vector<NodeIndex> QuotaTree::RolesInWant() const {
  std::vector<NodeIndex> roles;
  for (const auto& [path, quota] : quotas_) {
    const NodeIndex role = tree_.FindRole(path);
    if (!(At(role).wanted == At(role).wanted_below)) roles.push_back(role);
  }
  return roles;
}

absl::Status QuotaTree::CheckInvariants() const {
  if (!enabled()) return absl::OkStatus();
  std::vector<Quantities> below(nodes_.size());
  for (const auto& [role, quota] : quotas_) {
    // Each node on the way up once, however many quotas are below it.
    for (NodeIndex i = tree_.FindRole(role); i != FairShareTree::kRoot; i = tree_.Parent(i)) {
      if (!(Want(At(i)) == At(i).wanted)) {
        return absl::InternalError(absl::StrCat("wanted of role ", tree_.RolePath(i)));
      }
    }
  }
  std::vector<bool> seen(nodes_.size(), false);
  for (const auto& [role, quota] : quotas_) {
    for (NodeIndex i = tree_.FindRole(role); i != FairShareTree::kRoot && !seen[i]; i = tree_.Parent(i)) {
      seen[i] = true;
      below[tree_.Parent(i)] += At(i).wanted;
    }
  }
  for (NodeIndex i = 0; i < nodes_.size(); ++i) {
    if (!(below[i] == nodes_[i].wanted_below)) {
      return absl::InternalError(absl::StrCat("wanted below node ", i));
    }
  }
  return absl::OkStatus();
}

}  // namespace mesos
