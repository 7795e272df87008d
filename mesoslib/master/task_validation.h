// Whether a task may be launched. Errors name the field, its value and what would be right; they
// become TASK_ERROR. Follows part B10 of Mesos's v1 API.
#ifndef MESOSLIB_MASTER_TASK_VALIDATION_H_
#define MESOSLIB_MASTER_TASK_VALIDATION_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mesos/resources.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/master/ledger.h"
#include "mesoslib/master/records.h"

namespace mesos::master {

// What a valid task will use. `executor` is empty where the executor is running already or there is
// none. Both are allocated to the offers' role.
struct LaunchResources {
  Resources task;
  Resources executor;
};

// Where the task is to run: what is left of the offers, and the role they are for.
struct LaunchContext {
  const Ledger& ledger;
  const Framework& framework;
  const Agent& agent;
  absl::string_view role;
};

// `available` is what is left of the offers.
absl::StatusOr<LaunchResources> ValidateTask(const v1::TaskInfo& task, const LaunchContext& context,
                                             const Resources& available);

// The group is launched whole or not at all; `result` has an entry a task, the first one with the
// executor's resources.
absl::StatusOr<std::vector<LaunchResources>> ValidateTaskGroup(const v1::ExecutorInfo& executor,
                                                               const v1::TaskGroupInfo& group,
                                                               const LaunchContext& context,
                                                               const Resources& available);

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_TASK_VALIDATION_H_
