// From what a framework asks for to what the supervisor is told. Asking for what this containerizer
// does not do is an error, not something to pass over.
#ifndef MESOSLIB_CONTAINERIZER_CONTAINER_CONFIG_H_
#define MESOSLIB_CONTAINERIZER_CONTAINER_CONFIG_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mesos/containerizer.h"
#include "mesoslib/containerizer/supervisor/launch_plan.h"

namespace mesos {

// As the operator API's ContainerID: 1 to 242 printable characters, no '.', ' ' or '/'.
absl::Status ValidateContainerId(absl::string_view id);

// All of the plan but the user and the runtime directory. InvalidArgument names the field.
absl::StatusOr<LaunchPlan> MakeLaunchPlan(const ContainerConfig& config);

}  // namespace mesos

#endif  // MESOSLIB_CONTAINERIZER_CONTAINER_CONFIG_H_
