// Ids that users choose become file names and parts of URLs, so what they may hold is bounded.
#ifndef MESOSLIB_BASE_IDS_VALIDATION_H_
#define MESOSLIB_BASE_IDS_VALIDATION_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace mesos {

inline constexpr size_t kMaxIdBytes = 255;  // What file systems take as one name.

// Not empty, at most kMaxIdBytes, not "." or "..", no control characters, no '/', no '\'. The error
// begins with the field.
absl::Status ValidateId(absl::string_view field, absl::string_view id);

}  // namespace mesos

#endif  // MESOSLIB_BASE_IDS_VALIDATION_H_
