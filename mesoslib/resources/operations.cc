#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mesos/resources.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/resources/validation.h"

namespace mesos {
namespace {

using Operation = v1::Offer::Operation;
using DiskSource = v1::Resource::DiskInfo::Source;

// Takes `from` out of `pool` and puts `to` in its place.
absl::Status Replace(const Resources& from, const Resources& to, absl::string_view what,
                     Resources* pool) {
  if (!pool->Contains(from)) {
    return absl::FailedPreconditionError(
        absl::StrCat(what, ": ", from.ToString(), " is not contained in ", pool->ToString()));
  }
  *pool -= from;
  *pool += to;
  return absl::OkStatus();
}

absl::StatusOr<Resources> ReadOne(const v1::Resource& proto, absl::string_view field) {
  if (proto.name().empty() && !proto.has_type()) return InvalidField(field, "is missing");
  absl::StatusOr<Resources> one = Resources::FromProto(proto);
  if (!one.ok()) return Annotate(one.status(), field);
  return one;
}

// The disk that a persistent volume was made of.
absl::StatusOr<Resources> WithoutPersistence(const v1::Resource& volume, absl::string_view field) {
  v1::Resource disk = volume;
  disk.clear_shared();
  disk.mutable_disk()->clear_persistence();
  disk.mutable_disk()->clear_volume();
  if (!disk.disk().has_source()) disk.clear_disk();
  return ReadOne(disk, field);
}

absl::Status RequireDynamic(const v1::Resource& proto, const Resources& one,
                            absl::string_view field) {
  if (one.begin()->IsDynamicallyReserved()) return absl::OkStatus();
  return InvalidField(
      field, absl::StrCat("'", proto.name(), "' is not dynamically reserved: ", one.ToString()));
}

// Moves reserved resources from one reservation to another, without passing through unreserved.
absl::Status Rereserve(const Operation::Reserve& reserve, Resources* pool) {
  absl::StatusOr<Resources> source = Resources::FromProto(reserve.source());
  if (!source.ok()) return Annotate(source.status(), "reserve.source");
  absl::StatusOr<Resources> target = Resources::FromProto(reserve.resources());
  if (!target.ok()) return Annotate(target.status(), "reserve.resources");
  if (!(source->ToUnreserved() == target->ToUnreserved())) {
    return InvalidField("reserve.source",
                        absl::StrCat(source->ToString(), " and reserve.resources ",
                                     target->ToString(), " differ in more than reservations"));
  }
  return Replace(*source, *target, "reserve.source", pool);
}

absl::Status ApplyReserve(const Operation::Reserve& reserve, Resources* pool) {
  if (reserve.source_size() > 0) return Rereserve(reserve, pool);
  for (const v1::Resource& proto : reserve.resources()) {
    ASSIGN_OR_RETURN(const Resources reserved, ReadOne(proto, "reserve.resources"));
    RETURN_IF_ERROR(RequireDynamic(proto, reserved, "reserve.resources"));
    ASSIGN_OR_RETURN(const Resources before, reserved.PopReservation());
    RETURN_IF_ERROR(Replace(before, reserved, "reserve.resources", pool));
  }
  return absl::OkStatus();
}

absl::Status ApplyUnreserve(const Operation::Unreserve& unreserve, Resources* pool) {
  constexpr absl::string_view kField = "unreserve.resources";
  for (const v1::Resource& proto : unreserve.resources()) {
    ASSIGN_OR_RETURN(const Resources reserved, ReadOne(proto, kField));
    RETURN_IF_ERROR(RequireDynamic(proto, reserved, kField));
    if (reserved.begin()->IsPersistentVolume()) {
      return InvalidField(
          kField, absl::StrCat(reserved.ToString(), " is a persistent volume: destroy it first"));
    }
    ASSIGN_OR_RETURN(const Resources after, reserved.PopReservation());
    RETURN_IF_ERROR(Replace(reserved, after, kField, pool));
  }
  return absl::OkStatus();
}

absl::Status ValidateNewVolume(const v1::Resource& proto, const ResourceEntry& volume,
                               const Resources& pool) {
  constexpr absl::string_view kField = "create.volumes";
  if (!volume.IsPersistentVolume() || !proto.disk().has_volume()) {
    return InvalidField(kField, absl::StrCat(volume.ToString(), " lacks disk.persistence or ",
                                             "disk.volume: a persistent volume needs both"));
  }
  const v1::Volume& mounted = proto.disk().volume();
  if (mounted.has_host_path()) {
    return InvalidField("create.volumes.disk.volume.host_path",
                        absl::StrCat("'", mounted.host_path(), "' is set: the agent chooses it"));
  }
  if (mounted.mode() == v1::Volume::RO) {
    return InvalidField("create.volumes.disk.volume.mode", "is RO: expected RW");
  }
  for (const ResourceEntry& known : pool) {
    if (known.IsPersistentVolume() && known.reservation_role() == volume.reservation_role() &&
        known.disk()->persistence().id() == volume.disk()->persistence().id()) {
      return InvalidField("create.volumes.disk.persistence.id",
                          absl::StrCat("'", volume.disk()->persistence().id(),
                                       "' is already used by a volume of that role"));
    }
  }
  return absl::OkStatus();
}

absl::Status ApplyCreate(const Operation::Create& create, Resources* pool) {
  for (const v1::Resource& proto : create.volumes()) {
    ASSIGN_OR_RETURN(const Resources volume, ReadOne(proto, "create.volumes"));
    RETURN_IF_ERROR(ValidateNewVolume(proto, *volume.begin(), *pool));
    ASSIGN_OR_RETURN(const Resources disk, WithoutPersistence(proto, "create.volumes"));
    RETURN_IF_ERROR(Replace(disk, volume, "create.volumes", pool));
  }
  return absl::OkStatus();
}

absl::Status RequireVolume(const Resources& volume, absl::string_view field) {
  if (volume.begin()->IsPersistentVolume()) return absl::OkStatus();
  return InvalidField(field, absl::StrCat(volume.ToString(), " is not a persistent volume"));
}

absl::Status ApplyDestroy(const Operation::Destroy& destroy, Resources* pool) {
  constexpr absl::string_view kField = "destroy.volumes";
  for (const v1::Resource& proto : destroy.volumes()) {
    ASSIGN_OR_RETURN(const Resources volume, ReadOne(proto, kField));
    RETURN_IF_ERROR(RequireVolume(volume, kField));
    ASSIGN_OR_RETURN(const Resources disk, WithoutPersistence(proto, kField));
    RETURN_IF_ERROR(Replace(volume, disk, kField, pool));
    if (pool->Contains(volume)) {
      return absl::FailedPreconditionError(absl::StrCat(
          kField, ": ", volume.ToString(), " is shared and other copies of it are there still"));
    }
  }
  return absl::OkStatus();
}

absl::Status RequireResizable(const Resources& volume, absl::string_view field) {
  RETURN_IF_ERROR(RequireVolume(volume, field));
  const ResourceEntry& entry = *volume.begin();
  if (entry.IsShared()) {
    return InvalidField(field, absl::StrCat(volume.ToString(), " is shared: it cannot be resized"));
  }
  if (!entry.provider_id().empty()) {
    return InvalidField(
        field,
        absl::StrCat(volume.ToString(), " belongs to a resource provider: it cannot be resized"));
  }
  if (entry.disk()->has_source() && entry.disk()->source().type() != DiskSource::PATH) {
    return InvalidField(field,
                        absl::StrCat(volume.ToString(), " is neither on the root disk nor on ",
                                     "a PATH disk: it cannot be resized"));
  }
  return absl::OkStatus();
}

Resources Resized(const Resources& volume, int64_t change) {
  Resources result;
  result += volume.begin()->WithMillis(volume.begin()->millis() + change);
  return result;
}

absl::Status ApplyGrow(const Operation::GrowVolume& grow, Resources* pool) {
  ASSIGN_OR_RETURN(const Resources volume, ReadOne(grow.volume(), "grow_volume.volume"));
  RETURN_IF_ERROR(RequireResizable(volume, "grow_volume.volume"));
  ASSIGN_OR_RETURN(const Resources addition, ReadOne(grow.addition(), "grow_volume.addition"));
  ASSIGN_OR_RETURN(const Resources disk, WithoutPersistence(grow.volume(), "grow_volume.volume"));
  if (disk.begin()->Compare(*addition.begin()) != 0) {
    return InvalidField("grow_volume.addition",
                        absl::StrCat(addition.ToString(), " is not of the kind the volume is made ",
                                     "of: ", disk.ToString()));
  }
  const int64_t added = addition.begin()->millis();
  if (volume.begin()->millis() > kMaxScalarMillis - added) {
    return InvalidField("grow_volume.addition", "makes the volume too large");
  }
  return Replace(volume + addition, Resized(volume, added), "grow_volume", pool);
}

absl::Status ApplyShrink(const Operation::ShrinkVolume& shrink, Resources* pool) {
  constexpr absl::string_view kSubtract = "shrink_volume.subtract";
  ASSIGN_OR_RETURN(const Resources volume, ReadOne(shrink.volume(), "shrink_volume.volume"));
  RETURN_IF_ERROR(RequireResizable(volume, "shrink_volume.volume"));
  const absl::StatusOr<int64_t> removed = MillisFromDouble(shrink.subtract().value());
  if (!removed.ok()) return Annotate(removed.status(), kSubtract);
  if (*removed <= 0 || *removed >= volume.begin()->millis()) {
    return InvalidField(kSubtract,
                        absl::StrCat(shrink.subtract().value(), " must be more than zero ",
                                     "and less than the volume, ", volume.ToString()));
  }
  v1::Resource part = shrink.volume();
  part.mutable_scalar()->set_value(MillisToDouble(*removed));
  ASSIGN_OR_RETURN(const Resources freed, WithoutPersistence(part, "shrink_volume.volume"));
  return Replace(volume, Resized(volume, -*removed) + freed, "shrink_volume.volume", pool);
}

absl::Status ApplyTo(const Operation& operation, Resources* pool) {
  switch (operation.type()) {
    case Operation::RESERVE:
      return ApplyReserve(operation.reserve(), pool);
    case Operation::UNRESERVE:
      return ApplyUnreserve(operation.unreserve(), pool);
    case Operation::CREATE:
      return ApplyCreate(operation.create(), pool);
    case Operation::DESTROY:
      return ApplyDestroy(operation.destroy(), pool);
    case Operation::GROW_VOLUME:
      return ApplyGrow(operation.grow_volume(), pool);
    case Operation::SHRINK_VOLUME:
      return ApplyShrink(operation.shrink_volume(), pool);
    case Operation::LAUNCH:
    case Operation::LAUNCH_GROUP:
    case Operation::CREATE_DISK:
    case Operation::DESTROY_DISK:
      return absl::OkStatus();
    case Operation::UNKNOWN:
      break;
  }
  return InvalidField("operation.type", "is missing or UNKNOWN");
}

template <typename Change>
void ForEachResource(Operation* operation, Change change) {
  const auto each = [&](Resources::ProtoList* list) {
    for (v1::Resource& resource : *list) change(&resource);
  };
  if (operation->has_reserve()) {
    each(operation->mutable_reserve()->mutable_source());
    each(operation->mutable_reserve()->mutable_resources());
  }
  if (operation->has_unreserve()) each(operation->mutable_unreserve()->mutable_resources());
  if (operation->has_create()) each(operation->mutable_create()->mutable_volumes());
  if (operation->has_destroy()) each(operation->mutable_destroy()->mutable_volumes());
  if (operation->grow_volume().has_volume()) {
    change(operation->mutable_grow_volume()->mutable_volume());
  }
  if (operation->grow_volume().has_addition()) {
    change(operation->mutable_grow_volume()->mutable_addition());
  }
  if (operation->shrink_volume().has_volume()) {
    change(operation->mutable_shrink_volume()->mutable_volume());
  }
  if (operation->create_disk().has_source()) {
    change(operation->mutable_create_disk()->mutable_source());
  }
  if (operation->destroy_disk().has_source()) {
    change(operation->mutable_destroy_disk()->mutable_source());
  }
}

}  // namespace

absl::StatusOr<Resources> Resources::Apply(const v1::Offer::Operation& operation) const {
  Resources result = *this;
  RETURN_IF_ERROR(ApplyTo(operation, &result));
  return result;
}

void SetAllocationRole(absl::string_view role, v1::Offer::Operation* operation) {
  const std::string name(role);
  ForEachResource(operation, [&](v1::Resource* resource) {
    if (resource->allocation_info().has_role()) return;
    resource->mutable_allocation_info()->set_role(name);
  });
}

void ClearAllocationRole(v1::Offer::Operation* operation) {
  ForEachResource(operation, [](v1::Resource* resource) { resource->clear_allocation_info(); });
}

}  // namespace mesos
