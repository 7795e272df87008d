// What agents lend out: who is offered it, what becomes of offers and tasks when it shrinks, and
// how it comes through registrations and failovers.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesoslib/master/master_fixture.h"

namespace mesos {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class OversubscriptionTest : public MasterTest {
 protected:
  static Resources Revocable(const std::string& text) {
    Resources::ProtoList protos;
    Resources::Parse(text).value().ToProto(&protos);
    for (v1::Resource& resource : protos) resource.mutable_revocable();
    return Resources::FromProto(protos).value();
  }

  // A framework that takes what is revocable.
  TestFramework& AddTaker() {
    TestFramework& framework = NewFramework();
    framework.info.add_capabilities()->set_type(v1::FrameworkInfo::Capability::REVOCABLE_RESOURCES);
    framework.Subscribe();
    return framework;
  }

  SimulatedAgent& AddLender(const std::string& lent) {
    SimulatedAgent& agent = AddAgent();
    Lend(agent, Revocable(lent));
    return agent;
  }

  void Lend(SimulatedAgent& agent, const Resources& resources) {
    agent.set_oversubscribed(resources);
    loop_.Settle();
    Check();
  }

  void LendNothing(SimulatedAgent& agent) { Lend(agent, Resources()); }

  static Resources ResourcesOf(const v1::Offer& offer) {
    Resources resources = Resources::FromProto(offer.resources()).value();
    resources.Unallocate();
    return resources;
  }

  // All that it is offered, of which it keeps the offers that are not rescinded.
  Resources Offered(TestFramework& framework) {
    framework.Collect();
    std::erase_if(framework.offers, [&](const v1::Offer& offer) {
      return std::count(framework.rescinded.begin(), framework.rescinded.end(),
                        offer.id().value()) > 0;
    });
    Resources sum;
    for (const v1::Offer& offer : framework.offers) sum += ResourcesOf(offer);
    return sum;
  }

  v1::TaskInfo Task(TestFramework& framework, const std::string& id, const Resources& resources,
                    const std::string& agent) {
    v1::TaskInfo task = framework.Task(id, "mem:64", agent);
    resources.ToProto(task.mutable_resources());
    return task;
  }

  // On everything that it is offered now.
  void RunOn(TestFramework& framework, const std::string& id, const Resources& resources) {
    const std::vector<v1::Offer> offers = framework.TakeOffers();
    ASSERT_FALSE(offers.empty());
    framework.Launch(offers, {Task(framework, id, resources, offers[0].agent_id().value())});
    const std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
    ASSERT_THAT(updates, SizeIs(1));
    ASSERT_EQ(updates[0].state(), v1::TASK_RUNNING) << updates[0].message();
    framework.Acknowledge(updates[0]);
    Check();
  }

  v1::master::Response::GetAgents::Agent Shown() {
    v1::master::Call call;
    call.set_type(v1::master::Call::GET_AGENTS);
    const auto response = Operate(call).value();
    EXPECT_THAT(response.get_agents().agents(), SizeIs(1));
    return response.get_agents().agents(0);
  }

  void ExpectRunning(const std::string& id) {
    v1::master::Call call;
    call.set_type(v1::master::Call::GET_TASKS);
    const auto response = Operate(call).value();
    ASSERT_THAT(response.get_tasks().tasks(), SizeIs(1));
    EXPECT_EQ(response.get_tasks().tasks(0).task_id().value(), id);
    EXPECT_EQ(response.get_tasks().tasks(0).state(), v1::TASK_RUNNING);
  }
};

TEST_F(OversubscriptionTest, OnlyThoseWhoTakeItAreOfferedWhatIsLentOut) {
  AddLender("cpus:2");
  TestFramework& plain = AddFramework();
  Advance(absl::Seconds(1));
  EXPECT_EQ(Offered(plain), *Resources::Parse("cpus:4;mem:4096"));
  TestFramework& taker = AddTaker();
  Advance(absl::Seconds(1));
  EXPECT_EQ(Offered(taker), Revocable("cpus:2"));
}

TEST_F(OversubscriptionTest, WhatIsAddedIsOfferedAndOffersStay) {
  SimulatedAgent& agent = AddLender("cpus:2");
  TestFramework& taker = AddTaker();
  Advance(absl::Seconds(1));
  EXPECT_EQ(Offered(taker), *Resources::Parse("cpus:4;mem:4096") + Revocable("cpus:2"));
  Lend(agent, Revocable("cpus:3;mem:100"));
  Advance(absl::Seconds(1));
  EXPECT_THAT(taker.rescinded, IsEmpty());
  EXPECT_EQ(Offered(taker), *Resources::Parse("cpus:4;mem:4096") + Revocable("cpus:3;mem:100"));
}

TEST_F(OversubscriptionTest, AShrinkingAgentTakesBackOffersWithWhatItLentAndNoOthers) {
  SimulatedAgent& agent = AddLender("cpus:2");
  TestFramework& plain = AddFramework();
  Advance(absl::Seconds(1));
  TestFramework& taker = AddTaker();
  Advance(absl::Seconds(1));
  const std::vector<v1::Offer> offers = taker.TakeOffers();
  ASSERT_THAT(offers, SizeIs(1));
  Lend(agent, Revocable("cpus:1"));
  Advance(absl::Seconds(1));
  EXPECT_THAT(taker.rescinded, ElementsAre(offers[0].id().value()));
  EXPECT_THAT(plain.rescinded, IsEmpty());
  EXPECT_EQ(Offered(taker), Revocable("cpus:1"));
  // Whoever did not hear of it in time is refused.
  taker.Launch(offers, {Task(taker, "late", Revocable("cpus:2"), agent.id())});
  const std::vector<v1::TaskStatus> updates = taker.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].reason(), v1::TaskStatus::REASON_INVALID_OFFERS);
  LendNothing(agent);
  EXPECT_THAT(taker.TakeOffers(), SizeIs(1)) << "the void one";
  Advance(absl::Seconds(10));
  EXPECT_EQ(Offered(taker), Resources());
}

TEST_F(OversubscriptionTest, TheSameAgainChangesNothing) {
  SimulatedAgent& agent = AddLender("cpus:2");
  TestFramework& taker = AddTaker();
  Advance(absl::Seconds(1));
  Lend(agent, Revocable("cpus:2"));
  Advance(absl::Seconds(1));
  EXPECT_THAT(taker.rescinded, IsEmpty());
  EXPECT_EQ(Offered(taker), *Resources::Parse("cpus:4;mem:4096") + Revocable("cpus:2"));
}

TEST_F(OversubscriptionTest, TasksOutliveWhatTheyWereLent) {
  SimulatedAgent& agent = AddLender("cpus:2");
  TestFramework& taker = AddTaker();
  Advance(absl::Seconds(1));
  RunOn(taker, "t1", Revocable("cpus:1.5"));
  Advance(absl::Seconds(6));
  EXPECT_EQ(Offered(taker).Revocable(), Revocable("cpus:0.5"));

  Lend(agent, Revocable("cpus:1"));
  Advance(absl::Seconds(10));
  EXPECT_EQ(Offered(taker), *Resources::Parse("cpus:4;mem:4032")) << "more is used than is lent";
  ExpectRunning("t1");
  EXPECT_EQ(Metrics().at("master/cpus_revocable_total"), 1);
  EXPECT_EQ(Metrics().at("master/cpus_revocable_used"), 1.5);
  EXPECT_EQ(Metrics().at("master/cpus_revocable_percent"), 1.5);
  EXPECT_EQ(Metrics().at("master/cpus_total"), 4);

  LendNothing(agent);
  Advance(absl::Seconds(1));
  ExpectRunning("t1");
  EXPECT_EQ(Metrics().at("master/cpus_revocable_percent"), 0);

  // Its end gives back no more than there is.
  Lend(agent, Revocable("cpus:1"));
  agent.Finish(taker.info.id().value(), "t1", v1::TASK_FINISHED);
  Advance(absl::Seconds(10));
  EXPECT_EQ(Offered(taker), *Resources::Parse("cpus:4;mem:4096") + Revocable("cpus:1"));
}

TEST_F(OversubscriptionTest, OperatorsSeeWhatIsLent) {
  AddLender("cpus:2;mem:512");
  const Resources all = *Resources::Parse("cpus:4;mem:4096") + Revocable("cpus:2;mem:512");
  EXPECT_EQ(*Resources::FromProto(Shown().total_resources()), all);
  EXPECT_EQ(*Resources::FromProto(Shown().agent_info().resources()), all);
  EXPECT_EQ(Metrics().at("master/mem_revocable_total"), 512);
  EXPECT_EQ(Metrics().at("master/mem_total"), 4096);
}

TEST_F(OversubscriptionTest, WhatMakesNoSenseIsIgnored) {
  SimulatedAgent& agent = AddLender("cpus:2");
  Lend(agent, *Resources::Parse("cpus:7"));
  EXPECT_EQ(Metrics().at("master/cpus_total"), 4);
  EXPECT_EQ(Metrics().at("master/cpus_revocable_total"), 2);
  Resources allocated = Revocable("cpus:7");
  allocated.Allocate("eng");
  Lend(agent, allocated);
  EXPECT_EQ(Metrics().at("master/cpus_revocable_total"), 2);
  internal::AgentMessage message;
  v1::Resource* const broken = message.mutable_update_oversubscribed()->add_total();
  broken->set_name("cpus");
  broken->set_type(v1::Value::SCALAR);
  broken->mutable_scalar()->set_value(-1);
  broken->mutable_revocable();
  agent.Send(message);
  loop_.Settle();
  EXPECT_EQ(Metrics().at("master/cpus_revocable_total"), 2);
}

TEST_F(OversubscriptionTest, AnAgentThatRegistersWithWhatIsNotRevocableIsRefused) {
  agents_.push_back(std::make_unique<SimulatedAgent>(SimulatedAgent::Options{.hostname = "h"},
                                                     &loop_, random_.get(), &master_->agents()));
  agents_.back()->set_oversubscribed(*Resources::Parse("cpus:7"));
  agents_.back()->Connect();
  loop_.Settle();
  EXPECT_FALSE(agents_.back()->registered());
  EXPECT_TRUE(agents_.back()->shut_down());
}

TEST_F(OversubscriptionTest, AnAgentThatComesBackSaysItAnew) {
  SimulatedAgent& agent = AddLender("cpus:2");
  TestFramework& taker = AddTaker();
  Advance(absl::Seconds(1));
  RunOn(taker, "t1", Revocable("cpus:1"));
  agent.Disconnect();
  agent.set_oversubscribed(Revocable("cpus:3"));
  agent.Connect();
  Advance(absl::Seconds(10));
  EXPECT_EQ(*Resources::FromProto(Shown().total_resources()),
            *Resources::Parse("cpus:4;mem:4096") + Revocable("cpus:3"));
  EXPECT_EQ(Offered(taker).Revocable(), Revocable("cpus:2"));
  // One that is restarted has not asked its estimator yet.
  agent.Disconnect();
  agent.set_oversubscribed(Resources());
  agent.Connect();
  Advance(absl::Seconds(10));
  ExpectRunning("t1");
  EXPECT_EQ(Metrics().at("master/cpus_revocable_total"), 0);
  EXPECT_EQ(Metrics().at("master/cpus_revocable_used"), 1);
  taker.offers.clear();
  Lend(agent, Revocable("cpus:2"));
  Advance(absl::Seconds(1));
  EXPECT_EQ(Offered(taker).Revocable(), Revocable("cpus:1"));
}

TEST_F(OversubscriptionTest, ANewMasterLearnsItFromTheAgents) {
  for (const bool known : {true, false}) {
    SCOPED_TRACE(known);
    SimulatedAgent& agent = AddLender("cpus:2");
    TestFramework& taker = AddTaker();
    Advance(absl::Seconds(1));
    RunOn(taker, "t1", Revocable("cpus:2") + *Resources::Parse("mem:64"));
    NewMaster({});
    if (!known) agent.set_oversubscribed(Resources());
    agent.ConnectTo(&master_->agents());
    taker.set_master(master_.get());
    taker.Subscribe();
    Advance(absl::Seconds(10));
    ExpectRunning("t1");
    EXPECT_EQ(Metrics().at("master/cpus_revocable_total"), known ? 2 : 0);
    EXPECT_EQ(Metrics().at("master/cpus_revocable_used"), 2);
    taker.offers.clear();
    Lend(agent, Revocable("cpus:2"));
    agent.Finish(taker.info.id().value(), "t1", v1::TASK_FINISHED);
    Advance(absl::Seconds(10));
    EXPECT_EQ(Offered(taker).Revocable(), Revocable("cpus:2"));
    agents_.clear();
    frameworks_.clear();
    store_ = CreateMemoryStateStore(&loop_).value();
    NewMaster({});
  }
}

TEST_F(OversubscriptionTest, AnUnreportedTaskKeepsWhatItHoldsThoughItIsNoLongerLent) {
  SimulatedAgent& agent = AddLender("cpus:2");
  TestFramework& taker = AddTaker();
  Advance(absl::Seconds(1));
  // The agent does not hear of the task: it comes back without naming it.
  agent.set_deaf(true);
  const std::vector<v1::Offer> offers = taker.TakeOffers();
  ASSERT_THAT(offers, SizeIs(1));
  taker.Launch(offers, {Task(taker, "t1", Revocable("cpus:2"), agent.id())});
  agent.Disconnect();
  agent.set_deaf(false);
  agent.set_oversubscribed(Revocable("cpus:1"));
  agent.Connect();
  Advance(absl::Seconds(1));
  EXPECT_EQ(Metrics().at("master/cpus_revocable_used"), 2);
  EXPECT_EQ(Offered(taker).Revocable(), Resources());
}

}  // namespace
}  // namespace mesos
