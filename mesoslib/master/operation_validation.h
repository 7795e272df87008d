// Whether an operation on an agent's resources may be applied. Errors name the field, its value and
// what would be right; they become OPERATION_ERROR, or the answer to an operator's call. Follows
// part B10 of Mesos's v1 API. Whether the resources are there at all, Resources::Apply tells.
#ifndef MESOSLIB_MASTER_OPERATION_VALIDATION_H_
#define MESOSLIB_MASTER_OPERATION_VALIDATION_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/master/records.h"

namespace mesos::master {

// Who asks, and where.
struct OperationContext {
  const Agent& agent;
  // Null: an operator.
  const Framework* framework;
  // Of the offers; empty for an operator.
  absl::string_view role;
  // Empty: who asks has none.
  absl::string_view principal;
};

// Whether operations of this type are applied to resources, and not tasks launched.
bool IsApplied(v1::Offer::Operation::Type type);

// OK for the six types that make resources into others; for everything else it says that these are
// not on offer.
absl::Status ValidateOperation(const v1::Offer::Operation& operation,
                               const OperationContext& context);

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_OPERATION_VALIDATION_H_
