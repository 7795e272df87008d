// What peers say is checked here before anything is done with it. Errors name the field.
#ifndef MESOSLIB_AGENT_VALIDATION_H_
#define MESOSLIB_AGENT_VALIDATION_H_

#include "absl/status/status.h"
#include "mesos/ids.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/v1/executor/executor.pb.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::agent {

// The ids of a RunTasks, without which nobody could be told what is wrong with the rest.
absl::Status ValidateAddressees(const internal::MasterMessage::RunTasks& message);

// Everything else of one of its tasks. `in_group`: it runs under the group's executor.
absl::Status ValidateTask(const v1::TaskInfo& task, const AgentId& agent, bool in_group);

// A custom executor; `field` is where it stands. The default executor is refused by its name.
absl::Status ValidateExecutor(absl::string_view field, const v1::ExecutorInfo& executor,
                              const FrameworkId& framework);

// An executor's call: the ids and what its type needs. Unimplemented: an unknown type.
absl::Status ValidateExecutorCall(const v1::executor::Call& call);

}  // namespace mesos::agent

#endif  // MESOSLIB_AGENT_VALIDATION_H_
