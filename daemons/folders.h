// The folders a daemon works in.
#ifndef DAEMONS_FOLDERS_H_
#define DAEMONS_FOLDERS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mesoslib/base/unique_fd.h"

namespace mesos {

// Made with its parents where it does not exist. `flag` is for the error; the path is returned
// absolute.
absl::StatusOr<std::string> MakeFolder(const std::string& flag, const std::string& path);

// Takes `path`, which exists, for this process, until the descriptor is closed. FailedPrecondition:
// another process has it.
absl::StatusOr<UniqueFd> HoldFolder(const std::string& path);

}  // namespace mesos

#endif  // DAEMONS_FOLDERS_H_
