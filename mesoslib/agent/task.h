// Task: one task on this agent, and how far it has got.
//
//               hand over              terminal update
//   kQueued ---------------> kLaunched ---------------> kEnded
//      |                                                  ^
//      +--------------------------------------------------+
//                       terminal update
//
// Within kLaunched the task's own state is STAGING, STARTING, RUNNING or KILLING, in any order but
// never back to STAGING: that is for the executor to say. What has ended stays as it ended.
#ifndef MESOSLIB_AGENT_TASK_H_
#define MESOSLIB_AGENT_TASK_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "mesos/ids.h"
#include "mesos/resources.h"
#include "mesos/task_states.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::agent {

class Task {
 public:
  enum class Phase { kQueued, kLaunched, kEnded };

  Task(v1::TaskInfo info, Resources resources)
      : info_(std::move(info)), resources_(std::move(resources)) {}

  TaskId id() const { return TaskId(info_.task_id().value()); }
  const v1::TaskInfo& info() const { return info_; }
  const Resources& resources() const { return resources_; }
  Phase phase() const { return phase_; }
  v1::TaskState state() const { return state_; }

  // FailedPrecondition: it is not queued.
  absl::Status HandOver();

  // Takes over the state of `status`. InvalidArgument: a state that only a master may give, or
  // STAGING. FailedPrecondition: it has ended.
  absl::Status Apply(const v1::TaskStatus& status);

  // How long ago the latest state was reported; zero where nothing was, or the clock was set back.
  absl::Duration Age(absl::Time wall_time) const;

  // As masters and operators see it.
  v1::Task ToProto(const FrameworkId& framework, const ExecutorId& executor,
                   const AgentId& agent) const;

 private:
  v1::TaskInfo info_;
  Resources resources_;
  Phase phase_ = Phase::kQueued;
  v1::TaskState state_ = v1::TASK_STAGING;
  v1::TaskStatus latest_;  // Without data.
};

}  // namespace mesos::agent

#endif  // MESOSLIB_AGENT_TASK_H_
