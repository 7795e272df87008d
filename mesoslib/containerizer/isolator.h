// Isolator: one respect in which a container is kept from others, such as its share of the CPUs.
//
// A container's life, one call at a time:
//   Prepare --> (the command runs: Update, Usage) --> Limitation --> Clean
// Isolators are asked in the order in which they were named, and cleaned the other way round.
//
// Thread: any; everything may block. Several containers' calls may run at once.
#ifndef MESOSLIB_CONTAINERIZER_ISOLATOR_H_
#define MESOSLIB_CONTAINERIZER_ISOLATOR_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesos/containerizer.h"
#include "mesos/ids.h"
#include "mesos/resources.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/base/unique_fd.h"
#include "mesoslib/containerizer/supervisor/launch_plan.h"

namespace mesos {

// What a container has run into, for which it is ended.
struct ContainerLimitation {
  v1::TaskStatus::Reason reason = v1::TaskStatus::REASON_CONTAINER_LIMITATION;
  std::string message;
};

class Isolator {
 public:
  virtual ~Isolator() = default;

  // Before anything of the container runs: makes what is needed, and writes into the plan what the
  // supervisor has to do. Not OK: the launch fails; Clean follows.
  virtual absl::Status Prepare(const ContainerId& id, const ContainerConfig& config,
                               LaunchPlan* plan) = 0;
  // A descriptor that can be read from when the container has run into its limit, which is then
  // ended. None: that does not happen. Also for containers of an earlier instance.
  virtual absl::StatusOr<std::optional<UniqueFd>> Watch(const ContainerId& id) = 0;
  virtual absl::Status Update(const ContainerId& id, const Resources& resources) = 0;
  // Adds to the statistics what it knows, or knows better.
  virtual absl::Status Usage(const ContainerId& id, v1::ResourceStatistics* statistics) = 0;
  // Of one that has ended: whether it had run into its limit. `told`: what Watch has returned says
  // so.
  virtual std::optional<ContainerLimitation> Limitation(const ContainerId& id, bool told) = 0;
  // None of its processes is left. OK also where nothing was made, or is left.
  virtual absl::Status Clean(const ContainerId& id, absl::Duration timeout) = 0;
  // For whom there is something, also of earlier instances.
  virtual absl::StatusOr<std::vector<ContainerId>> Find() = 0;
};

// Those that `options.isolation` names. InvalidArgument: one is not known, or needs another
// launcher; FailedPrecondition: the machine does not have what it needs.
absl::StatusOr<std::vector<std::unique_ptr<Isolator>>> CreateIsolators(
    const MesosContainerizerOptions& options);

}  // namespace mesos

#endif  // MESOSLIB_CONTAINERIZER_ISOLATOR_H_
