#include "bench/failover_simulation.h"

#include <time.h>

#include <cstdio>
#include <string>

#include "bench/figures.h"
#include "mesoslib/sim/cluster.h"

namespace mesos::bench {
namespace {

// Of this thread: the simulation has no other.
double CpuSeconds() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

bool Failed(const absl::Status& status) {
  if (!status.ok()) std::fprintf(stderr, "failover: %s\n", status.ToString().c_str());
  return !status.ok();
}

sim::ClusterOptions WithLoad(int agents, const sim::LoadPlan& plan) {
  sim::ClusterOptions options;
  options.agents = agents;
  options.resources = "cpus:8;mem:16384";
  options.frameworks.assign(10, plan);
  options.check_interval = 0;
  options.trace_lines = 1;
  return options;
}

}  // namespace

double SimulationSpeedup() {
  sim::LoadPlan plan;  // As in all simulations, but for tasks without an end.
  plan.long_tasks = 0;
  sim::Cluster cluster(WithLoad(100, plan));
  if (Failed(cluster.Run(absl::Seconds(30)))) return -1;
  const double start = CpuSeconds();
  const absl::Duration simulated = absl::Minutes(10);
  if (Failed(cluster.Run(simulated))) return -1;
  return absl::ToDoubleSeconds(simulated) / (CpuSeconds() - start);
}

double SimulatedAgentsGigabytes() {
  constexpr size_t kTasks = 1'000'000;
  sim::LoadPlan plan;
  plan.tasks = kTasks / 10;
  plan.tasks_per_offer = 20;
  plan.long_tasks = 1000;
  plan.executor_tasks = 0;
  plan.steady = true;
  sim::Cluster cluster(WithLoad(100'000, plan));
  for (int minute = 0; cluster.observer().running().size() < kTasks * 99 / 100; ++minute) {
    if (minute >= 20) {
      std::fprintf(stderr, "failover: after %d minutes only %zu of %zu simulated tasks run\n",
                   minute, cluster.observer().running().size(), kTasks);
      return -1;
    }
    if (Failed(cluster.Run(absl::Minutes(1)))) return -1;
  }
  if (Failed(cluster.Run(absl::Minutes(1)))) return -1;
  return ResidentBytes(0) / 1e9;
}

}  // namespace mesos::bench
