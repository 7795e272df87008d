// Operations on agents' resources in the whole master: in ACCEPT, with feedback, over failovers.
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/master/master_fixture.h"

namespace mesos {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using Operation = v1::Offer::Operation;
using Call = v1::scheduler::Call;
using Event = v1::scheduler::Event;

constexpr char kAgentResources[] = "cpus:4;mem:4096;disk:1000";

class OperationsTest : public MasterTest {
 protected:
  OperationsTest() {
    options_.resources = kAgentResources;
    agent_ = &AddAgent(options_);
    framework_ = &NewFramework();
    framework_->info.add_roles("eng");
    framework_->info.add_capabilities()->set_type(v1::FrameworkInfo::Capability::MULTI_ROLE);
    framework_->info.add_capabilities()->set_type(
        v1::FrameworkInfo::Capability::RESERVATION_REFINEMENT);
    framework_->Subscribe();
  }

  static Resources Reserved(absl::string_view text) {
    ResourceEntry::Reservation reservation;
    reservation.set_type(ResourceEntry::Reservation::DYNAMIC);
    reservation.set_role("eng");
    return Resources::Parse(text).value().PushReservation(reservation).value();
  }

  static Resources Volume(absl::string_view disk, const std::string& id) {
    Resources::ProtoList protos;
    Reserved(disk).ToProto(&protos);
    protos[0].mutable_disk()->mutable_persistence()->set_id(id);
    protos[0].mutable_disk()->mutable_volume()->set_container_path("data");
    protos[0].mutable_disk()->mutable_volume()->set_mode(v1::Volume::RW);
    return Resources::FromProto(protos).value();
  }

  static Operation Make(Operation::Type type, const Resources& resources,
                        const std::string& id = "") {
    Operation operation;
    operation.set_type(type);
    if (!id.empty()) operation.mutable_id()->set_value(id);
    Resources::ProtoList* list =
        type == Operation::RESERVE     ? operation.mutable_reserve()->mutable_resources()
        : type == Operation::UNRESERVE ? operation.mutable_unreserve()->mutable_resources()
        : type == Operation::CREATE    ? operation.mutable_create()->mutable_volumes()
                                       : operation.mutable_destroy()->mutable_volumes();
    resources.ToProto(list);
    return operation;
  }

  Operation Launch(const std::string& id, const Resources& resources) {
    Operation operation;
    operation.set_type(Operation::LAUNCH);
    v1::TaskInfo task = framework_->Task(id, "cpus:1", agent_->id());
    task.clear_resources();
    resources.ToProto(task.mutable_resources());
    *operation.mutable_launch()->add_task_infos() = std::move(task);
    return operation;
  }

  // With all offers that are there.
  void Accept(const std::vector<Operation>& operations, double refuse_seconds = 0) {
    Accept(framework_->TakeOffers(), operations, refuse_seconds);
  }
  void Accept(const std::vector<v1::Offer>& offers, const std::vector<Operation>& operations,
              double refuse_seconds = 0) {
    Call call;
    call.set_type(Call::ACCEPT);
    for (const v1::Offer& offer : offers) *call.mutable_accept()->add_offer_ids() = offer.id();
    for (const Operation& one : operations) *call.mutable_accept()->add_operations() = one;
    call.mutable_accept()->mutable_filters()->set_refuse_seconds(refuse_seconds);
    EXPECT_TRUE(framework_->Send(std::move(call)).ok());
    Check();
  }

  // What the framework has been offered last, once all has settled.
  std::string Offered() {
    Advance(absl::Seconds(2));
    std::vector<v1::Offer> offers = framework_->TakeOffers();
    EXPECT_THAT(offers, Not(IsEmpty()));
    if (offers.empty()) return "";
    offers_ = {offers.back()};  // Others have been rescinded.
    return Text(offers.back());
  }

  std::vector<v1::OperationStatus> TakeStatuses() {
    framework_->Collect();
    std::vector<v1::OperationStatus> statuses;
    for (const Event& event : std::exchange(framework_->others, {})) {
      if (event.type() != Event::UPDATE_OPERATION_STATUS) continue;
      statuses.push_back(event.update_operation_status().status());
    }
    return statuses;
  }

  // The only one.
  v1::OperationStatus TakeStatus() {
    std::vector<v1::OperationStatus> statuses = TakeStatuses();
    EXPECT_THAT(statuses, SizeIs(1));
    return statuses.empty() ? v1::OperationStatus() : statuses.back();
  }

  void Acknowledge(const v1::OperationStatus& status) {
    Call call;
    call.set_type(Call::ACKNOWLEDGE_OPERATION_STATUS);
    auto* acknowledge = call.mutable_acknowledge_operation_status();
    *acknowledge->mutable_agent_id() = status.agent_id();
    *acknowledge->mutable_operation_id() = status.operation_id();
    acknowledge->set_uuid(status.uuid().value());
    EXPECT_TRUE(framework_->Send(std::move(call)).ok());
  }

  v1::OperationState Reconcile(const std::string& id, const std::string& agent) {
    TakeStatuses();
    Call call;
    call.set_type(Call::RECONCILE_OPERATIONS);
    auto* asked = call.mutable_reconcile_operations()->add_operations();
    asked->mutable_operation_id()->set_value(id);
    if (!agent.empty()) asked->mutable_agent_id()->set_value(agent);
    EXPECT_TRUE(framework_->Send(std::move(call)).ok());
    const v1::OperationStatus status = TakeStatus();
    EXPECT_FALSE(status.has_uuid());
    EXPECT_EQ(status.operation_id().value(), id);
    return status.state();
  }

  SimulatedAgent::Options options_;
  SimulatedAgent* agent_;
  TestFramework* framework_;
  std::vector<v1::Offer> offers_;
};

TEST_F(OperationsTest, WhatIsReservedAndCreatedIsOfferedAsThat) {
  Accept({Make(Operation::RESERVE, Reserved("cpus:1;disk:100")),
          Make(Operation::CREATE, Volume("disk:60", "v"))});
  const std::string offered = Offered();
  EXPECT_EQ(offered, (Resources::Parse("cpus:3;mem:4096;disk:900").value() +
                      Reserved("cpus:1;disk:40") + Volume("disk:60", "v"))
                         .ToString());
  EXPECT_EQ(agent_->total().ToString(), offered);
  // Without an id nobody is told, and the agent may forget them.
  EXPECT_THAT(TakeStatuses(), IsEmpty());
  EXPECT_THAT(agent_->operations(), IsEmpty());
}

TEST_F(OperationsTest, EachOperationFindsWhatThoseBeforeItHaveMade) {
  const Resources volume = Volume("disk:60", "v");
  Accept({Make(Operation::RESERVE, Reserved("cpus:1;disk:60")), Make(Operation::CREATE, volume),
          Launch("t", Reserved("cpus:1") + volume)});
  const std::vector<v1::TaskStatus> updates = framework_->TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_RUNNING);
  EXPECT_EQ(Offered(), "cpus:3; disk:940; mem:4096");
}

TEST_F(OperationsTest, WhatIsMadeAndNotUsedIsNotFiltered) {
  Accept({Make(Operation::RESERVE, Reserved("cpus:1"))}, 3600);
  EXPECT_THAT(Offered(), HasSubstr(Reserved("cpus:1").ToString()));
}

TEST_F(OperationsTest, ReservationsAndVolumesAreUndone) {
  const Resources volume = Volume("disk:60", "v");
  Accept({Make(Operation::RESERVE, Reserved("cpus:1;disk:60")), Make(Operation::CREATE, volume)});
  Offered();
  Accept(offers_, {Make(Operation::DESTROY, volume),
                   Make(Operation::UNRESERVE, Reserved("cpus:1;disk:60"))});
  EXPECT_EQ(Offered(), "cpus:4; disk:1000; mem:4096");
  EXPECT_EQ(agent_->total().ToString(), "cpus:4; disk:1000; mem:4096");
}

TEST_F(OperationsTest, VolumesGrowAndShrinkAndLaterOperationsFindThemNotYet) {
  const Resources volume = Volume("disk:60", "v");
  Accept({Make(Operation::RESERVE, Reserved("disk:100")), Make(Operation::CREATE, volume)});
  Offered();
  Operation grow;
  grow.set_type(Operation::GROW_VOLUME);
  volume.begin()->ToProto(grow.mutable_grow_volume()->mutable_volume());
  Reserved("disk:20").begin()->ToProto(grow.mutable_grow_volume()->mutable_addition());
  Accept(offers_, {grow, Launch("t", Volume("disk:80", "v"))});
  ASSERT_THAT(framework_->TakeUpdates(), SizeIs(1));
  EXPECT_THAT(Offered(), HasSubstr(Volume("disk:80", "v").ToString()));
  Operation shrink;
  shrink.set_type(Operation::SHRINK_VOLUME);
  Volume("disk:80", "v").begin()->ToProto(shrink.mutable_shrink_volume()->mutable_volume());
  shrink.mutable_shrink_volume()->mutable_subtract()->set_value(50);
  Accept(offers_, {shrink});
  EXPECT_THAT(Offered(), AllOf(HasSubstr(Volume("disk:30", "v").ToString()),
                               HasSubstr(Reserved("disk:70").ToString())));
  EXPECT_EQ(agent_->total(), Resources::Parse("cpus:4;mem:4096;disk:900").value() +
                                 Reserved("disk:70") + Volume("disk:30", "v"));
}

TEST_F(OperationsTest, AnOperationWithAnIdIsToldOfUntilItIsAcknowledged) {
  Accept({Make(Operation::RESERVE, Reserved("cpus:1"), "o1")});
  v1::OperationStatus status = TakeStatus();
  EXPECT_EQ(status.state(), v1::OPERATION_FINISHED);
  EXPECT_EQ(status.operation_id().value(), "o1");
  EXPECT_EQ(status.agent_id().value(), agent_->id());
  EXPECT_EQ(status.uuid().value().size(), 16u);
  // The agent repeats it, for it was not acknowledged.
  agent_->ReportOperations();
  Advance(absl::Seconds(1));
  EXPECT_EQ(TakeStatus().uuid().value(), status.uuid().value());
  // Of another update nobody has heard.
  v1::OperationStatus other = status;
  other.mutable_uuid()->set_value(std::string(6, 'x') + "\x40x\x80" + std::string(7, 'x'));
  Acknowledge(other);
  EXPECT_THAT(agent_->operations(), SizeIs(1));
  Acknowledge(status);
  EXPECT_THAT(agent_->operations(), IsEmpty());
  EXPECT_EQ(Reconcile("o1", agent_->id()), v1::OPERATION_UNKNOWN);
}

TEST_F(OperationsTest, AnIdIsGoodForOneOperationAtATime) {
  Accept({Make(Operation::RESERVE, Reserved("cpus:1"), "o1")});
  const v1::OperationStatus first = TakeStatus();
  Offered();
  Accept(offers_, {Make(Operation::RESERVE, Reserved("cpus:1"), "o1")});
  const v1::OperationStatus second = TakeStatus();
  EXPECT_EQ(second.state(), v1::OPERATION_ERROR);
  EXPECT_FALSE(second.has_uuid());
  EXPECT_THAT(second.message(), HasSubstr("operation.id is 'o1'"));
  Acknowledge(first);
  Offered();
  Accept(offers_, {Make(Operation::RESERVE, Reserved("cpus:1"), "o1")});
  EXPECT_EQ(TakeStatus().state(), v1::OPERATION_FINISHED);
}

TEST_F(OperationsTest, AnInvalidOperationChangesNothingAndTheRestIsApplied) {
  Operation bad = Make(Operation::RESERVE, Reserved("cpus:1"), "bad");
  bad.mutable_reserve()->mutable_resources(0)->mutable_reservations(0)->set_role("ops");
  Accept({bad, Make(Operation::RESERVE, Reserved("cpus:100"), "much"),
          Make(Operation::RESERVE, Reserved("cpus:1"), "good")});
  const std::vector<v1::OperationStatus> statuses = TakeStatuses();
  ASSERT_THAT(statuses, SizeIs(3));
  EXPECT_EQ(statuses[0].state(), v1::OPERATION_ERROR);
  EXPECT_THAT(statuses[0].message(), HasSubstr("is 'ops'; expected 'eng'"));
  EXPECT_EQ(statuses[1].state(), v1::OPERATION_ERROR);
  EXPECT_THAT(statuses[1].message(), HasSubstr("is not contained in"));
  EXPECT_EQ(statuses[2].state(), v1::OPERATION_FINISHED);
  EXPECT_EQ(agent_->total(),
            Resources::Parse("cpus:3;mem:4096;disk:1000").value() + Reserved("cpus:1"));
}

TEST_F(OperationsTest, OffersThatAreNotTheFrameworksAreAnError) {
  v1::Offer offer;
  offer.mutable_id()->set_value("nobodys");
  Accept({offer}, {Make(Operation::RESERVE, Reserved("cpus:1"), "o1")});
  const v1::OperationStatus status = TakeStatus();
  EXPECT_EQ(status.state(), v1::OPERATION_ERROR);
  EXPECT_THAT(status.message(), HasSubstr("'nobodys'"));
}

TEST_F(OperationsTest, LaunchesHaveNoId) {
  Operation launch = Launch("t", Resources::Parse("cpus:1").value());
  launch.mutable_id()->set_value("o1");
  Accept({launch});
  const std::vector<v1::TaskStatus> updates = framework_->TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_ERROR);
  EXPECT_THAT(updates[0].message(), HasSubstr("operation.id is 'o1'"));
}

TEST_F(OperationsTest, ReconciliationTellsTheLatestStatusOrWhatIsKnownOfTheAgent) {
  agent_->set_mute(true);
  Accept({Make(Operation::RESERVE, Reserved("cpus:1"), "o1")});
  EXPECT_EQ(Reconcile("o1", agent_->id()), v1::OPERATION_PENDING);
  EXPECT_EQ(Reconcile("o1", ""), v1::OPERATION_PENDING);
  EXPECT_EQ(Reconcile("o2", agent_->id()), v1::OPERATION_UNKNOWN);
  EXPECT_EQ(Reconcile("o2", "nobody"), v1::OPERATION_UNKNOWN);
  agent_->set_mute(false);
  agent_->ReportOperations();
  Advance(absl::Seconds(1));
  EXPECT_EQ(Reconcile("o1", agent_->id()), v1::OPERATION_FINISHED);
  Call call;
  call.set_type(Call::RECONCILE_OPERATIONS);
  call.mutable_reconcile_operations();
  EXPECT_TRUE(framework_->Send(std::move(call)).ok());
  EXPECT_EQ(TakeStatus().operation_id().value(), "o1");
}

TEST_F(OperationsTest, AnOperationThatDidNotArriveIsUndoneAndDropped) {
  agent_->set_deaf(true);
  const Resources volume = Volume("disk:60", "v");
  Accept({Make(Operation::RESERVE, Reserved("cpus:1;disk:60"), "o1"),
          Make(Operation::CREATE, volume, "o2"), Launch("t", Reserved("cpus:1") + volume)});
  EXPECT_EQ(agent_->total().ToString(), "cpus:4; disk:1000; mem:4096");
  agent_->set_deaf(false);
  agent_->Connect();
  Advance(absl::Seconds(1));
  const std::vector<v1::OperationStatus> statuses = TakeStatuses();
  ASSERT_THAT(statuses, SizeIs(2));
  for (const v1::OperationStatus& status : statuses) {
    EXPECT_EQ(status.state(), v1::OPERATION_DROPPED);
    Acknowledge(status);
  }
  EXPECT_THAT(agent_->operations(), IsEmpty());
  EXPECT_EQ(Offered(), "cpus:4; disk:1000; mem:4096");
}

TEST_F(OperationsTest, AnAgentThatComesBackKeepsWhatItHasMade) {
  agent_->set_mute(true);
  Accept({Make(Operation::RESERVE, Reserved("cpus:1"), "o1")});
  agent_->set_mute(false);
  agent_->Connect();
  const v1::OperationStatus status = [&] {
    Advance(absl::Seconds(1));
    return TakeStatus();
  }();
  EXPECT_EQ(status.state(), v1::OPERATION_FINISHED);
  Acknowledge(status);
  EXPECT_THAT(agent_->operations(), IsEmpty());
  EXPECT_THAT(Offered(), HasSubstr(Reserved("cpus:1").ToString()));
}

TEST_F(OperationsTest, AfterAFailoverTheAgentsTellWhatOperationsHaveMade) {
  const Resources volume = Volume("disk:60", "v");
  Accept({Make(Operation::RESERVE, Reserved("cpus:1;disk:60"), "o1"),
          Make(Operation::CREATE, volume), Launch("t", Reserved("cpus:1") + volume)});
  TakeStatuses();
  const std::string agent = agent_->id();
  NewMaster({});
  framework_->set_master(master_.get());
  framework_->Subscribe();
  EXPECT_EQ(Reconcile("o1", agent), v1::OPERATION_RECOVERING);
  EXPECT_EQ(Reconcile("o1", ""), v1::OPERATION_RECOVERING);
  agent_->ConnectTo(&master_->agents());
  Advance(absl::Seconds(1));
  const v1::OperationStatus status = TakeStatus();
  EXPECT_EQ(status.operation_id().value(), "o1");
  EXPECT_EQ(status.state(), v1::OPERATION_FINISHED);
  Acknowledge(status);
  EXPECT_THAT(agent_->operations(), IsEmpty());
  EXPECT_EQ(Offered(), "cpus:3; disk:940; mem:4096");
  agent_->Finish(framework_->info.id().value(), "t", v1::TASK_FINISHED);
  EXPECT_EQ(Offered(), (Reserved("cpus:1") + volume).ToString());
}

TEST_F(OperationsTest, OfFrameworksThatStayAwayAfterAFailoverNobodyAcknowledgesButTheMaster) {
  Accept({Make(Operation::RESERVE, Reserved("cpus:1"), "o1")});
  NewMaster({});
  agent_->ConnectTo(&master_->agents());
  Advance(absl::Minutes(9));
  agent_->ReportOperations();
  Advance(absl::Seconds(1));
  EXPECT_THAT(agent_->operations(), SizeIs(1));
  Advance(absl::Minutes(1));
  agent_->ReportOperations();
  Advance(absl::Seconds(1));
  EXPECT_THAT(agent_->operations(), IsEmpty());
}

TEST_F(OperationsTest, AnUnreachableAgentsOperationsAreUnreachableUntilItIsBack) {
  agent_->set_mute(true);
  Accept({Make(Operation::RESERVE, Reserved("cpus:1"), "o1")});
  Advance(absl::Minutes(5));
  const v1::OperationStatus lost = TakeStatus();
  EXPECT_EQ(lost.state(), v1::OPERATION_UNREACHABLE);
  EXPECT_FALSE(lost.has_uuid());
  EXPECT_EQ(Reconcile("o1", agent_->id()), v1::OPERATION_UNREACHABLE);
  agent_->set_mute(false);
  agent_->Connect();
  Advance(absl::Seconds(1));
  EXPECT_EQ(TakeStatus().state(), v1::OPERATION_FINISHED);
  EXPECT_THAT(Offered(), HasSubstr(Reserved("cpus:1").ToString()));
}

TEST_F(OperationsTest, AGoneAgentsOperationsAreGone) {
  agent_->set_mute(true);
  Accept({Make(Operation::RESERVE, Reserved("cpus:1"), "o1")});
  v1::master::Call call;
  call.set_type(v1::master::Call::MARK_AGENT_GONE);
  call.mutable_mark_agent_gone()->mutable_agent_id()->set_value(agent_->id());
  EXPECT_TRUE(Operate(call).ok());
  EXPECT_EQ(TakeStatus().state(), v1::OPERATION_GONE_BY_OPERATOR);
  EXPECT_EQ(Reconcile("o1", agent_->id()), v1::OPERATION_GONE_BY_OPERATOR);
}

TEST_F(OperationsTest, ReservationsOutliveTheirFramework) {
  Accept({Make(Operation::RESERVE, Reserved("cpus:1"), "o1")});
  EXPECT_TRUE(framework_->Send(Call::TEARDOWN).ok());
  // Nobody waits for its updates any more.
  agent_->ReportOperations();
  Advance(absl::Seconds(1));
  EXPECT_THAT(agent_->operations(), IsEmpty());
  framework_ = &NewFramework();
  framework_->info.add_roles("eng");
  framework_->info.add_capabilities()->set_type(v1::FrameworkInfo::Capability::MULTI_ROLE);
  framework_->info.add_capabilities()->set_type(
      v1::FrameworkInfo::Capability::RESERVATION_REFINEMENT);
  framework_->Subscribe();
  EXPECT_THAT(Offered(), HasSubstr(Reserved("cpus:1").ToString()));
}

TEST_F(OperationsTest, OtherRolesAreNotOfferedWhatIsReserved) {
  Accept({Make(Operation::RESERVE, Reserved("cpus:4"))});
  Offered();
  framework_->Decline(offers_[0], 3600);
  TestFramework& other = AddFramework();
  Advance(absl::Seconds(2));
  const std::vector<v1::Offer> offers = other.TakeOffers();
  ASSERT_THAT(offers, SizeIs(1));
  EXPECT_THAT(Text(offers[0]), Not(HasSubstr("cpus")));
}

TEST_F(OperationsTest, AnotherAgentsWordOnAnOperationIsNotHeard) {
  agent_->set_mute(true);
  Accept({Make(Operation::RESERVE, Reserved("cpus:1"), "o1")});
  SimulatedAgent& other = AddAgent(options_);
  internal::AgentMessage message;
  auto* update = message.mutable_operation_update();
  ASSERT_THAT(agent_->operations(), SizeIs(1));
  update->mutable_operation()->set_uuid(agent_->operations().begin()->first);
  update->mutable_status()->set_state(v1::OPERATION_FAILED);
  other.Send(std::move(message));
  Advance(absl::Seconds(1));
  EXPECT_THAT(TakeStatuses(), IsEmpty());
  EXPECT_EQ(Reconcile("o1", agent_->id()), v1::OPERATION_PENDING);
}

TEST_F(OperationsTest, ReservationsAreRefinedAndPoppedLevelByLevel) {
  TestFramework& web = NewFramework();
  web.info.add_roles("eng/web");
  web.info.add_capabilities()->set_type(v1::FrameworkInfo::Capability::MULTI_ROLE);
  web.info.add_capabilities()->set_type(v1::FrameworkInfo::Capability::RESERVATION_REFINEMENT);
  Accept({Make(Operation::RESERVE, Reserved("cpus:4;mem:4096;disk:1000"))});
  Offered();
  framework_->Decline(offers_[0], 3600);
  web.Subscribe();
  framework_ = &web;
  Offered();
  ResourceEntry::Reservation above;
  above.set_type(ResourceEntry::Reservation::DYNAMIC);
  above.set_role("eng/web");
  const Resources refined = Reserved("cpus:1").PushReservation(above).value();
  Accept(offers_, {Make(Operation::RESERVE, refined, "refine")});
  const v1::OperationStatus status = TakeStatus();
  EXPECT_EQ(status.state(), v1::OPERATION_FINISHED);
  Acknowledge(status);
  EXPECT_TRUE(agent_->total().Contains(refined));
  Offered();
  Accept(offers_, {Make(Operation::UNRESERVE, refined, "pop")});
  EXPECT_EQ(TakeStatus().state(), v1::OPERATION_FINISHED);
  EXPECT_EQ(agent_->total(), Reserved("cpus:4;mem:4096;disk:1000"));
}

// -- Operators --

class OperatorOperationsTest : public OperationsTest {
 protected:
  using OperatorCall = v1::master::Call;

  OperatorCall Reserve(const Resources& resources) const {
    OperatorCall call;
    call.set_type(OperatorCall::RESERVE_RESOURCES);
    call.mutable_reserve_resources()->mutable_agent_id()->set_value(agent_->id());
    resources.ToProto(call.mutable_reserve_resources()->mutable_resources());
    return call;
  }
  OperatorCall Unreserve(const Resources& resources) const {
    OperatorCall call;
    call.set_type(OperatorCall::UNRESERVE_RESOURCES);
    call.mutable_unreserve_resources()->mutable_agent_id()->set_value(agent_->id());
    resources.ToProto(call.mutable_unreserve_resources()->mutable_resources());
    return call;
  }
  OperatorCall Create(const Resources& volumes) const {
    OperatorCall call;
    call.set_type(OperatorCall::CREATE_VOLUMES);
    call.mutable_create_volumes()->mutable_agent_id()->set_value(agent_->id());
    volumes.ToProto(call.mutable_create_volumes()->mutable_volumes());
    return call;
  }
  OperatorCall Destroy(const Resources& volumes) const {
    OperatorCall call;
    call.set_type(OperatorCall::DESTROY_VOLUMES);
    call.mutable_destroy_volumes()->mutable_agent_id()->set_value(agent_->id());
    volumes.ToProto(call.mutable_destroy_volumes()->mutable_volumes());
    return call;
  }

  absl::Status Ask(OperatorCall call) {
    const absl::Status status = Operate(std::move(call)).status();
    Check();
    return status;
  }
};

TEST_F(OperatorOperationsTest, OffersThatStandInTheWayAreRescinded) {
  ASSERT_THAT(framework_->TakeOffers(), SizeIs(1));
  EXPECT_EQ(Ask(Reserve(Reserved("cpus:1;disk:100"))), absl::OkStatus());
  framework_->Collect();
  EXPECT_THAT(framework_->rescinded, SizeIs(1));
  EXPECT_EQ(Ask(Create(Volume("disk:60", "v"))), absl::OkStatus());
  const Resources expected = Resources::Parse("cpus:3;mem:4096;disk:900").value() +
                             Reserved("cpus:1;disk:40") + Volume("disk:60", "v");
  EXPECT_EQ(Offered(), expected.ToString());
  EXPECT_EQ(agent_->total(), expected);
  EXPECT_THAT(agent_->operations(), IsEmpty());
}

TEST_F(OperatorOperationsTest, WhatIsReservedAndCreatedIsUndone) {
  EXPECT_EQ(Ask(Reserve(Reserved("cpus:1;disk:60"))), absl::OkStatus());
  EXPECT_EQ(Ask(Create(Volume("disk:60", "v"))), absl::OkStatus());
  // A volume keeps its reservation as long as it is there.
  EXPECT_TRUE(absl::IsFailedPrecondition(Ask(Unreserve(Reserved("disk:60")))));
  EXPECT_EQ(Ask(Destroy(Volume("disk:60", "v"))), absl::OkStatus());
  EXPECT_EQ(Ask(Unreserve(Reserved("cpus:1;disk:60"))), absl::OkStatus());
  EXPECT_EQ(agent_->total().ToString(), "cpus:4; disk:1000; mem:4096");
}

TEST_F(OperatorOperationsTest, WhatIsInUseIsAConflictAndNoOfferIsRescinded) {
  Accept({Launch("t", Resources::Parse("cpus:3").value())});
  Offered();
  framework_->rescinded.clear();
  const absl::Status status = Ask(Reserve(Reserved("cpus:2")));
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(status.message(), HasSubstr("conflict: cpus:2"));
  framework_->Collect();
  EXPECT_THAT(framework_->rescinded, IsEmpty());
  EXPECT_EQ(Ask(Reserve(Reserved("cpus:1"))), absl::OkStatus());
}

TEST_F(OperatorOperationsTest, AVolumeInUseIsNotDestroyed) {
  const Resources volume = Volume("disk:60", "v");
  Accept({Make(Operation::RESERVE, Reserved("cpus:1;disk:60")), Make(Operation::CREATE, volume),
          Launch("t", Reserved("cpus:1") + volume)});
  EXPECT_TRUE(absl::IsFailedPrecondition(Ask(Destroy(volume))));
  EXPECT_TRUE(agent_->total().Contains(volume));
  agent_->Finish(framework_->info.id().value(), "t", v1::TASK_FINISHED);
  Advance(absl::Seconds(2));
  EXPECT_EQ(Ask(Destroy(volume)), absl::OkStatus());
  EXPECT_FALSE(agent_->total().Contains(volume));
}

TEST_F(OperatorOperationsTest, ReservationsMoveFromRoleToRole) {
  EXPECT_EQ(Ask(Reserve(Reserved("cpus:1"))), absl::OkStatus());
  ResourceEntry::Reservation ops;
  ops.set_type(ResourceEntry::Reservation::DYNAMIC);
  ops.set_role("ops");
  OperatorCall call = Reserve(Resources::Parse("cpus:1").value().PushReservation(ops).value());
  Reserved("cpus:1").ToProto(call.mutable_reserve_resources()->mutable_source());
  EXPECT_EQ(Ask(call), absl::OkStatus());
  EXPECT_THAT(agent_->total().ToString(), HasSubstr("cpus(ops)<dynamic ops>:1"));
}

TEST_F(OperatorOperationsTest, VolumesGrowAndShrink) {
  EXPECT_EQ(Ask(Reserve(Reserved("disk:100"))), absl::OkStatus());
  EXPECT_EQ(Ask(Create(Volume("disk:60", "v"))), absl::OkStatus());
  OperatorCall grow;
  grow.set_type(OperatorCall::GROW_VOLUME);
  grow.mutable_grow_volume()->mutable_agent_id()->set_value(agent_->id());
  Volume("disk:60", "v").begin()->ToProto(grow.mutable_grow_volume()->mutable_volume());
  Reserved("disk:40").begin()->ToProto(grow.mutable_grow_volume()->mutable_addition());
  EXPECT_EQ(Ask(grow), absl::OkStatus());
  OperatorCall shrink;
  shrink.set_type(OperatorCall::SHRINK_VOLUME);
  shrink.mutable_shrink_volume()->mutable_agent_id()->set_value(agent_->id());
  Volume("disk:100", "v").begin()->ToProto(shrink.mutable_shrink_volume()->mutable_volume());
  shrink.mutable_shrink_volume()->mutable_subtract()->set_value(90);
  EXPECT_EQ(Ask(shrink), absl::OkStatus());
  EXPECT_EQ(agent_->total(), Resources::Parse("cpus:4;mem:4096;disk:900").value() +
                                 Reserved("disk:90") + Volume("disk:10", "v"));
}

TEST_F(OperatorOperationsTest, WhatMakesNoSenseIsNamed) {
  OperatorCall call = Reserve(Reserved("cpus:1"));
  call.mutable_reserve_resources()->mutable_agent_id()->set_value("nobody");
  absl::Status status = Ask(call);
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_EQ(status.message(), "reserve_resources.agent_id is 'nobody', which no agent has");
  call.clear_reserve_resources();
  EXPECT_EQ(Ask(call).message(), "reserve_resources is missing");
  status = Ask(Reserve(Resources::Parse("cpus:1").value()));
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(status.message(), HasSubstr("reserve.resources[0]"));
  agent_->Disconnect();
  loop_.Settle();
  EXPECT_TRUE(absl::IsFailedPrecondition(Ask(Reserve(Reserved("cpus:1")))));
}

TEST_F(OperatorOperationsTest, OperationsThatWaitAreListed) {
  agent_->set_mute(true);
  Accept({Make(Operation::RESERVE, Reserved("cpus:1"), "o1")});
  EXPECT_EQ(Ask(Reserve(Reserved("cpus:1"))), absl::OkStatus());
  OperatorCall call;
  call.set_type(OperatorCall::GET_OPERATIONS);
  const absl::StatusOr<v1::master::Response> response = Operate(call);
  ASSERT_TRUE(response.ok());
  const auto& operations = response->get_operations().operations();
  ASSERT_THAT(operations, SizeIs(2));
  EXPECT_EQ(operations[0].info().id().value(), "o1");
  EXPECT_EQ(operations[0].framework_id().value(), framework_->info.id().value());
  EXPECT_EQ(operations[0].agent_id().value(), agent_->id());
  EXPECT_EQ(operations[0].latest_status().state(), v1::OPERATION_PENDING);
  EXPECT_FALSE(operations[1].has_framework_id());
  EXPECT_EQ(operations[1].info().type(), Operation::RESERVE);
}

}  // namespace
}  // namespace mesos
