// What operators may ask of quotas and weights, and these as messages and as values. A role's
// amounts are finite, not negative, have at most three decimals and are at most 10^12, which of
// memory and disk, in MB, is an exabyte.
#ifndef MESOSLIB_MASTER_POLICY_VALIDATION_H_
#define MESOSLIB_MASTER_POLICY_VALIDATION_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mesos/allocator.h"
#include "mesos/v1/mesos.pb.h"
#include "mesos/v1/quota/quota.pb.h"

namespace mesos::master {

// All answer InvalidArgument, which begins with `field` and shows the value.

// Any role may have a quota but "*", which stands for all that belongs to nobody.
absl::Status ValidateQuotaRole(absl::string_view field, const std::string& role);

// The role, too. An empty quota is valid: it removes the role's.
absl::StatusOr<Quota> ReadQuotaConfig(absl::string_view field,
                                      const v1::quota::QuotaConfig& config);
void WriteQuotaConfig(const std::string& role, const Quota& quota, v1::quota::QuotaConfig* config);

// The form of SET_QUOTA: what is guaranteed is the limit too.
absl::StatusOr<Quota> ReadQuotaRequest(absl::string_view field,
                                       const v1::quota::QuotaRequest& request);
// The older form, which shows guarantees only.
void WriteQuotaInfo(const std::string& role, const Quota& quota, v1::quota::QuotaInfo* info);

// The role is valid, the weight finite and above zero.
absl::Status ValidateWeight(absl::string_view field, const v1::WeightInfo& info);

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_POLICY_VALIDATION_H_
