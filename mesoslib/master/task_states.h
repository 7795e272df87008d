// The master's view of tasks: its records of them, what frameworks hear of them.
#ifndef MESOSLIB_MASTER_TASK_STATES_H_
#define MESOSLIB_MASTER_TASK_STATES_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mesos/task_states.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/master/records.h"

namespace mesos::master {

// `state` as this framework knows it.
v1::TaskState StateFor(const Framework& framework, v1::TaskState state);

FrameworkCapabilities CapabilitiesOf(const v1::FrameworkInfo& info);

// A record of a task that is about to be launched.
std::unique_ptr<Task> NewTask(const v1::TaskInfo& info, const ExecutorId& executor,
                              Resources resources);

// A record of a task that `agent` has told of. `details`: those known of it; null: what it says.
std::unique_ptr<Task> NewTask(const v1::Task& proto, const AgentId& agent, Resources resources,
                              std::shared_ptr<const MasterState::TaskDetails> details);

struct StatusFields {
  v1::TaskState state;
  v1::TaskStatus::Reason reason;
  absl::string_view message;
};

// An update that the master makes itself: without uuid, so it is not acknowledged. `agent` may be
// empty. `state` is what partition aware frameworks hear.
v1::TaskStatus MasterStatus(const Framework& framework, const TaskId& task, const AgentId& agent,
                            const StatusFields& fields, absl::Time now);

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_TASK_STATES_H_
