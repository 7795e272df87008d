// A framework with an executor of its own, against daemons: driver, master, agent and executor are
// four processes that speak gRPC.
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
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

// Runs two tasks in one executor, one after the other, and collects what is said of them.
class EchoScheduler final : public Scheduler {
 public:
  void ResourceOffers(SchedulerDriver& driver, const std::vector<v1::Offer>& offers) override {
    v1::Filters soon;
    soon.set_refuse_seconds(0);
    for (const v1::Offer& offer : offers) {
      if (busy_ || next_ == 2) {
        driver.DeclineOffers({offer.id()}, soon).IgnoreError();
        continue;
      }
      busy_ = true;
      driver.LaunchTasks({offer.id()}, {Task(offer, next_++)}, soon).IgnoreError();
    }
  }

  void StatusUpdate(SchedulerDriver&, const v1::TaskStatus& status) override {
    seen_.push_back(absl::StrCat(status.task_id().value(), " ", TaskState_Name(status.state()), " ",
                                 status.message()));
    if (status.state() == v1::TASK_RUNNING) return;
    busy_ = false;
    if (next_ == 2 && !done_.HasBeenNotified()) done_.Notify();
  }

  bool Wait() { return done_.WaitForNotificationWithTimeout(absl::Seconds(30)); }
  const std::vector<std::string>& seen() const { return seen_; }

 private:
  static v1::TaskInfo Task(const v1::Offer& offer, int number) {
    v1::TaskInfo task;
    task.set_name("echo");
    task.mutable_task_id()->set_value(absl::StrCat("echo-", number));
    *task.mutable_agent_id() = offer.agent_id();
    Resources::Parse("cpus:0.1;mem:32")->ToProto(task.mutable_resources());
    task.set_data(absl::StrCat("number ", number));
    v1::ExecutorInfo* executor = task.mutable_executor();
    executor->mutable_executor_id()->set_value("echo-executor");
    executor->mutable_command()->set_value(
        std::filesystem::canonical("daemons/testing/test_executor").string());
    Resources::Parse("cpus:0.1;mem:32")->ToProto(executor->mutable_resources());
    return task;
  }

  int next_ = 0;
  bool busy_ = false;
  std::vector<std::string> seen_;
  absl::Notification done_;
};

TEST(CustomExecutorTest, AnExecutorProcessRunsTasksOverGrpc) {
  TestCluster cluster(geteuid());
  cluster.StartMaster({"--allocation_interval=50ms"});
  cluster.StartAgent();
  auto random = CreateSystemRandom();
  auto endpoint = CreateGrpcSchedulerEndpoint("127.0.0.1:" + cluster.master_port()).value();
  auto loop = CreateThreadEventLoop("scheduler").value();
  EchoScheduler scheduler;
  v1::FrameworkInfo framework;
  framework.set_name("echo");
  framework.set_user(geteuid() == 0 ? "root" : "");
  auto driver = CreateSchedulerDriver(
      {.framework = framework}, {loop.get(), random.get(), endpoint.get(), &scheduler, nullptr});
  ASSERT_TRUE(driver.ok()) << driver.status();
  ASSERT_TRUE((*driver)->Start().ok());
  const bool done = scheduler.Wait();
  (*driver)->Stop().IgnoreError();
  EXPECT_TRUE(done) << cluster.agent().output();
  EXPECT_THAT(scheduler.seen(),
              testing::ElementsAre("echo-0 TASK_RUNNING ", "echo-0 TASK_FINISHED echo number 0",
                                   "echo-1 TASK_RUNNING ", "echo-1 TASK_FINISHED echo number 1"));
}

}  // namespace
}  // namespace mesos
