// What the states of a task mean.
//
//     STAGING -> STARTING -> RUNNING -> KILLING -> FINISHED | FAILED | KILLED | ERROR | LOST |
//                                                  DROPPED | GONE | GONE_BY_OPERATOR    (terminal)
//     UNREACHABLE: its agent is, the task may come back; UNKNOWN: nobody knows it
//
//   mesos::v1::TaskStatus status;
//   status.set_state(mesos::v1::TASK_GONE);
//   if (mesos::IsTerminal(status.state())) std::puts("it will not come back");
//
// Threads: functions without state; any thread.
// Ownership: none.
// Errors: none.
#ifndef MESOS_TASK_STATES_H_
#define MESOS_TASK_STATES_H_

#include "mesos/v1/mesos.pb.h"

namespace mesos {

// Whether a task in this state never leaves it.
inline bool IsTerminal(v1::TaskState state) {
  switch (state) {
    case v1::TASK_FINISHED:
    case v1::TASK_FAILED:
    case v1::TASK_KILLED:
    case v1::TASK_LOST:
    case v1::TASK_ERROR:
    case v1::TASK_DROPPED:
    case v1::TASK_GONE:
    case v1::TASK_GONE_BY_OPERATOR:
      return true;
    default:
      return false;
  }
}

// The state for a framework without PARTITION_AWARE, which knows only LOST for what a partition may
// have done to its task.
inline v1::TaskState WithoutPartitions(v1::TaskState state) {
  switch (state) {
    case v1::TASK_DROPPED:
    case v1::TASK_UNREACHABLE:
    case v1::TASK_GONE:
    case v1::TASK_GONE_BY_OPERATOR:
    case v1::TASK_UNKNOWN:
      return v1::TASK_LOST;
    default:
      return state;
  }
}

}  // namespace mesos

#endif  // MESOS_TASK_STATES_H_
