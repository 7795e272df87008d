// The lives of an agent, as processes: it is killed, and starts again.
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "daemons/testing/test_cluster.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/event_loop.h"
#include "mesos/random.h"
#include "mesos/resources.h"
#include "mesos/rpc.h"
#include "mesos/scheduler.h"

namespace mesos {
namespace {

namespace fs = std::filesystem;

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class AgentRecoveryTest : public testing::Test {
 protected:
  AgentRecoveryTest() {
    cluster_.StartMaster({"--allocation_interval=50ms"});
    cluster_.StartAgent();
  }

  void KillAgent() {
    cluster_.agent().Signal(SIGKILL);
    EXPECT_EQ(cluster_.agent().WaitForExit(), 128 + SIGKILL);
  }

  std::unique_ptr<TestProcess> Execute(const std::string& name, const std::string& command) {
    auto execute = cluster_.Execute(
        {"--command=" + command, "--checkpoint", "--name=" + name, "--resources=cpus:0.1;mem:32"});
    execute->WaitFor(absl::StrCat("task '", name, "' is TASK_RUNNING"));
    return execute;
  }

  // Its exit code is 1, and it says `text`.
  void ExpectRefused(TestProcess& agent, const std::string& text) {
    EXPECT_EQ(agent.WaitForExit(), 1);
    EXPECT_THAT(agent.output(), HasSubstr(text));
    EXPECT_THAT(agent.output(), Not(HasSubstr("registered as agent")));
  }

  std::string checkpoints() const { return cluster_.path("agent") + "/meta/checkpoints"; }

  TestCluster cluster_{geteuid()};
};

TEST_F(AgentRecoveryTest, Case41_TasksOutliveManyLivesOfTheirAgent) {
  auto longest = Execute("longest", UntilExists(cluster_.path("last")));
  auto failing = Execute("failing", UntilExists(cluster_.path("first")) + "; exit 3");
  for (int life = 0; life < 3; ++life) {
    KillAgent();
    // Ends while there is no agent.
    if (life == 1) cluster_.Touch("first");
    cluster_.StartAgent();
    if (life == 1) {
      EXPECT_EQ(failing->WaitForExit(), 1);
    }
  }
  EXPECT_THAT(failing->output(), HasSubstr("exited with status 3"));
  auto late = Execute("late", "true");
  EXPECT_EQ(late->WaitForExit(), 0) << late->output();
  cluster_.Touch("last");
  EXPECT_EQ(longest->WaitForExit(), 0) << longest->output();
}

TEST_F(AgentRecoveryTest, Case52_CleaningUpEndsWhatRunsButDeletesNoVolume) {
  const std::string id = cluster_.agent().WaitFor("registered as agent ");
  auto execute = Execute("long", "sleep 1000");
  KillAgent();
  // Case52: what tasks have kept for ever is nobody's to delete but theirs.
  const fs::path kept = cluster_.path("agent") + "/volumes/roles/ads/db/data";
  fs::create_directories(kept.parent_path());
  std::ofstream(kept) << "precious";
  auto cleanup = cluster_.Agent({"--recover=cleanup"});
  EXPECT_EQ(cleanup->WaitForExit(), 0) << cleanup->output();
  EXPECT_THAT(cleanup->output(), HasSubstr("nothing is left of agent " + id));
  EXPECT_EQ(execute->WaitForExit(), 1);
  EXPECT_THAT(execute->output(), HasSubstr("is TASK_KILLED"));
  EXPECT_THAT(cluster_.master().WaitFor("removing agent"), HasSubstr("unregistered"));
  cluster_.StartAgent({"--resources=cpus:1;mem:256;disk:10"});
  EXPECT_NE(cluster_.agent().WaitFor("registered as agent "), id);
  EXPECT_EQ(fs::file_size(kept), 8u);
  // Nor when it leaves for good.
  cluster_.agent().Signal(SIGUSR1);
  EXPECT_EQ(cluster_.agent().WaitForExit(), 0);
  EXPECT_EQ(fs::file_size(kept), 8u);
}

TEST_F(AgentRecoveryTest, AChangeThatIsRefusedIsNamedAndAdditionsMayBeAllowed) {
  auto execute = Execute("long", UntilExists(cluster_.path("go")));
  KillAgent();
  const std::string more = "--resources=cpus:3;mem:512;disk:100";
  auto refused = cluster_.Agent({more});
  ExpectRefused(*refused, "resources was");
  EXPECT_THAT(refused->output(), AllOf(HasSubstr("cpus:2"), HasSubstr("cpus:3"),
                                       HasSubstr("--reconfiguration_policy=additive")));
  auto less =
      cluster_.Agent({"--resources=cpus:1;mem:512;disk:100", "--reconfiguration_policy=additive"});
  ExpectRefused(*less, "nothing may be taken away");
  cluster_.StartAgent({more, "--reconfiguration_policy=additive"});
  cluster_.Touch("go");
  EXPECT_EQ(execute->WaitForExit(), 0) << execute->output();
}

TEST_F(AgentRecoveryTest, Case41_ADamagedDatabaseStopsAStrictAgentAndIsKeptByTheOther) {
  const std::string id = cluster_.agent().WaitFor("registered as agent ");
  KillAgent();
  for (const auto& file : fs::directory_iterator(checkpoints())) {
    if (file.path().filename().string().starts_with("MANIFEST")) fs::resize_file(file.path(), 0);
  }
  auto strict = cluster_.Agent();
  ExpectRefused(*strict, "--strict=false");
  EXPECT_FALSE(fs::exists(checkpoints() + ".damaged-1"));
  cluster_.StartAgent({"--no-strict"});
  EXPECT_THAT(cluster_.agent().output(), HasSubstr(checkpoints() + ".damaged-1"));
  EXPECT_TRUE(fs::exists(checkpoints() + ".damaged-1/CURRENT"));
  EXPECT_NE(cluster_.agent().WaitFor("registered as agent "), id);
}

TEST_F(AgentRecoveryTest, FlagsThatMakeNoSenseAreNamed) {
  auto recover = cluster_.Agent({"--recover=never"});
  ExpectRefused(*recover, "--recover is 'never'");
  auto policy = cluster_.Agent({"--reconfiguration_policy=any"});
  ExpectRefused(*policy, "--reconfiguration_policy is 'any'");
}

// One task in an executor of its own, which waits to be killed.
class WaitingScheduler final : public Scheduler {
 public:
  void ResourceOffers(SchedulerDriver& driver, const std::vector<v1::Offer>& offers) override {
    for (const v1::Offer& offer : offers) {
      if (launched_) {
        driver.DeclineOffers({offer.id()}, {}).IgnoreError();
      } else {
        launched_ = true;
        driver.LaunchTasks({offer.id()}, {Task(offer)}, {}).IgnoreError();
      }
    }
  }

  void StatusUpdate(SchedulerDriver&, const v1::TaskStatus& status) override {
    absl::MutexLock lock(&mutex_);
    seen_.push_back(TaskState_Name(status.state()));
  }

  bool WaitFor(const std::string& state) {
    absl::MutexLock lock(&mutex_);
    const auto seen = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return !seen_.empty() && seen_.back() == state;
    };
    return mutex_.AwaitWithTimeout(absl::Condition(&seen), absl::Seconds(30));
  }

  std::vector<std::string> seen() {
    absl::MutexLock lock(&mutex_);
    return seen_;
  }

 private:
  static v1::TaskInfo Task(const v1::Offer& offer) {
    v1::TaskInfo task;
    task.set_name("wait");
    task.mutable_task_id()->set_value("wait");
    *task.mutable_agent_id() = offer.agent_id();
    Resources::Parse("cpus:0.1;mem:32")->ToProto(task.mutable_resources());
    task.set_data("wait");
    task.mutable_executor()->mutable_executor_id()->set_value("waiter");
    task.mutable_executor()->mutable_command()->set_value(
        fs::canonical("daemons/testing/test_executor").string());
    return task;
  }

  bool launched_ = false;
  absl::Mutex mutex_;
  std::vector<std::string> seen_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(AgentRecoveryTest, AnExecutorComesBackToTheAgentThatWasStartedAgain) {
  const std::string port = cluster_.agent().WaitFor("gRPC listens on port ");
  auto random = CreateSystemRandom();
  auto endpoint = CreateGrpcSchedulerEndpoint("127.0.0.1:" + cluster_.master_port()).value();
  auto loop = CreateThreadEventLoop("scheduler").value();
  WaitingScheduler scheduler;
  v1::FrameworkInfo framework;
  framework.set_name("wait");
  framework.set_user(geteuid() == 0 ? "root" : "");
  framework.set_checkpoint(true);
  auto driver = CreateSchedulerDriver(
      {.framework = framework}, {loop.get(), random.get(), endpoint.get(), &scheduler, nullptr});
  ASSERT_TRUE((*driver)->Start().ok());
  EXPECT_TRUE(scheduler.WaitFor("TASK_RUNNING")) << cluster_.agent().output();
  KillAgent();
  cluster_.StartAgent({"--grpc_port=" + port, "--executor_reregistration_timeout=15secs"});
  EXPECT_THAT(cluster_.agent().output(), HasSubstr("executor 'waiter' of framework"));
  v1::TaskID task;
  task.set_value("wait");
  (*driver)->KillTask(task).IgnoreError();
  EXPECT_TRUE(scheduler.WaitFor("TASK_KILLED")) << cluster_.agent().output();
  // An update whose acknowledgement was not on the disk yet may come twice, but not the last one.
  const std::vector<std::string> seen = scheduler.seen();
  EXPECT_THAT(seen, testing::Contains("TASK_KILLED").Times(1));
  (*driver)->Stop().IgnoreError();
}

}  // namespace
}  // namespace mesos
