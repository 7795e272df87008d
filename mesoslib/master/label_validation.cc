#include "mesoslib/master/label_validation.h"

#include "absl/strings/str_cat.h"
#include "mesoslib/base/status_macros.h"

namespace mesos::master {

absl::Status ValidateLabels(absl::string_view field, const v1::Labels& labels) {
  if (labels.labels_size() > kMaxLabels) {
    return absl::InvalidArgumentError(absl::StrCat(field, " has ", labels.labels_size(),
                                                   " labels; expected at most ", kMaxLabels));
  }
  size_t bytes = 0;
  for (const v1::Label& label : labels.labels()) bytes += label.key().size() + label.value().size();
  if (bytes <= kMaxLabelBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(field, " has keys and values of ", bytes,
                                                 " bytes; expected at most ", kMaxLabelBytes));
}

absl::Status ValidateLabels(absl::string_view field, const v1::DiscoveryInfo& discovery) {
  RETURN_IF_ERROR(ValidateLabels(absl::StrCat(field, ".labels"), discovery.labels()));
  for (int i = 0; i < discovery.ports().ports_size(); ++i) {
    RETURN_IF_ERROR(ValidateLabels(absl::StrCat(field, ".ports.ports[", i, "].labels"),
                                   discovery.ports().ports(i).labels()));
  }
  return absl::OkStatus();
}

}  // namespace mesos::master
