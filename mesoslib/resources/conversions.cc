#include "mesoslib/resources/conversions.h"

#include "absl/strings/str_cat.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

absl::StatusOr<Resources> BeforeConversion(const ResourceEntry& entry) {
  v1::Resource proto;
  entry.ToProto(&proto);
  if (entry.IsPersistentVolume()) {
    proto.clear_shared();
    proto.mutable_disk()->clear_persistence();
    proto.mutable_disk()->clear_volume();
    if (!proto.disk().has_source()) proto.clear_disk();
  }
  while (proto.reservations_size() > 0 &&
         proto.reservations(proto.reservations_size() - 1).type() ==
             v1::Resource::ReservationInfo::DYNAMIC) {
    proto.mutable_reservations()->RemoveLast();
  }
  return Resources::FromProto(proto);
}

}  // namespace

Resources ConvertedPart(const Resources& total) {
  return total.Filter([](const ResourceEntry& entry) {
    return entry.IsDynamicallyReserved() || entry.IsPersistentVolume();
  });
}

absl::StatusOr<Resources> BeforeConversion(const Resources& converted) {
  Resources before;
  for (const ResourceEntry& entry : converted) {
    ASSIGN_OR_RETURN(const Resources one, BeforeConversion(entry));
    for (int copy = 0; copy < entry.copies(); ++copy) before += one;
  }
  return before;
}

absl::StatusOr<Resources> Convert(const Resources& configured, const Resources& converted) {
  ASSIGN_OR_RETURN(const Resources before, BeforeConversion(converted));
  if (!configured.Contains(before)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "resources are ", configured.ToString(), ", but ", converted.ToString(),
        " was reserved or made into volumes here before, which takes ", before.ToString()));
  }
  return configured - before + converted;
}

}  // namespace mesos
