// The rules a resource's parts must keep, wherever they come from. Each error says what is wrong
// and what would be right; callers put the field in front.
#ifndef MESOSLIB_RESOURCES_VALIDATION_H_
#define MESOSLIB_RESOURCES_VALIDATION_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/resources/metadata.h"

namespace mesos {

// InvalidArgument: "<field>: <problem>".
absl::Status InvalidField(absl::string_view field, absl::string_view problem);

// A stack: types set, STATIC only at the bottom, roles valid, never "*", each strictly below the
// one before.
absl::Status ValidateReservations(const std::vector<v1::Resource::ReservationInfo>& stack);

// A disk on its own: a source or a persistence, sources with their type, persistence with a valid
// id.
absl::Status ValidateDisk(const v1::Resource::DiskInfo& disk);

// What may not go together: shared without persistence, persistence without reservation, revocable
// with persistence or a dynamic reservation.
absl::Status ValidateCombination(const ResourceMetadata& metadata);

}  // namespace mesos

#endif  // MESOSLIB_RESOURCES_VALIDATION_H_
