// How many labels something may have. The master keeps and shows labels for as long as what bears
// them, so nobody's may be so many that everybody pays for them.
#ifndef MESOSLIB_MASTER_LABEL_VALIDATION_H_
#define MESOSLIB_MASTER_LABEL_VALIDATION_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::master {

inline constexpr int kMaxLabels = 500;
inline constexpr size_t kMaxLabelBytes = 256 << 10;  // Keys and values of all of them.

// InvalidArgument begins with the field.
absl::Status ValidateLabels(absl::string_view field, const v1::Labels& labels);

// Those of a discovery, too.
absl::Status ValidateLabels(absl::string_view field, const v1::DiscoveryInfo& discovery);

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_LABEL_VALIDATION_H_
