// Measures what failures cost: how fast a new master, an agent, the registry and a whole cluster
// are back, and what the simulation of all that takes. Prints a table and, last, a line for
// programs.
//
//   third_party/with-deps bazel run -c opt //bench:failover [-- --only=master,agent,daemons,simulation]
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/failover_agent.h"
#include "bench/failover_daemons.h"
#include "bench/failover_reregister.h"
#include "bench/failover_simulation.h"
#include "bench/figures.h"
#include "mesoslib/base/flags.h"

namespace mesos::bench {
namespace {

using Goal = Figures::Goal;

void MeasureAgent(Figures* figures) {
  figures->Add("agent_recovery_100_s", MeasureAgentRecovery("daemons"), Goal::kAtMost, 2,
               "a killed agent is back with its 100 containers");
  figures->Add("checkpointed_updates_per_s", MeasureCheckpointedUpdates(), Goal::kAtLeast, 5000,
               "updates written down, forwarded and acknowledged by one agent");
}

void MeasureDaemons(Figures* figures) {
  const absl::StatusOr<double> seconds = LeaderKilledToLaunchSeconds();
  if (!seconds.ok()) std::fprintf(stderr, "failover: %s\n", seconds.status().ToString().c_str());
  figures->Add("leader_killed_to_launch_s", seconds.value_or(-1), Goal::kAtMost, 4,
               "from the leader's SIGKILL to the next task's launch, session timeout 2 s");
}

void MeasureSimulation(Figures* figures) {
  figures->Add("sim_speedup_100_agents", SimulationSpeedup(), Goal::kAtLeast, 200,
               "simulated time over one core's, 10 frameworks with 20 short tasks each");
  figures->Add("sim_100k_agents_rss_gb", SimulatedAgentsGigabytes(), Goal::kAtMost, 16,
               "memory of 100,000 simulated agents with 1,000,000 tasks");
}

int Main(int argc, char** argv) {
  std::vector<std::string> only = {"master", "agent", "daemons", "simulation"};
  FlagSet flags("failover", "Measures what failures cost.");
  flags.Add(&only, "only", "Which parts: master, agent, daemons, simulation.");
  const absl::Status parsed = flags.Parse({argv + 1, argv + argc}, {});
  if (flags.help_requested() || !parsed.ok()) {
    std::printf("%s\n", parsed.ok() ? flags.Help().c_str() : parsed.ToString().c_str());
    return parsed.ok() ? 0 : 1;
  }
  Figures figures;
  for (const std::string& part : only) {
    if (part == "master") {
      MeasureReregister(&figures);
      MeasureRegistry(&figures);
    } else if (part == "agent") {
      MeasureAgent(&figures);
    } else if (part == "daemons") {
      MeasureDaemons(&figures);
    } else if (part == "simulation") {
      MeasureSimulation(&figures);
    } else {
      std::fprintf(stderr,
                   "--only names %s; expected master, agent, daemons or simulation\n",
                   part.c_str());
      return 1;
    }
  }
  figures.Print();
  return 0;
}

}  // namespace
}  // namespace mesos::bench

int main(int argc, char** argv) { return mesos::bench::Main(argc, argv); }
