#include "bench/failover_daemons.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "daemons/testing/test_process.h"
#include "mesos/event_loop.h"
#include "mesos/leader_election.h"
#include "mesos/random.h"
#include "mesos/rpc.h"
#include "mesos/scheduler.h"
#include "mesos/task_states.h"
#include "mesos/zookeeper.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/notification.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/coordination/testing/ensemble.h"

namespace mesos::bench {
namespace {

constexpr absl::Duration kPatience = absl::Minutes(1);
constexpr int kFirstPort = 7001;  // Told to others; nobody listens there.

// One task after the other, on all that is offered.
class OneByOne final : public Scheduler {
 public:
  // On the loop: `running` is called when a task that was launched after this runs.
  void AwaitNextLaunch(std::function<void()> running) {
    running_ = std::move(running);
    first_awaited_ = next_;
  }

  void ResourceOffers(SchedulerDriver& driver, const std::vector<v1::Offer>& offers) override {
    for (const v1::Offer& offer : offers) {
      v1::TaskInfo task;
      task.set_name("bench");
      task.mutable_task_id()->set_value(absl::StrCat(next_++));
      *task.mutable_agent_id() = offer.agent_id();
      *task.mutable_resources() = offer.resources();
      task.mutable_command()->set_value("true");
      driver.LaunchTasks({offer.id()}, {task}).IgnoreError();
    }
  }

  void StatusUpdate(SchedulerDriver&, const v1::TaskStatus& status) override {
    const bool runs = status.state() == v1::TASK_RUNNING || status.state() == v1::TASK_FINISHED;
    if (!runs || running_ == nullptr || std::stoi(status.task_id().value()) < first_awaited_)
      return;
    std::exchange(running_, nullptr)();
  }

 private:
  int next_ = 0;
  int first_awaited_ = 0;
  std::function<void()> running_;
};

// A folder of this run's own.
class Folder {
 public:
  Folder() : path_((std::filesystem::temp_directory_path() / "mesos-bench-XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  ~Folder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::unique_ptr<TestProcess> StartMaster(const std::string& zk, int port) {
  return TestProcess::Start(
      "daemons/mesos-master",
      {"--ip=127.0.0.1", "--port=0", absl::StrCat("--advertise_port=", port), "--zk=" + zk,
       "--zk_session_timeout=2secs"},
      geteuid());
}

std::unique_ptr<TestProcess> StartAgent(const std::string& zk, const std::string& folder) {
  return TestProcess::Start(
      "daemons/mesos-agent",
      {"--ip=127.0.0.1", "--grpc_port=0", "--master=" + zk, "--work_dir=" + folder + "/agent",
       "--runtime_dir=" + folder + "/run", "--no-switch_user", "--resources=cpus:1;mem:128",
       "--zk_session_timeout=2secs"},
      geteuid());
}

// The framework and what it needs; all on one loop.
class Framework {
 public:
  static absl::StatusOr<std::unique_ptr<Framework>> Start(const std::string& zk) {
    auto framework = std::make_unique<Framework>();
    ASSIGN_OR_RETURN(framework->loop_, CreateThreadEventLoop("bench"));
    EventLoop* const loop = framework->loop_.get();
    ASSIGN_OR_RETURN(framework->zookeeper_,
                     CreateZooKeeper({.url = zk, .session_timeout = absl::Seconds(2)}, loop));
    const auto connect = [last = &framework->leader_port_](const Leader& leader) {
      *last = leader.info.address().port();
      auto endpoint = CreateGrpcSchedulerEndpoint(absl::StrCat("127.0.0.1:", leader.grpc_port));
      return endpoint.ok() ? *std::move(endpoint) : nullptr;
    };
    ASSIGN_OR_RETURN(framework->master_, CreateLeaderSchedulerEndpoint(
                                             &framework->zookeeper_->detector(), connect, loop));
    v1::FrameworkInfo info;
    info.set_name("bench");
    info.set_user("");
    info.set_failover_timeout(60);
    ASSIGN_OR_RETURN(framework->driver_,
                     CreateSchedulerDriver({.framework = info},
                                           {loop, framework->random_.get(),
                                            framework->master_.get(), &framework->scheduler_}));
    RETURN_IF_ERROR(framework->driver_->Start());
    return framework;
  }

  // Calls `act` on the loop, then waits until a task that is launched after that runs.
  absl::Status UntilLaunched(std::function<void()> act) {
    Notification running;
    RunOn(loop_.get(), [&] {
      act();
      scheduler_.AwaitNextLaunch([&running] { running.Notify(); });
    });
    const bool in_time = running.WaitForNotificationWithTimeout(kPatience);
    RunOn(loop_.get(), [&] { scheduler_.AwaitNextLaunch(nullptr); });
    if (in_time) return absl::OkStatus();
    return absl::UnavailableError("no task was launched within a minute");
  }

  // On the loop: of the master that leads, as it tells others.
  int leader_port() const { return leader_port_; }

 private:
  std::unique_ptr<EventLoop> loop_;
  const std::unique_ptr<Random> random_ = CreateSystemRandom();
  OneByOne scheduler_;
  int leader_port_ = 0;
  std::unique_ptr<ZooKeeper> zookeeper_;
  std::unique_ptr<SchedulerEndpoint> master_;
  std::unique_ptr<SchedulerDriver> driver_;
};

}  // namespace

absl::StatusOr<double> LeaderKilledToLaunchSeconds() {
  if (!Ensemble::Missing().empty()) return absl::UnavailableError(Ensemble::Missing());
  const Folder folder;
  const Ensemble ensemble;
  const std::string zk = ensemble.url("/mesos");
  std::map<int, std::unique_ptr<TestProcess>> masters;
  for (int port : {kFirstPort, kFirstPort + 1}) masters[port] = StartMaster(zk, port);
  const auto agent = StartAgent(zk, folder.path());
  ASSIGN_OR_RETURN(const std::unique_ptr<Framework> framework, Framework::Start(zk));
  RETURN_IF_ERROR(framework->UntilLaunched([] {}));
  for (auto& [port, master] : masters) master->WaitFor("the master stands for election");
  absl::Time killed;
  RETURN_IF_ERROR(framework->UntilLaunched([&] {
    masters.at(framework->leader_port())->Signal(SIGKILL);
    killed = absl::Now();
  }));
  return absl::ToDoubleSeconds(absl::Now() - killed);
}

}  // namespace mesos::bench
