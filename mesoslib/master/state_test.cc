// A master's state, and what is told of its changes.
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/master_state.h"
#include "mesos/v1/master/master.pb.h"
#include "mesoslib/master/master_fixture.h"
#include "mesoslib/testing/recording_sink.h"

namespace mesos {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using v1::master::Event;
using StatePtr = std::shared_ptr<const MasterState>;

class StateTest : public MasterTest {
 protected:
  absl::StatusOr<StatePtr> TryTake() {
    absl::StatusOr<StatePtr> taken = absl::UnknownError("no answer");
    master_->GetState([&](absl::StatusOr<StatePtr> state) { taken = std::move(state); });
    loop_.Settle();
    return taken;
  }
  StatePtr Take() { return TryTake().value(); }

  static std::vector<const MasterState::Task*> TasksIn(
      const MasterState::Pages<MasterState::Task>& pages) {
    std::vector<const MasterState::Task*> tasks;
    for (const auto& page : pages) {
      for (const MasterState::Task& task : page->items) tasks.push_back(&task);
    }
    return tasks;
  }
};

TEST_F(StateTest, SaysWhatTheMasterKnows) {
  NewMaster({.cluster = "c1"});
  AddAgent();
  TestFramework& framework = AddFramework();
  loop_.Settle();
  Advance(absl::Seconds(1));
  const StatePtr before = Take();
  EXPECT_EQ(before->cluster, "c1");
  EXPECT_EQ(before->master.id(), master_->info().id());
  ASSERT_THAT(before->agents, SizeIs(1));
  const MasterState::Agent& offered = before->agents[0]->items[0];
  EXPECT_EQ(offered.info->hostname(), "host0");
  EXPECT_TRUE(offered.connected);
  EXPECT_THAT(offered.address, ::testing::EndsWith(absl::StrCat(":", offered.info->port())))
      << "where it serves, not where it calls from";
  ASSERT_THAT(offered.offers, SizeIs(1));
  EXPECT_EQ(offered.offers[0].framework.value(), framework.info.id().value());
  EXPECT_EQ(offered.offered, offered.offers[0].resources);

  RunTask(framework, "t1", "cpus:1;mem:128");
  const StatePtr after = Take();
  ASSERT_THAT(after->frameworks, SizeIs(1));
  const auto tasks = TasksIn(after->frameworks[0].tasks);
  ASSERT_THAT(tasks, SizeIs(1));
  EXPECT_EQ(tasks[0]->description->id.value(), "t1");
  EXPECT_EQ(tasks[0]->state, v1::TASK_RUNNING);
  EXPECT_TRUE(tasks[0]->holds_resources);
  EXPECT_EQ(after->agents[0]->items[0].used.cpus(), 1);
  EXPECT_THAT(TasksIn(before->frameworks[0].tasks), IsEmpty()) << "a state never changes";
}

TEST_F(StateTest, WhatHasNotChangedIsShared) {
  for (int i = 0; i < 9; ++i) AddAgent();
  TestFramework& framework = AddFramework();
  Advance(absl::Seconds(1));
  for (const v1::Offer& offer : framework.TakeOffers()) framework.Decline(offer, 3600);
  const StatePtr first = Take();
  const StatePtr second = Take();
  ASSERT_THAT(first->agents, SizeIs(2)) << "eight, and one";
  EXPECT_EQ(first->agents, second->agents);
  EXPECT_EQ(first->frameworks[0].info, second->frameworks[0].info);
  agents_[8]->Disconnect();
  loop_.Settle();
  const StatePtr third = Take();
  EXPECT_EQ(third->agents[0], first->agents[0]);
  EXPECT_NE(third->agents[1], first->agents[1]);
  EXPECT_FALSE(third->agents[1]->items[0].connected);

  // When nobody has looked for a while, nothing is kept.
  Advance(absl::Seconds(30));
  EXPECT_EQ(Take()->agents[0], first->agents[0]);
  Advance(absl::Seconds(61));
  EXPECT_NE(Take()->agents[0], first->agents[0]);
}

TEST_F(StateTest, AllWhoWaitGetTheSameOne) {
  AddAgent();
  std::vector<StatePtr> taken;
  for (int i = 0; i < 3; ++i) {
    master_->GetState([&](absl::StatusOr<StatePtr> state) { taken.push_back(*state); });
  }
  loop_.Settle();
  ASSERT_THAT(taken, SizeIs(3));
  EXPECT_EQ(taken[0], taken[1]);
  EXPECT_EQ(taken[0], taken[2]);
}

TEST_F(StateTest, NotesAreKeptWithTheirPage) {
  AddAgent();
  const StatePtr first = Take();
  static const char mine = 0, others = 0;
  first->agents[0]->notes.Keep(&mine, std::make_shared<std::string>("text"));
  const StatePtr second = Take();
  const auto note = second->agents[0]->notes.Find(&mine);
  ASSERT_NE(note, nullptr);
  EXPECT_EQ(*static_cast<const std::string*>(note.get()), "text");
  EXPECT_EQ(second->agents[0]->notes.Find(&others), nullptr);
}

TEST_F(StateTest, AnswersTheCallsThatItCanAnswer) {
  AddAgent();
  AddFramework();
  const StatePtr state = Take();
  for (const auto type : {v1::master::Call::GET_STATE, v1::master::Call::GET_AGENTS,
                          v1::master::Call::GET_FRAMEWORKS, v1::master::Call::GET_EXECUTORS,
                          v1::master::Call::GET_TASKS, v1::master::Call::GET_ROLES}) {
    v1::master::Call call;
    call.set_type(type);
    EXPECT_TRUE(IsAnsweredFromState(call));
    EXPECT_EQ(AnswerFrom(*state, call).value().DebugString(), Operate(call).value().DebugString());
  }
  v1::master::Call health;
  health.set_type(v1::master::Call::GET_HEALTH);
  EXPECT_FALSE(IsAnsweredFromState(health));
  EXPECT_EQ(AnswerFrom(*state, health).status(),
            absl::UnimplementedError("a state does not answer the call GET_HEALTH"));
}

TEST_F(StateTest, AMasterThatIsGoneAnswersUnavailable) {
  absl::StatusOr<StatePtr> taken = absl::UnknownError("no answer");
  master_->GetState([&](absl::StatusOr<StatePtr> state) { taken = std::move(state); });
  master_ = nullptr;
  loop_.Settle();
  EXPECT_TRUE(absl::IsUnavailable(taken.status())) << taken.status();
}

// -- Changes --

class ChangesTest : public StateTest {
 protected:
  using ChangeRecorder = RecordingSink<MasterChange>;

  void Listen() {
    sink_ = std::make_shared<ChangeRecorder>();
    session_ = master_->changes().Open(sink_, {});
    v1::master::Call call;
    call.set_type(v1::master::Call::SUBSCRIBE);
    absl::Status taken = absl::UnknownError("no answer");
    session_->Send(call, [&](absl::Status status) { taken = status; });
    loop_.Settle();
    EXPECT_TRUE(taken.ok()) << taken;
  }

  std::vector<Event> TakeEvents() {
    loop_.Settle();
    std::vector<Event> events;
    for (const MasterChange& change : sink_->Take()) {
      EXPECT_EQ(change.number, last_ + 1);
      last_ = change.number;
      events.push_back(*change.event);
    }
    return events;
  }
  std::vector<std::string> TakeTypes() {
    std::vector<std::string> types;
    for (const Event& event : TakeEvents()) types.push_back(Event::Type_Name(event.type()));
    return types;
  }

  std::shared_ptr<ChangeRecorder> sink_;
  std::unique_ptr<Session<v1::master::Call>> session_;
  uint64_t last_ = 0;
};

TEST_F(ChangesTest, EachChangeIsToldInOrder) {
  Listen();
  SimulatedAgent& agent = AddAgent();
  EXPECT_THAT(TakeTypes(), ElementsAre("AGENT_ADDED"));
  TestFramework& framework = NewFramework();
  framework.Subscribe();
  EXPECT_THAT(TakeTypes(), ElementsAre("FRAMEWORK_ADDED"));
  Advance(absl::Seconds(1));
  RunTask(framework, "t1");
  std::vector<Event> events = TakeEvents();
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0].type(), Event::TASK_ADDED);
  EXPECT_EQ(events[0].task_added().task().task_id().value(), "t1");
  EXPECT_EQ(events[0].task_added().task().state(), v1::TASK_STAGING);
  EXPECT_EQ(events[1].type(), Event::TASK_UPDATED);
  EXPECT_EQ(events[1].task_updated().state(), v1::TASK_RUNNING);
  EXPECT_EQ(events[1].task_updated().status().state(), v1::TASK_RUNNING);
  EXPECT_EQ(events[1].task_updated().framework_id().value(), framework.info.id().value());

  EXPECT_EQ(Take()->version, last_) << "a state has what was told before it";

  framework.session = nullptr;
  events = TakeEvents();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].type(), Event::FRAMEWORK_UPDATED);
  EXPECT_FALSE(events[0].framework_updated().framework().connected());
  framework.Subscribe();
  events = TakeEvents();
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_TRUE(events[0].framework_updated().framework().connected());

  EXPECT_TRUE(framework.Send(v1::scheduler::Call::TEARDOWN).ok());
  EXPECT_THAT(TakeTypes(), ElementsAre("TASK_UPDATED", "FRAMEWORK_REMOVED"));
  internal::AgentMessage leave;
  leave.mutable_unregister();
  agent.Send(std::move(leave));
  EXPECT_THAT(TakeTypes(), ElementsAre("AGENT_REMOVED"));
}

TEST_F(ChangesTest, OfAnUnreachableAgentItsTasksAreTold) {
  Listen();
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  Advance(absl::Seconds(1));
  RunTask(framework, "t1");
  TakeEvents();
  agent.Disconnect();
  Advance(absl::Seconds(100));
  std::set<std::string> types;
  std::vector<v1::TaskState> states;
  for (const Event& event : TakeEvents()) {
    types.insert(Event::Type_Name(event.type()));
    if (event.has_task_updated()) states.push_back(event.task_updated().state());
  }
  EXPECT_THAT(types, ElementsAre("HEARTBEAT", "TASK_UPDATED"));
  EXPECT_THAT(states, ElementsAre(v1::TASK_UNREACHABLE));
  agent.Connect();
  loop_.Settle();
  EXPECT_THAT(TakeTypes(), ElementsAre("AGENT_ADDED", "TASK_ADDED"));
}

TEST_F(ChangesTest, AFrameworkThatDoesNotComeBackIsRemovedWhenItsTimeIsOver) {
  Listen();
  AddAgent();
  TestFramework& framework = AddFramework();
  Advance(absl::Seconds(1));
  RunTask(framework, "t1");
  framework.session = nullptr;
  Advance(absl::Seconds(framework.info.failover_timeout()) - absl::Seconds(1));
  std::vector<std::string> types = TakeTypes();
  EXPECT_THAT(types, Not(Contains("FRAMEWORK_REMOVED")));
  Advance(absl::Seconds(2));
  types = TakeTypes();
  std::erase(types, "HEARTBEAT");
  EXPECT_THAT(types, ElementsAre("TASK_UPDATED", "FRAMEWORK_REMOVED"));
}

TEST_F(ChangesTest, AHeartbeatComesInTime) {
  Listen();
  Advance(absl::Seconds(46));
  EXPECT_THAT(TakeTypes(), ElementsAre("HEARTBEAT", "HEARTBEAT", "HEARTBEAT"));
  session_ = nullptr;
  Advance(absl::Minutes(1));
  EXPECT_THAT(sink_->Take(), IsEmpty());
  const uint64_t version = Take()->version;
  Advance(absl::Minutes(1));
  EXPECT_EQ(Take()->version, version) << "nobody listens";
}

TEST_F(ChangesTest, NothingIsToldBeforeSubscribe) {
  auto sink = std::make_shared<ChangeRecorder>();
  auto session = master_->changes().Open(sink, {});
  v1::master::Call call;
  call.set_type(v1::master::Call::GET_STATE);
  absl::Status taken;
  session->Send(call, [&](absl::Status status) { taken = status; });
  AddAgent();
  EXPECT_EQ(taken,
            absl::InvalidArgumentError("a session that hears of changes takes SUBSCRIBE only"));
  EXPECT_THAT(sink->Take(), IsEmpty());
}

TEST_F(ChangesTest, TheEndOfTheMasterIsTheEndOfTheSession) {
  Listen();
  master_ = nullptr;
  loop_.Settle();
  ASSERT_TRUE(sink_->closed.has_value());
  EXPECT_TRUE(absl::IsUnavailable(*sink_->closed)) << *sink_->closed;
}

}  // namespace
}  // namespace mesos
