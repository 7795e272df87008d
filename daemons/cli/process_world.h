// The world of this process: environment, ZooKeeper, and other programs.
#ifndef DAEMONS_CLI_PROCESS_WORLD_H_
#define DAEMONS_CLI_PROCESS_WORLD_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mesos::cli {

// "zk://..." or file:///path with such a URL in it, to the leader's "host:port".
absl::StatusOr<std::string> FindLeaderAddress(const std::string& zookeeper, absl::Duration timeout);

// Becomes the program of that name in the folder of this one, else on PATH.
absl::Status BecomeProgram(const std::string& program, const std::vector<std::string>& arguments);

}  // namespace mesos::cli

#endif  // DAEMONS_CLI_PROCESS_WORLD_H_
