#include "mesos/simulation.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "mesos/resources.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/sim/cluster.h"
#include "mesoslib/sim/nemesis.h"

namespace mesos {
namespace {

absl::Status Validate(const SimulationOptions& options) {
  auto at_least_one = [](const char* name, int value) -> absl::Status {
    if (value >= 1) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("SimulationOptions::", name, " is ", value, "; expected at least 1"));
  };
  RETURN_IF_ERROR(at_least_one("masters", options.masters));
  RETURN_IF_ERROR(at_least_one("agents", options.agents));
  RETURN_IF_ERROR(at_least_one("trace_lines", options.trace_lines > 0 ? 1 : 0));
  const absl::StatusOr<Resources> resources = Resources::Parse(options.agent_resources);
  RETURN_IF_ERROR(Annotate(resources.status(), "SimulationOptions::agent_resources"));
  if (!resources->empty()) return absl::OkStatus();
  return absl::InvalidArgumentError("SimulationOptions::agent_resources is empty");
}

sim::ClusterOptions ToCluster(const SimulationOptions& options) {
  sim::ClusterOptions cluster;
  cluster.seed = options.seed;
  cluster.masters = options.masters;
  cluster.agents = options.agents;
  cluster.resources = options.agent_resources;
  cluster.trace_lines = options.trace_lines;
  cluster.log = options.log;
  // Adding up all books takes as long as there are agents.
  cluster.check_interval = static_cast<uint64_t>(1 + options.agents / 10);
  return cluster;
}

class ClusterSimulation final : public Simulation {
 public:
  explicit ClusterSimulation(const SimulationOptions& options)
      : cluster_(ToCluster(options)), nemesis_(&cluster_) {}

  size_t AddProcess(const std::string& name, Program program) override {
    cluster_.AddProgram(name, std::move(program));
    return cluster_.program_hosts().size() - 1;
  }

  void Crash(size_t process, absl::Duration pause) override {
    if (process < cluster_.program_hosts().size()) cluster_.program_hosts()[process]->Crash(pause);
  }

  absl::Status Run(absl::Duration duration) override { return cluster_.Run(duration); }
  absl::Duration Elapsed() const override { return cluster_.world().elapsed(); }
  void StartFaults(absl::Duration longest_pause) override { nemesis_.Start(longest_pause); }
  void StopFaults() override { nemesis_.Stop(); }

  std::vector<SimulatedTask> RunningTasks() const override {
    std::vector<SimulatedTask> tasks;
    for (const auto& [task, host] : cluster_.observer().running()) {
      tasks.push_back({task.first, task.second, absl::StrCat("agent-", host)});
    }
    return tasks;
  }

  std::string Trace() const override { return cluster_.world().trace().ToString(); }
  uint64_t TraceHash() const override { return cluster_.world().trace().hash(); }

 private:
  sim::Cluster cluster_;
  sim::Nemesis nemesis_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Simulation>> CreateSimulation(SimulationOptions options,
                                                             HeaderVersion headers) {
  RETURN_IF_ERROR(CheckVersion(headers));
  RETURN_IF_ERROR(Validate(options));
  return std::make_unique<ClusterSimulation>(options);
}

}  // namespace mesos
