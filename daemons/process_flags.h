// A program's flags from where a program finds them: its arguments, its environment, and files.
#ifndef DAEMONS_PROCESS_FLAGS_H_
#define DAEMONS_PROCESS_FLAGS_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mesoslib/base/flags.h"

namespace mesos {

// What `main` was given, the process's environment, and the file system.
absl::Status ParseProcessFlags(int argc, char** argv, FlagSet* flags);

// The process's environment. Where a name is there twice, the first counts, as with getenv.
std::map<std::string, std::string> ProcessEnvironment();

// A whole file of at most 16 MiB.
absl::StatusOr<std::string> ReadFlagFile(const std::string& path);

}  // namespace mesos

#endif  // DAEMONS_PROCESS_FLAGS_H_
