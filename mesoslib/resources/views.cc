#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mesos/resources.h"
#include "mesos/roles.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/resources/metadata.h"
#include "mesoslib/resources/validation.h"

namespace mesos {

// Each entry as `change` makes it; different ones may become one.
template <typename Change>
Resources Resources::Transform(Change change) const {
  Resources result;
  for (ResourceEntry entry : entries_) {
    change(entry);
    result += entry;
  }
  return result;
}

int64_t Resources::ScalarMillis(absl::string_view name) const {
  int64_t sum = 0;
  for (const ResourceEntry& entry : entries_) {
    if (entry.type() != ResourceEntry::Type::kScalar || entry.name() != name) continue;
    const int copies = entry.IsShared() ? 1 : entry.copies();
    int64_t millis = 0;
    if (__builtin_mul_overflow(entry.millis(), copies, &millis)) millis = INT64_MAX;
    sum = SaturatingAdd(sum, millis);
  }
  return sum;
}

Ranges Resources::ports() const {
  Ranges result;
  for (const ResourceEntry& entry : entries_) {
    if (entry.name() == "ports") result = result.Union(entry.ranges());
  }
  return result;
}

Resources Resources::Filter(absl::FunctionRef<bool(const ResourceEntry&)> predicate) const {
  Resources result;
  for (const ResourceEntry& entry : entries_) {
    if (predicate(entry)) result.entries_.push_back(entry);
  }
  return result;
}

Resources Resources::Unreserved() const {
  return Filter([](const ResourceEntry& entry) { return entry.IsUnreserved(); });
}

Resources Resources::ReservedTo(absl::string_view role) const {
  return Filter([&](const ResourceEntry& entry) { return entry.IsReservedTo(role); });
}

Resources Resources::AllocatableTo(absl::string_view role) const {
  return Filter([&](const ResourceEntry& entry) { return entry.IsAllocatableTo(role); });
}

Resources Resources::Revocable() const {
  return Filter([](const ResourceEntry& entry) { return entry.IsRevocable(); });
}

Resources Resources::NonRevocable() const {
  return Filter([](const ResourceEntry& entry) { return !entry.IsRevocable(); });
}

Resources Resources::Shared() const {
  return Filter([](const ResourceEntry& entry) { return entry.IsShared(); });
}

Resources Resources::NonShared() const {
  return Filter([](const ResourceEntry& entry) { return !entry.IsShared(); });
}

Resources Resources::Scalars() const {
  return Filter(
      [](const ResourceEntry& entry) { return entry.type() == ResourceEntry::Type::kScalar; });
}

Resources Resources::PersistentVolumes() const {
  return Filter([](const ResourceEntry& entry) { return entry.IsPersistentVolume(); });
}

std::map<std::string, Resources> Resources::Reservations() const {
  std::map<std::string, Resources> by_role;
  for (const ResourceEntry& entry : entries_) {
    if (entry.IsUnreserved()) continue;
    by_role[std::string(entry.reservation_role())].entries_.push_back(entry);
  }
  return by_role;
}

std::map<std::string, Resources> Resources::Allocations() const {
  std::map<std::string, Resources> by_role;
  for (const ResourceEntry& entry : entries_) {
    by_role[std::string(entry.allocation_role())].entries_.push_back(entry);
  }
  return by_role;
}

void Resources::Allocate(absl::string_view role) {
  const CompactString shared_role(role);
  *this = Transform([&](ResourceEntry& entry) { entry.allocation_role_ = shared_role; });
}

void Resources::Unallocate() { Allocate(""); }

std::optional<std::string> Resources::AllocationRole() const {
  if (entries_.empty()) return std::nullopt;
  const CompactString& role = entries_.front().allocation_role_;
  if (role.empty()) return std::nullopt;
  for (const ResourceEntry& entry : entries_) {
    if (!(entry.allocation_role_ == role)) return std::nullopt;
  }
  return std::string(role.view());
}

absl::StatusOr<Resources> Resources::PushReservation(
    const ResourceEntry::Reservation& reservation) const {
  Resources result;
  for (ResourceEntry entry : entries_) {
    ResourceMetadata metadata = CopyMetadata(entry.metadata_);
    metadata.reservations.push_back(reservation);
    RETURN_IF_ERROR(Annotate(ValidateReservations(metadata.reservations), entry.ToString()));
    RETURN_IF_ERROR(Annotate(ValidateCombination(metadata), entry.ToString()));
    entry.metadata_ = SealMetadata(std::move(metadata));
    result += entry;
  }
  return result;
}

absl::StatusOr<Resources> Resources::PopReservation() const {
  Resources result;
  for (ResourceEntry entry : entries_) {
    if (entry.IsUnreserved()) {
      return absl::FailedPreconditionError(
          absl::StrCat(entry.ToString(), " has no reservation to take off"));
    }
    ResourceMetadata metadata = CopyMetadata(entry.metadata_);
    metadata.reservations.pop_back();
    entry.metadata_ = SealMetadata(std::move(metadata));
    result += entry;
  }
  return result;
}

Resources Resources::ToUnreserved() const {
  return Transform([](ResourceEntry& entry) {
    if (entry.IsUnreserved()) return;
    ResourceMetadata metadata = CopyMetadata(entry.metadata_);
    metadata.reservations.clear();
    entry.metadata_ = SealMetadata(std::move(metadata));
  });
}

}  // namespace mesos
