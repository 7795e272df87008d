// RecoveredState: an agent's checkpoints, read back. See checkpoint.proto for what is stored under
// which key.
#ifndef MESOSLIB_AGENT_RECOVERED_STATE_H_
#define MESOSLIB_AGENT_RECOVERED_STATE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mesos/ids.h"
#include "mesos/internal/checkpoint.pb.h"
#include "mesos/state_store.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::agent {

struct RecoveredUpdate {
  uint64_t number = 0;
  v1::TaskStatus status;
  bool acknowledged = false;
};

struct RecoveredExecutor {
  internal::ExecutorCheckpoint checkpoint;
  std::map<TaskId, v1::TaskInfo> tasks;
};

struct RecoveredFramework {
  v1::FrameworkInfo info;
  std::map<ExecutorId, RecoveredExecutor> executors;
  std::map<TaskId, std::vector<RecoveredUpdate>> updates;  // In the order they happened.
};

struct RecoveredState {
  std::optional<internal::AgentCheckpoint> agent;
  std::map<FrameworkId, RecoveredFramework> frameworks;
};

std::string AgentKey();
std::string FrameworkKey(const FrameworkId& framework);
std::string ExecutorKey(const FrameworkId& framework, const ExecutorId& executor);
std::string TaskKey(const FrameworkId& framework, const ExecutorId& executor, const TaskId& task);
std::string UpdateKey(const FrameworkId& framework, const TaskId& task, uint64_t number);

// DataLoss names the key of an entry that cannot be read, or that speaks of something of which
// there is no entry.
absl::StatusOr<RecoveredState> ReadCheckpoints(const StateStore::Snapshot& snapshot);

}  // namespace mesos::agent

#endif  // MESOSLIB_AGENT_RECOVERED_STATE_H_
