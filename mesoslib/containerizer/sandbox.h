// Where a container works, and as whom. Everything here may block.
#ifndef MESOSLIB_CONTAINERIZER_SANDBOX_H_
#define MESOSLIB_CONTAINERIZER_SANDBOX_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mesoslib/containerizer/supervisor/launch_plan.h"

namespace mesos {

// Makes the directory and those above it that are missing (mkdir -p); what exists already is fine.
absl::Status MakeDirectories(const std::string& path);

// The account to switch to for `name`; none if that is who this process is already.
absl::StatusOr<std::optional<LaunchUser>> LookUpUser(const std::string& name);

// Makes the sandbox, hands it to `owner` (none: it stays with this process), and where it is one of
// several runs (.../runs/<container>) points the symlink `latest` beside it to it.
absl::Status MakeSandbox(const std::string& path, const std::optional<LaunchUser>& owner);

}  // namespace mesos

#endif  // MESOSLIB_CONTAINERIZER_SANDBOX_H_
