#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "bench/cluster_parts.h"
#include "bench/load_framework.h"
#include "mesos/event_loop.h"
#include "mesos/random.h"
#include "mesos/rpc.h"
#include "mesoslib/base/lifetime.h"

namespace mesos::bench {
namespace {

// A port of which nobody listens on the one ten above: where the master's gRPC will be.
int FreePort() {
  for (int port = 21050; port < 29000; port += 20) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port + 10);
    const bool is_free = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    close(fd);
    if (is_free) return port;
  }
  return 0;
}

// A program that runs until this is destroyed; its output goes to `log`.
class Process {
 public:
  Process(std::vector<std::string> arguments, const std::string& log) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0644);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    if (posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ) != 0) pid_ = 0;
    posix_spawn_file_actions_destroy(&actions);
  }
  ~Process() {
    if (pid_ == 0) return;
    kill(pid_, SIGTERM);
    Wait();
  }

  int pid() const { return pid_; }
  // The exit code; -1 where it could not be started or was killed.
  int Wait() {
    int status = -1;
    if (pid_ != 0) waitpid(pid_, &status, 0);
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = 0;
};

double Percentile(std::vector<absl::Duration> values, double share) {
  if (values.empty()) return -1;
  std::sort(values.begin(), values.end());
  return absl::ToDoubleMilliseconds(values[static_cast<size_t>(share * (values.size() - 1))]);
}

class Daemons {
 public:
  explicit Daemons(const std::string& binaries) : binaries_(binaries) {
    std::string folder = (std::filesystem::temp_directory_path() / "mesos-bench-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) return;
    folder_ = folder;
    port_ = FreePort();
    master_ = std::make_unique<Process>(
        std::vector<std::string>{binaries_ + "/mesos-master", "--ip=127.0.0.1",
                                 absl::StrCat("--port=", port_),
                                 "--work_dir=" + folder_ + "/master"},
        folder_ + "/master.log");
    agent_ = std::make_unique<Process>(
        std::vector<std::string>{
            binaries_ + "/mesos-agent", "--ip=127.0.0.1", absl::StrCat("--port=", port_ + 1),
            master_flag(), "--work_dir=" + folder_ + "/agent", "--runtime_dir=" + folder_ + "/run",
            "--no-switch_user", "--resources=cpus:16;mem:16384"},
        folder_ + "/agent.log");
  }
  ~Daemons() {
    agent_.reset();
    master_.reset();
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }

  // How long `mesos-execute --command=true` takes; negative where it fails.
  absl::Duration Execute() {
    const absl::Time start = absl::Now();
    Process execute({binaries_ + "/mesos-execute", master_flag(), "--name=bench", "--command=true",
                     "--resources=cpus:0.1;mem:32"},
                    folder_ + "/execute.log");
    return execute.Wait() == 0 ? absl::Now() - start : -absl::Seconds(1);
  }

  // Whether the cluster runs tasks.
  bool Ready() {
    for (int i = 0; i < 50; ++i) {
      if (Execute() > absl::ZeroDuration()) return true;
      absl::SleepFor(absl::Milliseconds(100));
    }
    std::fprintf(stderr, "the daemons do not run tasks; their logs are in %s\n", folder_.c_str());
    folder_.clear();  // To be looked at.
    return false;
  }

  std::string grpc_address() const { return absl::StrCat("127.0.0.1:", port_ + 10); }
  std::string master_flag() const { return absl::StrCat("--master=127.0.0.1:", port_); }
  const Process& master() const { return *master_; }
  const Process& agent() const { return *agent_; }

 private:
  const std::string binaries_;
  std::string folder_;
  int port_ = 0;
  std::unique_ptr<Process> master_;
  std::unique_ptr<Process> agent_;
};

// Runs the framework against the daemons; how long it took.
absl::Duration Run(const Daemons& daemons, const LoadFramework::Options& options,
                   std::vector<absl::Duration>* start_times) {
  auto loop = CreateThreadEventLoop("framework").value();
  auto random = CreateSystemRandom();
  auto endpoint = CreateGrpcSchedulerEndpoint(daemons.grpc_address()).value();
  absl::Notification finished;
  std::unique_ptr<LoadFramework> framework;
  RunOn(loop.get(), [&] {
    framework = std::make_unique<LoadFramework>(options, loop.get(), random.get(), endpoint.get(),
                                                [&] { finished.Notify(); });
  });
  const absl::Time start = absl::Now();
  framework->Start();
  finished.WaitForNotification();
  const absl::Duration took = absl::Now() - start;
  RunOn(loop.get(), [&] {
    if (framework->failed() > 0) std::fprintf(stderr, "tasks have failed\n");
    *start_times = framework->start_times();
    framework.reset();
  });
  return took;
}

}  // namespace

void MeasureDaemons(const std::string& binaries, Figures* figures) {
  Daemons daemons(binaries);
  if (!daemons.Ready()) return;
  figures->Add("master_idle_rss_mb", ResidentBytes(daemons.master().pid()) / (1 << 20),
               Figures::Goal::kAtMost, 25, "mesos-master, one agent, nothing running");
  figures->Add("agent_idle_rss_mb", ResidentBytes(daemons.agent().pid()) / (1 << 20),
               Figures::Goal::kAtMost, 30, "mesos-agent, nothing running");
  std::vector<absl::Duration> executes;
  for (int i = 0; i < 30; ++i) executes.push_back(daemons.Execute());
  figures->Add("execute_true_median_ms", Percentile(executes, 0.5), Figures::Goal::kAtMost, 50,
               "mesos-execute --command=true, from start to exit");
  std::vector<absl::Duration> start_times;
  Run(daemons, {.name = "latency", .tasks = 300, .at_once = 1, .resources = "cpus:0.1;mem:32"},
      &start_times);
  figures->Add("accept_to_running_p99_ms", Percentile(start_times, 0.99), Figures::Goal::kAtMost,
               20, "offer accepted to TASK_RUNNING, posix launcher, one task at a time");
  const absl::Duration took =
      Run(daemons,
          {.name = "real", .tasks = 1000, .resources = "cpus:0.5;mem:32", .command = "/bin/true"},
          &start_times);
  figures->Add("real_tasks_per_s", 1000 / absl::ToDoubleSeconds(took), Figures::Goal::kAtLeast, 300,
               "1,000 processes of /bin/true: sandboxes, checkpoints and updates are real");
}

}  // namespace mesos::bench
