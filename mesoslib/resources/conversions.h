// What operations make of the resources an agent is configured with: reservations and volumes. An
// agent writes down what is converted, and puts it together with its configuration when it starts.
#ifndef MESOSLIB_RESOURCES_CONVERSIONS_H_
#define MESOSLIB_RESOURCES_CONVERSIONS_H_

#include "absl/status/statusor.h"
#include "mesos/resources.h"

namespace mesos {

// The part that only operations can have made: what is dynamically reserved, and all persistent
// volumes.
Resources ConvertedPart(const Resources& total);

// What it was before: without dynamic reservations and persistence.
absl::StatusOr<Resources> BeforeConversion(const Resources& converted);

// `configured` with `converted` instead of what it was made of. FailedPrecondition names what
// `configured` no longer has.
absl::StatusOr<Resources> Convert(const Resources& configured, const Resources& converted);

}  // namespace mesos

#endif  // MESOSLIB_RESOURCES_CONVERSIONS_H_
