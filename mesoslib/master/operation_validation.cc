#include "mesoslib/master/operation_validation.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mesos/resources.h"
#include "mesoslib/base/ids_validation.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/resources/conversions.h"

namespace mesos::master {
namespace {

using Operation = v1::Offer::Operation;
using AgentCapability = v1::AgentInfo::Capability;
using DiskSource = v1::Resource::DiskInfo::Source;
using Reservation = ResourceEntry::Reservation;
using ResourceList = Resources::ProtoList;

absl::Status Invalid(absl::string_view field, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(field, " ", problem));
}

bool Has(const Agent& agent, AgentCapability::Type type) {
  for (const AgentCapability& capability : agent.capability_list) {
    if (capability.type() == type) return true;
  }
  return false;
}

absl::Status RequireCapability(const Agent& agent, AgentCapability::Type type,
                               absl::string_view field) {
  if (Has(agent, type)) return absl::OkStatus();
  return Invalid(field, absl::StrCat("is set, but the agent ", agent.id.value(),
                                     " has no capability ", AgentCapability::Type_Name(type)));
}

absl::Status CheckPrincipal(absl::string_view field, bool has_principal,
                            absl::string_view principal, absl::string_view expected) {
  if (has_principal ? principal == expected && !expected.empty() : expected.empty()) {
    return absl::OkStatus();
  }
  return Invalid(
      field,
      absl::StrCat("is ", has_principal ? Quoted(principal) : "missing", "; expected ",
                   expected.empty() ? "none, for who asks has no principal" : Quoted(expected)));
}

// What is wrong with a resource of any operation. The entry is the resource, read.
absl::Status CheckResource(const v1::Resource& proto, const ResourceEntry& entry,
                           const OperationContext& context, absl::string_view field) {
  if (proto.has_provider_id()) {
    return Invalid(absl::StrCat(field, ".provider_id"),
                   absl::StrCat("is ", Quoted(proto.provider_id().value()),
                                "; this master knows no resource providers"));
  }
  if (entry.IsRevocable()) return Invalid(absl::StrCat(field, ".revocable"), "is set");
  if (entry.IsShared()) {
    return Invalid(absl::StrCat(field, ".shared"), "is set; this master shares no volumes");
  }
  if (!entry.allocation_role().empty() && entry.allocation_role() != context.role) {
    return Invalid(absl::StrCat(field, ".allocation_info.role"),
                   absl::StrCat("is ", Quoted(entry.allocation_role()), "; expected ",
                                context.role.empty() ? "none" : Quoted(context.role)));
  }
  if (!entry.HasRefinedReservations()) return absl::OkStatus();
  if (context.framework != nullptr && !context.framework->capabilities.reservation_refinement) {
    return Invalid(absl::StrCat(field, ".reservations"),
                   "has more than one level; that takes the capability RESERVATION_REFINEMENT");
  }
  return RequireCapability(context.agent, AgentCapability::RESERVATION_REFINEMENT,
                           absl::StrCat(field, ".reservations with more than one level"));
}

// Reads each resource of the list and looks at it.
template <typename Check>
absl::Status ForEach(const ResourceList& list, absl::string_view name,
                     const OperationContext& context, Check check) {
  if (list.empty()) return Invalid(name, "is empty");
  for (int i = 0; i < list.size(); ++i) {
    const std::string field = absl::StrCat(name, "[", i, "]");
    absl::StatusOr<Resources> one = Resources::FromProto(list[i]);
    if (!one.ok()) return Annotate(one.status(), field);
    RETURN_IF_ERROR(CheckResource(list[i], *one->begin(), context, field));
    RETURN_IF_ERROR(check(list[i], *one->begin(), field));
  }
  return absl::OkStatus();
}

absl::Status CheckReserved(const v1::Resource&, const ResourceEntry& entry,
                           const OperationContext& context, absl::string_view field) {
  if (!entry.IsDynamicallyReserved()) {
    return Invalid(
        field, absl::StrCat("is ", entry.ToString(), "; expected a dynamic reservation uppermost"));
  }
  if (entry.IsPersistentVolume()) {
    return Invalid(absl::StrCat(field, ".disk.persistence"),
                   "is set; a volume is created on what is reserved, not reserved itself");
  }
  const Reservation& reservation = entry.reservations().back();
  if (!context.role.empty() && absl::string_view(reservation.role()) != context.role) {
    return Invalid(absl::StrCat(field, ".reservations.role"),
                   absl::StrCat("is ", Quoted(reservation.role()), "; expected ",
                                Quoted(context.role), ", the role of the offers"));
  }
  if (absl::StrContains(reservation.role(), "/")) {
    RETURN_IF_ERROR(RequireCapability(context.agent, AgentCapability::HIERARCHICAL_ROLE,
                                      absl::StrCat(field, ".reservations.role with a '/'")));
  }
  return CheckPrincipal(absl::StrCat(field, ".reservations.principal"), reservation.has_principal(),
                        reservation.principal(), context.principal);
}

// A reservation that moves may not take a static one, which is the agent's configuration, along.
absl::Status CheckMove(const Operation::Reserve& reserve, const OperationContext& context) {
  if (context.framework != nullptr) {
    return Invalid("reserve.source", "is set; only operators may move reservations");
  }
  RETURN_IF_ERROR(ForEach(reserve.source(), "reserve.source", context,
                          [](const auto&, const ResourceEntry& entry, const std::string& field) {
                            if (!entry.IsPersistentVolume()) return absl::OkStatus();
                            return Invalid(absl::StrCat(field, ".disk.persistence"),
                                           "is set; a volume keeps its reservation");
                          }));
  ASSIGN_OR_RETURN(const Resources source, Resources::FromProto(reserve.source()));
  ASSIGN_OR_RETURN(const Resources target, Resources::FromProto(reserve.resources()));
  ASSIGN_OR_RETURN(const Resources source_base, BeforeConversion(source));
  ASSIGN_OR_RETURN(const Resources target_base, BeforeConversion(target));
  if (source_base == target_base) return absl::OkStatus();
  return Invalid("reserve.source",
                 absl::StrCat("is ", source.ToString(), ", made of ", source_base.ToString(),
                              "; reserve.resources is made of ", target_base.ToString(),
                              "; expected the same"));
}

absl::Status ValidateReserve(const Operation::Reserve& reserve, const OperationContext& context) {
  RETURN_IF_ERROR(
      ForEach(reserve.resources(), "reserve.resources", context,
              [&](const v1::Resource& proto, const ResourceEntry& entry, const std::string& field) {
                return CheckReserved(proto, entry, context, field);
              }));
  return reserve.source().empty() ? absl::OkStatus() : CheckMove(reserve, context);
}

absl::Status ValidateUnreserve(const Operation::Unreserve& unreserve,
                               const OperationContext& context) {
  return ForEach(unreserve.resources(), "unreserve.resources", context,
                 [](const auto&, const ResourceEntry& entry, const std::string& field) {
                   if (entry.IsPersistentVolume()) {
                     return Invalid(absl::StrCat(field, ".disk.persistence"),
                                    "is set; destroy the volume first");
                   }
                   if (entry.IsDynamicallyReserved()) return absl::OkStatus();
                   return Invalid(field, absl::StrCat("is ", entry.ToString(),
                                                      ", which is not dynamically reserved"));
                 });
}

absl::Status CheckSource(const DiskSource& source, const std::string& field) {
  switch (source.type()) {
    case DiskSource::PATH:
      if (!source.path().root().empty()) return absl::OkStatus();
      return Invalid(absl::StrCat(field, ".path.root"), "is missing");
    case DiskSource::MOUNT:
      if (!source.mount().root().empty()) return absl::OkStatus();
      return Invalid(absl::StrCat(field, ".mount.root"), "is missing");
    default:
      return Invalid(absl::StrCat(field, ".type"),
                     absl::StrCat("is ", DiskSource::Type_Name(source.type()),
                                  "; volumes are created on the root disk, PATH and MOUNT"));
  }
}

absl::Status CheckNewVolume(const v1::Resource& proto, const ResourceEntry& entry,
                            const OperationContext& context, const std::string& field) {
  if (!proto.disk().has_persistence()) {
    return Invalid(absl::StrCat(field, ".disk.persistence"), "is missing");
  }
  if (!proto.disk().has_volume()) {
    return Invalid(absl::StrCat(field, ".disk.volume"), "is missing");
  }
  if (proto.disk().has_source()) {
    RETURN_IF_ERROR(CheckSource(proto.disk().source(), absl::StrCat(field, ".disk.source")));
  }
  const auto& persistence = proto.disk().persistence();
  RETURN_IF_ERROR(CheckPrincipal(absl::StrCat(field, ".disk.persistence.principal"),
                                 persistence.has_principal(), persistence.principal(),
                                 context.principal));
  for (const ResourceEntry& known : context.agent.total) {
    if (known.IsPersistentVolume() && known.reservation_role() == entry.reservation_role() &&
        known.disk()->persistence().id() == persistence.id()) {
      return Invalid(
          absl::StrCat(field, ".disk.persistence.id"),
          absl::StrCat("is ", Quoted(persistence.id()), ", which another volume of ", "the role ",
                       Quoted(entry.reservation_role()), " on that agent has"));
    }
  }
  return absl::OkStatus();
}

absl::Status ValidateCreate(const Operation::Create& create, const OperationContext& context) {
  return ForEach(
      create.volumes(), "create.volumes", context,
      [&](const v1::Resource& proto, const ResourceEntry& entry, const std::string& field) {
        return CheckNewVolume(proto, entry, context, field);
      });
}

absl::Status CheckVolume(const v1::Resource&, const ResourceEntry& entry,
                         const std::string& field) {
  if (entry.IsPersistentVolume()) return absl::OkStatus();
  return Invalid(field, absl::StrCat("is ", entry.ToString(), "; expected a persistent volume"));
}

absl::Status CheckOne(const v1::Resource& resource, absl::string_view name,
                      const OperationContext& context) {
  absl::StatusOr<Resources> one = Resources::FromProto(resource);
  if (!one.ok()) return Annotate(one.status(), name);
  return CheckResource(resource, *one->begin(), context, name);
}

absl::Status ValidateGrow(const Operation::GrowVolume& grow, const OperationContext& context) {
  RETURN_IF_ERROR(RequireCapability(context.agent, AgentCapability::RESIZE_VOLUME, "grow_volume"));
  RETURN_IF_ERROR(CheckOne(grow.volume(), "grow_volume.volume", context));
  return CheckOne(grow.addition(), "grow_volume.addition", context);
}

absl::Status ValidateShrink(const Operation::ShrinkVolume& shrink,
                            const OperationContext& context) {
  RETURN_IF_ERROR(
      RequireCapability(context.agent, AgentCapability::RESIZE_VOLUME, "shrink_volume"));
  if (!shrink.has_subtract()) return Invalid("shrink_volume.subtract", "is missing");
  return CheckOne(shrink.volume(), "shrink_volume.volume", context);
}

absl::Status RequireBody(bool present, absl::string_view field) {
  return present ? absl::OkStatus() : Invalid(field, "is missing");
}

absl::Status ValidateOperationId(const Operation& operation, const OperationContext& context) {
  if (!operation.has_id()) return absl::OkStatus();
  RETURN_IF_ERROR(ValidateId("operation.id", operation.id().value()));
  return RequireCapability(context.agent, AgentCapability::AGENT_OPERATION_FEEDBACK,
                           "operation.id");
}

}  // namespace

bool IsApplied(Operation::Type type) {
  switch (type) {
    case Operation::RESERVE:
    case Operation::UNRESERVE:
    case Operation::CREATE:
    case Operation::DESTROY:
    case Operation::GROW_VOLUME:
    case Operation::SHRINK_VOLUME:
      return true;
    default:
      return false;
  }
}

absl::Status ValidateOperation(const Operation& operation, const OperationContext& context) {
  RETURN_IF_ERROR(ValidateOperationId(operation, context));
  switch (operation.type()) {
    case Operation::RESERVE:
      RETURN_IF_ERROR(RequireBody(operation.has_reserve(), "reserve"));
      return ValidateReserve(operation.reserve(), context);
    case Operation::UNRESERVE:
      RETURN_IF_ERROR(RequireBody(operation.has_unreserve(), "unreserve"));
      return ValidateUnreserve(operation.unreserve(), context);
    case Operation::CREATE:
      RETURN_IF_ERROR(RequireBody(operation.has_create(), "create"));
      return ValidateCreate(operation.create(), context);
    case Operation::DESTROY:
      RETURN_IF_ERROR(RequireBody(operation.has_destroy(), "destroy"));
      return ForEach(operation.destroy().volumes(), "destroy.volumes", context, CheckVolume);
    case Operation::GROW_VOLUME:
      RETURN_IF_ERROR(RequireBody(operation.has_grow_volume(), "grow_volume"));
      return ValidateGrow(operation.grow_volume(), context);
    case Operation::SHRINK_VOLUME:
      RETURN_IF_ERROR(RequireBody(operation.has_shrink_volume(), "shrink_volume"));
      return ValidateShrink(operation.shrink_volume(), context);
    default:
      return Invalid("operation.type",
                     absl::StrCat("is ", Operation::Type_Name(operation.type()),
                                  "; this master applies RESERVE, UNRESERVE, CREATE, DESTROY, ",
                                  "GROW_VOLUME and SHRINK_VOLUME"));
  }
}

}  // namespace mesos::master
