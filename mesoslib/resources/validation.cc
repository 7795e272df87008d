#include "mesoslib/resources/validation.h"

#include "absl/strings/str_cat.h"
#include "mesos/roles.h"
#include "mesoslib/base/ids_validation.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

using DiskInfo = v1::Resource::DiskInfo;
using ReservationInfo = v1::Resource::ReservationInfo;

absl::Status ValidateReservation(const ReservationInfo& reservation, const std::string& field) {
  if (!reservation.has_type() || reservation.type() == ReservationInfo::UNKNOWN) {
    return InvalidField(field + ".type", "is missing or UNKNOWN: expected STATIC or DYNAMIC");
  }
  if (!reservation.has_role()) return InvalidField(field + ".role", "is missing");
  RETURN_IF_ERROR(Annotate(ValidateRole(reservation.role()), field + ".role"));
  if (reservation.role() == kDefaultRole) {
    return InvalidField(field + ".role", "is '*', which nothing can be reserved to");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status InvalidField(absl::string_view field, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", problem));
}

absl::Status ValidateReservations(const std::vector<ReservationInfo>& stack) {
  for (size_t i = 0; i < stack.size(); ++i) {
    const std::string field = absl::StrCat("reservations[", i, "]");
    RETURN_IF_ERROR(ValidateReservation(stack[i], field));
    if (i == 0) continue;
    if (stack[i].type() == ReservationInfo::STATIC) {
      return InvalidField(field + ".type",
                          "is STATIC above another reservation: only the lowest may be static");
    }
    if (!IsStrictSubroleOf(stack[i].role(), stack[i - 1].role())) {
      return InvalidField(field + ".role",
                          absl::StrCat("'", stack[i].role(), "' must be strictly below '",
                                       stack[i - 1].role(), "', the reservation beneath"));
    }
  }
  return absl::OkStatus();
}

absl::Status ValidateDisk(const DiskInfo& disk) {
  if (!disk.has_source() && !disk.has_persistence()) {
    return InvalidField("disk", "has neither source nor persistence: expected at least one");
  }
  if (disk.has_source() && disk.source().type() == DiskInfo::Source::UNKNOWN) {
    return InvalidField("disk.source.type",
                        "is missing or UNKNOWN: expected PATH, MOUNT, BLOCK or RAW");
  }
  if (disk.has_persistence()) {
    RETURN_IF_ERROR(ValidateId("disk.persistence.id", disk.persistence().id()));
  }
  return absl::OkStatus();
}

absl::Status ValidateCombination(const ResourceMetadata& metadata) {
  const bool persistent = metadata.disk != nullptr && metadata.disk->has_persistence();
  if (metadata.shared && !persistent) {
    return InvalidField("shared", "is set, but only persistent volumes can be shared");
  }
  if (persistent && metadata.reservations.empty()) {
    return InvalidField("disk.persistence", "is set, but a persistent volume must be reserved");
  }
  if (metadata.revocable && persistent) {
    return InvalidField("revocable", "is set, but a persistent volume cannot be revocable");
  }
  if (!metadata.revocable) return absl::OkStatus();
  for (const ReservationInfo& reservation : metadata.reservations) {
    if (reservation.type() == ReservationInfo::DYNAMIC) {
      return InvalidField("revocable",
                          "is set, but what is revocable cannot be reserved dynamically");
    }
  }
  return absl::OkStatus();
}

}  // namespace mesos
