// Operations on the agent's resources: what they make of them, on disk and over restarts, and how
// the master hears of it.
#include "mesoslib/agent/operations.h"

#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/agent/agent_fixture.h"

namespace mesos::agent {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using Operation = v1::Offer::Operation;

class OperationsTest : public AgentTest {
 protected:
  OperationsTest() {
    options_.resources = Resources::Parse("cpus:4;mem:4096;disk:1000").value();
    check_resources_ = false;  // The fixture looks at what the agent is configured with.
  }

  static Resources Reserved(absl::string_view text) {
    ResourceEntry::Reservation reservation;
    reservation.set_type(ResourceEntry::Reservation::DYNAMIC);
    reservation.set_role("eng/web");
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

  MasterMessage Make(Operation::Type type, const Resources& resources) {
    MasterMessage message;
    auto* apply = message.mutable_apply_operation();
    apply->mutable_reference()->set_uuid(NextUuid());
    apply->mutable_reference()->mutable_framework_id()->set_value("F");
    apply->mutable_reference()->mutable_operation_id()->set_value("o");
    apply->mutable_operation()->set_type(type);
    auto* operation = apply->mutable_operation();
    resources.ToProto(
        type == Operation::RESERVE     ? operation->mutable_reserve()->mutable_resources()
        : type == Operation::UNRESERVE ? operation->mutable_unreserve()->mutable_resources()
        : type == Operation::CREATE    ? operation->mutable_create()->mutable_volumes()
                                       : operation->mutable_destroy()->mutable_volumes());
    return message;
  }

  void Apply(Operation::Type type, const Resources& resources) { Say(Make(type, resources)); }

  // As the agent told it last.
  Resources Told() const {
    for (auto message = master_.messages.rbegin(); message != master_.messages.rend(); ++message) {
      if (message->has_reregister()) {
        return Resources::FromProto(message->reregister().total()).value();
      }
      if (message->has_register_()) {
        return Resources::FromProto(message->register_().total()).value();
      }
    }
    return {};
  }

  std::vector<v1::OperationState> States() const {
    std::vector<v1::OperationState> states;
    for (const auto& update : master_.operation_updates) states.push_back(update.status().state());
    return states;
  }

  v1::TaskInfo TaskWith(const std::string& id, const Resources& resources) {
    v1::TaskInfo task = Command(id);
    task.clear_resources();
    resources.ToProto(task.mutable_resources());
    return task;
  }

  const std::string path_ = "/work/volumes/roles/eng web/v";
};

TEST_F(OperationsTest, WhatIsMadeIsToldAndOutlivesTheAgent) {
  StartAgent();
  EXPECT_EQ(Told(), options_.resources);
  Apply(Operation::RESERVE, Reserved("cpus:1;disk:100"));
  Apply(Operation::CREATE, Volume("disk:60", "v"));
  EXPECT_THAT(States(), ElementsAre(v1::OPERATION_FINISHED, v1::OPERATION_FINISHED));
  EXPECT_EQ(master_.operation_updates[0].operation().operation_id().value(), "o");
  EXPECT_EQ(master_.operation_updates[0].operation().framework_id().value(), "F");
  EXPECT_EQ(
      Resources::FromProto(master_.operation_updates[1].status().converted_resources()).value(),
      Volume("disk:60", "v"));
  EXPECT_THAT(containerizer_.volumes(), ElementsAre("create " + path_));
  EXPECT_THAT(Kept(), ElementsAre("agent", "resources"));
  RestartAgent();
  EXPECT_EQ(started_, absl::OkStatus());
  EXPECT_EQ(Told(), Resources::Parse("cpus:3;mem:4096;disk:900").value() +
                        Reserved("cpus:1;disk:40") + Volume("disk:60", "v"));
}

TEST_F(OperationsTest, WhatIsUndoneLeavesNothingBehind) {
  StartAgent();
  Apply(Operation::RESERVE, Reserved("disk:60"));
  Apply(Operation::CREATE, Volume("disk:60", "v"));
  Apply(Operation::DESTROY, Volume("disk:60", "v"));
  Apply(Operation::UNRESERVE, Reserved("disk:60"));
  EXPECT_THAT(containerizer_.volumes(), ElementsAre("create " + path_, "destroy " + path_));
  EXPECT_THAT(Kept(), ElementsAre("agent"));
  RestartAgent();
  EXPECT_EQ(Told(), options_.resources);
}

TEST_F(OperationsTest, AnUpdateIsRepeatedUntilItIsAcknowledgedAlsoByASuccessor) {
  master_.acknowledge = false;
  StartAgent();
  Apply(Operation::RESERVE, Reserved("cpus:1"));
  EXPECT_THAT(States(), SizeIs(1));
  Advance(absl::Seconds(10));
  EXPECT_THAT(States(), SizeIs(2));
  Advance(absl::Seconds(19));
  EXPECT_THAT(States(), SizeIs(2));
  Advance(absl::Seconds(1));
  EXPECT_THAT(States(), SizeIs(3));
  EXPECT_THAT(Kept(), Contains("operations/0000000000"));
  const std::string uuid = master_.operation_updates[0].status().uuid().value();
  RestartAgent();
  ASSERT_THAT(States(), SizeIs(4));
  EXPECT_EQ(master_.messages.back().operation_update().status().uuid().value(), uuid);
  ASSERT_EQ(master_.reregisters, 1);
  master_.Acknowledge(master_.operation_updates.back());
  loop_.Settle();
  Advance(absl::Hours(1));
  EXPECT_THAT(States(), SizeIs(4));
  EXPECT_THAT(Kept(), ElementsAre("agent", "resources"));
}

TEST_F(OperationsTest, OperationsAreToldWithTheRegistration) {
  master_.acknowledge = false;
  StartAgent();
  Apply(Operation::RESERVE, Reserved("cpus:1"));
  master_.Cut();
  Advance(absl::Seconds(5));
  for (const AgentMessage& message : master_.messages) {
    if (!message.has_reregister()) continue;
    ASSERT_THAT(message.reregister().operations(), SizeIs(1));
    const v1::Operation& operation = message.reregister().operations(0);
    EXPECT_EQ(operation.latest_status().state(), v1::OPERATION_FINISHED);
    EXPECT_EQ(operation.info().id().value(), "o");
    EXPECT_EQ(operation.framework_id().value(), "F");
  }
  EXPECT_EQ(master_.reregisters, 1);
  EXPECT_EQ(Ask(v1::agent::Call::GET_OPERATIONS).get_operations().operations_size(), 1);
}

TEST_F(OperationsTest, WhatCannotBeAppliedIsDroppedAndTheMasterToldWhatThereIs) {
  StartAgent();
  Apply(Operation::UNRESERVE, Reserved("cpus:1"));
  Advance(absl::Seconds(5));
  EXPECT_THAT(States(), Contains(v1::OPERATION_DROPPED));
  EXPECT_EQ(master_.reregisters, 1);
  EXPECT_EQ(Told(), options_.resources);
  EXPECT_THAT(Kept(), ElementsAre("agent"));
}

TEST_F(OperationsTest, AnOperationForFormerResourcesIsDropped) {
  StartAgent();
  MasterMessage message = Make(Operation::RESERVE, Reserved("cpus:1"));
  message.mutable_apply_operation()->set_resource_version_uuid("another");
  Say(message);
  Advance(absl::Seconds(5));
  EXPECT_THAT(States(), Contains(v1::OPERATION_DROPPED));
  EXPECT_EQ(Told(), options_.resources);
}

TEST_F(OperationsTest, WhatMakesNoSenseIsIgnored) {
  master_.acknowledge = false;
  StartAgent();
  MasterMessage message = Make(Operation::RESERVE, Reserved("cpus:1"));
  message.mutable_apply_operation()->mutable_reference()->set_uuid("short");
  Say(message);
  message = Make(Operation::RESERVE, Reserved("cpus:1"));
  message.mutable_apply_operation()->mutable_reference()->mutable_framework_id()->set_value("a/b");
  Say(message);
  EXPECT_THAT(States(), IsEmpty());
  message = Make(Operation::RESERVE, Reserved("cpus:1"));
  Say(message);
  Say(message);  // Twice.
  EXPECT_THAT(States(), SizeIs(1));
}

TEST_F(OperationsTest, AnOperationThatNeverCameIsAnsweredFor) {
  StartAgent();
  internal::OperationReference reference;
  reference.set_uuid(NextUuid());
  reference.mutable_framework_id()->set_value("F");
  reference.mutable_operation_id()->set_value("lost");
  master_.unreported_operations = {reference};
  master_.Cut();
  Advance(absl::Seconds(5));
  ASSERT_THAT(States(), ElementsAre(v1::OPERATION_DROPPED));
  EXPECT_EQ(master_.operation_updates[0].operation().uuid(), reference.uuid());
  EXPECT_EQ(master_.operation_updates[0].status().operation_id().value(), "lost");
}

TEST_F(OperationsTest, ATaskWaitsForTheDirectoryOfItsVolume) {
  containerizer_.hold_volumes = true;
  StartAgent();
  const Resources volume = Volume("disk:60", "v");
  Apply(Operation::RESERVE, Reserved("cpus:1;disk:60"));
  Apply(Operation::CREATE, volume);
  Run({TaskWith("t", Reserved("cpus:1") + volume), Command("other")});
  EXPECT_THAT(containerizer_.Running(), SizeIs(1));
  EXPECT_THAT(States(), SizeIs(1));
  containerizer_.ReleaseVolumes();
  loop_.Settle();
  EXPECT_THAT(States(), SizeIs(2));
  ASSERT_THAT(containerizer_.Running(), SizeIs(2));
  const ContainerConfig& config = containerizer_.container(ContainerOf("t")).config;
  EXPECT_EQ(config.work_dir, "/work");
  EXPECT_TRUE(config.resources.Contains(volume));
}

TEST_F(OperationsTest, ATaskThatWaitsForItsVolumeIsKilled) {
  containerizer_.hold_volumes = true;
  StartAgent();
  const Resources volume = Volume("disk:60", "v");
  Apply(Operation::RESERVE, Reserved("cpus:1;disk:60"));
  Apply(Operation::CREATE, volume);
  Run({TaskWith("t", Reserved("cpus:1") + volume)});
  Kill("t");
  EXPECT_EQ(master_.LatestOf("t").state(), v1::TASK_KILLED);
  containerizer_.ReleaseVolumes();
  loop_.Settle();
  EXPECT_THAT(containerizer_.Running(), IsEmpty());
}

TEST_F(OperationsTest, ResourcesThatNobodyHasMadeHereAreUnknown) {
  StartAgent();
  Run({TaskWith("t", Reserved("cpus:1"))});
  EXPECT_EQ(master_.LatestOf("t").state(), v1::TASK_DROPPED);
  EXPECT_EQ(master_.LatestOf("t").reason(), v1::TaskStatus::REASON_RESOURCES_UNKNOWN);
  v1::TaskInfo custom = Custom("c");
  Reserved("cpus:1").ToProto(custom.mutable_resources());
  Run({custom});
  EXPECT_EQ(master_.LatestOf("c").reason(), v1::TaskStatus::REASON_RESOURCES_UNKNOWN);
}

TEST_F(OperationsTest, AnExecutorHasTheVolumesOfItsFirstTasksAndIsGivenNoFurther) {
  StartAgent();
  const Resources volume = Volume("disk:60", "v");
  Apply(Operation::RESERVE, Reserved("disk:120"));
  Apply(Operation::CREATE, volume);
  Apply(Operation::CREATE, Volume("disk:60", "w"));
  v1::TaskInfo first = Custom("t1");
  volume.ToProto(first.mutable_resources());
  Run({first});
  ASSERT_THAT(containerizer_.Running(), SizeIs(1));
  EXPECT_TRUE(containerizer_.container(ContainerOfExecutor("E")).resources.Contains(volume));
  v1::TaskInfo second = Custom("t2");
  Volume("disk:60", "w").ToProto(second.mutable_resources());
  Run({second});
  EXPECT_EQ(master_.LatestOf("t2").state(), v1::TASK_ERROR);
  EXPECT_THAT(master_.LatestOf("t2").message(), HasSubstr("an executor that is there already"));
}

TEST_F(OperationsTest, FileWorkThatFailsIsTriedAgain) {
  containerizer_.volume_status = absl::FailedPreconditionError("the disk is broken");
  StartAgent();
  Apply(Operation::RESERVE, Reserved("disk:60"));
  Apply(Operation::CREATE, Volume("disk:60", "v"));
  EXPECT_THAT(States(), SizeIs(1));
  EXPECT_THAT(log_.text, HasSubstr("the disk is broken"));
  containerizer_.volume_status = absl::OkStatus();
  Advance(absl::Minutes(1));
  EXPECT_THAT(States(), ElementsAre(v1::OPERATION_FINISHED, v1::OPERATION_FINISHED));
  EXPECT_THAT(containerizer_.volumes(), ElementsAre("create " + path_, "create " + path_));
}

TEST_F(OperationsTest, FileWorkThatWasNotDoneIsDoneByASuccessorInTheSameOrder) {
  StartAgent();
  const Resources volume = Volume("disk:60", "v");
  Apply(Operation::RESERVE, Reserved("disk:60"));
  Apply(Operation::CREATE, volume);
  containerizer_.hold_volumes = true;
  Apply(Operation::DESTROY, volume);
  Apply(Operation::CREATE, volume);
  // The second waits for the first, for they are in one place.
  EXPECT_THAT(containerizer_.volumes(), ElementsAre("create " + path_, "destroy " + path_));
  agent_.reset();
  containerizer_.ReleaseVolumes();
  loop_.Settle();
  StartAgent();
  EXPECT_THAT(containerizer_.volumes(), ElementsAre("create " + path_, "destroy " + path_,
                                                    "destroy " + path_, "create " + path_));
  EXPECT_THAT(States(), SizeIs(4));
  EXPECT_THAT(Kept(), ElementsAre("agent", "resources"));
}

TEST_F(OperationsTest, AWholeDiskIsNotMadeAndOnlyEmptied) {
  options_.resources +=
      Resources::Parse(R"([{"name":"disk","type":"SCALAR","scalar":{"value":500},"disk":)"
                       R"({"source":{"type":"MOUNT","mount":{"root":"/mnt/a"}}}}])")
          .value();
  StartAgent();
  Resources::ProtoList protos;
  Resources mount =
      options_.resources.Filter([](const ResourceEntry& entry) { return entry.disk() != nullptr; });
  mount.ToProto(&protos);
  protos[0].add_reservations()->set_type(v1::Resource::ReservationInfo::DYNAMIC);
  protos[0].mutable_reservations(0)->set_role("eng");
  Apply(Operation::RESERVE, Resources::FromProto(protos).value());
  protos[0].mutable_disk()->mutable_persistence()->set_id("v");
  protos[0].mutable_disk()->mutable_volume()->set_container_path("data");
  Apply(Operation::CREATE, Resources::FromProto(protos).value());
  Apply(Operation::DESTROY, Resources::FromProto(protos).value());
  EXPECT_THAT(States(), SizeIs(3));
  EXPECT_THAT(containerizer_.volumes(), ElementsAre("empty /mnt/a"));
}

TEST_F(OperationsTest, AnAgentThatLeavesForgetsItsIdButNoReservation) {
  StartAgent();
  Apply(Operation::RESERVE, Reserved("disk:60"));
  Apply(Operation::CREATE, Volume("disk:60", "v"));
  agent_->Shutdown([](absl::Status) {});
  loop_.Settle();
  EXPECT_THAT(Kept(), ElementsAre("resources"));
  RestartAgent();
  EXPECT_EQ(master_.registers, 2);
  EXPECT_THAT(Told().ToString(), HasSubstr("volume v"));
  EXPECT_THAT(containerizer_.volumes(), Not(Contains(HasSubstr("destroy"))));
}

TEST_F(OperationsTest, AnAgentWithoutWhatIsReservedDoesNotStart) {
  StartAgent();
  Apply(Operation::RESERVE, Reserved("cpus:3"));
  agent_->Shutdown([](absl::Status) {});
  loop_.Settle();
  options_.resources = Resources::Parse("cpus:2;mem:4096;disk:1000").value();
  RestartAgent();
  ASSERT_TRUE(started_.has_value());
  EXPECT_TRUE(absl::IsFailedPrecondition(*started_)) << *started_;
  EXPECT_THAT(std::string(started_->message()), HasSubstr("which takes cpus:3"));
}

TEST_F(OperationsTest, NothingIsToldBeforeItIsDurable) {
  StartAgent();
  store_.commits_until_failure = 0;
  Apply(Operation::RESERVE, Reserved("cpus:1"));
  Advance(absl::Minutes(1));
  EXPECT_THAT(States(), IsEmpty());
  ASSERT_TRUE(ended_.has_value());
}

// Whatever commit fails: a successor has made of its resources what it says it has, and has
// answered for every operation that was sent.
TEST_F(OperationsTest, Case41_EveryCommitThatFails) {
  bool failed = true;
  for (int commits = 0; failed && commits < 100; ++commits) {
    SCOPED_TRACE(commits);
    agent_.reset();
    store_.snapshot() = {};
    master_.messages.clear();
    master_.operation_updates.clear();
    master_.registers = 0;
    ended_.reset();
    std::vector<MasterMessage::ApplyOperation> sent;
    master_.find_unreported = [&](const AgentMessage::Reregister& introduction) {
      for (const auto& operation : sent) {
        bool known = false;
        for (const v1::Operation& told : introduction.operations()) {
          known |= told.uuid().value() == operation.reference().uuid();
        }
        for (const auto& update : master_.operation_updates) {
          known |= update.operation().uuid() == operation.reference().uuid();
        }
        if (!known) master_.unreported_operations.push_back(operation.reference());
      }
      return std::vector<MasterMessage::TaskReference>();
    };
    store_.commits_until_failure = commits;
    StartAgent();
    for (const MasterMessage& message : {Make(Operation::RESERVE, Reserved("cpus:1;disk:100")),
                                         Make(Operation::CREATE, Volume("disk:60", "v")),
                                         Make(Operation::DESTROY, Volume("disk:60", "v")),
                                         Make(Operation::CREATE, Volume("disk:50", "w")),
                                         Make(Operation::UNRESERVE, Reserved("cpus:1"))}) {
      if (!master_.connected() || master_.registers == 0) continue;
      sent.push_back(message.apply_operation());
      Say(message);
    }
    failed = store_.commits_until_failure == 0;
    store_.commits_until_failure = -1;
    const int registers = master_.registers;
    RestartAgent();
    Advance(absl::Minutes(2));
    EXPECT_EQ(started_, absl::OkStatus());
    // A new agent has nothing to do with what the old one was sent.
    if (master_.registers > registers) continue;
    Resources expected = options_.resources;
    for (const auto& operation : sent) {
      std::set<v1::OperationState> states;
      for (const auto& update : master_.operation_updates) {
        if (update.operation().uuid() == operation.reference().uuid()) {
          states.insert(update.status().state());
        }
      }
      ASSERT_THAT(states, SizeIs(1));
      if (*states.begin() != v1::OPERATION_FINISHED) continue;
      const absl::StatusOr<Resources> after = expected.Apply(operation.operation());
      ASSERT_TRUE(after.ok()) << after.status();
      expected = *after;
    }
    EXPECT_EQ(Told(), expected);
    for (const std::string& key : Kept()) EXPECT_THAT(key, Not(HasSubstr("operations/")));
  }
  EXPECT_FALSE(failed);
}

TEST_F(OperationsTest, DamagedRecordsAreNamedAndSetAside) {
  master_.acknowledge = false;
  StartAgent();
  Apply(Operation::RESERVE, Reserved("cpus:1"));
  agent_.reset();
  store_.snapshot().entries["resources"] = "damaged";
  store_.snapshot().entries["operations/0000000000"] = "damaged";
  StartAgent();
  ASSERT_TRUE(started_.has_value());
  EXPECT_TRUE(absl::IsDataLoss(*started_));
  EXPECT_THAT(std::string(started_->message()), HasSubstr("which volumes there are"));
  options_.strict = false;
  RestartAgent();
  EXPECT_EQ(started_, absl::OkStatus());
  EXPECT_EQ(Told(), options_.resources);
  EXPECT_THAT(Kept(), ElementsAre("agent", "damaged/operations/0000000000", "damaged/resources"));
}

}  // namespace
}  // namespace mesos::agent
