#include "mesoslib/sim/scenario.h"

#include <utility>

#include "mesoslib/base/status_macros.h"
#include "mesoslib/sim/cluster.h"
#include "mesoslib/sim/nemesis.h"

namespace mesos::sim {
namespace {

LoadPlan SomeFramework(Random* chance) {
  LoadPlan plan;
  auto pick = [chance](uint64_t below) { return chance->Next() % below; };
  const char* const roles[] = {"*", "eng", "eng/web", "eng/db", "ops"};
  plan.role = roles[pick(5)];
  plan.tasks = 1 + pick(12);
  plan.long_tasks = pick(400);
  plan.executor_tasks = pick(2) == 0 ? 0 : pick(600);
  plan.longest = absl::Seconds(1 + static_cast<int64_t>(pick(60)));
  plan.partition_aware = pick(3) > 0;
  plan.checkpoint = pick(4) > 0;
  if (pick(6) == 0) plan.failover_timeout = absl::Seconds(static_cast<int64_t>(pick(60)));
  plan.explicit_acknowledgements = pick(3) == 0;
  plan.hoards = pick(3) == 0;
  return plan;
}

ClusterOptions SomeCluster(uint64_t seed, const ScenarioOptions& scenario) {
  SmallRandom chance(seed ^ 0x5eed);
  ClusterOptions options;
  options.seed = seed;
  options.masters = chance.Next() % 3 == 0 ? 1 : 3;
  options.agents = 2 + static_cast<int>(chance.Next() % 4);
  for (uint64_t i = 1 + chance.Next() % 3; i > 0; --i) {
    options.frameworks.push_back(SomeFramework(&chance));
  }
  options.rogue = chance.Next() % 3 == 0;
  options.trace_lines = scenario.trace_lines;
  options.log = scenario.log;
  options.allocator = scenario.allocator;
  return options;
}

absl::Status Play(Cluster& cluster, const ScenarioOptions& options) {
  Nemesis nemesis(&cluster);
  RETURN_IF_ERROR(cluster.Run(absl::Seconds(5)));
  nemesis.Start(absl::Seconds(20));
  RETURN_IF_ERROR(cluster.Run(options.faults));
  nemesis.Stop();
  RETURN_IF_ERROR(cluster.Run(absl::Seconds(30)));
  cluster.Quiet();
  RETURN_IF_ERROR(cluster.Converge(options.convergence));
  return cluster.TearDown(absl::Minutes(2));
}

}  // namespace

ScenarioResult RunScenario(uint64_t seed, const ScenarioOptions& options) {
  Cluster cluster(SomeCluster(seed, options));
  ScenarioResult result;
  result.status = Play(cluster, options);
  result.trace_hash = cluster.world().trace().hash();
  result.events = cluster.world().trace().count();
  result.elapsed = cluster.world().elapsed();
  for (const auto& host : cluster.framework_hosts()) result.tasks += host->book().launched();
  if (!result.status.ok()) result.trace = cluster.world().trace().ToString();
  return result;
}

}  // namespace mesos::sim
