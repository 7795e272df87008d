// The master as a whole, in virtual time: frameworks and agents speak to it through its endpoints,
// and after every step its books must agree.
#include "mesos/master.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/allocator.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/resources.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/base/uuid.h"
#include "mesoslib/master/master_fixture.h"

namespace mesos {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::scheduler::Call;
using v1::scheduler::Event;

TEST_F(MasterTest, TellsItsMetricsFromItsBooks) {
  AddAgent();
  RunTask(AddFramework(), "t1", "cpus:1;mem:128");
  loop_.Advance(absl::Seconds(3));
  v1::master::Call call;
  call.set_type(v1::master::Call::GET_METRICS);
  EXPECT_THAT(std::string(Operate(call).status().message()), HasSubstr("get_metrics"));
  const std::map<std::string, double> values = Metrics();
  EXPECT_EQ(values.at("master/elected"), 1);
  EXPECT_GE(values.at("master/uptime_secs"), 3);
  EXPECT_EQ(values.at("master/slaves_connected"), 1);
  EXPECT_EQ(values.at("master/frameworks_active"), 1);
  EXPECT_EQ(values.at("master/tasks_running"), 1);
  EXPECT_EQ(values.at("master/tasks_staging"), 0);
  EXPECT_EQ(values.at("master/cpus_used"), 1);
  EXPECT_EQ(values.at("master/cpus_percent"), 1 / values.at("master/cpus_total"));
}

TEST_F(MasterTest, TellsOfItsAllocator) {
  AddAgent({.resources = "cpus:4;mem:1024;cpus(ads):1"});
  AddAgent({.resources = "cpus:2;mem:512"});
  TestFramework& framework = AddFramework();
  const std::vector<v1::Offer> offers = framework.TakeOffers();
  ASSERT_THAT(offers, SizeIs(2));
  framework.Decline(offers[1], 3600);
  const std::map<std::string, double> values = Metrics();
  const std::string prefix = "allocator/mesos/";
  EXPECT_EQ(values.at(prefix + "resources/cpus/total"), 7);
  EXPECT_EQ(values.at(prefix + "resources/cpus/offered_or_allocated"), 4);
  EXPECT_EQ(values.at(prefix + "resources/mem/offered_or_allocated"), 1024);
  EXPECT_EQ(values.at(prefix + "offer_filters/roles/*/active"), 1);
  const double runs = values.at(prefix + "allocation_runs");
  EXPECT_GE(runs, 3) << "at the start, and for what came to be there";
  EXPECT_EQ(values.at(prefix + "allocation_run_ms/count"), runs);
  EXPECT_EQ(values.at(prefix + "allocation_run_latency_ms/count"), runs);
  EXPECT_GE(values.at(prefix + "allocation_run_ms/p99"), 0);
  Advance(absl::Seconds(3));
  EXPECT_EQ(Metrics().at(prefix + "allocation_runs"), runs + 3);
}

TEST_F(MasterTest, ManyTriggersMakeOneRound) {
  AddAgent();
  TestFramework& framework = AddFramework();
  framework.Decline(framework.TakeOffers().at(0), 3600);
  const double before = Metrics().at("allocator/mesos/allocation_runs");
  for (int i = 0; i < 20; ++i) {
    Call revive;
    revive.set_type(Call::REVIVE);
    *revive.mutable_framework_id() = framework.info.id();
    framework.session->Send(revive);
  }
  loop_.Settle();
  EXPECT_EQ(Metrics().at("allocator/mesos/allocation_runs"), before + 1);
  EXPECT_THAT(framework.TakeOffers(), SizeIs(1));
}

TEST_F(MasterTest, IsStartedOnce) {
  absl::Status again;
  master_->Start([&](absl::Status status) { again = std::move(status); });
  loop_.Settle();
  EXPECT_TRUE(absl::IsFailedPrecondition(again)) << again;
}

// -- Subscribing --

TEST_F(MasterTest, AFrameworkHearsSubscribedThenHeartbeatThenOffers) {
  AddAgent();
  TestFramework& framework = NewFramework();
  framework.sink = std::make_shared<RecordingSink<Event>>();
  framework.session = master_->schedulers().Open(framework.sink, {});
  Call call;
  call.set_type(Call::SUBSCRIBE);
  *call.mutable_subscribe()->mutable_framework_info() = framework.info;
  framework.session->Send(call);
  loop_.Settle();
  ASSERT_THAT(framework.sink->events, SizeIs(3));
  EXPECT_EQ(framework.sink->events[0].type(), Event::SUBSCRIBED);
  EXPECT_EQ(framework.sink->events[0].subscribed().heartbeat_interval_seconds(), 15);
  EXPECT_EQ(framework.sink->events[0].subscribed().framework_id().value(),
            master_->info().id() + "-0000");
  EXPECT_EQ(framework.sink->events[1].type(), Event::HEARTBEAT);
  EXPECT_EQ(framework.sink->events[2].type(), Event::OFFERS);
}

TEST_F(MasterTest, AnIdleStreamCarriesAHeartbeatEveryFifteenSeconds) {
  TestFramework& framework = AddFramework();
  framework.others.clear();
  Advance(absl::Seconds(46));
  EXPECT_THAT(framework.others, SizeIs(3));
}

TEST_F(MasterTest, ASecondStreamWithTheSameIdEndsTheFirst) {
  AddAgent();
  TestFramework& framework = AddFramework();
  ASSERT_THAT(framework.TakeOffers(), SizeIs(1));
  auto first = framework.sink;
  auto zombie = std::move(framework.session);  // It does not go by itself.
  framework.Subscribe();
  ASSERT_TRUE(first->closed.has_value());
  ASSERT_FALSE(first->events.empty());
  EXPECT_EQ(first->events.back().type(), Event::ERROR);
  EXPECT_EQ(first->events.back().error().message(), "Framework failed over");
  EXPECT_THAT(framework.TakeOffers(), SizeIs(1)) << "what the first one held is offered again";
}

TEST_F(MasterTest, AFrameworkKeepsItsTasksForItsFailoverTimeoutAndNoLonger) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1");
  framework.session = nullptr;
  Advance(absl::Minutes(59));
  EXPECT_EQ(agent.task_count(), 1u);
  framework.Subscribe();
  framework.Reconcile("t1");
  ASSERT_THAT(framework.TakeUpdates(), SizeIs(1));
  framework.session = nullptr;
  Advance(absl::Minutes(61));
  EXPECT_EQ(agent.task_count(), 0u);
  framework.Subscribe();
  ASSERT_FALSE(framework.others.empty());
  EXPECT_EQ(framework.others.back().type(), Event::ERROR);
  EXPECT_THAT(framework.others.back().error().message(), HasSubstr("has been removed"));
}

TEST_F(MasterTest, WithoutAFailoverTimeoutAFrameworkThatVanishesIsRemovedAtOnce) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = NewFramework();
  framework.info.set_failover_timeout(0);
  framework.Subscribe();
  RunTask(framework, "t1");
  framework.session = nullptr;
  loop_.Settle();
  EXPECT_EQ(agent.task_count(), 0u);
  EXPECT_THAT(AddFramework().TakeOffers(), SizeIs(1)) << "its resources are free again";
}

TEST_F(MasterTest, TeardownEndsTasksAndTheStream) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1");
  EXPECT_TRUE(framework.Send(Call::TEARDOWN).ok());
  EXPECT_TRUE(framework.sink->closed.has_value());
  EXPECT_EQ(agent.task_count(), 0u);
  v1::master::Call call;
  call.set_type(v1::master::Call::GET_FRAMEWORKS);
  auto response = Operate(call);
  ASSERT_TRUE(response.ok());
  EXPECT_THAT(response->get_frameworks().frameworks(), IsEmpty());
  EXPECT_THAT(response->get_frameworks().completed_frameworks(), SizeIs(1));
}

TEST_F(MasterTest, BadFrameworksAreRefusedWithAnErrorThatNamesTheField) {
  struct Case {
    void (*spoil)(v1::FrameworkInfo*);
    std::string message;
  };
  for (const Case& c : std::vector<Case>{
           {[](auto* info) { info->clear_user(); }, "framework_info.user is missing"},
           {[](auto* info) { info->clear_name(); }, "framework_info.name is missing"},
           {[](auto* info) { info->set_role("a//b"); }, "a//b"},
           {[](auto* info) { info->set_failover_timeout(-1); }, "failover_timeout is -1"},
           {[](auto* info) { info->set_failover_timeout(std::nan("")); },
            "failover_timeout is nan"},
           {[](auto* info) { info->add_roles("a"); }, "MULTI_ROLE"},
       }) {
    TestFramework& framework = NewFramework();
    c.spoil(&framework.info);
    framework.Subscribe();
    ASSERT_THAT(framework.others, SizeIs(1)) << c.message;
    EXPECT_EQ(framework.others[0].type(), Event::ERROR);
    EXPECT_THAT(framework.others[0].error().message(), HasSubstr(c.message));
    EXPECT_TRUE(framework.sink->closed.has_value());
  }
}

TEST_F(MasterTest, CallsOfAStrangerAreRefused) {
  TestFramework& framework = AddFramework();
  TestFramework& other = AddFramework();
  Call call;
  call.set_type(Call::REVIVE);
  *call.mutable_framework_id() = framework.info.id();
  absl::Status answer;
  other.session->Send(call, [&](absl::Status status) { answer = status; });
  loop_.Settle();
  EXPECT_EQ(answer.code(), absl::StatusCode::kFailedPrecondition);
  call.mutable_framework_id()->set_value("nobody");
  other.session->Send(call, [&](absl::Status status) { answer = status; });
  loop_.Settle();
  EXPECT_EQ(answer.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(answer.message(), HasSubstr("nobody"));
}

TEST_F(MasterTest, AMultiRoleFrameworkGetsOffersBoundToOneRoleEach) {
  AddAgent();
  AddAgent();
  TestFramework& framework = NewFramework();
  framework.info.add_capabilities()->set_type(v1::FrameworkInfo::Capability::MULTI_ROLE);
  framework.info.add_roles("a");
  framework.info.add_roles("b");
  framework.Subscribe();
  std::vector<v1::Offer> offers = framework.TakeOffers();
  ASSERT_THAT(offers, SizeIs(2));
  EXPECT_NE(offers[0].allocation_info().role(), offers[1].allocation_info().role());
}

// -- Offers --

TEST_F(MasterTest, PlaysTheClassicExample) {
  SimulatedAgent& agent = AddAgent({.resources = "cpus:4;mem:4096"});
  TestFramework& first = AddFramework();
  std::vector<v1::Offer> offers = first.TakeOffers();
  ASSERT_THAT(offers, SizeIs(1));
  EXPECT_EQ(Text(offers[0]), "cpus:4; mem:4096");
  EXPECT_EQ(offers[0].hostname(), "host0");
  EXPECT_EQ(offers[0].url().path(), "/slave(1)");
  first.Launch(offers, {first.Task("t1", "cpus:2;mem:1024", agent.id()),
                        first.Task("t2", "cpus:1;mem:2048", agent.id())});
  TestFramework& second = AddFramework();
  Advance(absl::Seconds(1));
  offers = second.TakeOffers();
  ASSERT_THAT(offers, SizeIs(1));
  EXPECT_EQ(Text(offers[0]), "cpus:1; mem:1024");
  second.Launch(offers, {second.Task("t3", "cpus:1;mem:1024", agent.id())});
  EXPECT_EQ(agent.task_count(), 3u);
  Advance(absl::Seconds(10));
  EXPECT_THAT(first.TakeOffers(), IsEmpty());

  agent.Finish(first.info.id().value(), "t1", v1::TASK_FINISHED);
  loop_.Settle();
  std::vector<v1::Offer> again = first.TakeOffers();
  for (v1::Offer& offer : second.TakeOffers()) again.push_back(offer);
  ASSERT_THAT(again, SizeIs(1)) << "without waiting for a timer";
  EXPECT_EQ(Text(again[0]), "cpus:2; mem:1024");
}

TEST_F(MasterTest, DeclinedResourcesComeBackAfterTheFilterAndNotBefore) {
  AddAgent();
  TestFramework& framework = AddFramework();
  framework.Decline(framework.TakeOffers()[0], 10);
  Advance(absl::Seconds(9));
  EXPECT_THAT(framework.TakeOffers(), IsEmpty());
  Advance(absl::Seconds(3));
  EXPECT_THAT(framework.TakeOffers(), SizeIs(1));
}

TEST_F(MasterTest, ReviveClearsFiltersAndSuppressStopsOffers) {
  AddAgent();
  TestFramework& framework = AddFramework();
  framework.Decline(framework.TakeOffers()[0], 1000);
  EXPECT_TRUE(framework.Send(Call::REVIVE).ok());
  std::vector<v1::Offer> offers = framework.TakeOffers();
  ASSERT_THAT(offers, SizeIs(1));
  EXPECT_TRUE(framework.Send(Call::SUPPRESS).ok());
  framework.Decline(offers[0], 0);
  Advance(absl::Seconds(100));
  EXPECT_THAT(framework.TakeOffers(), IsEmpty());
  EXPECT_TRUE(framework.Send(Call::REVIVE).ok());
  EXPECT_THAT(framework.TakeOffers(), SizeIs(1));
}

TEST_F(MasterTest, AnAcceptWithoutOperationsDeclines) {
  AddAgent();
  TestFramework& framework = AddFramework();
  framework.Launch(framework.TakeOffers(), {}, 10);
  Advance(absl::Seconds(9));
  EXPECT_THAT(framework.TakeOffers(), IsEmpty());
  Advance(absl::Seconds(3));
  EXPECT_THAT(framework.TakeOffers(), SizeIs(1));
}

TEST_F(MasterTest, UnusedOffersAreRescindedAfterTheOfferTimeout) {
  NewMaster({.offer_timeout = absl::Seconds(30)});
  AddAgent();
  TestFramework& framework = AddFramework();
  const std::string offer = framework.TakeOffers()[0].id().value();
  Advance(absl::Seconds(31));
  EXPECT_THAT(framework.rescinded, ElementsAre(offer));
  EXPECT_THAT(framework.TakeOffers(), SizeIs(1));
}

TEST_F(MasterTest, OffersOfOneAgentMayBeMerged) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  framework.Launch(framework.TakeOffers(), {framework.Task("t1", "cpus:2;mem:2048", agent.id())},
                   0);
  Advance(absl::Seconds(1));
  std::vector<v1::Offer> offers = framework.TakeOffers();
  agent.Finish(framework.info.id().value(), "t1", v1::TASK_FINISHED);
  Advance(absl::Seconds(1));
  for (v1::Offer& offer : framework.TakeOffers()) offers.push_back(offer);
  ASSERT_THAT(offers, SizeIs(2));
  framework.TakeUpdates();
  framework.Launch(offers, {framework.Task("t2", "cpus:4;mem:4096", agent.id())});
  std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_RUNNING);
}

// Attack cases 11 and 12: what an accept may get wrong.
TEST_F(MasterTest, Case12_AWrongOfferDropsTheTasksAndLosesNoResources) {
  SimulatedAgent& agent = AddAgent();
  SimulatedAgent& other_agent = AddAgent();
  TestFramework& framework = AddFramework();
  std::vector<v1::Offer> offers = framework.TakeOffers();
  ASSERT_THAT(offers, SizeIs(2));
  v1::TaskInfo task = framework.Task("t", "cpus:1;mem:1", agent.id());
  v1::Offer unknown = offers[0];
  unknown.mutable_id()->set_value("no-such-offer");
  for (const std::vector<v1::Offer>& wrong :
       {std::vector<v1::Offer>{}, {unknown}, {offers[0], offers[1]}}) {
    framework.Launch(wrong, {task});
    std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
    ASSERT_THAT(updates, SizeIs(1));
    EXPECT_EQ(updates[0].state(), v1::TASK_DROPPED);
    EXPECT_EQ(updates[0].reason(), v1::TaskStatus::REASON_INVALID_OFFERS);
    EXPECT_EQ(updates[0].source(), v1::TaskStatus::SOURCE_MASTER);
    EXPECT_FALSE(updates[0].has_uuid());
    Check();
  }
  EXPECT_THAT(framework.TakeOffers(), SizeIs(2)) << "both are free again and offered anew";
  framework.Launch({offers[0]}, {task});
  EXPECT_EQ(framework.TakeUpdates()[0].state(), v1::TASK_DROPPED) << "used twice";
  EXPECT_EQ(agent.task_count() + other_agent.task_count(), 0u);
}

TEST_F(MasterTest, Case11_AnotherFrameworksOfferIsOfNoUse) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& owner = AddFramework();
  TestFramework& thief = AddFramework();
  std::vector<v1::Offer> offers = owner.TakeOffers();
  ASSERT_THAT(offers, SizeIs(1));
  thief.Launch(offers, {thief.Task("t", "cpus:1;mem:1", agent.id())});
  EXPECT_EQ(thief.TakeUpdates()[0].reason(), v1::TaskStatus::REASON_INVALID_OFFERS);
  thief.Decline(offers[0], 0);
  owner.Launch(offers, {owner.Task("t", "cpus:1;mem:1", agent.id())});
  EXPECT_EQ(owner.TakeUpdates()[0].state(), v1::TASK_RUNNING);
}

TEST_F(MasterTest, FrameworksThatKnowNoPartitionsHearLostInstead) {
  TestFramework& framework = NewFramework();
  framework.info.clear_capabilities();
  framework.Subscribe();
  framework.Launch({}, {framework.Task("t", "cpus:1;mem:1", "a")});
  EXPECT_EQ(framework.TakeUpdates()[0].state(), v1::TASK_LOST);
}

// -- Launching --

TEST_F(MasterTest, Case12_BadTasksAreErrorsThatNameTheField) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  struct Case {
    void (*spoil)(v1::TaskInfo*);
    std::string message;
  };
  const std::vector<Case> cases = {
      {[](auto* t) { t->mutable_resources(0)->mutable_scalar()->set_value(5); },
       "more than is offered"},
      {[](auto* t) { t->mutable_resources(0)->mutable_scalar()->set_value(0); }, "scalar"},
      {[](auto* t) { t->mutable_resources(0)->mutable_scalar()->set_value(-1); }, "scalar"},
      {[](auto* t) { t->mutable_resources(0)->mutable_scalar()->set_value(std::nan("")); },
       "scalar"},
      {[](auto* t) { t->mutable_resources(0)->mutable_scalar()->set_value(1e300); }, "scalar"},
      {[](auto* t) { t->mutable_resources(0)->mutable_scalar()->set_value(1e-9); }, "scalar"},
      {[](auto* t) { t->mutable_resources(0)->mutable_scalar()->set_value(0.12345); }, "scalar"},
      {[](auto* t) {
         auto* ports = t->add_resources();
         ports->set_name("ports");
         ports->set_type(v1::Value::RANGES);
         auto* range = ports->mutable_ranges()->add_range();
         range->set_begin(5);
         range->set_end(4);
       },
       "ranges"},
      {[](auto* t) { t->clear_resources(); }, "resources is empty"},
      {[](auto* t) { t->clear_name(); }, "name is missing"},
      {[](auto* t) { t->mutable_health_check(); }, "health_check is set"},
      {[](auto* t) { t->mutable_check(); }, "check is set"},
      {[](auto* t) { t->clear_command(); }, "command and executor are both missing"},
      {[](auto* t) { t->mutable_executor(); }, "both set"},
      {[](auto* t) { t->mutable_agent_id()->set_value("else"); }, "agent_id is 'else'"},
      {[](auto* t) { t->mutable_task_id()->set_value("a/b"); }, "task_id"},
      {[](auto* t) { t->mutable_task_id()->set_value(".."); }, "task_id"},
      {[](auto* t) { t->mutable_task_id()->set_value(std::string(10000, 'x')); }, "task_id"},
      {[](auto* t) { t->mutable_task_id()->set_value(""); }, "task_id"},
      {[](auto* t) { t->mutable_kill_policy()->mutable_grace_period()->set_nanoseconds(-1); },
       "kill_policy.grace_period.nanoseconds is -1"},
      {[](auto* t) { (*t->mutable_limits())["cpus"].set_value(2); }, "limits"},
  };
  for (const Case& c : cases) {
    std::vector<v1::Offer> offers = framework.TakeOffers();
    ASSERT_THAT(offers, SizeIs(1)) << c.message;
    EXPECT_EQ(Text(offers[0]), "cpus:4; mem:4096");
    v1::TaskInfo task = framework.Task("t", "cpus:1;mem:64", agent.id());
    c.spoil(&task);
    framework.Launch(offers, {task}, 0);
    std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
    ASSERT_THAT(updates, SizeIs(1)) << c.message;
    EXPECT_EQ(updates[0].state(), v1::TASK_ERROR) << c.message;
    EXPECT_EQ(updates[0].reason(), v1::TaskStatus::REASON_TASK_INVALID);
    EXPECT_THAT(updates[0].message(), HasSubstr(c.message));
    Advance(absl::Seconds(1));
  }
  EXPECT_EQ(agent.task_count(), 0u);
}

TEST_F(MasterTest, OneBadTaskDoesNotHarmTheOthersOfTheSameLaunch) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  v1::TaskInfo good = framework.Task("good", "cpus:1;mem:64", agent.id());
  v1::TaskInfo twin = framework.Task("good", "cpus:1;mem:64", agent.id());
  v1::TaskInfo greedy = framework.Task("greedy", "cpus:4;mem:64", agent.id());
  framework.Launch(framework.TakeOffers(), {good, twin, greedy});
  std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(3));
  EXPECT_EQ(updates[0].state(), v1::TASK_ERROR);
  EXPECT_THAT(updates[0].message(), HasSubstr("which another task of the framework has"));
  EXPECT_EQ(updates[1].state(), v1::TASK_ERROR);
  EXPECT_EQ(updates[2].state(), v1::TASK_RUNNING);
  EXPECT_EQ(agent.task_count(), 1u);
}

TEST_F(MasterTest, AnExecutorsResourcesAreTakenOnceAndReturnedWhenItExits) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  auto with_executor = [&](const std::string& id) {
    v1::TaskInfo task = framework.Task(id, "cpus:1;mem:1024", agent.id());
    task.clear_command();
    task.mutable_executor()->mutable_executor_id()->set_value("e");
    task.mutable_executor()->mutable_command()->set_value("run");
    Resources::Parse("cpus:0.5;mem:512")
        .value()
        .ToProto(task.mutable_executor()->mutable_resources());
    return task;
  };
  framework.Launch(framework.TakeOffers(), {with_executor("t1"), with_executor("t2")}, 0);
  Advance(absl::Seconds(1));
  std::vector<v1::Offer> offers = framework.TakeOffers();
  ASSERT_THAT(offers, SizeIs(1));
  EXPECT_EQ(Text(offers[0]), "cpus:1.5; mem:1536");
  ASSERT_THAT(offers[0].executor_ids(), SizeIs(1));
  EXPECT_EQ(offers[0].executor_ids(0).value(), "e");

  v1::TaskInfo other = with_executor("t3");
  other.mutable_executor()->mutable_command()->set_value("run something else");
  framework.TakeUpdates();
  framework.Launch(offers, {other}, 1000);
  EXPECT_THAT(framework.TakeUpdates()[0].message(), HasSubstr("another ExecutorInfo"));

  for (const char* task : {"t1", "t2"}) {
    agent.Finish(framework.info.id().value(), task, v1::TASK_FAILED);
  }
  internal::AgentMessage exited;
  *exited.mutable_exited_executor()->mutable_framework_id() = framework.info.id();
  exited.mutable_exited_executor()->mutable_executor_id()->set_value("e");
  exited.mutable_exited_executor()->set_wait_status(9);
  agent.Send(exited);
  framework.others.clear();
  Advance(absl::Seconds(1));
  ASSERT_FALSE(framework.others.empty());
  EXPECT_EQ(framework.others[0].type(), Event::FAILURE);
  EXPECT_EQ(framework.others[0].failure().status(), 9);
  EXPECT_TRUE(framework.Send(Call::REVIVE).ok());
  Resources total;
  for (const v1::Offer& offer : framework.TakeOffers()) {
    total += Resources::FromProto(offer.resources()).value();
  }
  total.Unallocate();
  EXPECT_EQ(total.ToString(), "cpus:4; mem:4096");
}

// -- Updates --

TEST_F(MasterTest, ATerminalTaskHoldsNothingButStaysKnownUntilItIsAcknowledged) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1", "cpus:4;mem:4096");
  agent.Finish(framework.info.id().value(), "t1", v1::TASK_FINISHED);
  loop_.Settle();
  std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_THAT(framework.TakeOffers(), SizeIs(1));
  framework.Reconcile("t1");
  EXPECT_EQ(framework.TakeUpdates()[0].state(), v1::TASK_FINISHED);

  v1::TaskStatus wrong = updates[0];
  wrong.set_uuid(NewUuidBytes(random_.get()));
  framework.Acknowledge(wrong);
  framework.Reconcile("t1");
  EXPECT_EQ(framework.TakeUpdates()[0].state(), v1::TASK_FINISHED);

  framework.Acknowledge(updates[0]);
  EXPECT_EQ(agent.task_count(), 0u);
  framework.Reconcile("t1", agent.id());
  EXPECT_EQ(framework.TakeUpdates()[0].state(), v1::TASK_GONE);
}

TEST_F(MasterTest, ATerminalStateIsFinal) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1");
  agent.Finish(framework.info.id().value(), "t1", v1::TASK_FAILED);
  loop_.Settle();
  EXPECT_EQ(framework.TakeUpdates()[0].state(), v1::TASK_FAILED);
  agent.Finish(framework.info.id().value(), "t1", v1::TASK_RUNNING);
  loop_.Settle();
  EXPECT_THAT(framework.TakeUpdates(), IsEmpty());
  Check();
}

TEST_F(MasterTest, AnAgentSpeaksForItsOwnTasksOnly) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1");
  SimulatedAgent& impostor = AddAgent();
  framework.TakeOffers();
  internal::AgentMessage message;
  auto* update = message.mutable_status_update();
  *update->mutable_framework_id() = framework.info.id();
  update->mutable_status()->mutable_task_id()->set_value("t1");
  update->mutable_status()->mutable_agent_id()->set_value(agent.id());
  update->mutable_status()->set_state(v1::TASK_FAILED);
  impostor.Send(message);
  loop_.Settle();
  EXPECT_THAT(framework.TakeUpdates(), IsEmpty());
  framework.Reconcile("t1");
  EXPECT_EQ(framework.TakeUpdates()[0].state(), v1::TASK_RUNNING);
}

TEST_F(MasterTest, KillReachesTheAgentAndAnUnknownTaskIsAnsweredAsAReconciliation) {
  AddAgent();
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1");
  framework.Kill("t1");
  EXPECT_EQ(framework.TakeUpdates()[0].state(), v1::TASK_KILLED);
  framework.Kill("t2");
  std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_UNKNOWN);
  EXPECT_EQ(updates[0].reason(), v1::TaskStatus::REASON_RECONCILIATION);
}

TEST_F(MasterTest, Case11_AnotherFrameworksTaskCannotBeKilledOrAcknowledged) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& owner = AddFramework();
  RunTask(owner, "t1");
  TestFramework& thief = AddFramework();
  thief.Kill("t1");
  EXPECT_EQ(thief.TakeUpdates()[0].state(), v1::TASK_UNKNOWN);
  agent.Finish(owner.info.id().value(), "t1", v1::TASK_FINISHED);
  loop_.Settle();
  v1::TaskStatus status = owner.TakeUpdates()[0];
  thief.Acknowledge(status);
  EXPECT_EQ(agent.task_count(), 1u);
  owner.Acknowledge(status);
  EXPECT_EQ(agent.task_count(), 0u);
}

TEST_F(MasterTest, ImplicitReconciliationTellsAllTasks) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  framework.Launch(framework.TakeOffers(), {framework.Task("t1", "cpus:1;mem:1", agent.id()),
                                            framework.Task("t2", "cpus:1;mem:1", agent.id())});
  framework.TakeUpdates();
  framework.Reconcile("");
  std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(2));
  EXPECT_EQ(updates[0].reason(), v1::TaskStatus::REASON_RECONCILIATION);
}

// -- Agents --

TEST_F(MasterTest, ASilentAgentIsUnreachableAfterSeventyFiveSecondsAndItsTasksToo) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1");
  agent.set_answer_pings(false);
  Advance(absl::Seconds(85));
  EXPECT_THAT(framework.TakeUpdates(), IsEmpty());
  Advance(absl::Seconds(10));
  std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_UNREACHABLE);
  EXPECT_EQ(updates[0].reason(), v1::TaskStatus::REASON_AGENT_REMOVED);
  EXPECT_TRUE(updates[0].has_unreachable_time());
  framework.Reconcile("t1", agent.id());
  updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_UNREACHABLE);

  agent.set_answer_pings(true);
  const std::string id = agent.id();
  agent.Connect();
  loop_.Settle();
  EXPECT_EQ(agent.id(), id);
  updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_RUNNING);
  EXPECT_EQ(updates[0].reason(), v1::TaskStatus::REASON_AGENT_REREGISTERED);
}

TEST_F(MasterTest, ADisconnectedAgentMakesNoOffersAndComesBackWithItsTasks) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1");
  EXPECT_TRUE(framework.Send(Call::REVIVE).ok());
  EXPECT_THAT(framework.TakeOffers(), SizeIs(1));
  agent.Disconnect();
  loop_.Settle();
  framework.Collect();
  EXPECT_THAT(framework.rescinded, SizeIs(1));
  Advance(absl::Seconds(30));
  EXPECT_THAT(framework.TakeOffers(), IsEmpty());
  agent.Connect();
  loop_.Settle();
  EXPECT_THAT(framework.TakeOffers(), SizeIs(1));
  framework.Reconcile("t1");
  EXPECT_EQ(framework.TakeUpdates()[0].state(), v1::TASK_RUNNING);
}

TEST_F(MasterTest, WithoutCheckpointingTasksAreLostWhenTheirAgentDisconnects) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = NewFramework();
  framework.info.set_checkpoint(false);
  framework.Subscribe();
  RunTask(framework, "t1");
  agent.Disconnect();
  loop_.Settle();
  std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_LOST);
  EXPECT_EQ(updates[0].reason(), v1::TaskStatus::REASON_AGENT_DISCONNECTED);
}

TEST_F(MasterTest, AnAgentThatUnregistersTakesItsTasksAlong) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1");
  internal::AgentMessage message;
  message.mutable_unregister();
  agent.Send(message);
  loop_.Settle();
  std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_LOST);
  EXPECT_EQ(updates[0].reason(), v1::TaskStatus::REASON_AGENT_REMOVED);
}

TEST_F(MasterTest, ANewAgentAtTheSameAddressReplacesTheOldOne) {
  AddAgent({.hostname = "h"});
  SimulatedAgent& fresh = AddAgent({.hostname = "h"});
  v1::master::Call call;
  call.set_type(v1::master::Call::GET_AGENTS);
  auto response = Operate(call);
  ASSERT_TRUE(response.ok());
  ASSERT_THAT(response->get_agents().agents(), SizeIs(1));
  EXPECT_EQ(response->get_agents().agents(0).agent_info().id().value(), fresh.id());
}

TEST_F(MasterTest, AnAgentThatComesBackUnderAnotherNameIsShutDown) {
  SimulatedAgent& agent = AddAgent();
  auto sink = std::make_shared<RecordingSink<internal::MasterMessage>>();
  auto session = master_->agents().Open(sink, {});
  internal::AgentMessage message;
  message.mutable_reregister()->mutable_agent()->set_hostname("elsewhere");
  message.mutable_reregister()->mutable_agent()->set_port(5051);
  message.mutable_reregister()->mutable_agent()->mutable_id()->set_value(agent.id());
  Resources::Parse("cpus:4").value().ToProto(
      message.mutable_reregister()->mutable_agent()->mutable_resources());
  session->Send(message);
  loop_.Settle();
  ASSERT_THAT(sink->events, SizeIs(1));
  EXPECT_THAT(sink->events[0].shutdown().message(), HasSubstr("elsewhere"));
  EXPECT_TRUE(agent.registered()) << "the real one is not harmed";
}

TEST_F(MasterTest, ATaskThatAReturningAgentNamesTwiceIsTakenOnce) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1");
  auto sink = std::make_shared<RecordingSink<internal::MasterMessage>>();
  auto session = master_->agents().Open(sink, {});
  internal::AgentMessage message;
  auto* reregister = message.mutable_reregister();
  reregister->mutable_agent()->set_hostname("host0");
  reregister->mutable_agent()->set_port(5051);
  reregister->mutable_agent()->mutable_id()->set_value(agent.id());
  Resources::Parse("cpus:4;mem:4096")
      .value()
      .ToProto(reregister->mutable_agent()->mutable_resources());
  *reregister->add_frameworks() = framework.info;
  for (const char* id : {"t1", "t2", "t2", "t1"}) {
    v1::Task* task = reregister->add_tasks();
    task->set_name(id);
    task->mutable_task_id()->set_value(id);
    *task->mutable_framework_id() = framework.info.id();
    task->set_state(v1::TASK_RUNNING);
    Resources used = Resources::Parse("cpus:1;mem:128").value();
    used.Allocate("*");
    used.ToProto(task->mutable_resources());
  }
  session->Send(message);
  loop_.Settle();
  Check();
  EXPECT_THAT(framework.TakeUpdates(), SizeIs(1)) << "of the one it might take for lost";
  framework.Reconcile("");
  EXPECT_THAT(framework.TakeUpdates(), SizeIs(2));
}

TEST_F(MasterTest, AGoneAgentNeverComesBack) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1");
  v1::master::Call call;
  call.set_type(v1::master::Call::MARK_AGENT_GONE);
  call.mutable_mark_agent_gone()->mutable_agent_id()->set_value(agent.id());
  EXPECT_TRUE(Operate(call).ok());
  EXPECT_TRUE(agent.shut_down());
  EXPECT_EQ(framework.TakeUpdates()[0].state(), v1::TASK_GONE_BY_OPERATOR);
  EXPECT_TRUE(Operate(call).ok()) << "the second time too";
  agent.Connect();
  loop_.Settle();
  EXPECT_FALSE(agent.registered());
  framework.Reconcile("t1", agent.id());
  EXPECT_EQ(framework.TakeUpdates()[0].state(), v1::TASK_GONE_BY_OPERATOR);
  call.mutable_mark_agent_gone()->mutable_agent_id()->set_value("nobody");
  EXPECT_EQ(Operate(call).status().code(), absl::StatusCode::kNotFound);
}

// -- Failover --

TEST_F(MasterTest, ANewMasterLearnsTasksAndFrameworksFromThoseWhoKnowThem) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1");
  const std::string agent_id = agent.id();
  const v1::FrameworkInfo info = framework.info;
  Check();

  auto old_allocator = std::move(allocator_);
  NewMaster({});
  loop_.Settle();
  SimulatedAgent& lost = *agents_[0];
  v1::master::Call call;
  call.set_type(v1::master::Call::GET_AGENTS);
  EXPECT_THAT(Operate(call)->get_agents().recovered_agents(), SizeIs(1));

  TestFramework& back = NewFramework();
  back.info = info;
  back.Subscribe();
  EXPECT_EQ(back.info.id().value(), info.id().value());
  back.Reconcile("t1", agent_id);
  EXPECT_THAT(back.TakeUpdates(), IsEmpty()) << "too early to tell";
  back.Reconcile("t1");
  EXPECT_THAT(back.TakeUpdates(), IsEmpty()) << "too early to tell";

  // The agent object holds the endpoint of the old master; its state moves to a new one.
  (void)lost;
  RecordingSink<internal::MasterMessage>* heard = nullptr;
  auto sink = std::make_shared<RecordingSink<internal::MasterMessage>>();
  heard = sink.get();
  auto session = master_->agents().Open(sink, {});
  internal::AgentMessage message;
  auto* reregister = message.mutable_reregister();
  reregister->mutable_agent()->set_hostname("host0");
  reregister->mutable_agent()->set_port(5051);
  reregister->mutable_agent()->mutable_id()->set_value(agent_id);
  Resources total = Resources::Parse("cpus:4;mem:4096").value();
  total.ToProto(reregister->mutable_agent()->mutable_resources());
  *reregister->add_frameworks() = info;
  v1::Task* task = reregister->add_tasks();
  task->mutable_task_id()->set_value("t1");
  task->set_name("t1");
  *task->mutable_framework_id() = info.id();
  task->set_state(v1::TASK_RUNNING);
  Resources used = Resources::Parse("cpus:1;mem:128").value();
  used.Allocate("*");
  used.ToProto(task->mutable_resources());
  session->Send(message);
  loop_.Settle();
  Check();
  ASSERT_THAT(heard->events, SizeIs(1));
  EXPECT_TRUE(heard->events[0].has_reregistered());
  back.Reconcile("t1");
  EXPECT_EQ(back.TakeUpdates()[0].state(), v1::TASK_RUNNING);
  EXPECT_EQ(Text(back.TakeOffers()[0]), "cpus:3; mem:3968");
}

TEST_F(MasterTest, AgentsThatDoNotComeBackAfterAFailoverBecomeUnreachable) {
  const std::string agent_id = AddAgent().id();
  agents_.clear();
  NewMaster({});
  TestFramework& framework = AddFramework();
  Advance(absl::Minutes(9));
  framework.Reconcile("t", agent_id);
  EXPECT_THAT(framework.TakeUpdates(), IsEmpty());
  Advance(absl::Minutes(2));
  framework.Reconcile("t", agent_id);
  EXPECT_EQ(framework.TakeUpdates()[0].state(), v1::TASK_UNREACHABLE);
}

TEST_F(MasterTest, WhatTheAgentDoesNotReportIsAskedFor) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1");
  auto sink = std::make_shared<RecordingSink<internal::MasterMessage>>();
  auto session = master_->agents().Open(sink, {});
  internal::AgentMessage message;
  auto* reregister = message.mutable_reregister();
  reregister->mutable_agent()->set_hostname("host0");
  reregister->mutable_agent()->set_port(5051);
  reregister->mutable_agent()->mutable_id()->set_value(agent.id());
  Resources::Parse("cpus:4;mem:4096")
      .value()
      .ToProto(reregister->mutable_agent()->mutable_resources());
  session->Send(message);
  loop_.Settle();
  ASSERT_THAT(sink->events, SizeIs(1));
  ASSERT_THAT(sink->events[0].reregistered().unreported_tasks(), SizeIs(1));
  EXPECT_EQ(sink->events[0].reregistered().unreported_tasks(0).task_id().value(), "t1");
  Check();
}

TEST_F(MasterTest, AMasterWhoseRegistryIsTakenOverStopsLeading) {
  TestFramework& framework = AddFramework();
  // Another master writes to the same store.
  auto allocator = CreateHierarchicalAllocator({}).value();
  auto other = CreateMaster({}, {&loop_, random_.get(), store_.get(), allocator.get()}).value();
  other->Start([](absl::Status status) { EXPECT_TRUE(status.ok()); });
  loop_.Settle();
  SimulatedAgent agent({.hostname = "h"}, &loop_, random_.get(), &master_->agents());
  agent.Connect();
  loop_.Settle();
  EXPECT_FALSE(agent.registered());
  ASSERT_TRUE(framework.sink->closed.has_value());
  EXPECT_EQ(framework.sink->closed->code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ended_.code(), absl::StatusCode::kAborted) << "its host is told";
  agent.Disconnect();
  loop_.Settle();
}

// -- Other --

TEST_F(MasterTest, MessagesGoBothWays) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  Call call;
  call.set_type(Call::MESSAGE);
  call.mutable_message()->mutable_agent_id()->set_value(agent.id());
  call.mutable_message()->mutable_executor_id()->set_value("e");
  call.mutable_message()->set_data("down");
  EXPECT_TRUE(framework.Send(call).ok());
  ASSERT_TRUE(agent.heard().back().has_framework_message());
  EXPECT_EQ(agent.heard().back().framework_message().data(), "down");
  internal::AgentMessage message;
  *message.mutable_executor_message()->mutable_framework_id() = framework.info.id();
  message.mutable_executor_message()->mutable_executor_id()->set_value("e");
  message.mutable_executor_message()->set_data("up");
  agent.Send(message);
  loop_.Settle();
  framework.Collect();
  EXPECT_EQ(framework.others.back().message().data(), "up");
}

TEST_F(MasterTest, ASessionThatOutlivesTheMasterIsAnsweredUnavailable) {
  TestFramework& framework = AddFramework();
  master_ = nullptr;
  EXPECT_EQ(framework.sink->closed->code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(framework.Send(Call::REVIVE).code(), absl::StatusCode::kUnavailable);
}

TEST_F(MasterTest, CreateRefusesNonsense) {
  MasterDependencies good{&loop_, random_.get(), store_.get(), allocator_.get()};
  MasterDependencies bad = good;
  bad.registry = nullptr;
  EXPECT_THAT(CreateMaster({}, bad).status().message(), HasSubstr("registry"));
  EXPECT_THAT(CreateMaster({.allocation_interval = absl::ZeroDuration()}, good).status().message(),
              HasSubstr("allocation_interval"));
  EXPECT_THAT(CreateMaster({.max_agent_ping_timeouts = 0}, good).status().message(),
              HasSubstr("max_agent_ping_timeouts"));
}

TEST_F(MasterTest, EveryCallOfTheApiWithoutItsBodyIsRefusedByName) {
  TestFramework& framework = AddFramework();
  for (Call::Type type :
       {Call::ACCEPT, Call::DECLINE, Call::KILL, Call::SHUTDOWN, Call::ACKNOWLEDGE, Call::RECONCILE,
        Call::MESSAGE, Call::REQUEST, Call::UPDATE_FRAMEWORK}) {
    absl::Status status = framework.Send(type);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << Call::Type_Name(type);
    EXPECT_THAT(status.message(), HasSubstr("is missing"));
  }
  EXPECT_EQ(framework.Send(Call::UNKNOWN).code(), absl::StatusCode::kUnimplemented);
}

TEST_F(MasterTest, UpdateFrameworkChangesRolesWithoutDroppingTheStream) {
  AddAgent();
  TestFramework& framework = AddFramework();
  ASSERT_THAT(framework.TakeOffers(), SizeIs(1));
  Call call;
  call.set_type(Call::UPDATE_FRAMEWORK);
  *call.mutable_update_framework()->mutable_framework_info() = framework.info;
  call.mutable_update_framework()->mutable_framework_info()->set_role("eng");
  EXPECT_TRUE(framework.Send(call).ok());
  EXPECT_THAT(framework.rescinded, SizeIs(1));
  EXPECT_THAT(framework.TakeOffers(), SizeIs(1));
  call.mutable_update_framework()->mutable_framework_info()->set_user("root");
  absl::Status refused = framework.Send(call);
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(refused.message(), HasSubstr("framework_info.user"));
}

}  // namespace
}  // namespace mesos
