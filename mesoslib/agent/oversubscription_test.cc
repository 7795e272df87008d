// An agent that lends out resources: when it asks and what it tells the master, and what becomes of
// executors that have to give way.
#include "mesos/oversubscription.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/agent/agent_fixture.h"
#include "mesoslib/agent/oversubscription.h"

namespace mesos::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

Resources Revocable(const std::string& text) {
  Resources::ProtoList protos;
  Resources::Parse(text).value().ToProto(&protos);
  for (v1::Resource& resource : protos) resource.mutable_revocable();
  return Resources::FromProto(protos).value();
}

class FakeEstimator final : public ResourceEstimator {
 public:
  void Estimate(ResourceUsageSource source, Done done) override {
    ++asked;
    usage = std::move(source);
    if (hold) {
      held.push_back(std::move(done));
    } else {
      done(answer);
    }
  }

  absl::StatusOr<Resources> answer = Revocable("cpus:2");
  bool hold = false;
  int asked = 0;
  ResourceUsageSource usage;
  std::vector<Done> held;
};

class FakeController final : public QosController {
 public:
  void Correct(ResourceUsageSource, Done done) override {
    ++asked;
    if (hold) {
      held.push_back(std::move(done));
    } else {
      done(answer);
    }
  }

  absl::StatusOr<std::vector<QosCorrection>> answer = std::vector<QosCorrection>();
  bool hold = false;
  int asked = 0;
  std::vector<Done> held;
};

class OversubscriptionTest : public AgentTest {
 protected:
  OversubscriptionTest() {
    estimator_ = &fake_estimator_;
    check_resources_ = false;  // Tasks hold what is lent, too.
  }

  // What the master was told between registrations, in order.
  std::vector<Resources> Told() const {
    std::vector<Resources> told;
    for (const AgentMessage& message : master_.messages) {
      if (!message.has_update_oversubscribed()) continue;
      told.push_back(*Resources::FromProto(message.update_oversubscribed().total()));
    }
    return told;
  }

  static v1::TaskInfo OnLent(v1::TaskInfo task) {
    for (v1::Resource& resource : *task.mutable_resources()) resource.mutable_revocable();
    return task;
  }

  // With the controller, asked once a second.
  void StartControlled() {
    controller_ = &fake_controller_;
    options_.qos_correction_interval_min = absl::Seconds(1);
    StartAgent();
  }

  // From the next question on, until something else is set.
  void Correct(std::vector<QosCorrection> corrections) {
    fake_controller_.answer = std::move(corrections);
    Advance(absl::Seconds(1));
  }

  static QosCorrection Kill(const std::string& executor, const std::string& framework = "F") {
    return {FrameworkId(framework), ExecutorId(executor), std::nullopt};
  }

  double Metric(const std::string& name) {
    v1::agent::Call call;
    call.set_type(v1::agent::Call::GET_METRICS);
    call.mutable_get_metrics();
    std::optional<double> value;
    agent_->CallOperator(call, {}, [&](absl::StatusOr<v1::agent::Response> response) {
      for (const v1::Metric& metric : response.value().get_metrics().metrics()) {
        if (metric.name() == name) value = metric.value();
      }
    });
    loop_.Settle();
    EXPECT_TRUE(value.has_value()) << name;
    return value.value_or(-1);
  }

  void ExpectPreempted(const std::string& task, v1::TaskState state) {
    EXPECT_EQ(master_.LatestOf(task).state(), state) << task;
    EXPECT_EQ(master_.LatestOf(task).reason(), v1::TaskStatus::REASON_CONTAINER_PREEMPTED);
    EXPECT_EQ(master_.LatestOf(task).source(), v1::TaskStatus::SOURCE_AGENT);
  }

  FakeEstimator fake_estimator_;
  FakeController fake_controller_;
};

TEST_F(OversubscriptionTest, TheEstimatorIsAskedAtOnceAndThenInEachInterval) {
  StartAgent();
  EXPECT_EQ(fake_estimator_.asked, 1);
  Advance(absl::Seconds(14));
  EXPECT_EQ(fake_estimator_.asked, 1);
  Advance(absl::Seconds(1));
  EXPECT_EQ(fake_estimator_.asked, 2);
  Advance(absl::Minutes(1));
  EXPECT_EQ(fake_estimator_.asked, 6);
}

TEST_F(OversubscriptionTest, TheIntervalIsAnOption) {
  options_.oversubscribed_resources_interval = absl::Seconds(3);
  StartAgent();
  Advance(absl::Seconds(30));
  EXPECT_EQ(fake_estimator_.asked, 11);
  options_.oversubscribed_resources_interval = absl::ZeroDuration();
  EXPECT_THAT(std::string(Create().status().message()),
              HasSubstr("oversubscribed_resources_interval"));
  options_.oversubscribed_resources_interval = absl::Seconds(1);
  options_.qos_correction_interval_min = -absl::Seconds(1);
  EXPECT_THAT(std::string(Create().status().message()), HasSubstr("qos_correction_interval_min"));
}

TEST_F(OversubscriptionTest, TheMasterHearsOfChangesOnly) {
  StartAgent();
  EXPECT_THAT(Told(), ElementsAre(Revocable("cpus:2")));
  Advance(absl::Minutes(1));
  EXPECT_THAT(Told(), SizeIs(1));
  fake_estimator_.answer = Revocable("cpus:1;mem:64");
  Advance(absl::Seconds(15));
  fake_estimator_.answer = Resources();
  Advance(absl::Seconds(15));
  EXPECT_THAT(Told(), ElementsAre(Revocable("cpus:2"), Revocable("cpus:1;mem:64"), Resources()));
}

TEST_F(OversubscriptionTest, TheMasterHearsOfItWithEachRegistration) {
  master_.answer_registrations = false;
  StartAgent();
  EXPECT_THAT(Told(), IsEmpty());
  master_.answer_registrations = true;
  Advance(absl::Seconds(5));
  EXPECT_THAT(Told(), ElementsAre(Revocable("cpus:2")));
  master_.messages.clear();
  master_.Cut();
  Advance(absl::Seconds(5));
  ASSERT_THAT(master_.messages, Not(IsEmpty()));
  EXPECT_EQ(*Resources::FromProto(master_.messages[0].reregister().oversubscribed()),
            Revocable("cpus:2"));
  EXPECT_EQ(*Resources::FromProto(master_.messages[0].reregister().total()), options_.resources);
  EXPECT_THAT(Told(), ElementsAre(Revocable("cpus:2")));
}

TEST_F(OversubscriptionTest, WithoutAnEstimatorNothingIsSaid) {
  estimator_ = nullptr;
  StartAgent();
  Advance(absl::Minutes(1));
  EXPECT_THAT(Told(), IsEmpty());
  EXPECT_EQ(Metric("slave/cpus_revocable_total"), 0);
}

TEST_F(OversubscriptionTest, ARestartedAgentAsksAnew) {
  StartAgent();
  Run({OnLent(Command("t1"))});
  master_.messages.clear();
  fake_estimator_.hold = true;
  RestartAgent();
  EXPECT_EQ(master_.messages[0].reregister().oversubscribed_size(), 0) << "it does not know yet";
  EXPECT_THAT(Told(), IsEmpty());
  std::exchange(fake_estimator_.held, {}).back()(Revocable("cpus:2"));
  loop_.Settle();
  EXPECT_THAT(Told(), ElementsAre(Revocable("cpus:2")));
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_RUNNING);
}

TEST_F(OversubscriptionTest, AnEstimatorThatOwesAnAnswerIsNotAskedAgain) {
  fake_estimator_.hold = true;
  StartAgent();
  Advance(absl::Hours(1));
  EXPECT_EQ(fake_estimator_.asked, 1);
  const size_t first = log_.text.find("has not answered");
  EXPECT_NE(first, std::string::npos);
  EXPECT_EQ(log_.text.find("has not answered", first + 1), std::string::npos) << "it says so once";
  EXPECT_THAT(Told(), IsEmpty());
  // A late answer is as good as any, and all goes on.
  fake_estimator_.hold = false;
  fake_estimator_.held[0](Revocable("cpus:3"));
  loop_.Settle();
  EXPECT_THAT(Told(), ElementsAre(Revocable("cpus:3")));
  Advance(absl::Seconds(15));
  EXPECT_EQ(fake_estimator_.asked, 2);
  EXPECT_THAT(Told(), ElementsAre(Revocable("cpus:3"), Revocable("cpus:2")));
}

TEST_F(OversubscriptionTest, ASecondAnswerToTheSameQuestionIsNotHeard) {
  fake_estimator_.hold = true;
  StartAgent();
  fake_estimator_.held[0](Revocable("cpus:3"));
  fake_estimator_.held[0](Revocable("cpus:4"));
  loop_.Settle();
  EXPECT_THAT(Told(), ElementsAre(Revocable("cpus:3")));
  Advance(absl::Seconds(15));
  fake_estimator_.held[0](Revocable("cpus:5"));
  loop_.Settle();
  EXPECT_THAT(Told(), SizeIs(1)) << "the second question is open, not the first";
}

TEST_F(OversubscriptionTest, AnEstimateThatMakesNoSenseChangesNothing) {
  StartAgent();
  Resources allocated = Revocable("cpus:7");
  allocated.Allocate("eng");
  for (const absl::StatusOr<Resources>& bad : std::vector<absl::StatusOr<Resources>>{
           *Resources::Parse("cpus:7"), Revocable("cpus:1") + *Resources::Parse("mem:64"),
           allocated, absl::InternalError("no idea")}) {
    log_.text.clear();
    fake_estimator_.answer = bad;
    Advance(absl::Seconds(15));
    EXPECT_THAT(log_.text, HasSubstr("refused"));
  }
  EXPECT_THAT(log_.text, HasSubstr("no idea"));
  EXPECT_THAT(Told(), ElementsAre(Revocable("cpus:2")));
  EXPECT_EQ(Metric("slave/cpus_revocable_total"), 2);
}

TEST_F(OversubscriptionTest, AnAnswerToAnAgentThatIsGoneDoesNothing) {
  fake_estimator_.hold = true;
  controller_ = &fake_controller_;
  fake_controller_.hold = true;
  StartAgent();
  agent_.reset();
  fake_estimator_.held[0](Revocable("cpus:3"));
  fake_controller_.held[0](std::vector<QosCorrection>{Kill("t1")});
  absl::Status answer;
  fake_estimator_.usage(UsageDetail::kAllocated, [&](auto usage) { answer = usage.status(); });
  EXPECT_TRUE(absl::IsUnavailable(answer)) << answer;
  Advance(absl::Hours(1));
  EXPECT_EQ(fake_estimator_.asked, 1);
}

TEST_F(OversubscriptionTest, AnAgentThatCleansUpAsksNobody) {
  StartAgent();
  Run({OnLent(Command("t1"))});
  options_.recover = AgentRecovery::kCleanup;
  controller_ = &fake_controller_;
  RestartAgent();
  Advance(absl::Minutes(1));
  EXPECT_EQ(fake_estimator_.asked, 1);
  EXPECT_EQ(fake_controller_.asked, 0);
}

TEST_F(OversubscriptionTest, MetricsCountWhatIsLentAndUsed) {
  StartAgent();
  Run({OnLent(Command("t1")), Command("t2")});
  EXPECT_EQ(Metric("slave/cpus_revocable_total"), 2);
  EXPECT_EQ(Metric("slave/cpus_revocable_used"), 1);
  EXPECT_EQ(Metric("slave/cpus_revocable_percent"), 0.5);
  EXPECT_EQ(Metric("slave/cpus_total"), 4);
  EXPECT_EQ(Metric("slave/cpus_used"), 1);
}

TEST_F(OversubscriptionTest, UsageTellsWhoHoldsWhat) {
  StartAgent();
  containerizer_.usage.set_cpus_user_time_secs(1.5);
  Run({OnLent(Command("t1")), OnLent(Custom("t2"))});
  std::optional<ResourceUsage> usage;
  auto ask = [&](UsageDetail detail) {
    usage.reset();
    fake_estimator_.usage(detail, [&](auto answer) { usage = std::move(answer).value(); });
    loop_.Settle();
    ASSERT_TRUE(usage.has_value());
    ASSERT_THAT(usage->executors, SizeIs(2));
  };
  ask(UsageDetail::kAllocated);
  EXPECT_EQ(usage->total, options_.resources);
  const ResourceUsage::Executor& custom = usage->executors[0];
  EXPECT_EQ(custom.info.executor_id().value(), "E");
  EXPECT_EQ(custom.info.framework_id().value(), "F");
  EXPECT_EQ(custom.container, ContainerOfExecutor("E"));
  EXPECT_EQ(custom.allocated, Revocable("cpus:1;mem:128") + *Resources::Parse("cpus:0.5;mem:64"));
  ASSERT_THAT(custom.tasks, SizeIs(1));
  EXPECT_EQ(custom.tasks[0].id, TaskId("t2"));
  EXPECT_EQ(custom.tasks[0].resources, Revocable("cpus:1;mem:128"));
  EXPECT_FALSE(custom.statistics.has_value());
  EXPECT_EQ(usage->executors[1].info.executor_id().value(), "t1");

  ask(UsageDetail::kStatistics);
  ASSERT_TRUE(usage->executors[1].statistics.has_value());
  EXPECT_EQ(usage->executors[1].statistics->cpus_user_time_secs(), 1.5);
}

TEST_F(OversubscriptionTest, APreemptedTaskIsGone) {
  StartControlled();
  Run({OnLent(Command("t1")), Command("t2")});
  const ContainerId container = ContainerOf("t1");
  Correct({Kill("t1")});
  ExpectPreempted("t1", v1::TASK_GONE);
  EXPECT_THAT(containerizer_.Running(), ElementsAre(ContainerOf("t2")));
  EXPECT_THAT(containerizer_.container(container).signals, IsEmpty()) << "it is not asked";
  EXPECT_EQ(Metric("slave/executors_preempted"), 1);
  EXPECT_EQ(Metric("slave/tasks_gone"), 1);
  EXPECT_EQ(Metric("slave/cpus_revocable_used"), 0);
}

TEST_F(OversubscriptionTest, FrameworksThatKnowNoPartitionsLoseThePreemptedTask) {
  framework_.clear_capabilities();
  StartControlled();
  Run({OnLent(Command("t1"))});
  Correct({Kill("t1")});
  ExpectPreempted("t1", v1::TASK_LOST);
}

TEST_F(OversubscriptionTest, APreemptedExecutorTakesAllItsTasksAlong) {
  StartControlled();
  Run({OnLent(Custom("t1")), Custom("t2", "other")});
  auto log = Subscribe();
  Run({Custom("t3")});
  Tell(MakeUpdate("t1", v1::TASK_RUNNING));
  Correct({Kill("E")});
  ExpectPreempted("t1", v1::TASK_GONE);
  ExpectPreempted("t3", v1::TASK_GONE);
  EXPECT_THAT(containerizer_.Running(), ElementsAre(ContainerOfExecutor("other")));
  EXPECT_TRUE(log->closed.has_value());
  EXPECT_EQ(Metric("slave/executors_preempted"), 1);
}

TEST_F(OversubscriptionTest, WhatIsPreemptedBeforeItRunsIsGoneToo) {
  StartControlled();
  containerizer_.hold_launches = true;
  Run({OnLent(Command("t1")), OnLent(Custom("t2"))});
  Correct({Kill("t1"), Kill("E")});
  Advance(absl::Seconds(2));
  EXPECT_THAT(master_.StatesOf("t1"), IsEmpty()) << "it is being started";
  containerizer_.hold_launches = false;
  containerizer_.ReleaseLaunches();
  loop_.Settle();
  ExpectPreempted("t1", v1::TASK_GONE);
  ExpectPreempted("t2", v1::TASK_GONE);
  EXPECT_THAT(containerizer_.Running(), IsEmpty());
  EXPECT_EQ(Metric("slave/executors_preempted"), 2) << "and each once";

  store_.hold = true;
  Run({OnLent(Command("t3"))});
  const int launches = containerizer_.launches();
  Correct({Kill("t3")});
  store_.hold = false;
  store_.Release();
  loop_.Settle();
  ExpectPreempted("t3", v1::TASK_GONE);
  EXPECT_EQ(containerizer_.launches(), launches) << "it was not even written down";
}

TEST_F(OversubscriptionTest, ALaunchThatFailsMeanwhileIsAPreemptionStill) {
  StartControlled();
  containerizer_.hold_launches = true;
  Run({OnLent(Command("t1"))});
  Correct({Kill("t1")});
  containerizer_.hold_launches = false;
  containerizer_.launch_status = absl::InternalError("no");
  containerizer_.ReleaseLaunches();
  loop_.Settle();
  ExpectPreempted("t1", v1::TASK_GONE);
}

TEST_F(OversubscriptionTest, WhatIsOnItsWayOutIsPreemptedOnce) {
  StartControlled();
  Run({OnLent(Command("t1"))});
  containerizer_.hold_destroys = true;
  Correct({Kill("t1")});
  Advance(absl::Seconds(10));
  EXPECT_EQ(Metric("slave/executors_preempted"), 1);
  EXPECT_EQ(containerizer_.destroys(), 1);
  // A kill changes nothing any more.
  AgentTest::Kill("t1");
  EXPECT_THAT(containerizer_.container(ContainerOf("t1")).signals, IsEmpty());
  End(ContainerOf("t1"), 9);
  ExpectPreempted("t1", v1::TASK_GONE);
}

TEST_F(OversubscriptionTest, WhatIsBeingKilledStaysKilled) {
  containerizer_.ignore_sigterm = true;
  StartControlled();
  Run({OnLent(Command("t1"))});
  AgentTest::Kill("t1", absl::Seconds(30));
  Correct({Kill("t1")});
  Advance(absl::Seconds(30));
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_KILLED);
  EXPECT_EQ(Metric("slave/executors_preempted"), 0);
}

TEST_F(OversubscriptionTest, CorrectionsOfWhatIsNotThereOrNotLentAreIgnored) {
  StartControlled();
  Run({OnLent(Command("t1")), Command("t2"), Custom("t3")});
  QosCorrection another = Kill("t1");
  another.container = ContainerId("x");
  const std::vector<std::pair<QosCorrection, std::string>> wrong = {
      {Kill("t1", "G"), "the framework has nothing here"},
      {Kill("t9"), "there is no such executor"},
      {Kill("t\n9"), "'t\\n9'"},
      {Kill(""), "there is no such executor"},
      {Kill("t2"), "nothing that is revocable"},
      {Kill("E"), "nothing that is revocable"},
      {another, "another container than 'x'"},
  };
  for (const auto& [correction, why] : wrong) {
    log_.text.clear();
    Correct({correction});
    EXPECT_THAT(log_.text, HasSubstr("ignoring 1 of 1 QoS corrections"));
    EXPECT_THAT(log_.text, HasSubstr(why));
  }
  EXPECT_THAT(containerizer_.Running(), SizeIs(3));
  EXPECT_EQ(Metric("slave/executors_preempted"), 0);
  // One that is right among them counts.
  another.container = ContainerOf("t1");
  Correct({Kill("t9"), another, Kill("t2")});
  EXPECT_THAT(log_.text, HasSubstr("ignoring 2 of 3 QoS corrections"));
  ExpectPreempted("t1", v1::TASK_GONE);
}

TEST_F(OversubscriptionTest, TheControllerIsAskedAgainAfterAPause) {
  StartControlled();
  EXPECT_EQ(fake_controller_.asked, 1);
  Advance(absl::Seconds(10));
  EXPECT_EQ(fake_controller_.asked, 11);
  // Counted from the answer.
  fake_controller_.hold = true;
  Advance(absl::Seconds(1));
  EXPECT_EQ(fake_controller_.asked, 12);
  Advance(absl::Hours(1));
  EXPECT_EQ(fake_controller_.asked, 12);
  fake_controller_.held[0](absl::InternalError("no idea"));
  loop_.Settle();
  EXPECT_THAT(log_.text, HasSubstr("no idea"));
  Advance(absl::Milliseconds(999));
  EXPECT_EQ(fake_controller_.asked, 12);
  Advance(absl::Milliseconds(1));
  EXPECT_EQ(fake_controller_.asked, 13);
}

TEST_F(OversubscriptionTest, WithoutAPauseTheControllerDoesNotKeepTheLoopBusy) {
  controller_ = &fake_controller_;
  StartAgent();
  Advance(absl::Seconds(10));
  EXPECT_EQ(fake_controller_.asked, 101);
}

TEST_F(OversubscriptionTest, WhatARestartedAgentRecoversCanBePreempted) {
  StartControlled();
  Run({OnLent(Command("t1")), OnLent(Custom("t2"))});
  Subscribe();
  Tell(MakeUpdate("t2", v1::TASK_RUNNING));
  agent_.reset();
  StartAgent();
  Subscribe();
  Advance(absl::Seconds(3));
  Correct({Kill("t1"), Kill("E")});
  ExpectPreempted("t1", v1::TASK_GONE);
  ExpectPreempted("t2", v1::TASK_GONE);
  EXPECT_THAT(containerizer_.Running(), IsEmpty());
}

TEST_F(OversubscriptionTest, AnAgentThatHasStoppedActingPreemptsNobody) {
  StartControlled();
  Run({OnLent(Command("t1"))});
  fake_controller_.hold = true;
  Advance(absl::Seconds(1));
  store_.commits_until_failure = 0;
  Run({Command("t2")});
  ASSERT_TRUE(ended_.has_value());
  const int asked = fake_controller_.asked;
  fake_controller_.held[0](std::vector<QosCorrection>{Kill("t1")});
  Advance(absl::Minutes(1));
  EXPECT_THAT(containerizer_.Running(), SizeIs(1)) << "containers are left alone";
  EXPECT_EQ(fake_controller_.asked, asked);
}

}  // namespace
}  // namespace mesos::agent
