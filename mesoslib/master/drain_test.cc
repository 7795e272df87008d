// Agents that operators take out of service: deactivated ones, drained ones, and what becomes of
// that when agents and masters come and go.
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/internal/registry.pb.h"
#include "mesoslib/base/uuid.h"
#include "mesoslib/master/master_fixture.h"

namespace mesos {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using v1::scheduler::Call;
using v1::scheduler::Event;
using OperatorCall = v1::master::Call;

class DrainTest : public MasterTest {
 protected:
  using AgentProto = v1::master::Response::GetAgents::Agent;

  absl::Status Drain(const std::string& id, bool mark_gone = false, int64_t grace_seconds = -1) {
    OperatorCall call;
    call.set_type(OperatorCall::DRAIN_AGENT);
    call.mutable_drain_agent()->mutable_agent_id()->set_value(id);
    if (mark_gone) call.mutable_drain_agent()->set_mark_gone(true);
    if (grace_seconds >= 0) {
      call.mutable_drain_agent()->mutable_max_grace_period()->set_seconds(grace_seconds);
    }
    return Operate(call).status();
  }

  absl::Status Deactivate(const std::string& id) {
    OperatorCall call;
    call.set_type(OperatorCall::DEACTIVATE_AGENT);
    call.mutable_deactivate_agent()->mutable_agent_id()->set_value(id);
    return Operate(call).status();
  }

  absl::Status Reactivate(const std::string& id) {
    OperatorCall call;
    call.set_type(OperatorCall::REACTIVATE_AGENT);
    call.mutable_reactivate_agent()->mutable_agent_id()->set_value(id);
    return Operate(call).status();
  }

  absl::Status MarkGone(const std::string& id) {
    OperatorCall call;
    call.set_type(OperatorCall::MARK_AGENT_GONE);
    call.mutable_mark_agent_gone()->mutable_agent_id()->set_value(id);
    return Operate(call).status();
  }

  // The only agent there is.
  AgentProto Shown() {
    OperatorCall call;
    call.set_type(OperatorCall::GET_AGENTS);
    const v1::master::Response response = Operate(call).value();
    EXPECT_THAT(response.get_agents().agents(), SizeIs(1));
    return response.get_agents().agents_size() == 0 ? AgentProto()
                                                    : response.get_agents().agents(0);
  }

  bool AnyAgent() {
    OperatorCall call;
    call.set_type(OperatorCall::GET_AGENTS);
    return Operate(call).value().get_agents().agents_size() > 0;
  }

  std::map<std::string, std::string> Registry() {
    std::map<std::string, std::string> entries;
    store_->Load([&](absl::StatusOr<StateStore::Snapshot> snapshot) {
      entries = std::move(snapshot->entries);
    });
    loop_.Settle();
    return entries;
  }

  std::vector<std::string> Needed() {
    internal::Registry header;
    EXPECT_TRUE(header.ParseFromString(Registry()["registry"]));
    return {header.minimum_capabilities().begin(), header.minimum_capabilities().end()};
  }

  void FailOver() {
    for (auto& framework : frameworks_) framework->session = nullptr;
    for (auto& agent : agents_) agent->Disconnect();
    loop_.Settle();
    NewMaster({});
    for (auto& framework : frameworks_) {
      framework->set_master(master_.get());
      framework->Subscribe();
    }
  }

  void Reconnect(SimulatedAgent& agent) {
    agent.ConnectTo(&master_->agents());
    loop_.Settle();
  }

  // Acknowledges all that was heard.
  std::vector<v1::TaskStatus> AcknowledgeAll(TestFramework& framework) {
    std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
    for (const v1::TaskStatus& status : updates) {
      if (status.has_uuid()) framework.Acknowledge(status);
    }
    return updates;
  }
};

// -- Deactivation --

TEST_F(DrainTest, ADeactivatedAgentIsOfferedNoMoreAndItsTasksGoOn) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  const std::string id = RunTask(framework, "t1");
  Advance(absl::Seconds(10));
  ASSERT_THAT(framework.TakeOffers(), SizeIs(1));
  EXPECT_EQ(Deactivate(id), absl::OkStatus());
  framework.Collect();
  EXPECT_THAT(framework.rescinded, SizeIs(1));
  Advance(absl::Minutes(5));
  EXPECT_THAT(framework.TakeOffers(), IsEmpty());
  EXPECT_THAT(framework.TakeUpdates(), IsEmpty());
  EXPECT_EQ(agent.task_count(), 1u);
  EXPECT_FALSE(agent.drain().has_value());
  EXPECT_TRUE(Shown().deactivated());
  EXPECT_FALSE(Shown().active());
  EXPECT_FALSE(Shown().has_drain_info());
  EXPECT_EQ(Metrics()["master/slaves_active"], 0);
  EXPECT_EQ(Deactivate(id), absl::OkStatus()) << "once more";

  EXPECT_EQ(Reactivate(id), absl::OkStatus());
  Advance(absl::Seconds(10));
  EXPECT_THAT(framework.TakeOffers(), SizeIs(1));
  EXPECT_FALSE(Shown().deactivated());
  EXPECT_TRUE(Shown().active());
  EXPECT_THAT(Registry(), Not(Contains(::testing::Key("deactivated/" + id))));
}

TEST_F(DrainTest, WhatIsUnknownOrNotDeactivatedIsRefusedByName) {
  SimulatedAgent& agent = AddAgent();
  const absl::Status unknown = Deactivate("nobody");
  EXPECT_TRUE(absl::IsInvalidArgument(unknown)) << unknown;
  EXPECT_THAT(std::string(unknown.message()), HasSubstr("deactivate_agent.agent_id is 'nobody'"));
  EXPECT_TRUE(absl::IsInvalidArgument(Drain("nobody")));
  EXPECT_TRUE(absl::IsInvalidArgument(Reactivate("nobody")));
  EXPECT_TRUE(absl::IsInvalidArgument(Drain("")));
  EXPECT_TRUE(absl::IsInvalidArgument(Deactivate("a/b")));
  const absl::Status active = Reactivate(agent.id());
  EXPECT_TRUE(absl::IsInvalidArgument(active)) << active;
  EXPECT_THAT(std::string(active.message()), HasSubstr("which is not deactivated"));
  EXPECT_EQ(MarkGone(agent.id()), absl::OkStatus());
  EXPECT_TRUE(absl::IsInvalidArgument(Deactivate(agent.id()))) << "gone";
}

TEST_F(DrainTest, AGracePeriodIsADuration) {
  SimulatedAgent& agent = AddAgent();
  OperatorCall call;
  call.set_type(OperatorCall::DRAIN_AGENT);
  call.mutable_drain_agent()->mutable_agent_id()->set_value(agent.id());
  auto* grace = call.mutable_drain_agent()->mutable_max_grace_period();
  auto refused = [&](int64_t seconds, int32_t nanos) {
    grace->set_seconds(seconds);
    grace->set_nanos(nanos);
    const absl::Status status = Operate(call).status();
    return absl::IsInvalidArgument(status) &&
           absl::StrContains(status.message(), "drain_agent.max_grace_period is ");
  };
  EXPECT_TRUE(refused(-1, 0));
  EXPECT_TRUE(refused(0, -1));
  EXPECT_TRUE(refused(0, 1'000'000'000));
  EXPECT_TRUE(refused(std::numeric_limits<int64_t>::max(), 0));
  EXPECT_TRUE(refused(std::numeric_limits<int64_t>::min(), 0));
  EXPECT_FALSE(Shown().deactivated());
  EXPECT_FALSE(refused(9'000'000'000, 999'999'999));
  EXPECT_EQ(agent.drain()->max_grace_period().nanoseconds(), 9'000'000'000'999'999'999);
}

// -- Draining --

TEST_F(DrainTest, AnAgentIsDrainedWhenItsTasksHaveEndedAndThatIsAcknowledged) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  const std::string id = RunTask(framework, "t1");
  Advance(absl::Seconds(10));
  ASSERT_THAT(framework.TakeOffers(), SizeIs(1));
  const absl::Time start = loop_.WallTime();
  EXPECT_EQ(Drain(id, /*mark_gone=*/false, /*grace_seconds=*/7), absl::OkStatus());
  ASSERT_TRUE(agent.drain().has_value());
  EXPECT_EQ(agent.drain()->max_grace_period().nanoseconds(), 7'000'000'000);
  framework.Collect();
  EXPECT_THAT(framework.rescinded, SizeIs(1));
  Advance(absl::Minutes(5));
  EXPECT_EQ(Shown().drain_info().state(), v1::DRAINING) << "nobody has acknowledged";
  EXPECT_EQ(Shown().estimated_drain_start_time().nanoseconds(), absl::ToUnixNanos(start));
  EXPECT_TRUE(Shown().deactivated());
  EXPECT_THAT(Needed(), ElementsAre("AGENT_DRAINING"));
  const absl::Status early = Reactivate(id);
  EXPECT_TRUE(absl::IsInvalidArgument(early)) << early;
  EXPECT_THAT(std::string(early.message()), HasSubstr("which is DRAINING"));

  std::vector<v1::TaskStatus> updates = AcknowledgeAll(framework);
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_KILLED);
  EXPECT_EQ(Shown().drain_info().state(), v1::DRAINED);
  EXPECT_THAT(framework.TakeOffers(), IsEmpty());

  EXPECT_EQ(Reactivate(id), absl::OkStatus());
  EXPECT_FALSE(agent.drain().has_value()) << "told so";
  Advance(absl::Seconds(10));
  EXPECT_THAT(framework.TakeOffers(), SizeIs(1));
  EXPECT_FALSE(Shown().has_drain_info());
  EXPECT_THAT(Needed(), IsEmpty());
}

TEST_F(DrainTest, AnAgentThatRunsNothingIsDrainedAtOnce) {
  SimulatedAgent& agent = AddAgent();
  EXPECT_EQ(Drain(agent.id()), absl::OkStatus());
  EXPECT_EQ(Shown().drain_info().state(), v1::DRAINED);
  EXPECT_EQ(Drain(agent.id(), /*mark_gone=*/true), absl::OkStatus()) << "once more, otherwise";
  loop_.Settle();
  EXPECT_FALSE(AnyAgent());
  EXPECT_TRUE(agent.shut_down());
}

TEST_F(DrainTest, AnAgentThatCannotDrainItselfIsRefused) {
  SimulatedAgent& agent = AddAgent({.can_drain = false});
  const absl::Status refused = Drain(agent.id());
  EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("capability AGENT_DRAINING"));
  EXPECT_FALSE(Shown().deactivated());
  EXPECT_EQ(Deactivate(agent.id()), absl::OkStatus());
}

TEST_F(DrainTest, ALaunchOnADrainingAgentIsDroppedForThatReason) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  std::vector<v1::Offer> offers = framework.TakeOffers();
  ASSERT_THAT(offers, SizeIs(1));
  EXPECT_EQ(Drain(agent.id()), absl::OkStatus());
  framework.Launch(offers, {framework.Task("t1", "cpus:1", agent.id())});
  std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_DROPPED);
  EXPECT_EQ(updates[0].reason(), v1::TaskStatus::REASON_AGENT_DRAINING);
}

TEST_F(DrainTest, AnUnacknowledgedOperationHoldsADrainUp) {
  SimulatedAgent& agent = AddAgent({.report_operations = false});
  OperatorCall call;
  call.set_type(OperatorCall::RESERVE_RESOURCES);
  call.mutable_reserve_resources()->mutable_agent_id()->set_value(agent.id());
  Resources::Parse("cpus(eng):1")
      .value()
      .ToProto(call.mutable_reserve_resources()->mutable_resources());
  for (v1::Resource& resource : *call.mutable_reserve_resources()->mutable_resources()) {
    resource.mutable_reservations(0)->set_type(v1::Resource::ReservationInfo::DYNAMIC);
  }
  ASSERT_TRUE(Operate(call).ok()) << Operate(call).status();
  EXPECT_EQ(Drain(agent.id()), absl::OkStatus());
  EXPECT_EQ(Shown().drain_info().state(), v1::DRAINING);
  agent.ReportOperations();
  loop_.Settle();
  Advance(absl::Seconds(20));
  EXPECT_EQ(Shown().drain_info().state(), v1::DRAINED);
}

TEST_F(DrainTest, ADrainedAgentIsMarkedGoneWhereThatWasAskedFor) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  const std::string id = RunTask(framework, "t1");
  EXPECT_EQ(Drain(id, /*mark_gone=*/true), absl::OkStatus());
  EXPECT_EQ(Shown().drain_info().state(), v1::DRAINING);
  EXPECT_FALSE(agent.shut_down());
  AcknowledgeAll(framework);
  loop_.Settle();
  EXPECT_FALSE(AnyAgent());
  EXPECT_TRUE(agent.shut_down());
  const auto registry = Registry();
  EXPECT_THAT(registry, Contains(::testing::Key("gone/" + id)));
  EXPECT_THAT(registry, Not(Contains(::testing::Key("deactivated/" + id))));
  EXPECT_THAT(Needed(), IsEmpty());
}

TEST_F(DrainTest, WhoIsMarkedGoneWhileItDrainsEndsSo) {
  SimulatedAgent& agent = AddAgent({.end_tasks_on_drain = false});
  TestFramework& framework = AddFramework();
  const std::string id = RunTask(framework, "t1");
  EXPECT_EQ(Drain(id), absl::OkStatus());
  EXPECT_EQ(MarkGone(id), absl::OkStatus());
  std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_GONE_BY_OPERATOR);
  EXPECT_THAT(Registry(), Not(Contains(::testing::Key("deactivated/" + id))));
  EXPECT_TRUE(agent.shut_down());
}

// -- Agents and masters that come and go --

TEST_F(DrainTest, AnAgentThatComesBackIsStillDeactivated) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  framework.TakeOffers();
  EXPECT_EQ(Deactivate(agent.id()), absl::OkStatus());
  agent.Disconnect();
  loop_.Settle();
  Reconnect(agent);
  Advance(absl::Seconds(10));
  EXPECT_TRUE(Shown().deactivated());
  EXPECT_THAT(framework.TakeOffers(), IsEmpty());
}

TEST_F(DrainTest, ADisconnectedAgentIsDrainedWhenItIsBack) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1");
  agent.Disconnect();
  loop_.Settle();
  EXPECT_EQ(Drain(agent.id()), absl::OkStatus());
  EXPECT_FALSE(agent.drain().has_value());
  Reconnect(agent);
  EXPECT_TRUE(agent.drain().has_value());
  AcknowledgeAll(framework);
  EXPECT_EQ(Shown().drain_info().state(), v1::DRAINED);
}

TEST_F(DrainTest, AnUnreachableAgentIsDrainedWhenItIsBack) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1");
  agent.set_deaf(true);
  Advance(absl::Minutes(2));
  ASSERT_FALSE(AnyAgent());
  framework.TakeUpdates();
  EXPECT_EQ(Drain(agent.id()), absl::OkStatus());
  EXPECT_THAT(Registry(), Contains(::testing::Key("deactivated/" + agent.id())));
  agent.set_deaf(false);
  Reconnect(agent);
  EXPECT_TRUE(agent.drain().has_value());
  EXPECT_EQ(Shown().drain_info().state(), v1::DRAINING);
  std::vector<v1::TaskStatus> updates = AcknowledgeAll(framework);
  EXPECT_EQ(updates.back().state(), v1::TASK_KILLED);
  EXPECT_EQ(Shown().drain_info().state(), v1::DRAINED);
}

TEST_F(DrainTest, AnAgentThatBecomesUnreachableWhileItDrainsGoesOnWhenItIsBack) {
  SimulatedAgent& agent = AddAgent({.end_tasks_on_drain = false});
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1");
  EXPECT_EQ(Drain(agent.id()), absl::OkStatus());
  agent.set_deaf(true);
  Advance(absl::Minutes(2));
  ASSERT_FALSE(AnyAgent());
  agent.set_deaf(false);
  Reconnect(agent);
  EXPECT_TRUE(agent.drain().has_value());
  EXPECT_EQ(Shown().drain_info().state(), v1::DRAINING);
}

TEST_F(DrainTest, ADrainOutlivesTheMaster) {
  SimulatedAgent& agent = AddAgent({.end_tasks_on_drain = false});
  TestFramework& framework = AddFramework();
  const std::string id = RunTask(framework, "t1");
  const absl::Time start = loop_.WallTime();
  EXPECT_EQ(Drain(id, /*mark_gone=*/true, 7), absl::OkStatus());
  Advance(absl::Seconds(5));
  FailOver();
  Reconnect(agent);
  Advance(absl::Seconds(10));
  EXPECT_THAT(framework.TakeOffers(), IsEmpty());
  const AgentProto shown = Shown();
  EXPECT_TRUE(shown.deactivated());
  EXPECT_EQ(shown.drain_info().state(), v1::DRAINING);
  EXPECT_EQ(shown.drain_info().config().max_grace_period().nanoseconds(), 7'000'000'000);
  EXPECT_EQ(shown.estimated_drain_start_time().nanoseconds(), absl::ToUnixNanos(start));
  EXPECT_TRUE(agent.drain()->mark_gone());
  agent.Finish(framework.info.id().value(), "t1", v1::TASK_KILLED);
  loop_.Settle();
  AcknowledgeAll(framework);
  loop_.Settle();
  EXPECT_FALSE(AnyAgent());
  EXPECT_THAT(Registry(), Contains(::testing::Key("gone/" + id)));
}

TEST_F(DrainTest, ANewMasterMayDrainWhoIsYetToComeBack) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  const std::string id = RunTask(framework, "t1");
  FailOver();
  EXPECT_EQ(Drain(id), absl::OkStatus());
  Reconnect(agent);
  AcknowledgeAll(framework);
  EXPECT_EQ(Shown().drain_info().state(), v1::DRAINED);
}

TEST_F(DrainTest, ANewMasterMarksGoneWhatTheFormerOneHadDrained) {
  SimulatedAgent& agent = AddAgent();
  const std::string id = agent.id();
  // As if the former one had got no further.
  internal::DeactivatedAgent drained;
  drained.mutable_drain_info()->set_state(v1::DRAINED);
  drained.mutable_drain_info()->mutable_config()->set_mark_gone(true);
  drained.set_format(1);
  master_ = nullptr;
  uint64_t version = 0;
  store_->Load([&](absl::StatusOr<StateStore::Snapshot> snapshot) { version = snapshot->version; });
  loop_.Settle();
  store_->Commit({{"deactivated/" + id, drained.SerializeAsString()}}, version,
                 [](absl::StatusOr<uint64_t> done) { EXPECT_TRUE(done.ok()); });
  loop_.Settle();
  FailOver();
  loop_.Settle();
  EXPECT_THAT(Registry(), Contains(::testing::Key("gone/" + id)));
  EXPECT_THAT(Registry(), Not(Contains(::testing::Key("deactivated/" + id))));
}

TEST_F(DrainTest, WhatWasDeactivatedIsForgottenWithTheAgent) {
  SimulatedAgent& agent = AddAgent();
  EXPECT_EQ(Deactivate(agent.id()), absl::OkStatus());
  internal::AgentMessage farewell;
  farewell.mutable_unregister();
  agent.Send(std::move(farewell));
  loop_.Settle();
  EXPECT_THAT(Registry(), Not(Contains(::testing::Key("deactivated/" + agent.id()))));
  EXPECT_THAT(Needed(), IsEmpty());
}

}  // namespace
}  // namespace mesos
