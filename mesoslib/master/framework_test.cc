// Frameworks that fail over, come twice, hoard, refuse and acknowledge what is not theirs, and what
// the master answers when they ask for their tasks.
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

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::scheduler::Call;
using v1::scheduler::Event;

class FrameworkTest : public MasterTest {
 protected:
  v1::master::Response::GetFrameworks Frameworks() {
    v1::master::Call call;
    call.set_type(v1::master::Call::GET_FRAMEWORKS);
    return Operate(call).value().get_frameworks();
  }

  v1::master::Response::GetTasks Tasks() {
    v1::master::Call call;
    call.set_type(v1::master::Call::GET_TASKS);
    return Operate(call).value().get_tasks();
  }

  // Ends a task that runs, and returns the terminal update.
  v1::TaskStatus Finish(SimulatedAgent& agent, TestFramework& framework, const std::string& task) {
    agent.Finish(framework.info.id().value(), task, v1::TASK_FINISHED);
    loop_.Settle();
    return framework.TakeUpdates().at(0);
  }
};

// -- Failing over --

TEST_F(FrameworkTest, Case44_OfTwoSchedulersWithOneIdTheLaterOneHasTheFramework) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& first = AddFramework();
  RunTask(first, "t1");
  TestFramework& second = NewFramework();
  second.info = first.info;
  second.Subscribe();
  first.Collect();
  ASSERT_FALSE(first.others.empty());
  EXPECT_EQ(first.others.back().type(), Event::ERROR);
  EXPECT_EQ(first.others.back().error().message(), "Framework failed over");
  ASSERT_TRUE(first.sink->closed.has_value());

  // The zombie can do nothing any more: not kill, not launch, not tear down.
  first.sink->closed.reset();
  for (Call::Type type : {Call::TEARDOWN, Call::REVIVE}) {
    EXPECT_TRUE(absl::IsFailedPrecondition(first.Send(type))) << Call::Type_Name(type);
  }
  Call kill;
  kill.set_type(Call::KILL);
  kill.mutable_kill()->mutable_task_id()->set_value("t1");
  EXPECT_TRUE(absl::IsFailedPrecondition(first.Send(kill)));
  EXPECT_EQ(agent.task_count(), 1u);
  first.session = nullptr;  // Its end does not disconnect the framework.
  Advance(absl::Hours(3));
  EXPECT_EQ(agent.task_count(), 1u);
  second.Collect();
  second.TakeOffers();
  const v1::TaskStatus ended = Finish(agent, second, "t1");
  EXPECT_EQ(ended.state(), v1::TASK_FINISHED) << "its tasks are the second one's";
}

TEST_F(FrameworkTest, Case44_AnEmptyIdIsANewFramework) {
  TestFramework& first = AddFramework();
  TestFramework& second = NewFramework();
  second.info.mutable_id();  // Set, and empty.
  second.Subscribe();
  EXPECT_FALSE(second.info.id().value().empty());
  EXPECT_NE(second.info.id().value(), first.info.id().value());
  first.Collect();
  EXPECT_FALSE(first.sink->closed.has_value());
}

TEST_F(FrameworkTest, Case44_SubscribingTwiceOnOneSessionIsNoFailover) {
  TestFramework& framework = AddFramework();
  framework.others.clear();
  Call call;
  call.set_type(Call::SUBSCRIBE);
  *call.mutable_framework_id() = framework.info.id();
  *call.mutable_subscribe()->mutable_framework_info() = framework.info;
  EXPECT_TRUE(framework.Send(call).ok());
  ASSERT_FALSE(framework.others.empty());
  EXPECT_EQ(framework.others[0].type(), Event::SUBSCRIBED);
  EXPECT_FALSE(framework.sink->closed.has_value());
}

TEST_F(FrameworkTest, ADescriptionMayChangeAsAFrameworkComesBackButNotUserAndCheckpoint) {
  TestFramework& framework = AddFramework();
  framework.info.set_name("renamed");
  framework.info.set_user("somebody");
  framework.info.set_checkpoint(false);
  framework.info.set_failover_timeout(7);
  framework.Subscribe();
  const v1::FrameworkInfo info = Frameworks().frameworks(0).framework_info();
  EXPECT_EQ(info.name(), "renamed");
  EXPECT_EQ(info.failover_timeout(), 7);
  EXPECT_EQ(info.user(), "nobody");
  EXPECT_TRUE(info.checkpoint());
}

TEST_F(FrameworkTest, RootMayBeKeptOut) {
  NewMaster({.root_submissions = false});
  TestFramework& framework = NewFramework();
  framework.info.set_user("root");
  framework.Subscribe();
  ASSERT_THAT(framework.others, SizeIs(1));
  EXPECT_EQ(framework.others[0].type(), Event::ERROR);
  EXPECT_THAT(framework.others[0].error().message(), HasSubstr("root"));
}

TEST_F(FrameworkTest, TheOperatorTearsDown) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1");
  v1::master::Call call;
  call.set_type(v1::master::Call::TEARDOWN);
  call.mutable_teardown()->mutable_framework_id()->set_value("nobody");
  EXPECT_TRUE(absl::IsInvalidArgument(Operate(call).status()));
  *call.mutable_teardown()->mutable_framework_id() = framework.info.id();
  EXPECT_TRUE(Operate(call).ok());
  EXPECT_EQ(agent.task_count(), 0u);
  EXPECT_THAT(Frameworks().completed_frameworks(), SizeIs(1));
}

TEST_F(FrameworkTest, HistoryIsBounded) {
  NewMaster({.max_completed_frameworks = 2,
             .max_completed_tasks_per_framework = 3,
             .max_unreachable_tasks_per_framework = 2});
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  for (int i = 0; i < 5; ++i) {
    RunTask(framework, absl::StrCat("t", i));
    framework.Acknowledge(Finish(agent, framework, absl::StrCat("t", i)));
    Advance(absl::Seconds(6));
  }
  ASSERT_THAT(Tasks().completed_tasks(), SizeIs(3));
  EXPECT_EQ(Tasks().completed_tasks(0).task_id().value(), "t2") << "the last ones";
  std::vector<v1::Offer> offers = framework.TakeOffers();
  ASSERT_THAT(offers, SizeIs(1));
  framework.Launch(offers, {framework.Task("u1", "cpus:1", agent.id()),
                            framework.Task("u2", "cpus:1", agent.id()),
                            framework.Task("u3", "cpus:1", agent.id())});
  agent.set_answer_pings(false);
  Advance(absl::Seconds(91));
  EXPECT_THAT(Tasks().unreachable_tasks(), SizeIs(2));
  EXPECT_TRUE(framework.Send(Call::TEARDOWN).ok());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(AddFramework().Send(Call::TEARDOWN).ok());
  EXPECT_THAT(Frameworks().completed_frameworks(), SizeIs(2));
}

TEST_F(FrameworkTest, DataOfAnUpdateIsPassedOnAndNotKept) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1");
  internal::AgentMessage message;
  auto* update = message.mutable_status_update();
  *update->mutable_framework_id() = framework.info.id();
  update->mutable_status()->mutable_task_id()->set_value("t1");
  update->mutable_status()->set_state(v1::TASK_RUNNING);
  update->mutable_status()->set_uuid(NewUuidBytes(random_.get()));
  update->mutable_status()->set_data("secret");
  agent.Send(message);
  loop_.Settle();
  EXPECT_EQ(framework.TakeUpdates().at(0).data(), "secret");
  EXPECT_THAT(Tasks().DebugString(), testing::Not(HasSubstr("secret")));
}

// -- Acknowledgements --

TEST_F(FrameworkTest, Case43_WrongAcknowledgementsDoNoHarm) {
  SimulatedAgent& agent = AddAgent();
  SimulatedAgent& elsewhere = AddAgent({.resources = "mem:32"});
  TestFramework& framework = AddFramework();
  TestFramework& other = AddFramework();
  std::vector<v1::Offer> offers;
  for (v1::Offer& offer : framework.TakeOffers()) {
    if (offer.agent_id().value() == agent.id()) offers.push_back(std::move(offer));
  }
  ASSERT_THAT(offers, SizeIs(1));
  framework.Launch(offers, {framework.Task("t1", "cpus:1", agent.id())});
  framework.Acknowledge(framework.TakeUpdates().at(0));
  const v1::TaskStatus ended = Finish(agent, framework, "t1");
  const auto still_there = [&] {
    loop_.Settle();
    Check();
    return agent.task_count() == 1 && Tasks().tasks_size() == 1 &&
           Tasks().completed_tasks_size() == 0;
  };
  ASSERT_TRUE(still_there());
  v1::TaskStatus wrong = ended;
  wrong.mutable_agent_id()->set_value(elsewhere.id());
  framework.Acknowledge(wrong);
  EXPECT_TRUE(still_there()) << "wrong agent";
  EXPECT_EQ(elsewhere.acknowledged(), 0u);
  wrong.mutable_agent_id()->set_value("nobody");
  framework.Acknowledge(wrong);
  EXPECT_TRUE(still_there()) << "no agent";
  wrong = ended;
  wrong.mutable_task_id()->set_value("t2");
  framework.Acknowledge(wrong);
  EXPECT_TRUE(still_there()) << "wrong task";
  other.Acknowledge(ended);
  EXPECT_TRUE(still_there()) << "wrong framework";
  Call call;
  call.set_type(Call::ACKNOWLEDGE);
  *call.mutable_acknowledge()->mutable_agent_id() = ended.agent_id();
  *call.mutable_acknowledge()->mutable_task_id() = ended.task_id();
  EXPECT_TRUE(absl::IsInvalidArgument(framework.Send(call))) << "an update that the master made";
  call.mutable_acknowledge()->set_uuid("short");
  EXPECT_TRUE(absl::IsInvalidArgument(framework.Send(call)));
  EXPECT_TRUE(still_there());
  framework.Acknowledge(ended);
  loop_.Settle();
  EXPECT_EQ(Tasks().completed_tasks_size(), 1);
  EXPECT_EQ(agent.task_count(), 0u);
  framework.Acknowledge(ended);
  Check();
}

TEST_F(FrameworkTest, Case43_AWrongUuidDoesNotEndATask) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1");
  v1::TaskStatus ended = Finish(agent, framework, "t1");
  ended.set_uuid(NewUuidBytes(random_.get()));
  framework.Acknowledge(ended);
  loop_.Settle();
  EXPECT_EQ(Tasks().tasks_size(), 1);
  EXPECT_EQ(Tasks().completed_tasks_size(), 0);
  Check();
}

// -- Offers --

TEST_F(FrameworkTest, Case49_AFrameworkThatHoardsIsMadeOnlySoManyOffers) {
  NewMaster({.offer_timeout = absl::Minutes(5), .max_offers_per_framework = 3});
  TestFramework& hoarder = AddFramework();
  for (int i = 0; i < 10; ++i) AddAgent();
  Advance(absl::Seconds(10));
  hoarder.Collect();
  EXPECT_THAT(hoarder.offers, SizeIs(3));
  TestFramework& modest = AddFramework();
  Advance(absl::Seconds(10));
  EXPECT_THAT(modest.offers, SizeIs(3)) << "others are offered what is left";
  for (const v1::Offer& offer : modest.TakeOffers()) modest.Decline(offer, 3600);
  Advance(absl::Seconds(10));
  EXPECT_THAT(modest.offers, SizeIs(3)) << "and go on where they have answered";
  hoarder.TakeOffers();
  Advance(absl::Minutes(5));
  hoarder.Collect();
  EXPECT_THAT(hoarder.rescinded, testing::Not(IsEmpty())) << "after the timeout";
  Check();
}

TEST_F(FrameworkTest, Case50_AHugeFilterAndASuppressionEndWithARevive) {
  AddAgent();
  TestFramework& framework = AddFramework();
  framework.Decline(framework.TakeOffers().at(0), 1e9);
  EXPECT_TRUE(framework.Send(Call::SUPPRESS).ok());
  Advance(absl::Hours(1));
  EXPECT_THAT(framework.offers, IsEmpty());
  EXPECT_TRUE(framework.Send(Call::REVIVE).ok());
  Advance(absl::Seconds(2));
  EXPECT_THAT(framework.TakeOffers(), SizeIs(1));
}

TEST_F(FrameworkTest, Case50_NoFilterLastsLongerThanAYear) {
  AddAgent();
  TestFramework& framework = AddFramework();
  framework.info.set_failover_timeout(1e10);
  framework.Decline(framework.TakeOffers().at(0), 1e300);
  loop_.Suspend(absl::Hours(24 * 366));
  Advance(absl::Minutes(2));
  EXPECT_THAT(framework.offers, testing::Not(IsEmpty()));
}

TEST_F(FrameworkTest, ARoleMayBeginSuppressed) {
  AddAgent();
  TestFramework& framework = NewFramework();
  framework.info.add_capabilities()->set_type(v1::FrameworkInfo::Capability::MULTI_ROLE);
  framework.info.add_roles("eng");
  framework.Subscribe({"eng"});
  Advance(absl::Minutes(1));
  EXPECT_THAT(framework.offers, IsEmpty());
  EXPECT_TRUE(framework.Send(Call::REVIVE).ok());
  Advance(absl::Seconds(2));
  EXPECT_THAT(framework.offers, SizeIs(1));
}

// -- Reconciliation: part B9, row by row --

struct Row {
  const char* what;
  const char* task;
  const char* agent;  // "registered", "unreachable", "gone", "recovered", "unknown", "" (none).
  int state;          // -1: no answer.
  int for_old;        // What a framework that knows no partitions hears.
};

class ReconciliationTest : public FrameworkTest {
 protected:
  // One agent of each kind; "t1" runs on the registered one.
  void SetScene() {
    for (const char* kind : {"registered", "unreachable", "gone", "recovered"}) {
      ids_[kind] = AddAgent({.hostname = kind}).id();
    }
    agents_[1]->set_answer_pings(false);
    Advance(absl::Seconds(91));
    v1::master::Call call;
    call.set_type(v1::master::Call::MARK_AGENT_GONE);
    call.mutable_mark_agent_gone()->mutable_agent_id()->set_value(ids_["gone"]);
    ASSERT_TRUE(Operate(call).ok());
    for (auto& agent : agents_) agent->Disconnect();
    NewMaster({});
    agents_[0]->ConnectTo(&master_->agents());
    loop_.Settle();
    ids_["unknown"] = "never-heard-of";
    ids_[""] = "";
  }

  void Expect(TestFramework& framework, const Row& row, int state) {
    framework.TakeUpdates();
    framework.Reconcile(row.task, ids_.at(row.agent));
    std::vector<v1::TaskStatus> answers = framework.TakeUpdates();
    if (state == -1) {
      EXPECT_THAT(answers, IsEmpty()) << row.what;
      return;
    }
    ASSERT_THAT(answers, SizeIs(1)) << row.what;
    const v1::TaskStatus& answer = answers[0];
    EXPECT_EQ(answer.state(), state) << row.what << ": " << v1::TaskState_Name(answer.state());
    EXPECT_EQ(answer.reason(), v1::TaskStatus::REASON_RECONCILIATION) << row.what;
    EXPECT_EQ(answer.source(), v1::TaskStatus::SOURCE_MASTER) << row.what;
    EXPECT_FALSE(answer.has_uuid()) << row.what;
    EXPECT_EQ(answer.has_unreachable_time(), std::string(row.agent) == "unreachable") << row.what;
  }

  std::map<std::string, std::string> ids_;
};

TEST_F(ReconciliationTest, EveryRowOfTheTable) {
  SetScene();
  TestFramework& aware = AddFramework();
  RunTask(aware, "t1");
  TestFramework& old = NewFramework();
  old.info.clear_capabilities();
  old.Subscribe();
  const Row rows[] = {
      {"known task", "t1", "registered", v1::TASK_RUNNING, v1::TASK_LOST},
      {"known task, no agent named", "t1", "", v1::TASK_RUNNING, -1},
      {"agent not back yet", "x", "recovered", -1, -1},
      {"no agent named while one is not back", "x", "", -1, -1},
      {"agent registered, task unknown", "x", "registered", v1::TASK_GONE, v1::TASK_LOST},
      {"agent unreachable", "x", "unreachable", v1::TASK_UNREACHABLE, v1::TASK_LOST},
      {"agent gone", "x", "gone", v1::TASK_GONE_BY_OPERATOR, v1::TASK_LOST},
      {"nothing known", "x", "unknown", v1::TASK_UNKNOWN, v1::TASK_LOST},
  };
  for (const Row& row : rows) {
    Expect(aware, row, row.state);
    Expect(old, row, row.for_old);  // "t1" is not its own.
  }
  Advance(absl::Minutes(11));  // Nobody is awaited any more.
  const Row later[] = {
      {"no agent named", "x", "", v1::TASK_UNKNOWN, v1::TASK_LOST},
  };
  for (const Row& row : later) {
    Expect(aware, row, row.state);
    Expect(old, row, row.for_old);
  }
}

}  // namespace
}  // namespace mesos
