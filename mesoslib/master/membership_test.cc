// Who belongs to the cluster: agents that fall silent, are cut off, come back, never come back, or
// come back all at once, and what their frameworks hear of it.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/base/uuid.h"
#include "mesoslib/master/master_fixture.h"

namespace mesos {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::scheduler::Call;
using v1::scheduler::Event;

class MembershipTest : public MasterTest {
 protected:
  v1::master::Response::GetAgents Agents() {
    v1::master::Call call;
    call.set_type(v1::master::Call::GET_AGENTS);
    return Operate(call).value().get_agents();
  }

  absl::Status MarkGone(const std::string& id) {
    v1::master::Call call;
    call.set_type(v1::master::Call::MARK_AGENT_GONE);
    call.mutable_mark_agent_gone()->mutable_agent_id()->set_value(id);
    return Operate(call).status();
  }

  // A master that has just taken over from the one before, and knows nobody yet.
  void FailOver(MasterOptions options = {}) {
    for (auto& framework : frameworks_) framework->session = nullptr;
    for (auto& agent : agents_) agent->Disconnect();
    loop_.Settle();
    NewMaster(options);
  }

  void Reconnect(SimulatedAgent& agent) {
    agent.ConnectTo(&master_->agents());
    loop_.Settle();
  }

  // The framework's scheduler finds the new master.
  void Resubscribe(TestFramework& framework) {
    framework.set_master(master_.get());
    framework.Subscribe();
  }

  static int Kills(const SimulatedAgent& agent, const std::string& task) {
    return std::count_if(agent.heard().begin(), agent.heard().end(), [&](const auto& message) {
      return message.has_kill_task() && message.kill_task().task_id().value() == task;
    });
  }
};

// -- Partitions --

TEST_F(MembershipTest, Case37_AnAgentThatHearsNothingIsUnreachableAndItsTasksGoOn) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1");
  agent.set_deaf(true);  // master -> agent is cut.
  Advance(absl::Seconds(89));
  EXPECT_THAT(framework.TakeUpdates(), IsEmpty());
  Advance(absl::Seconds(2));
  std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_UNREACHABLE);
  EXPECT_TRUE(updates[0].has_unreachable_time());
  EXPECT_EQ(agent.task_count(), 1u);

  agent.set_deaf(false);
  Reconnect(agent);
  framework.Collect();
  updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1)) << "once";
  EXPECT_EQ(updates[0].state(), v1::TASK_RUNNING);
  EXPECT_EQ(updates[0].reason(), v1::TaskStatus::REASON_AGENT_REREGISTERED);
  EXPECT_EQ(agent.task_count(), 1u);
  EXPECT_EQ(Kills(agent, "t1"), 0);
}

TEST_F(MembershipTest, Case37_AnAgentThatIsNotHeardIsUnreachableToo) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1");
  agent.set_mute(true);  // agent -> master is cut.
  Advance(absl::Seconds(91));
  std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_UNREACHABLE);
  agent.set_mute(false);
  Reconnect(agent);
  framework.Collect();
  updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_RUNNING);
}

TEST_F(MembershipTest, Case37_ASchedulerThatIsCutOffKeepsItsTasksAndHearsOfThemAgain) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1");
  framework.session = nullptr;  // The transport notices, and ends the session.
  Advance(absl::Minutes(30));
  EXPECT_EQ(agent.task_count(), 1u);
  framework.Subscribe();
  framework.Reconcile("t1");
  std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_RUNNING);
}

// -- Coming back --

TEST_F(MembershipTest, Case39_AnUnreachableAgentComesBackToANewMasterWithItsTasks) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  const std::string id = RunTask(framework, "t1");
  agent.set_answer_pings(false);
  Advance(absl::Seconds(91));
  const absl::Time since = loop_.WallTime();
  agent.set_answer_pings(true);
  FailOver();
  Advance(absl::Hours(1));
  Resubscribe(framework);
  framework.TakeUpdates();
  framework.Reconcile("t1", id);
  std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_UNREACHABLE);
  EXPECT_NEAR(updates[0].unreachable_time().nanoseconds(), absl::ToUnixNanos(since), 2e9)
      << "since when is in the registry";
  Reconnect(agent);
  updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_RUNNING);
  EXPECT_EQ(updates[0].reason(), v1::TaskStatus::REASON_AGENT_REREGISTERED);
}

TEST_F(MembershipTest, Case39_AGoneAgentIsRefusedByEveryLaterMaster) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  const std::string id = RunTask(framework, "t1");
  agent.Disconnect();
  Advance(absl::Seconds(1));
  EXPECT_TRUE(MarkGone(id).ok());
  Advance(absl::Seconds(1));
  std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_GONE_BY_OPERATOR);
  FailOver();
  Reconnect(agent);
  EXPECT_TRUE(agent.shut_down());
  EXPECT_FALSE(agent.registered());
  Resubscribe(framework);
  framework.Reconcile("t1", id);
  updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_GONE_BY_OPERATOR);
}

TEST_F(MembershipTest, ATaskThatIsAnotherOnesByNowIsKilledWhereItComesBack) {
  NewMaster({.max_unreachable_tasks_per_framework = 0});
  SimulatedAgent& old_agent = AddAgent();
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1");
  old_agent.set_answer_pings(false);
  Advance(absl::Seconds(100));
  framework.TakeOffers();
  framework.TakeUpdates();
  SimulatedAgent& agent = AddAgent();
  RunTask(framework, "t1");
  ASSERT_EQ(agent.task_count(), 1u);
  old_agent.set_answer_pings(true);
  Reconnect(old_agent);
  Advance(absl::Seconds(1));
  EXPECT_EQ(Kills(old_agent, "t1"), 1) << "the framework's task runs elsewhere";
  EXPECT_EQ(old_agent.task_count(), 0u) << "its end is acknowledged";
  EXPECT_EQ(agent.task_count(), 1u);
  EXPECT_THAT(framework.TakeUpdates(), IsEmpty()) << "of which the framework hears nothing";
}

TEST_F(MembershipTest, AnAgentThatLeavesWhileItsReturnIsWrittenIsNotExpectedForEver) {
  SimulatedAgent& agent = AddAgent();
  agent.set_answer_pings(false);
  Advance(absl::Seconds(91));
  agent.Connect();
  agent.Disconnect();  // Before the registry has answered.
  loop_.Settle();
  EXPECT_THAT(Agents().recovered_agents(), SizeIs(1));
  Advance(absl::Minutes(10) + absl::Seconds(1));
  EXPECT_THAT(Agents().recovered_agents(), IsEmpty());
  EXPECT_EQ(Metrics().at("master/slaves_unreachable"), 1);
}

TEST_F(MembershipTest, NewResourcesOfAReturningAgentAreOffered) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  framework.TakeOffers();
  agent.set_resources("cpus:8;mem:8192");
  Reconnect(agent);
  Advance(absl::Seconds(2));
  ASSERT_THAT(framework.offers, SizeIs(1));
  EXPECT_EQ(Text(framework.offers[0]), "cpus:8; mem:8192");
  const v1::master::Response::GetAgents agents = Agents();
  EXPECT_TRUE(agents.agents(0).has_reregistered_time());
  EXPECT_THAT(agents.agents(0).capabilities(), SizeIs(6));
}

TEST_F(MembershipTest, AnInactiveAgentIsShownAsOne) {
  SimulatedAgent& agent = AddAgent();
  EXPECT_TRUE(Agents().agents(0).active());
  agent.Disconnect();
  loop_.Settle();
  EXPECT_FALSE(Agents().agents(0).active());
}

TEST_F(MembershipTest, LossOfAnAgentIsToldAsAFailure) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  agent.set_answer_pings(false);
  Advance(absl::Seconds(91));
  ASSERT_FALSE(framework.others.empty());
  EXPECT_EQ(framework.others.back().type(), Event::FAILURE);
  EXPECT_EQ(framework.others.back().failure().agent_id().value(), agent.id());
}

TEST_F(MembershipTest, Case43_ATaskWhoseLaunchWasLostHasEndedWhenItsAgentIsBackWithoutIt) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  RunTask(framework, "runs");
  Advance(absl::Seconds(6));
  const std::vector<v1::Offer> offers = framework.TakeOffers();
  ASSERT_THAT(offers, SizeIs(1));
  agent.set_deaf(true);
  framework.Launch(offers, {framework.Task("lost", "cpus:1;mem:32", agent.id())});
  Advance(absl::Seconds(91));
  EXPECT_THAT(framework.TakeUpdates(), SizeIs(2)) << "both are unreachable";
  agent.set_deaf(false);
  Reconnect(agent);
  std::map<std::string, v1::TaskState> heard;
  for (const v1::TaskStatus& status : framework.TakeUpdates()) {
    EXPECT_EQ(status.reason(), v1::TaskStatus::REASON_AGENT_REREGISTERED);
    EXPECT_EQ(status.agent_id().value(), agent.id());
    heard[status.task_id().value()] = status.state();
  }
  EXPECT_EQ(heard, (std::map<std::string, v1::TaskState>{{"lost", v1::TASK_GONE},
                                                         {"runs", v1::TASK_RUNNING}}));
  framework.Reconcile("");
  std::vector<v1::TaskStatus> known = framework.TakeUpdates();
  ASSERT_THAT(known, SizeIs(1)) << "nobody takes it for unreachable any more";
  EXPECT_EQ(known[0].task_id().value(), "runs");
  framework.Reconcile("lost", agent.id());
  known = framework.TakeUpdates();
  ASSERT_THAT(known, SizeIs(1));
  EXPECT_EQ(known[0].state(), v1::TASK_GONE);
}

TEST_F(MembershipTest, AFrameworkThatTookItsUnreachableTaskForLostHearsNothingNewOfIt) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = NewFramework();
  framework.info.clear_capabilities();
  framework.Subscribe();
  Advance(absl::Seconds(1));
  agent.set_deaf(true);
  framework.Launch(framework.TakeOffers(), {framework.Task("lost", "cpus:1", agent.id())});
  Advance(absl::Seconds(91));
  std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_LOST);
  agent.set_deaf(false);
  Reconnect(agent);
  framework.Reconcile("");
  EXPECT_THAT(framework.TakeUpdates(), IsEmpty());
}

TEST_F(MembershipTest, TasksOfAnUnreachableAgentThatIsMarkedGoneHaveEnded) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1");
  SimulatedAgent& other = AddAgent();
  agent.set_answer_pings(false);
  other.set_answer_pings(false);
  Advance(absl::Seconds(91));
  std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_TRUE(MarkGone(other.id()).ok());
  EXPECT_THAT(framework.TakeUpdates(), IsEmpty()) << "it had no task";
  EXPECT_TRUE(MarkGone(agent.id()).ok());
  updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_GONE_BY_OPERATOR);
  EXPECT_EQ(updates[0].reason(), v1::TaskStatus::REASON_AGENT_REMOVED_BY_OPERATOR);
  framework.Reconcile("");
  EXPECT_THAT(framework.TakeUpdates(), IsEmpty());
}

// -- Removal --

TEST_F(MembershipTest, MarkingGoneWorksForUnreachableAndRecoveredAgentsAndTwice) {
  SimulatedAgent& unreachable = AddAgent();
  SimulatedAgent& recovered = AddAgent();
  unreachable.set_answer_pings(false);
  Advance(absl::Seconds(91));
  FailOver();
  for (const SimulatedAgent* agent : {&unreachable, &recovered}) {
    EXPECT_TRUE(MarkGone(agent->id()).ok());
    EXPECT_TRUE(MarkGone(agent->id()).ok());
  }
  EXPECT_TRUE(absl::IsNotFound(MarkGone("nobody")));
  EXPECT_THAT(Agents().recovered_agents(), IsEmpty());
  Reconnect(recovered);
  EXPECT_TRUE(recovered.shut_down());
}

TEST_F(MembershipTest, ReasonsOfRemovalAreCounted) {
  AddAgent({.hostname = "same"});
  AddAgent({.hostname = "same"});
  AddAgent({.hostname = "silent"}).set_answer_pings(false);
  SimulatedAgent& leaves = AddAgent();
  internal::AgentMessage message;
  message.mutable_unregister();
  leaves.Send(message);
  Advance(absl::Seconds(91));
  const auto metrics = Metrics();
  EXPECT_EQ(metrics.at("master/slave_registrations"), 4);
  EXPECT_EQ(metrics.at("master/slave_removals"), 3);
  EXPECT_EQ(metrics.at("master/slave_removals/reason_registered"), 1);
  EXPECT_EQ(metrics.at("master/slave_removals/reason_unhealthy"), 1);
  EXPECT_EQ(metrics.at("master/slave_removals/reason_unregistered"), 1);
}

TEST_F(MembershipTest, RemovalsAreSpacedAndALatePongCancels) {
  MasterOptions options;
  options.agent_removal_rate_limit = AgentRemovalRate{1, absl::Minutes(4)};
  NewMaster(options);
  for (int i = 0; i < 3; ++i) AddAgent().set_answer_pings(false);
  Advance(absl::Seconds(91));
  EXPECT_EQ(Metrics().at("master/slave_unreachable_completed"), 1);
  EXPECT_EQ(Metrics().at("master/slave_unreachable_scheduled"), 3);
  agents_[2]->set_answer_pings(true);
  Advance(absl::Minutes(3));
  EXPECT_EQ(Metrics().at("master/slave_unreachable_completed"), 1);
  EXPECT_EQ(Metrics().at("master/slave_unreachable_canceled"), 1);
  Advance(absl::Minutes(2));
  EXPECT_EQ(Metrics().at("master/slave_unreachable_completed"), 2);
  Advance(absl::Hours(1));
  EXPECT_EQ(Metrics().at("master/slave_unreachable_completed"), 2);
  EXPECT_TRUE(agents_[2]->registered());
}

TEST_F(MembershipTest, Case40_TheRateLimitNeverDelaysAnybodyBeyondItsOwnDeadline) {
  MasterOptions options;
  options.agent_removal_rate_limit = AgentRemovalRate{1, absl::Hours(24)};
  NewMaster(options);
  for (int i = 0; i < 100; ++i) AddAgent();
  Advance(absl::Seconds(1));
  for (auto& agent : agents_) agent->set_answer_pings(false);
  // The formula of MasterOptions::agent_removal_rate_limit.
  const absl::Duration bound = options.agent_ping_timeout * (options.max_agent_ping_timeouts + 1) +
                               options.agent_reregister_timeout;
  Advance(bound - absl::Minutes(1));
  EXPECT_EQ(Metrics().at("master/slave_unreachable_completed"), 1);
  Advance(absl::Minutes(1));
  EXPECT_EQ(Metrics().at("master/slave_unreachable_completed"), 100);
}

// -- After a failover --

TEST_F(MembershipTest, TooManyAbsentAgentsAreNotRemoved) {
  for (int i = 0; i < 10; ++i) AddAgent();
  FailOver({.recovery_agent_removal_limit = 0.5});
  for (int i = 0; i < 4; ++i) Reconnect(*agents_[i]);
  Advance(absl::Minutes(10) + absl::Seconds(1));
  EXPECT_TRUE(absl::IsFailedPrecondition(ended_)) << ended_;
  EXPECT_THAT(std::string(ended_.message()), HasSubstr("6 of 10 agents"));
  EXPECT_THAT(std::string(ended_.message()), HasSubstr("--recovery_agent_removal_limit"));
  FailOver({.recovery_agent_removal_limit = 0.5});
  EXPECT_THAT(Agents().recovered_agents(), SizeIs(10)) << "none was removed";
  for (int i = 0; i < 5; ++i) Reconnect(*agents_[i]);
  Advance(absl::Minutes(10) + absl::Seconds(1));
  EXPECT_EQ(Metrics().at("master/recovery_slave_removals"), 5);
}

TEST_F(MembershipTest, ARecoveredFrameworkIsShownAndGivenUpAfterItsTime) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = NewFramework();
  framework.info.set_failover_timeout(1800);
  framework.Subscribe();
  RunTask(framework, "t1");
  FailOver();
  Reconnect(agent);
  v1::master::Call call;
  call.set_type(v1::master::Call::GET_FRAMEWORKS);
  v1::master::Response response = Operate(call).value();
  ASSERT_THAT(response.get_frameworks().frameworks(), SizeIs(1));
  EXPECT_TRUE(response.get_frameworks().frameworks(0).recovered());
  EXPECT_FALSE(response.get_frameworks().frameworks(0).connected());
  Advance(absl::Minutes(29));
  EXPECT_EQ(agent.task_count(), 1u);
  Advance(absl::Minutes(2));
  response = Operate(call).value();
  EXPECT_THAT(response.get_frameworks().frameworks(), IsEmpty());
  EXPECT_THAT(response.get_frameworks().completed_frameworks(), SizeIs(1));
  EXPECT_EQ(agent.task_count(), 0u) << "its tasks are shut down";
}

TEST_F(MembershipTest, Case38_AgentsThatReturnAllAtOnceAreAllTakenBack) {
  constexpr int kAgents = 2000;
  for (int i = 0; i < kAgents; ++i) AddAgent();
  FailOver();
  Advance(absl::Minutes(10) - absl::Milliseconds(1));
  // The time is over the moment all of them knock: their messages wait on the loop.
  for (auto& agent : agents_) agent->ConnectTo(&master_->agents());
  loop_.Suspend(absl::Milliseconds(2));
  Advance(absl::Seconds(1));
  for (auto& agent : agents_) ASSERT_TRUE(agent->registered());
  EXPECT_EQ(Metrics().at("master/recovery_slave_removals"), 0);
  Advance(absl::Minutes(5));
  EXPECT_EQ(Metrics().at("master/slaves_connected"), kAgents) << "nor is anybody lost later";
}

TEST_F(MembershipTest, Case38_APongThatWaitsOnTheLoopCounts) {
  SimulatedAgent& agent = AddAgent();
  agent.set_answer_pings(false);
  Advance(absl::Seconds(89));
  internal::AgentMessage pong;
  pong.mutable_pong();
  agent.Send(pong);
  loop_.Suspend(absl::Seconds(2));
  Advance(absl::Seconds(1));
  EXPECT_TRUE(agent.registered());
  EXPECT_EQ(Metrics().at("master/slaves_unreachable"), 0);
}

TEST_F(MembershipTest, Case42_ManyTasksOfOneAgentCostTimeInProportion) {
  constexpr int kTasks = 60'000;  // Squared, this would take minutes.
  NewMaster(
      {.max_completed_tasks_per_framework = kTasks, .max_unreachable_tasks_per_framework = kTasks});
  SimulatedAgent& agent = AddAgent({.resources = "cpus:600;mem:600000"});
  TestFramework& framework = AddFramework();
  std::vector<v1::Offer> offers = framework.TakeOffers();
  ASSERT_THAT(offers, SizeIs(1));
  std::vector<v1::TaskInfo> tasks;
  for (int i = 0; i < kTasks; ++i) {
    tasks.push_back(framework.Task(absl::StrCat("t", i), "cpus:0.01;mem:1", agent.id()));
  }
  framework.Launch(offers, tasks);
  EXPECT_THAT(framework.TakeUpdates(), SizeIs(kTasks));
  agent.Connect();  // All are known.
  loop_.Settle();
  EXPECT_TRUE(agent.registered());
  agent.set_answer_pings(false);
  Advance(absl::Seconds(91));
  EXPECT_THAT(framework.TakeUpdates(), SizeIs(kTasks));
  agent.set_answer_pings(true);
  agent.Connect();  // All were unreachable.
  loop_.Settle();
  framework.Collect();
  EXPECT_THAT(framework.TakeUpdates(), SizeIs(kTasks));
  framework.Reconcile("");
  EXPECT_THAT(framework.TakeUpdates(), SizeIs(kTasks));
  EXPECT_TRUE(framework.Send(Call::TEARDOWN).ok());
  loop_.Settle();
  EXPECT_EQ(agent.task_count(), 0u);
}

// -- Clocks --

TEST_F(MembershipTest, Case47_AWallClockThatJumpsRemovesNobodyAndKeepsNobody) {
  SimulatedAgent& agent = AddAgent();
  SimulatedAgent& silent = AddAgent();
  TestFramework& framework = AddFramework();
  for (absl::Duration jump : {absl::Hours(1), -absl::Hours(1)}) {
    loop_.SetWallClock(loop_.WallTime() + jump);
    Advance(absl::Minutes(2));
    EXPECT_TRUE(agent.registered());
    EXPECT_TRUE(framework.session != nullptr);
    EXPECT_EQ(Metrics().at("master/slaves_connected"), 2);
  }
  silent.set_answer_pings(false);
  Advance(absl::Seconds(60));
  loop_.SetWallClock(loop_.WallTime() - absl::Hours(1));
  Advance(absl::Seconds(31));
  EXPECT_EQ(Metrics().at("master/slaves_unreachable"), 1) << "in time";
}

TEST_F(MembershipTest, Case47_AfterASuspensionEveryAgentGetsAFreshChance) {
  for (int i = 0; i < 20; ++i) AddAgent();
  // The worst of moments: nobody has answered for a while.
  for (auto& agent : agents_) agent->set_answer_pings(false);
  Advance(absl::Seconds(80));
  loop_.Suspend(absl::Minutes(5));
  for (auto& agent : agents_) agent->set_answer_pings(true);
  Advance(absl::Minutes(5));
  EXPECT_EQ(Metrics().at("master/slaves_unreachable"), 0);
}

TEST_F(MembershipTest, Case47_SoDoThoseThatWaitForTheirRemoval) {
  MasterOptions options;
  options.agent_removal_rate_limit = AgentRemovalRate{1, absl::Minutes(1)};
  NewMaster(options);
  for (int i = 0; i < 20; ++i) AddAgent();
  for (auto& agent : agents_) agent->set_answer_pings(false);
  Advance(absl::Seconds(91));
  EXPECT_EQ(Metrics().at("master/slaves_unreachable"), 1);
  loop_.Suspend(absl::Minutes(15));  // All deadlines pass.
  for (auto& agent : agents_) agent->set_answer_pings(true);
  Advance(absl::Minutes(5));
  EXPECT_EQ(Metrics().at("master/slaves_unreachable"), 1);
}

TEST_F(MembershipTest, Case47_AfterASuspensionRecoveredAgentsAreStillAwaited) {
  for (int i = 0; i < 3; ++i) AddAgent();
  FailOver();
  loop_.Suspend(absl::Hours(1));
  Advance(absl::Seconds(30));
  EXPECT_EQ(Metrics().at("master/slaves_unreachable"), 0);
  Reconnect(*agents_[0]);
  Advance(absl::Minutes(3));
  EXPECT_EQ(Metrics().at("master/slaves_unreachable"), 2);
}

// -- The registry does not grow for ever --

TEST_F(MembershipTest, AbsentAgentsAreForgottenByAgeAndCount) {
  NewMaster({.registry_max_agent_age = absl::Hours(24), .registry_max_agent_count = 2});
  for (int i = 0; i < 4; ++i) {
    AddAgent().set_answer_pings(false);
    Advance(absl::Seconds(91));
    agents_.back()->Disconnect();
  }
  EXPECT_EQ(Metrics().at("master/slaves_unreachable"), 4);
  Advance(absl::Minutes(15));
  EXPECT_EQ(Metrics().at("master/slaves_unreachable"), 2);
  TestFramework& framework = AddFramework();
  auto state = [&](int agent) {
    framework.Reconcile("t", agents_[agent]->id());
    return framework.TakeUpdates().at(0).state();
  };
  EXPECT_EQ(state(0), v1::TASK_UNKNOWN) << "the oldest";
  EXPECT_EQ(state(3), v1::TASK_UNREACHABLE);
  Advance(absl::Hours(24));
  EXPECT_EQ(Metrics().at("master/slaves_unreachable"), 0);
  FailOver({});
  EXPECT_EQ(Metrics().at("master/slaves_unreachable"), 0) << "in the registry too";
}

// -- Races --

TEST_F(MembershipTest, Case46_AnAgentThatAnswersWhileItsRemovalIsWritten) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1");
  agent.set_answer_pings(false);
  Advance(absl::Seconds(89));
  loop_.Suspend(absl::Seconds(2));
  // MESOS-9609: the ping timer fires; everything at once while the registry is being written.
  internal::AgentMessage message;
  for (int i = 0; i < 5; ++i) loop_.Step();
  message.mutable_pong();
  agent.Send(message);
  message.mutable_unregister();
  agent.Send(message);
  agent.Connect();
  framework.session = nullptr;
  Advance(absl::Minutes(1));
  framework.Subscribe();
  Advance(absl::Minutes(20));
  Check();
}

TEST_F(MembershipTest, Case46_ATaskEndsWhileItsFrameworkIsDisconnected) {
  // MESOS-10146.
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1");
  const std::string id = framework.info.id().value();
  framework.session = nullptr;
  loop_.Settle();
  agent.Finish(id, "t1", v1::TASK_FINISHED);
  loop_.Settle();
  EXPECT_TRUE(MarkGone(agent.id()).ok());
  Advance(absl::Hours(2));  // Its failover timeout passes too.
  Check();
  framework.Subscribe();
  ASSERT_FALSE(framework.others.empty());
  EXPECT_EQ(framework.others.back().type(), Event::ERROR);
}

TEST_F(MembershipTest, Case46_AFrameworkIsRemovedWhileItHoldsEverything) {
  // MESOS-7566, and MESOS-10194: its tasks, executors and offers are there to the last.
  SimulatedAgent& agent = AddAgent();
  AddAgent();
  TestFramework& framework = AddFramework();
  std::vector<v1::Offer> offers = framework.TakeOffers();
  ASSERT_THAT(offers, SizeIs(2));
  const v1::Offer* first = offers[0].agent_id().value() == agent.id() ? &offers[0] : &offers[1];
  v1::TaskInfo task = framework.Task("t1", "cpus:1;mem:128", agent.id());
  task.clear_command();
  task.mutable_executor()->mutable_executor_id()->set_value("e");
  task.mutable_executor()->mutable_command()->set_value("run");
  framework.Launch({*first}, {task});
  TestFramework& other = AddFramework();
  EXPECT_TRUE(framework.Send(Call::TEARDOWN).ok());
  agent.set_answer_pings(false);
  agent.Disconnect();
  Advance(absl::Minutes(3));
  Check();
  other.Collect();
  EXPECT_THAT(other.TakeOffers(), testing::Not(IsEmpty()));
}

TEST_F(MembershipTest, Case46_CallsThatNameAnAgentThatIsGoneHarmNobody) {
  // MESOS-10011.
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  std::vector<v1::Offer> offers = framework.TakeOffers();
  EXPECT_TRUE(MarkGone(agent.id()).ok());
  framework.Launch(offers, {framework.Task("t1", "cpus:1", agent.id())});
  std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_DROPPED);
  framework.Decline(offers[0], 1);
  v1::TaskStatus status;
  status.mutable_agent_id()->set_value(agent.id());
  status.mutable_task_id()->set_value("t1");
  status.set_uuid(NewUuidBytes(random_.get()));
  framework.Acknowledge(status);
  framework.Kill("t1");
  Call call;
  call.set_type(Call::SHUTDOWN);
  call.mutable_shutdown()->mutable_agent_id()->set_value(agent.id());
  call.mutable_shutdown()->mutable_executor_id()->set_value("e");
  EXPECT_TRUE(framework.Send(call).ok());
  call.set_type(Call::MESSAGE);
  call.mutable_message()->mutable_agent_id()->set_value(agent.id());
  call.mutable_message()->mutable_executor_id()->set_value("e");
  call.mutable_message()->set_data("x");
  EXPECT_TRUE(framework.Send(call).ok());
  Check();
}

TEST_F(MembershipTest, Case46_ASessionThatWasEndedMaySaySubscribeAgain) {
  TestFramework& framework = NewFramework();
  framework.info.clear_name();
  framework.info.clear_user();
  framework.info.add_roles("not/../valid");
  framework.Subscribe();
  ASSERT_TRUE(framework.sink->closed.has_value());
  framework.info.clear_roles();
  framework.info.set_user("nobody");
  framework.info.set_name("x");
  Call call;
  call.set_type(Call::SUBSCRIBE);
  *call.mutable_subscribe()->mutable_framework_info() = framework.info;
  EXPECT_TRUE(absl::IsUnavailable(framework.Send(call)));
}

}  // namespace
}  // namespace mesos
