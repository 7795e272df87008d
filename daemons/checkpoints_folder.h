// The folder with an agent's checkpoints, a state store.
#ifndef DAEMONS_CHECKPOINTS_FOLDER_H_
#define DAEMONS_CHECKPOINTS_FOLDER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "mesos/event_loop.h"
#include "mesos/log.h"
#include "mesos/state_store.h"

namespace mesos {

// Where the database is damaged: DataLoss when `strict`, and nothing is touched; otherwise the
// folder is renamed to <path>.damaged-<n>, the first n that is free, which is logged, and a new one
// is made. Other errors are those of CreateLevelDbStateStore. Not on `loop`.
absl::StatusOr<std::unique_ptr<StateStore>> OpenCheckpoints(const std::string& path, bool strict,
                                                            EventLoop* loop, LogSink* log);

}  // namespace mesos

#endif  // DAEMONS_CHECKPOINTS_FOLDER_H_
