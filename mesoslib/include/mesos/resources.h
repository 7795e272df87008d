// Resources: what an agent has, an offer holds, a task uses. A value type with an algebra.
//
//   auto total = mesos::Resources::Parse("cpus:4;mem:4096;ports:[31000-32000]").value();
//   auto task = mesos::Resources::Parse("cpus:1;mem:1024").value();
//   if (total.Contains(task)) total -= task;  // cpus:3; mem:3072; ports:[31000-32000]
//
// A Resources is a sorted list of entries. Two entries that differ in nothing but the amount are
// one entry: same name, type, allocation role, reservations, disk, provider, revocable and shared.
// The exceptions are disks that cannot be merged (persistent volumes, MOUNT, BLOCK, RAW with an
// id): there the amount belongs to the identity, and equal ones are counted (see copies()). Of a
// disk, `volume` (where a container sees it) and the persistence's principal are carried along but
// are not part of the identity, for a framework may mount its volume elsewhere each time.
//
// Amounts are in thousandths ("millis") of the resource's unit: a cpu for cpus, a MB for mem and
// disk, a gpu for gpus.
//
// Threads: like any value, one object is used by one thread at a time.
// Ownership: holds all of its data, and is cheap to copy: collections and metadata are immutable
// and shared. Entries, and views into them, are valid until it changes.
// Errors: InvalidArgument names the field ("resources[2].scalar.value") and its value. Nothing here
// aborts on what a peer sent.
#ifndef MESOS_RESOURCES_H_
#define MESOS_RESOURCES_H_

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mesos/compact_string.h"
#include "mesos/export.h"
#include "mesos/v1/mesos.pb.h"
#include "mesos/values.h"

namespace mesos {

struct ResourceMetadata;

// One resource of a Resources, for reading.
class MESOS_EXPORT ResourceEntry {
 public:
  enum class Type : uint8_t { kScalar, kRanges, kSet };
  using Reservation = v1::Resource::ReservationInfo;
  using DiskInfo = v1::Resource::DiskInfo;

  // Valid as long as the entry.
  absl::string_view name() const { return name_.view(); }
  // Empty when not allocated to a role.
  absl::string_view allocation_role() const { return allocation_role_.view(); }

  Type type() const { return static_cast<Type>(value_.index()); }
  // Thousandths; zero unless a scalar.
  int64_t millis() const;
  // Empty unless of that type.
  const Ranges& ranges() const;
  const Items& items() const;

  // How many times this very resource is there: more than one only for shared resources and for
  // disks that cannot be merged.
  int copies() const { return copies_; }

  // The lowest first; empty when unreserved.
  std::span<const Reservation> reservations() const;
  // The role of the uppermost reservation; "*" when unreserved.
  absl::string_view reservation_role() const;
  // Null without one.
  const DiskInfo* disk() const;
  // Empty without one.
  absl::string_view provider_id() const;

  bool IsUnreserved() const { return reservations().empty(); }
  bool IsDynamicallyReserved() const;
  bool HasRefinedReservations() const { return reservations().size() > 1; }
  bool IsReservedTo(absl::string_view role) const;
  // Unreserved, or reserved to the role or to one above it.
  bool IsAllocatableTo(absl::string_view role) const;
  bool IsRevocable() const;
  bool IsShared() const;
  bool IsPersistentVolume() const;
  // Whether a part of it may be taken; disks that cannot be merged are all or nothing.
  bool IsDivisible() const;

  // The same with another amount. For scalars, with millis > 0.
  ResourceEntry WithMillis(int64_t millis) const;

  // One resource; copies() is not expressed.
  void ToProto(v1::Resource* proto) const;
  std::string ToString() const;

  // A total order over identities: zero when the amounts of both may be put together.
  int Compare(const ResourceEntry& other) const;

 private:
  friend class Resources;
  friend class ResourceReader;
  using RangesPtr = std::shared_ptr<const Ranges>;
  using ItemsPtr = std::shared_ptr<const Items>;

  ResourceEntry() = default;

  bool HasAmount() const;
  bool SameAmount(const ResourceEntry& other) const;
  bool Covers(const ResourceEntry& other) const;
  void Absorb(const ResourceEntry& other);
  void Remove(const ResourceEntry& other);

  CompactString name_;
  CompactString allocation_role_;
  std::shared_ptr<const ResourceMetadata> metadata_;  // Null for the plain case.
  std::variant<int64_t, RangesPtr, ItemsPtr> value_ = int64_t{0};
  int32_t copies_ = 1;
};

class MESOS_EXPORT Resources {
 public:
  using ProtoList = google::protobuf::RepeatedPtrField<v1::Resource>;
  using const_iterator = std::vector<ResourceEntry>::const_iterator;

  Resources() = default;

  // -- Reading and writing --

  // "cpus:4;mem(role):1024;ports:[31000-32000];bays:{a,b}" or, where the text begins with '[', a
  // JSON array of mesos.v1.Resource with the proto's field names. What names no role is statically
  // reserved to default_role, unless that is "*". Equal names are summed. Zero amounts are allowed
  // here, and dropped.
  static absl::StatusOr<Resources> Parse(absl::string_view text,
                                         absl::string_view default_role = "*");

  // Validates fully: names, types and amounts (more than zero; collections not empty), reservations
  // (in `role` and `reservation`, or in `reservations`, not mixed), disks, sharing, allocation. The
  // error names the field ("resources[2].scalar.value") and its value.
  static absl::StatusOr<Resources> FromProto(const ProtoList& protos);
  static absl::StatusOr<Resources> FromProto(const v1::Resource& proto);

  // A plain scalar of that many thousandths; nothing where millis <= 0.
  static Resources Scalar(absl::string_view name, int64_t millis);

  // Appends, in a fixed order, in the format with `reservations`.
  void ToProto(ProtoList* protos) const;

  // Appends in the older format, for frameworks without RESERVATION_REFINEMENT: `role` for static
  // reservations (whose principal and labels have no place there), `role` and `reservation` for
  // dynamic ones. FailedPrecondition, and nothing appended, where a refined reservation makes that
  // impossible.
  absl::Status ToProtoPreRefinement(ProtoList* protos) const;

  // "cpus:4; mem(eng):1024; ports:[1-5]", which Parse reads back. What the grammar cannot say is
  // shown in angle brackets: "disk(eng)<dynamic, volume data, allocated eng/web>:64".
  std::string ToString() const;

  // A JSON array that Parse reads back without loss.
  std::string ToJson() const;

  // -- Looking --

  bool empty() const { return entries_.empty(); }
  size_t size() const { return entries_.size(); }
  const_iterator begin() const { return entries_.begin(); }
  const_iterator end() const { return entries_.end(); }

  // Whether everything in other is here, in at least that amount.
  bool Contains(const Resources& other) const;

  // The sum over all entries of that name, in thousandths. Shared resources count once.
  int64_t ScalarMillis(absl::string_view name) const;
  // In whole units.
  double cpus() const { return MillisToDouble(ScalarMillis("cpus")); }
  double mem() const { return MillisToDouble(ScalarMillis("mem")); }    // MB.
  double disk() const { return MillisToDouble(ScalarMillis("disk")); }  // MB.
  double gpus() const { return MillisToDouble(ScalarMillis("gpus")); }
  Ranges ports() const;

  // -- Algebra --

  // Addition is commutative and associative: amounts are summed (collections united), resources
  // that cannot be merged are put side by side.
  Resources& operator+=(const Resources& other);
  Resources& operator+=(const ResourceEntry& entry);

  // Takes away what is here of `other`. What is not here is ignored: scalars and copies stop at
  // zero, collections lose what they have in common, and a disk that cannot be merged goes only
  // when it is here with the same amount. So (a + b) - b == a for scalars, copies, and disjoint
  // collections.
  Resources& operator-=(const Resources& other);

  friend Resources operator+(Resources a, const Resources& b) { return std::move(a += b); }
  friend Resources operator-(Resources a, const Resources& b) { return std::move(a -= b); }
  friend bool operator==(const Resources& a, const Resources& b) { return a.Equals(b); }

  // -- Views: the part for which it holds --

  Resources Filter(absl::FunctionRef<bool(const ResourceEntry&)> predicate) const;
  Resources Unreserved() const;
  Resources ReservedTo(absl::string_view role) const;  // Exactly that role.
  Resources AllocatableTo(absl::string_view role) const;
  Resources Revocable() const;
  Resources NonRevocable() const;
  Resources Shared() const;
  Resources NonShared() const;
  Resources Scalars() const;
  Resources PersistentVolumes() const;

  // By role of the uppermost reservation, without what is unreserved.
  std::map<std::string, Resources> Reservations() const;
  // By allocation role; "" holds what is not allocated.
  std::map<std::string, Resources> Allocations() const;

  // -- Allocation to a role --

  void Allocate(absl::string_view role);
  void Unallocate();
  // The one role that everything here is allocated to; nothing when empty, unallocated or mixed.
  std::optional<std::string> AllocationRole() const;

  // -- Reservations --

  // Reserves everything once more. Refuses a role that is not strictly below the present one, a
  // static reservation above another, and "*".
  absl::StatusOr<Resources> PushReservation(const ResourceEntry::Reservation& reservation) const;
  // Takes the uppermost reservation off everything; FailedPrecondition where there is none.
  absl::StatusOr<Resources> PopReservation() const;
  // Without any reservation. For counting: persistent volumes stay volumes, which an agent never
  // has unreserved.
  Resources ToUnreserved() const;

  // -- Operations --

  // What these resources become by the operation: RESERVE, UNRESERVE, CREATE, DESTROY, GROW_VOLUME
  // and SHRINK_VOLUME are applied, the others leave them as they are. The operation's resources
  // must be here exactly, allocation included (see SetAllocationRole). FailedPrecondition names
  // what is missing, InvalidArgument what is wrong with the operation. Rules that need more than
  // these resources (who may, what is in use) are the master's.
  absl::StatusOr<Resources> Apply(const v1::Offer::Operation& operation) const;

 private:
  friend class ResourceReader;

  bool Equals(const Resources& other) const;
  void AddMissing(std::vector<const ResourceEntry*> missing);
  template <typename Change>
  Resources Transform(Change change) const;

  std::vector<ResourceEntry> entries_;  // Strictly ascending by Compare; none without amount.
};

MESOS_EXPORT std::ostream& operator<<(std::ostream& out, const Resources& resources);

// What a task or an executor asks for: valid as FromProto has it, and besides no more than three
// decimals, whole gpus, one allocation role (or none), no name both revocable and not, and a
// `volume` for each persistent volume. An empty list is fine here.
MESOS_EXPORT absl::Status ValidateTaskResources(const Resources::ProtoList& protos);

// Writes allocation_info into, or takes it out of, every resource of a RESERVE, UNRESERVE, CREATE,
// DESTROY, GROW_VOLUME, SHRINK_VOLUME, CREATE_DISK or DESTROY_DISK. What already names a role keeps
// it. Offers are allocated, agents' totals are not: so one operation applies to both.
void SetAllocationRole(absl::string_view role, v1::Offer::Operation* operation);
void ClearAllocationRole(v1::Offer::Operation* operation);

}  // namespace mesos

#endif  // MESOS_RESOURCES_H_
