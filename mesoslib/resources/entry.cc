#include <algorithm>
#include <limits>

#include "mesos/resources.h"
#include "mesos/roles.h"
#include "mesoslib/resources/metadata.h"

namespace mesos {
namespace {

int CompareNumbers(int64_t a, int64_t b) { return a < b ? -1 : (a > b ? 1 : 0); }

}  // namespace

int64_t ResourceEntry::millis() const {
  const int64_t* millis = std::get_if<int64_t>(&value_);
  return millis == nullptr ? 0 : *millis;
}

const Ranges& ResourceEntry::ranges() const {
  static const Ranges* const kNone = new Ranges();
  const RangesPtr* ranges = std::get_if<RangesPtr>(&value_);
  return ranges == nullptr ? *kNone : **ranges;
}

const Items& ResourceEntry::items() const {
  static const Items* const kNone = new Items();
  const ItemsPtr* items = std::get_if<ItemsPtr>(&value_);
  return items == nullptr ? *kNone : **items;
}

std::span<const ResourceEntry::Reservation> ResourceEntry::reservations() const {
  if (metadata_ == nullptr) return {};
  return metadata_->reservations;
}

absl::string_view ResourceEntry::reservation_role() const {
  if (IsUnreserved()) return kDefaultRole;
  return reservations().back().role();
}

const ResourceEntry::DiskInfo* ResourceEntry::disk() const {
  return metadata_ == nullptr ? nullptr : metadata_->disk.get();
}

absl::string_view ResourceEntry::provider_id() const {
  if (metadata_ == nullptr) return {};
  return metadata_->provider_id;
}

bool ResourceEntry::IsDynamicallyReserved() const {
  return !IsUnreserved() && reservations().back().type() == Reservation::DYNAMIC;
}

bool ResourceEntry::IsReservedTo(absl::string_view role) const {
  return !IsUnreserved() && reservation_role() == role;
}

bool ResourceEntry::IsAllocatableTo(absl::string_view role) const {
  return IsUnreserved() || IsSubroleOf(role, reservation_role());
}

bool ResourceEntry::IsRevocable() const { return metadata_ != nullptr && metadata_->revocable; }

bool ResourceEntry::IsShared() const { return metadata_ != nullptr && metadata_->shared; }

bool ResourceEntry::IsPersistentVolume() const {
  return disk() != nullptr && disk()->has_persistence();
}

bool ResourceEntry::IsDivisible() const { return metadata_ == nullptr || metadata_->divisible; }

ResourceEntry ResourceEntry::WithMillis(int64_t millis) const {
  ResourceEntry result = *this;
  result.value_ = millis;
  return result;
}

int ResourceEntry::Compare(const ResourceEntry& other) const {
  if (int order = name_.Compare(other.name_)) return order;
  if (int order = CompareNumbers(value_.index(), other.value_.index())) return order;
  if (int order = allocation_role_.Compare(other.allocation_role_)) return order;
  if (int order = CompareMetadata(metadata_, other.metadata_)) return order;
  return IsDivisible() ? 0 : CompareNumbers(millis(), other.millis());
}

bool ResourceEntry::HasAmount() const {
  if (copies_ <= 0) return false;
  switch (type()) {
    case Type::kScalar:
      return millis() > 0;
    case Type::kRanges:
      return !ranges().empty();
    case Type::kSet:
      return !items().empty();
  }
  return false;
}

// The four below compare amounts of entries whose identities are equal.

bool ResourceEntry::SameAmount(const ResourceEntry& other) const {
  if (copies_ != other.copies_) return false;
  switch (type()) {
    case Type::kScalar:
      return millis() == other.millis();
    case Type::kRanges:
      return &ranges() == &other.ranges() || ranges() == other.ranges();
    case Type::kSet:
      return &items() == &other.items() || items() == other.items();
  }
  return false;
}

bool ResourceEntry::Covers(const ResourceEntry& other) const {
  if (!IsDivisible()) return copies_ >= other.copies_;
  switch (type()) {
    case Type::kScalar:
      return millis() >= other.millis();
    case Type::kRanges:
      return &ranges() == &other.ranges() || ranges().Contains(other.ranges());
    case Type::kSet:
      return &items() == &other.items() || items().Contains(other.items());
  }
  return false;
}

void ResourceEntry::Absorb(const ResourceEntry& other) {
  if (!IsDivisible()) {
    const int64_t copies = int64_t{copies_} + other.copies_;
    copies_ = static_cast<int32_t>(std::min<int64_t>(copies, std::numeric_limits<int32_t>::max()));
    return;
  }
  switch (type()) {
    case Type::kScalar:
      value_ = SaturatingAdd(millis(), other.millis());
      return;
    case Type::kRanges:
      value_ = std::make_shared<const Ranges>(ranges().Union(other.ranges()));
      return;
    case Type::kSet:
      value_ = std::make_shared<const Items>(items().Union(other.items()));
      return;
  }
}

void ResourceEntry::Remove(const ResourceEntry& other) {
  if (!IsDivisible()) {
    copies_ = std::max(0, copies_ - other.copies_);
    return;
  }
  switch (type()) {
    case Type::kScalar:
      value_ = std::max(int64_t{0}, millis() - other.millis());
      return;
    case Type::kRanges:
      value_ = std::make_shared<const Ranges>(ranges().Difference(other.ranges()));
      return;
    case Type::kSet:
      value_ = std::make_shared<const Items>(items().Difference(other.items()));
      return;
  }
}

}  // namespace mesos
