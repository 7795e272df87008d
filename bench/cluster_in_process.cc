#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "bench/cluster_parts.h"
#include "bench/load_framework.h"
#include "mesos/allocator.h"
#include "mesos/event_loop.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/master.h"
#include "mesos/random.h"
#include "mesos/resources.h"
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

// An agent of which nothing is kept but its session: tasks run there and never end.
class BareAgent final : public Sink<internal::MasterMessage> {
 public:
  explicit BareAgent(Cluster* cluster) : cluster_(cluster) {}

  static std::shared_ptr<BareAgent> Connect(Cluster* cluster, int number) {
    auto agent = std::make_shared<BareAgent>(cluster);
    agent->session_ = cluster->master->agents().Open(agent, {"", absl::StrCat(number, ":0")});
    internal::AgentMessage message;
    v1::AgentInfo* info = message.mutable_register_()->mutable_agent();
    info->set_hostname(absl::StrCat("host", number, ".example.com"));
    info->set_port(5051);
    Resources::Parse("cpus:16;mem:16384;disk:100000;ports:[31000-32000]")
        .value()
        .ToProto(info->mutable_resources());
    message.mutable_register_()->set_version("1.12.0");
    for (auto type :
         {v1::AgentInfo::Capability::MULTI_ROLE, v1::AgentInfo::Capability::HIERARCHICAL_ROLE,
          v1::AgentInfo::Capability::RESERVATION_REFINEMENT}) {
      message.mutable_register_()->add_capabilities()->set_type(type);
    }
    agent->session_->Send(std::move(message));
    return agent;
  }

  void Deliver(internal::MasterMessage message) override {
    if (message.has_ping()) {
      internal::AgentMessage pong;
      pong.mutable_pong();
      session_->Send(std::move(pong));
    }
    for (const v1::TaskInfo& task : message.run_tasks().tasks()) {
      internal::AgentMessage report;
      auto* update = report.mutable_status_update();
      *update->mutable_framework_id() = message.run_tasks().framework().id();
      v1::TaskStatus* status = update->mutable_status();
      *status->mutable_task_id() = task.task_id();
      status->set_state(v1::TASK_RUNNING);
      status->set_source(v1::TaskStatus::SOURCE_EXECUTOR);
      status->set_timestamp(absl::ToUnixSeconds(cluster_->loop->WallTime()));
      std::string uuid(16, '\x80');
      for (int i = 0; i < 8; ++i) uuid[i] = static_cast<char>(cluster_->random->Next());
      status->set_uuid(uuid);
      session_->Send(std::move(report));
    }
  }
  void Closed(absl::Status) override {}

 private:
  Cluster* const cluster_;
  std::unique_ptr<Session<internal::AgentMessage>> session_;
};

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
  std::vector<std::shared_ptr<BareAgent>> agents;
  agents.reserve(kAgents);
  const double before = ResidentBytes(0);
  for (int i = 0; i < kAgents; ++i) agents.push_back(BareAgent::Connect(&cluster, i));
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
  RunOn(cluster.loop.get(), [&] { frameworks.clear(); });
  agents.clear();
  figures->Add("master_bytes_per_task", (with_tasks - with_agents) / kTasks, Figures::Goal::kAtMost,
               6'000, "resident memory, 100,000 running tasks");
  figures->Add("master_bytes_per_agent", (with_agents - before) / kAgents, Figures::Goal::kAtMost,
               20'000, "resident memory, 10,000 agents with four kinds of resources");
}

}  // namespace mesos::bench
