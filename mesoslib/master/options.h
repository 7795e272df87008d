// What a master is made with: whether it makes sense, and how the master is known by it.
#ifndef MESOSLIB_MASTER_OPTIONS_H_
#define MESOSLIB_MASTER_OPTIONS_H_

#include "absl/status/status.h"
#include "mesos/master.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::master {

// InvalidArgument names the field, its value and what would be right.
absl::Status ValidateOptions(const MasterOptions& options);
absl::Status ValidateDependencies(const MasterDependencies& dependencies);

// With a fresh id.
v1::MasterInfo MakeInfo(const MasterOptions& options, Random* random);

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_OPTIONS_H_
