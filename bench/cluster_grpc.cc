#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "bench/cluster_parts.h"
#include "bench/load_framework.h"
#include "mesos/allocator.h"
#include "mesos/master.h"
#include "mesos/random.h"
#include "mesos/rpc.h"
#include "mesos/state_store.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/testing/simulated_agent.h"

namespace mesos::bench {
namespace {

constexpr int kAgents = 100;
constexpr int kFrameworks = 10;
constexpr int64_t kTasks = 100'000;

// Runs `self --peer=port` and returns what it prints.
std::string RunPeer(const std::string& self, int port) {
  int pipes[2];
  if (pipe(pipes) != 0) return "";
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipes[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, pipes[0]);
  std::string peer = absl::StrCat("--peer=", port);
  std::string program = self;
  char* argv[] = {program.data(), peer.data(), nullptr};
  pid_t pid = 0;
  const int failed = posix_spawn(&pid, self.c_str(), &actions, nullptr, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(pipes[1]);
  std::string output;
  char buffer[256];
  for (ssize_t n; !failed && (n = read(pipes[0], buffer, sizeof buffer)) > 0;) {
    output.append(buffer, n);
  }
  close(pipes[0]);
  if (!failed) waitpid(pid, nullptr, 0);
  return output;
}

}  // namespace

void MeasureGrpc(const std::string& self, Figures* figures) {
  auto loop = CreateThreadEventLoop("master").value();
  auto random = CreateSeededRandom(1);
  auto store = CreateMemoryStateStore(loop.get()).value();
  auto allocator = CreateHierarchicalAllocator({}).value();
  auto master = CreateMaster({}, {loop.get(), random.get(), store.get(), allocator.get()}).value();
  absl::Notification started;
  master->Start([&](absl::Status) { started.Notify(); });
  started.WaitForNotification();
  auto server = CreateGrpcServer({.address = "127.0.0.1:0", .master = master.get()});
  if (!server.ok()) {
    std::fprintf(stderr, "gRPC: %s\n", server.status().ToString().c_str());
    std::abort();
  }
  const std::string output = RunPeer(self, (*server)->port());
  figures->Add("grpc_tasks_per_s", std::atof(output.c_str()), Figures::Goal::kAtLeast, 5'000,
               "the same over gRPC on loopback; 100 agents and 10 frameworks in a second process");
}

int RunGrpcPeer(int port) {
  const std::string address = absl::StrCat("127.0.0.1:", port);
  auto agent_loop = CreateThreadEventLoop("agents").value();
  auto framework_loop = CreateThreadEventLoop("frameworks").value();
  auto agent_random = CreateSeededRandom(2);
  auto framework_random = CreateSeededRandom(3);
  auto agent_endpoint = CreateGrpcAgentEndpoint(address).value();
  auto scheduler_endpoint = CreateGrpcSchedulerEndpoint(address).value();
  std::vector<std::unique_ptr<SimulatedAgent>> agents;
  RunOn(agent_loop.get(), [&] {
    for (int i = 0; i < kAgents; ++i) {
      agents.push_back(std::make_unique<SimulatedAgent>(
          SimulatedAgent::Options{.hostname = absl::StrCat("host", i),
                                  .resources = "cpus:32;mem:16384",
                                  .finish_at_once = true},
          agent_loop.get(), agent_random.get(), agent_endpoint.get()));
      agents.back()->Connect();
    }
  });
  for (bool registered = false; !registered;) {
    RunOn(agent_loop.get(), [&] {
      registered = true;
      for (const auto& agent : agents) registered &= agent->registered();
    });
  }
  int left = kFrameworks;
  absl::Notification finished;
  std::vector<std::unique_ptr<LoadFramework>> frameworks;
  RunOn(framework_loop.get(), [&] {
    for (int i = 0; i < kFrameworks; ++i) {
      frameworks.push_back(std::make_unique<LoadFramework>(
          LoadFramework::Options{.name = absl::StrCat("framework", i),
                                 .tasks = kTasks / kFrameworks},
          framework_loop.get(), framework_random.get(), scheduler_endpoint.get(), [&] {
            if (--left == 0) finished.Notify();
          }));
    }
  });
  const absl::Time start = absl::Now();
  for (auto& framework : frameworks) framework->Start();
  finished.WaitForNotification();
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
  int64_t failed = 0;
  RunOn(framework_loop.get(), [&] {
    for (auto& framework : frameworks) failed += framework->failed();
    frameworks.clear();
  });
  RunOn(agent_loop.get(), [&] { agents.clear(); });
  std::printf("%f\n", failed > 0 ? 0.0 : kTasks / seconds);
  return 0;
}

}  // namespace mesos::bench
