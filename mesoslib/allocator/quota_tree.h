// What roles are promised and may not exceed, how much of that they consume, and what is held back
// from others for it.
//
// For each kind of scalar, with C what a role consumes, G its guarantee and L its limit:
//
//   wanted(role) = max(max(0, G - C), sum of wanted over the roles right below it)
//   required     = sum of wanted over the top-level roles
//   spare        = max(0, available - required), available: free and neither reserved nor revocable
//   own(role)    = sum over the role and those above it of (wanted - sum of wanted right below)
//   room(role)   = min(own + spare, L - C of the role and of each role above it)
//
// Without a role in want of a kind, that kind has no bound but limits.
//
// `own` is what taking more would lower `required` by, so that an offer within `own` takes nothing
// from anybody's guarantee; room is what may be offered to the role in all. What is reserved to a
// role above and offered in a round counts for guarantees when the round is over: within a round
// there never comes to be more room. A role whose frameworks
// have all said how much they want, and have it, wants nothing for itself.
#ifndef MESOSLIB_ALLOCATOR_QUOTA_TREE_H_
#define MESOSLIB_ALLOCATOR_QUOTA_TREE_H_

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "mesos/allocator.h"
#include "mesoslib/allocator/fair_share_tree.h"
#include "mesoslib/allocator/quantities.h"

namespace mesos {

// One upper bound for each kind; positions beyond the end are without bound.
class Bounds {
 public:
  static constexpr int64_t kNone = std::numeric_limits<int64_t>::max();

  int64_t Get(size_t kind) const { return kind < values_.size() ? values_[kind] : kNone; }
  // Bounds one kind, unless it has a lower bound already.
  void Lower(size_t kind, int64_t bound);
  bool Admit(const Quantities& quantities) const;
  void LowerTo(const Bounds& other);
  // Whether some kind has a greater bound than in `other`.
  bool ExceedsAnywhere(const Bounds& other) const;
  void Subtract(const Quantities& taken);
  void clear() { values_.clear(); }
  size_t size() const { return values_.size(); }

 private:
  absl::InlinedVector<int64_t, 4> values_;
};

// What quotas leave room for in one offer to a role. An offer that takes some of it says so, and
// there is less for the rest of the offer.
class OfferRoom {
 public:
  // For what is reserved to a role at `depth` above the role or at it, and is not revocable.
  Bounds OfReserved(size_t depth) const;
  // For what is neither reserved nor revocable.
  Bounds OfUnreserved() const;
  void TakeReserved(size_t depth, const Quantities& taken);
  void TakeUnreserved(const Quantities& taken);
  // To the less of both; to none where they are not alike.
  void LowerTo(const OfferRoom& other);
  // Whether there is more room for anything than in `other`.
  bool ExceedsAnywhere(const OfferRoom& other) const;

 private:
  friend class QuotaTree;
  struct Limit {
    size_t depth;  // Of the role that has it.
    Bounds room;
  };
  absl::InlinedVector<Limit, 2> limits_;
  Bounds headroom_;
};

class QuotaTree {
 public:
  // Keeps references.
  QuotaTree(FairShareTree& tree, ResourceKinds& kinds) : tree_(tree), kinds_(kinds) {}

  // False: no quota is set, and nothing but members is kept.
  bool enabled() const { return !quotas_.empty(); }

  // -- What is set

  using Quotas = std::map<std::string, Quota>;

  // What is wrong with the quotas themselves.
  static absl::Status Validate(const Quotas& quotas);
  // Replaces those of these roles, empty ones removing them; the answer is what they were. When
  // `enabled` changes, all consumption is forgotten: it is to be told anew.
  Quotas Replace(const Quotas& quotas);
  // FailedPrecondition where guarantees add up to more than the one above them, or `capacity`.
  absl::Status CheckGuarantees(const Quantities& capacity) const;
  // Nothing for roles without one.
  Quota QuotaOf(NodeIndex role) const;
  // FailedPrecondition names the first of `roles` that consumes more than its limit.
  absl::Status CheckConsumption(const Quotas& roles) const;

  // -- What is consumed

  // While a round lasts.
  void BeginRound() { in_round_ = true; }
  void EndRound();
  // By `role` and those above it, below `stop` (kRoot: by all of them). May be negative.
  void Consume(NodeIndex role, NodeIndex stop, const Quantities& more);
  const Quantities& Consumed(NodeIndex role) const { return At(role).consumed; }
  // Free, neither reserved nor revocable, on agents that are offered. May be negative.
  void ChangeAvailable(const Quantities& more) {
    available_ += more;
    ++version_;
  }
  void ClearAvailable() { available_ = Quantities(); }
  const Quantities& available() const { return available_; }

  // Frameworks that are in the role, and those of them that have all they have asked for.
  void ChangeMembers(NodeIndex role, int members, int content);

  // -- What may be offered

  const Quantities& required() const { return At(FairShareTree::kRoot).wanted_below; }
  // Whether any is set for the role or below it.
  bool HasQuotas(NodeIndex role) const { return At(role).quotas > 0; }
  bool IsInWant(NodeIndex role) const { return !At(role).wanted.IsZero(); }
  // What is available beyond that, of the kinds that somebody wants.
  Quantities Spare() const;
  // Whether `spare` is less of any of these kinds than `quantities`.
  bool SpareIsLessThan(const Quantities& quantities) const;
  bool AnyRequired() const { return enabled() && !required().IsZero(); }
  Quantities Own(NodeIndex role) const;
  OfferRoom Room(NodeIndex role) const;
  // Another one whenever Own or Room may have changed.
  uint64_t version() const { return version_; }

  // -- Why there is no room for so much more that is not reserved

  // The role, `role` or one above it, whose limit does not admit it; kNoNode without one.
  NodeIndex LimitingRole(NodeIndex role, const Quantities& more) const;
  // Roles for whose guarantees something is held back.
  std::vector<NodeIndex> RolesInWant() const;

  absl::Status CheckInvariants() const;

 private:
  struct Node {
    bool has_quota = false;
    uint32_t quotas = 0;  // Of the role and those below it.
    int64_t members = 0;
    int64_t content = 0;
    Quantities guarantee;
    Bounds limit;
    Quantities consumed;
    Quantities late;  // Of it: what does not count for guarantees before the round is over.
    Quantities wanted;
    Quantities wanted_below;
  };

  void SetQuota(NodeIndex role, const Quota& quota);
  void ForgetConsumption();
  Node& MutableAt(NodeIndex role);
  const Node& At(NodeIndex role) const;
  Quantities Want(const Node& node) const;
  // `role` and all above it have changed.
  void Refresh(NodeIndex role);
  static Bounds LimitRoom(const Node& node);
  Bounds Headroom(NodeIndex role) const;

  FairShareTree& tree_;
  ResourceKinds& kinds_;
  Quotas quotas_;            // Their roles are held in the tree.
  std::vector<Node> nodes_;  // At their roles' indices.
  Quantities available_;
  uint64_t version_ = 1;
  bool in_round_ = false;
  std::vector<NodeIndex> late_;  // Roles that have consumed something late.
};

}  // namespace mesos

#endif  // MESOSLIB_ALLOCATOR_QUOTA_TREE_H_
