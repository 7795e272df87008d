#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "bench/bare_agent.h"
#include "bench/cluster_parts.h"
#include "bench/former_cluster.h"
#include "bench/load_framework.h"
#include "mesos/allocator.h"
#include "mesos/event_loop.h"
#include "mesos/master.h"
#include "mesos/random.h"
#include "mesos/state_store.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/testing/simulated_agent.h"

namespace mesos::bench {
namespace {

// A master on a loop of its own.
struct Cluster {
  Cluster() {
    master = CreateMaster({}, {loop.get(), random.get(), store.get(), allocator.get()}).value();
    absl::Notification started;
    master->Start([&](absl::Status status) {
      if (!status.ok()) std::abort();
      started.Notify();
    });
    started.WaitForNotification();
  }

  std::unique_ptr<EventLoop> loop = CreateThreadEventLoop("bench").value();
  std::unique_ptr<Random> random = CreateSeededRandom(1);
  std::unique_ptr<StateStore> store = CreateMemoryStateStore(loop.get()).value();
  std::unique_ptr<Allocator> allocator = CreateHierarchicalAllocator({}).value();
  std::unique_ptr<Master> master;
};

// Frameworks that share one finish line.
std::vector<std::unique_ptr<LoadFramework>> MakeFrameworks(int count, int64_t tasks_each,
                                                           Cluster* cluster, int* left,
                                                           absl::Notification* finished,
                                                           bool until_running) {
  std::vector<std::unique_ptr<LoadFramework>> frameworks;
  for (int i = 0; i < count; ++i) {
    frameworks.push_back(std::make_unique<LoadFramework>(
        LoadFramework::Options{.name = absl::StrCat("framework", i), .tasks = tasks_each},
        cluster->loop.get(), cluster->random.get(), &cluster->master->schedulers(),
        [left, finished] {
          if (--*left == 0) finished->Notify();
        },
        until_running));
  }
  return frameworks;
}

}  // namespace

void MeasureInProcess(Figures* figures) {
  constexpr int kAgents = 1000;
  constexpr int kFrameworks = 10;
  constexpr int64_t kTasks = 400'000;
  Cluster cluster;
  std::vector<std::unique_ptr<SimulatedAgent>> agents;
  RunOn(cluster.loop.get(), [&] {
    for (int i = 0; i < kAgents; ++i) {
      agents.push_back(std::make_unique<SimulatedAgent>(
          SimulatedAgent::Options{.hostname = absl::StrCat("host", i),
                                  .resources = "cpus:16;mem:16384",
                                  .finish_at_once = true},
          cluster.loop.get(), cluster.random.get(), &cluster.master->agents()));
      agents.back()->Connect();
    }
  });
  bool registered = false;
  while (!registered) {
    RunOn(cluster.loop.get(), [&] {
      registered = true;
      for (const auto& agent : agents) registered &= agent->registered();
    });
  }
  int left = kFrameworks;
  absl::Notification finished;
  std::vector<std::unique_ptr<LoadFramework>> frameworks;
  RunOn(cluster.loop.get(), [&] {
    frameworks = MakeFrameworks(kFrameworks, kTasks / kFrameworks, &cluster, &left, &finished,
                                /*until_running=*/false);
  });
  const absl::Time start = absl::Now();
  for (auto& framework : frameworks) framework->Start();
  finished.WaitForNotification();
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
  int64_t failed = 0;
  RunOn(cluster.loop.get(), [&] {
    for (auto& framework : frameworks) failed += framework->failed();
    frameworks.clear();
    agents.clear();
  });
  if (failed > 0) {
    std::fprintf(stderr, "in process: %lld tasks have failed\n", static_cast<long long>(failed));
    std::abort();
  }
  figures->Add("inprocess_tasks_per_s", kTasks / seconds, Figures::Goal::kAtLeast, 20'000,
               "tasks launched, finished and acknowledged; 1,000 agents, 10 frameworks, one core");
}

void MeasureMemory(Figures* figures) {
  constexpr int kAgents = 10'000;
  constexpr int64_t kTasks = 100'000;
  Cluster cluster;
  std::vector<std::unique_ptr<BareAgent>> agents;
  agents.reserve(kAgents);
  const double before = ResidentBytes(0);
  for (int i = 0; i < kAgents; ++i) {
    agents.push_back(std::make_unique<BareAgent>(cluster.master.get(), MakeRegister(i),
                                                 absl::StrCat(i, ":0"), BareAgent::Tasks::kRun));
  }
  for (int i = 0; i < 20; ++i) RunOn(cluster.loop.get(), [] {});
  const double with_agents = ResidentBytes(0);

  int left = 10;
  absl::Notification finished;
  std::vector<std::unique_ptr<LoadFramework>> frameworks;
  RunOn(cluster.loop.get(), [&] {
    frameworks = MakeFrameworks(10, kTasks / 10, &cluster, &left, &finished,
                                /*until_running=*/true);
  });
  for (auto& framework : frameworks) framework->Start();
  finished.WaitForNotification();
  for (int i = 0; i < 20; ++i) RunOn(cluster.loop.get(), [] {});
  const double with_tasks = ResidentBytes(0);
  RunOn(cluster.loop.get(), [&] {
    frameworks.clear();
    agents.clear();
  });
  figures->Add("master_bytes_per_task", (with_tasks - with_agents) / kTasks, Figures::Goal::kAtMost,
               6'000, "resident memory, 100,000 running tasks");
  figures->Add("master_bytes_per_agent", (with_agents - before) / kAgents, Figures::Goal::kAtMost,
               20'000, "resident memory, 10,000 agents with four kinds of resources");
}

}  // namespace mesos::bench
