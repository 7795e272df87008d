// Limits: what a task may use beyond what it requests.
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/master/master_fixture.h"

namespace mesos {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

class LimitsTest : public MasterTest {
 protected:
  // How a task ends that asks for cpus:1;mem:128 and this limit.
  std::string Verdict(TestFramework& framework, const std::string& name, double limit) {
    Advance(absl::Seconds(10));
    std::vector<v1::Offer> offers = framework.TakeOffers();
    EXPECT_THAT(offers, SizeIs(1));
    v1::TaskInfo task =
        framework.Task(absl::StrCat("t", ++tasks_), "cpus:1;mem:128", offers[0].agent_id().value());
    (*task.mutable_limits())[name].set_value(limit);
    framework.Launch(offers, {task}, /*refuse_seconds=*/0);
    std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
    EXPECT_THAT(updates, SizeIs(1));
    if (updates[0].state() != v1::TASK_ERROR) {
      framework.Acknowledge(updates[0]);
      framework.Kill(task.task_id().value());
      for (const v1::TaskStatus& status : framework.TakeUpdates()) framework.Acknowledge(status);
      return "";
    }
    EXPECT_EQ(updates[0].reason(), v1::TaskStatus::REASON_TASK_INVALID);
    return updates[0].message();
  }

  v1::master::Response::GetTasks Tasks() {
    v1::master::Call call;
    call.set_type(v1::master::Call::GET_TASKS);
    return Operate(call).value().get_tasks();
  }

  int tasks_ = 0;
};

TEST_F(LimitsTest, LimitsAreOfCpusAndMemoryAndAtLeastWhatIsRequested) {
  AddAgent({.can_limit = true});
  TestFramework& framework = AddFramework();
  EXPECT_EQ(Verdict(framework, "cpus", 1), "");
  EXPECT_EQ(Verdict(framework, "cpus", 64), "") << "more than the machine has";
  EXPECT_EQ(Verdict(framework, "mem", kInfinity), "");
  EXPECT_EQ(Verdict(framework, "cpus", 0.999),
            "limits['cpus'] is 0.999; expected at least what is requested, 1, or Infinity");
  EXPECT_THAT(Verdict(framework, "mem", 127), HasSubstr("limits['mem'] is 127; expected"));
  EXPECT_THAT(Verdict(framework, "mem", -1), HasSubstr("limits['mem'] is -1; expected"));
  EXPECT_THAT(Verdict(framework, "mem", -kInfinity), HasSubstr("limits['mem'] is -inf; expected"));
  EXPECT_THAT(Verdict(framework, "mem", kNoNumber), HasSubstr("limits['mem'] is nan; expected"));
  EXPECT_EQ(Verdict(framework, "disk", 5),
            "limits['disk'] is 5; expected limits of cpus and mem only");
  EXPECT_THAT(Verdict(framework, "", 5), HasSubstr("limits[''] is 5"));
}

TEST_F(LimitsTest, AnAgentThatCannotApplyLimitsIsNotGivenAny) {
  AddAgent();
  TestFramework& framework = AddFramework();
  EXPECT_EQ(Verdict(framework, "cpus", 2),
            "limits is set, but the agent has no capability TASK_RESOURCE_LIMITS");
}

TEST_F(LimitsTest, LimitsAreShownWithTheTask) {
  SimulatedAgent& agent = AddAgent({.can_limit = true});
  TestFramework& framework = AddFramework();
  std::vector<v1::Offer> offers = framework.TakeOffers();
  ASSERT_THAT(offers, SizeIs(1));
  v1::TaskInfo task = framework.Task("t1", "cpus:1;mem:128", agent.id());
  (*task.mutable_limits())["cpus"].set_value(2.5);
  (*task.mutable_limits())["mem"].set_value(kInfinity);
  framework.Launch(offers, {task});
  auto expect_shown = [&] {
    const auto tasks = Tasks();
    ASSERT_THAT(tasks.tasks(), SizeIs(1));
    ASSERT_EQ(tasks.tasks(0).limits_size(), 2);
    EXPECT_EQ(tasks.tasks(0).limits().at("cpus").value(), 2.5);
    EXPECT_EQ(tasks.tasks(0).limits().at("mem").value(), kInfinity);
  };
  expect_shown();
  ASSERT_EQ(agent.tasks().size(), 1u);
  EXPECT_EQ(agent.tasks().begin()->second.info.limits_size(), 2) << "the agent is told";
  // Another master hears of them from the agent.
  framework.session = nullptr;
  agent.Disconnect();
  loop_.Settle();
  NewMaster({});
  agent.ConnectTo(&master_->agents());
  loop_.Settle();
  framework.set_master(master_.get());
  framework.Subscribe();
  expect_shown();
}

TEST_F(LimitsTest, ATaskOfAGroupHasLimitsOnlyWithCgroupsOfItsOwn) {
  SimulatedAgent& agent = AddAgent({.can_limit = true});
  TestFramework& framework = AddFramework();
  auto launch = [&](bool share) {
    Advance(absl::Seconds(10));
    std::vector<v1::Offer> offers = framework.TakeOffers();
    EXPECT_THAT(offers, SizeIs(1));
    v1::scheduler::Call call;
    call.set_type(v1::scheduler::Call::ACCEPT);
    *call.mutable_accept()->add_offer_ids() = offers[0].id();
    call.mutable_accept()->mutable_filters()->set_refuse_seconds(0);
    auto* operation = call.mutable_accept()->add_operations();
    operation->set_type(v1::Offer::Operation::LAUNCH_GROUP);
    v1::ExecutorInfo* executor = operation->mutable_launch_group()->mutable_executor();
    executor->set_type(v1::ExecutorInfo::DEFAULT);
    executor->mutable_executor_id()->set_value("e");
    Resources::Parse("cpus:0.1;mem:32").value().ToProto(executor->mutable_resources());
    v1::TaskInfo task = framework.Task("t1", "cpus:1;mem:128", agent.id());
    (*task.mutable_limits())["cpus"].set_value(2);
    task.mutable_container()->set_type(v1::ContainerInfo::MESOS);
    task.mutable_container()->mutable_linux_info()->set_share_cgroups(share);
    *operation->mutable_launch_group()->mutable_task_group()->add_tasks() = task;
    EXPECT_TRUE(framework.Send(std::move(call)).ok());
    std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
    EXPECT_THAT(updates, SizeIs(1));
    return updates[0];
  };
  const v1::TaskStatus shared = launch(true);
  EXPECT_EQ(shared.reason(), v1::TaskStatus::REASON_TASK_GROUP_INVALID);
  EXPECT_THAT(shared.message(), HasSubstr("expected container.linux_info.share_cgroups false"));
  EXPECT_EQ(launch(false).state(), v1::TASK_RUNNING);
}

}  // namespace
}  // namespace mesos
