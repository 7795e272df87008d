// Oversubscription: an agent lends out again what is allocated but idle. A ResourceEstimator says
// how much of it there is; it is offered as revocable, to frameworks with REVOCABLE_RESOURCES. A
// QosController watches those who pay for what they have, and names the executors on lent resources
// that are to give way.
//
//   #include <cstdlib>
//   #include "mesos/agent.h"
//   absl::StatusOr<mesos::SystemLoad> LoadOfMachine() {
//     double averages[3];
//     if (getloadavg(averages, 3) != 3) return absl::UnavailableError("getloadavg");
//     return mesos::SystemLoad{averages[0], averages[1], averages[2]};
//   }
//   void Oversubscribe(mesos::AgentDependencies* agent) {
//     static const auto estimator =
//         mesos::CreateFixedResourceEstimator(mesos::Resources::Parse("cpus:2").value()).value();
//     static const auto controller =
//         mesos::CreateLoadQosController({.load_threshold_5min = 8}, {LoadOfMachine}).value();
//     agent->resource_estimator = estimator.get();
//     agent->qos_controller = controller.get();
//   }
//
// Threads: both are asked on the agent's loop, and must not block it: what takes time is done
// elsewhere. The answer may be given before the call returns or at any time later, on any thread,
// once. Until it is there they are not asked again, and everything stays as it is.
// Ownership: they belong to the host and must outlive the agent. Callbacks may be kept for longer,
// and then do nothing.
// Errors: an error instead of an answer, and an answer that makes no sense, are logged and change
// nothing.
#ifndef MESOS_OVERSUBSCRIPTION_H_
#define MESOS_OVERSUBSCRIPTION_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "mesos/export.h"
#include "mesos/ids.h"
#include "mesos/resources.h"
#include "mesos/v1/mesos.pb.h"
#include "mesos/version.h"

namespace mesos {

// What an agent has, and who holds and uses how much of it.
struct ResourceUsage {
  struct Task {
    TaskId id;
    std::string name;
    Resources resources;
  };
  struct Executor {
    v1::ExecutorInfo info;  // With framework_id. Of a command task: made up by the agent.
    ContainerId container;
    Resources allocated;  // To it and to its tasks that have not ended.
    std::vector<Task> tasks;
    std::optional<v1::ResourceStatistics> statistics;  // None: not asked for, or not known.
  };
  std::vector<Executor> executors;  // Those that have not ended.
  Resources total;                  // Without what is oversubscribed.
};

enum class UsageDetail {
  kAllocated,   // Who holds what: known at once.
  kStatistics,  // And what they use. Containers are asked, which may take some seconds.
};

// Asks the agent. May be called on any thread, and kept; `done` runs once, on the agent's loop, or
// with Unavailable on any thread where the agent is gone.
using ResourceUsageSource = std::function<void(
    UsageDetail detail, absl::AnyInvocable<void(absl::StatusOr<ResourceUsage>)> done)>;

// Asked once in AgentOptions::oversubscribed_resources_interval.
class MESOS_EXPORT ResourceEstimator {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<Resources>)>;

  virtual ~ResourceEstimator() = default;

  // Answers with all that may be oversubscribed, whether or not somebody holds some of it by now:
  // every resource is revocable, and allocated to no role. Nothing: an empty answer.
  virtual void Estimate(ResourceUsageSource usage, Done done) = 0;
};

// An executor that is to give way: its container is destroyed, and its tasks end with
// REASON_CONTAINER_PREEMPTED. One that holds nothing revocable stays.
struct QosCorrection {
  FrameworkId framework;
  ExecutorId executor;                   // Of a command task: its task's id.
  std::optional<ContainerId> container;  // Set: only if it is this one.
};

// Asked again when it has answered and AgentOptions::qos_correction_interval_min has passed.
class MESOS_EXPORT QosController {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<std::vector<QosCorrection>>)>;

  virtual ~QosController() = default;

  // Answers as soon as there is something to correct, or with nothing.
  virtual void Correct(ResourceUsageSource usage, Done done) = 0;
};

// Always the same: `resources`, made revocable. InvalidArgument: there are none, or one that is
// reserved dynamically, a volume, or allocated.
MESOS_EXPORT absl::StatusOr<std::unique_ptr<ResourceEstimator>> CreateFixedResourceEstimator(
    Resources resources, HeaderVersion headers = {});

// How many processes want to run, on the average of the last minutes, as getloadavg(3) has it.
struct SystemLoad {
  double one = 0;
  double five = 0;
  double fifteen = 0;
};

struct LoadQosControllerOptions {
  // None is negative or infinite, and one is set.
  std::optional<double> load_threshold_5min;
  std::optional<double> load_threshold_15min;
};

struct LoadQosControllerDependencies {
  // Called on the agent's loop; must not block.
  std::function<absl::StatusOr<SystemLoad>()> load;
};

// While a load is above its threshold, every executor that holds something revocable is to go.
// InvalidArgument names the option or the dependency that is missing or makes no sense.
MESOS_EXPORT absl::StatusOr<std::unique_ptr<QosController>> CreateLoadQosController(
    LoadQosControllerOptions options, LoadQosControllerDependencies dependencies,
    HeaderVersion headers = {});

}  // namespace mesos

#endif  // MESOS_OVERSUBSCRIPTION_H_
