// The processes of a container: to signal, to count, to end. Any thread; everything may block.
#ifndef MESOSLIB_CONTAINERIZER_PROCESSES_H_
#define MESOSLIB_CONTAINERIZER_PROCESSES_H_

#include <sys/types.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/containerizer/runtime_state.h"

namespace mesos {

// Sends `signal` to the task's process group and to the other descendants of the supervisor.
// NotFound: the task has ended.
absl::Status SignalContainer(const ContainerPids& pids, int signal);

// Kills all descendants of the supervisor; the supervisor then ends by itself.
void KillContainer(const ContainerPids& pids, int supervisor_pidfd);

// Kills what is left of a container whose supervisor has gone: all processes of its session.
// DeadlineExceeded: some did not vanish in time.
absl::Status KillSession(const ContainerPids& pids, absl::Duration timeout);

// What the container's processes use and have used. NotFound: the container has ended.
absl::StatusOr<v1::ResourceStatistics> MeasureContainer(const ContainerPids& pids);

}  // namespace mesos

#endif  // MESOSLIB_CONTAINERIZER_PROCESSES_H_
