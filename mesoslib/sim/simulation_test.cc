#include "mesos/simulation.h"

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/resources.h"
#include "mesos/scheduler.h"
#include "mesoslib/sim/scenario.h"

namespace mesos {
namespace {

using ::testing::HasSubstr;

// Runs one task at a time, and hears how each ends.
class OneByOne final : public Scheduler {
 public:
  int finished = 0;
  int failed = 0;

  void Registered(SchedulerDriver&, const v1::FrameworkID& id, const v1::MasterInfo&) override {
    id_ = id;
  }

  void ResourceOffers(SchedulerDriver& driver, const std::vector<v1::Offer>& offers) override {
    for (const v1::Offer& offer : offers) {
      v1::TaskInfo task;
      task.set_name("task");
      task.mutable_task_id()->set_value("t" + std::to_string(next_++));
      *task.mutable_agent_id() = offer.agent_id();
      task.mutable_command()->set_value(next_ % 2 == 0 ? "sleep 3" : "sleep 2; exit 1");
      Resources::Scalar("cpus", 1000).ToProto(task.mutable_resources());
      Resources::Scalar("mem", 64'000).ToProto(task.mutable_resources());
      driver.LaunchTasks({offer.id()}, {task}).IgnoreError();
    }
  }

  void StatusUpdate(SchedulerDriver&, const v1::TaskStatus& status) override {
    finished += status.state() == v1::TASK_FINISHED;
    failed += status.state() == v1::TASK_FAILED;
  }

  const v1::FrameworkID& id() const { return id_; }

 private:
  v1::FrameworkID id_;
  int next_ = 1;
};

Simulation::Program Framework(OneByOne* scheduler) {
  return [scheduler](const SimulatedProcess& process) {
    SchedulerDriverOptions options;
    options.framework.set_name("test");
    options.framework.set_user("nobody");
    options.framework.set_failover_timeout(3600);
    if (!scheduler->id().value().empty()) *options.framework.mutable_id() = scheduler->id();
    std::shared_ptr<SchedulerDriver> driver =
        CreateSchedulerDriver(options, {process.loop, process.random, process.master, scheduler})
            .value();
    driver->Start().IgnoreError();
    return driver;
  };
}

TEST(SimulationTest, AFrameworkOfOnesOwnRunsInVirtualTime) {
  OneByOne scheduler;
  auto simulation = CreateSimulation({.seed = 1, .agents = 2}).value();
  simulation->AddProcess("mine", Framework(&scheduler));
  ASSERT_TRUE(simulation->Run(absl::Minutes(5)).ok()) << simulation->Trace();
  EXPECT_EQ(simulation->Elapsed(), absl::Minutes(5));
  EXPECT_GT(scheduler.finished, 50);
  EXPECT_GT(scheduler.failed, 50);
  EXPECT_THAT(simulation->Trace(), HasSubstr("mine hears from"));
}

TEST(SimulationTest, ItsProcessDiesAndComesBack) {
  OneByOne scheduler;
  auto simulation = CreateSimulation({.seed = 2, .masters = 1, .agents = 1}).value();
  const size_t process = simulation->AddProcess("mine", Framework(&scheduler));
  ASSERT_TRUE(simulation->Run(absl::Seconds(10)).ok());
  const std::string id = scheduler.id().value();
  ASSERT_FALSE(simulation->RunningTasks().empty());
  EXPECT_EQ(simulation->RunningTasks()[0].framework_id, id);
  simulation->Crash(process, absl::Seconds(20));
  ASSERT_TRUE(simulation->Run(absl::Seconds(19)).ok());
  const int finished = scheduler.finished;
  EXPECT_TRUE(simulation->RunningTasks().empty());
  ASSERT_TRUE(simulation->Run(absl::Minutes(1)).ok());
  EXPECT_GT(scheduler.finished, finished);
  EXPECT_EQ(scheduler.id().value(), id);
}

TEST(SimulationTest, TheSameSeedIsTheSameRunAndAnotherIsNot) {
  auto play = [](uint64_t seed) {
    OneByOne scheduler;
    auto simulation = CreateSimulation({.seed = seed}).value();
    simulation->AddProcess("mine", Framework(&scheduler));
    simulation->StartFaults(absl::Seconds(10));
    EXPECT_TRUE(simulation->Run(absl::Minutes(10)).ok()) << simulation->Trace();
    return simulation->TraceHash();
  };
  const uint64_t first = play(3);
  // Other addresses do not matter.
  const auto padding = std::make_unique<std::string>(100'000, 'x');
  EXPECT_EQ(play(3), first);
  EXPECT_NE(play(4), first);
}

TEST(SimulationTest, OptionsThatMakeNoSenseAreNamed) {
  auto refusal = [](SimulationOptions options) {
    return std::string(CreateSimulation(std::move(options)).status().message());
  };
  EXPECT_THAT(refusal({.masters = 0}), HasSubstr("SimulationOptions::masters is 0"));
  EXPECT_THAT(refusal({.agents = -1}), HasSubstr("SimulationOptions::agents is -1"));
  EXPECT_THAT(refusal({.agent_resources = "cpus"}), HasSubstr("agent_resources"));
  EXPECT_THAT(refusal({.agent_resources = ""}), HasSubstr("agent_resources"));
  EXPECT_THAT(refusal({.trace_lines = 0}), HasSubstr("trace_lines"));
}

TEST(ScenarioTest, OneSeedIsOneRun) {
  const sim::ScenarioResult first = sim::RunScenario(11);
  const sim::ScenarioResult second = sim::RunScenario(11);
  EXPECT_TRUE(first.status.ok()) << first.status;
  EXPECT_EQ(first.trace_hash, second.trace_hash);
  EXPECT_NE(first.trace_hash, sim::RunScenario(12).trace_hash);
}

}  // namespace
}  // namespace mesos
