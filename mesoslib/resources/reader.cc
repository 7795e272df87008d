#include "mesoslib/resources/reader.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mesos/roles.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/resources/metadata.h"
#include "mesoslib/resources/validation.h"

namespace mesos {
namespace {

using ReservationInfo = v1::Resource::ReservationInfo;
using Zero = ResourceReader::Zero;

absl::Status InElement(const absl::Status& status, absl::string_view element,
                       const v1::Resource& proto) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(element, ".", status.message(), " (resource '",
                                                  proto.name().substr(0, 100), "')"));
}

absl::Status CheckOneMember(const v1::Resource& proto, v1::Value::Type type) {
  const std::pair<v1::Value::Type, bool> members[] = {{v1::Value::SCALAR, proto.has_scalar()},
                                                      {v1::Value::RANGES, proto.has_ranges()},
                                                      {v1::Value::SET, proto.has_set()}};
  for (const auto& [member, present] : members) {
    if (present == (member == type)) continue;
    return InvalidField("type", absl::StrCat("is ", v1::Value::Type_Name(type), ", but ",
                                             v1::Value::Type_Name(member), " is ",
                                             present ? "set too" : "not set"));
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> ReadScalar(const v1::Resource& proto, Zero zero) {
  constexpr absl::string_view kField = "scalar.value";
  if (!proto.scalar().has_value()) return InvalidField(kField, "is missing");
  const double value = proto.scalar().value();
  absl::StatusOr<int64_t> millis = MillisFromDouble(value);
  if (!millis.ok()) return Annotate(millis.status(), kField);
  if (*millis == 0 && (value != 0 || zero == Zero::kRefuse)) {
    return InvalidField(kField, absl::StrCat(value, " must be greater than zero when rounded to ",
                                             "three decimals"));
  }
  return millis;
}

absl::Status EmptyCollection(absl::string_view field) {
  return InvalidField(field, "is empty: expected at least one element");
}

absl::StatusOr<std::vector<ReservationInfo>> ReadStack(const v1::Resource& proto) {
  if (proto.has_role()) {
    return InvalidField("role", absl::StrCat("'", proto.role(), "' is set beside reservations: ",
                                             "the two formats cannot be mixed"));
  }
  if (proto.has_reservation()) {
    return InvalidField("reservation",
                        "is set beside reservations: the two formats cannot be mixed");
  }
  return std::vector<ReservationInfo>(proto.reservations().begin(), proto.reservations().end());
}

// The older format: `role`, and `reservation` where it is dynamic.
absl::StatusOr<std::vector<ReservationInfo>> ReadRole(const v1::Resource& proto) {
  RETURN_IF_ERROR(Annotate(ValidateRole(proto.role()), "role"));
  const bool reserved = proto.role() != kDefaultRole;
  if (!proto.has_reservation() && !reserved) return std::vector<ReservationInfo>();
  if (!reserved)
    return InvalidField("role", "'*' has a reservation: expected a role to reserve to");
  if (proto.reservation().has_type() || proto.reservation().has_role()) {
    return InvalidField("reservation", "sets type or role, which belong into reservations");
  }
  ReservationInfo reservation = proto.reservation();
  reservation.set_type(proto.has_reservation() ? ReservationInfo::DYNAMIC
                                               : ReservationInfo::STATIC);
  reservation.set_role(proto.role());
  return std::vector<ReservationInfo>{std::move(reservation)};
}

absl::StatusOr<std::vector<ReservationInfo>> ReadReservations(const v1::Resource& proto) {
  ASSIGN_OR_RETURN(std::vector<ReservationInfo> stack,
                   proto.reservations_size() > 0 ? ReadStack(proto) : ReadRole(proto));
  RETURN_IF_ERROR(ValidateReservations(stack));
  for (ReservationInfo& reservation : stack) reservation.DiscardUnknownFields();
  return stack;
}

absl::StatusOr<std::shared_ptr<const v1::Resource::DiskInfo>> ReadDisk(const v1::Resource& proto) {
  if (proto.name() != "disk" || proto.type() != v1::Value::SCALAR) {
    return InvalidField("disk", "is set: only a scalar named disk may have it");
  }
  RETURN_IF_ERROR(ValidateDisk(proto.disk()));
  auto disk = std::make_shared<v1::Resource::DiskInfo>(proto.disk());
  disk->DiscardUnknownFields();
  return disk;
}

bool IsPlain(const v1::Resource& proto) {
  return proto.reservations_size() == 0 && !proto.has_role() && !proto.has_reservation() &&
         !proto.has_disk() && !proto.has_provider_id() && !proto.has_revocable() &&
         !proto.has_shared();
}

absl::StatusOr<MetadataPtr> ReadMetadata(const v1::Resource& proto) {
  if (IsPlain(proto)) return MetadataPtr();
  ResourceMetadata metadata;
  ASSIGN_OR_RETURN(metadata.reservations, ReadReservations(proto));
  if (proto.has_disk()) {
    ASSIGN_OR_RETURN(metadata.disk, ReadDisk(proto));
  }
  if (proto.has_provider_id()) {
    metadata.provider_id = proto.provider_id().value();
    if (metadata.provider_id.empty())
      return InvalidField("provider_id.value", "is missing or empty");
  }
  metadata.revocable = proto.has_revocable();
  metadata.shared = proto.has_shared();
  RETURN_IF_ERROR(ValidateCombination(metadata));
  return SealMetadata(std::move(metadata));
}

absl::StatusOr<CompactString> ReadAllocation(const v1::Resource& proto) {
  if (!proto.has_allocation_info()) return CompactString();
  constexpr absl::string_view kField = "allocation_info.role";
  if (!proto.allocation_info().has_role()) return InvalidField(kField, "is missing");
  RETURN_IF_ERROR(Annotate(ValidateRole(proto.allocation_info().role()), kField));
  return CompactString(proto.allocation_info().role());
}

}  // namespace

absl::Status ResourceReader::ReadValue(const v1::Resource& proto, Zero zero, ResourceEntry* entry) {
  if (!proto.has_type()) return InvalidField("type", "is missing: expected SCALAR, RANGES or SET");
  if (proto.type() == v1::Value::TEXT) {
    return InvalidField("type", "is TEXT: a resource is SCALAR, RANGES or SET");
  }
  RETURN_IF_ERROR(CheckOneMember(proto, proto.type()));
  if (proto.type() == v1::Value::SCALAR) {
    ASSIGN_OR_RETURN(entry->value_, ReadScalar(proto, zero));
    return absl::OkStatus();
  }
  if (proto.type() == v1::Value::RANGES) {
    absl::StatusOr<Ranges> ranges = Ranges::FromProto(proto.ranges());
    if (!ranges.ok()) return Annotate(ranges.status(), "ranges");
    if (ranges->empty() && zero == Zero::kRefuse) return EmptyCollection("ranges.range");
    entry->value_ = std::make_shared<const Ranges>(*std::move(ranges));
    return absl::OkStatus();
  }
  absl::StatusOr<Items> items = Items::FromProto(proto.set());
  if (!items.ok()) return Annotate(items.status(), "set.item");
  if (items->empty() && zero == Zero::kRefuse) return EmptyCollection("set.item");
  entry->value_ = std::make_shared<const Items>(*std::move(items));
  return absl::OkStatus();
}

absl::StatusOr<ResourceEntry> ResourceReader::ReadEntry(const v1::Resource& proto, Zero zero) {
  ResourceEntry entry;
  if (proto.name().empty()) return InvalidField("name", "is missing or empty");
  entry.name_ = CompactString(proto.name());
  RETURN_IF_ERROR(ReadValue(proto, zero, &entry));
  ASSIGN_OR_RETURN(entry.metadata_, ReadMetadata(proto));
  ASSIGN_OR_RETURN(entry.allocation_role_, ReadAllocation(proto));
  return entry;
}

absl::StatusOr<Resources> ResourceReader::Read(const Resources::ProtoList& protos, Zero zero) {
  if (protos.size() > kMaxResourcesInList) {
    return InvalidField("resources", absl::StrCat("has ", protos.size(), " elements: at most ",
                                                  kMaxResourcesInList));
  }
  std::vector<ResourceEntry> entries;
  entries.reserve(protos.size());
  for (const v1::Resource& proto : protos) {
    absl::StatusOr<ResourceEntry> entry = ReadEntry(proto, zero);
    if (!entry.ok()) {
      return InElement(entry.status(), absl::StrCat("resources[", entries.size(), "]"), proto);
    }
    if (!entries.empty()) ShareParts(entries.back(), &*entry);
    entries.push_back(*std::move(entry));
  }
  Resources resources = Sum(entries);
  RETURN_IF_ERROR(CheckSums(resources));
  return resources;
}

absl::StatusOr<Resources> ResourceReader::Read(const v1::Resource& proto, Zero zero) {
  absl::StatusOr<ResourceEntry> entry = ReadEntry(proto, zero);
  if (!entry.ok()) return InElement(entry.status(), "resource", proto);
  return Sum(absl::MakeConstSpan(&*entry, 1));
}

// Most entries of one list repeat what the one before has: then they share it.
void ResourceReader::ShareParts(const ResourceEntry& previous, ResourceEntry* entry) {
  if (entry->allocation_role_ == previous.allocation_role_) {
    entry->allocation_role_ = previous.allocation_role_;
  }
  // A disk holds more than its identity: it stays.
  if (entry->disk() == nullptr && CompareMetadata(entry->metadata_, previous.metadata_) == 0) {
    entry->metadata_ = previous.metadata_;
  }
}

// By halves, so that many entries of one name cost no more than sorting them.
Resources ResourceReader::Sum(absl::Span<const ResourceEntry> entries) {
  constexpr size_t kFew = 8;
  Resources sum;
  if (entries.size() <= kFew) {
    for (const ResourceEntry& entry : entries) sum += entry;
    return sum;
  }
  sum = Sum(entries.subspan(0, entries.size() / 2));
  sum += Sum(entries.subspan(entries.size() / 2));
  return sum;
}

// What was accepted must be accepted again after it was written.
absl::Status ResourceReader::CheckSums(const Resources& resources) {
  for (const ResourceEntry& entry : resources) {
    if (entry.millis() > kMaxScalarMillis) {
      return absl::InvalidArgumentError(
          absl::StrCat("resources: the sum ", FormatMillis(entry.millis()), " of '", entry.name(),
                       "' is too large: at most ", FormatMillis(kMaxScalarMillis)));
    }
    if (entry.ranges().intervals().size() > kMaxRangeIntervals) {
      return absl::InvalidArgumentError(absl::StrCat("resources: '", entry.name(), "' has ",
                                                     entry.ranges().intervals().size(),
                                                     " ranges: at most ", kMaxRangeIntervals));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Resources> Resources::FromProto(const ProtoList& protos) {
  return ResourceReader::Read(protos, Zero::kRefuse);
}

absl::StatusOr<Resources> Resources::FromProto(const v1::Resource& proto) {
  return ResourceReader::Read(proto, Zero::kRefuse);
}

}  // namespace mesos
