// RecoveredState: an agent's checkpoints, read back. See checkpoint.proto for what is stored under
// which key.
//
// Whatever is on the disk is read without harm: an entry that makes no sense, or that belongs to
// one that makes none, is told of in `damaged` and is not part of the rest.
#ifndef MESOSLIB_AGENT_RECOVERED_STATE_H_
#define MESOSLIB_AGENT_RECOVERED_STATE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "mesos/ids.h"
#include "mesos/internal/checkpoint.pb.h"
#include "mesos/resources.h"
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

struct DamagedCheckpoint {
  std::string key;
  std::optional<std::string> value;  // None: it is missing.
  std::string why;
  std::string lost;  // What is lost with it, for people.
};

// A task of which not enough is known any more to go on with it. Its record, its executor's, its
// framework's or an update's was damaged.
struct LostTask {
  FrameworkId framework;
  ExecutorId executor;  // Empty: not known.
  TaskId task;
};

struct RecoveredState {
  std::optional<internal::AgentCheckpoint> agent;
  // The agent's own entry is gone; its id is what its tasks say. Nothing else is known of it.
  bool agent_inferred = false;
  std::map<FrameworkId, RecoveredFramework> frameworks;
  // What operations have made of the agent's resources.
  Resources converted;
  // In the order they came.
  std::map<uint64_t, v1::Operation> operations;
  std::vector<DamagedCheckpoint> damaged;
  std::vector<LostTask> lost_tasks;
};

std::string AgentKey();
std::string FormatKey();
// Of what this version writes.
std::string CurrentFormat();
std::string ResourcesKey();
std::string OperationKey(uint64_t number);
std::string FrameworkKey(const FrameworkId& framework);
std::string ExecutorKey(const FrameworkId& framework, const ExecutorId& executor);
std::string TaskKey(const FrameworkId& framework, const ExecutorId& executor, const TaskId& task);
std::string UpdateKey(const FrameworkId& framework, const TaskId& task, uint64_t number);
// Where a damaged entry is put.
std::string DamagedKey(absl::string_view key);
bool IsDamagedKey(absl::string_view key);

RecoveredState ReadCheckpoints(const StateStore::Snapshot& snapshot);

// "checkpoint 'tasks/F/E/t': not a mesos.v1.TaskInfo; lost: task 't' ..."
std::string Describe(const DamagedCheckpoint& damaged);
// DataLoss with the first few of them, and how to go on. There is at least one.
absl::Status DamageError(const std::vector<DamagedCheckpoint>& damaged);

}  // namespace mesos::agent

#endif  // MESOSLIB_AGENT_RECOVERED_STATE_H_
