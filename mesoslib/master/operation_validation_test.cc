#include "mesoslib/master/operation_validation.h"

#include <string>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "mesos/resources.h"

namespace mesos::master {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Operation = v1::Offer::Operation;
using AgentCapability = v1::AgentInfo::Capability;

constexpr char kReserved[] =
    "name: 'disk' type: SCALAR scalar { value: 10 } "
    "reservations { type: DYNAMIC role: 'eng' principal: 'alice' } ";
constexpr char kVolume[] =
    "name: 'disk' type: SCALAR scalar { value: 10 } "
    "reservations { type: DYNAMIC role: 'eng' principal: 'alice' } "
    "disk { persistence { id: 'v' principal: 'alice' } "
    "       volume { container_path: 'data' mode: RW } } ";

class OperationValidationTest : public ::testing::Test {
 protected:
  OperationValidationTest() {
    agent_.id = AgentId("S0");
    agent_.total = Resources::Parse("cpus:4;disk:100").value();
    for (auto type : {AgentCapability::HIERARCHICAL_ROLE, AgentCapability::RESERVATION_REFINEMENT,
                      AgentCapability::RESIZE_VOLUME, AgentCapability::AGENT_OPERATION_FEEDBACK}) {
      agent_.capability_list.emplace_back().set_type(type);
    }
  }

  static v1::Resource One(const std::string& text) {
    v1::Resource resource;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &resource)) << text;
    return resource;
  }

  static Operation Make(const std::string& text) {
    Operation operation;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &operation)) << text;
    return operation;
  }

  static Operation Reserve(const std::string& resource) {
    return Make("type: RESERVE reserve { resources { " + resource + " } }");
  }
  static Operation Create(const std::string& volume) {
    return Make("type: CREATE create { volumes { " + volume + " } }");
  }

  absl::Status Validate(const Operation& operation) const {
    return ValidateOperation(operation, {agent_, &framework_, "eng", "alice"});
  }
  absl::Status ValidateOfOperator(const Operation& operation) const {
    return ValidateOperation(operation, {agent_, nullptr, "", "alice"});
  }

  static void ExpectRefused(const absl::Status& status, const std::string& field,
                            const std::string& value) {
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(std::string(status.message()), StartsWith(field));
    EXPECT_THAT(status.message(), HasSubstr(value));
  }

  Agent agent_;
  Framework framework_;
};

TEST_F(OperationValidationTest, EachKindHasAValidForm) {
  EXPECT_EQ(Validate(Reserve(kReserved)), absl::OkStatus());
  EXPECT_EQ(
      Validate(Make(std::string("type: UNRESERVE unreserve { resources { ") + kReserved + " } }")),
      absl::OkStatus());
  EXPECT_EQ(Validate(Create(kVolume)), absl::OkStatus());
  EXPECT_EQ(Validate(Make(std::string("type: DESTROY destroy { volumes { ") + kVolume + " } }")),
            absl::OkStatus());
  EXPECT_EQ(Validate(Make(std::string("type: GROW_VOLUME grow_volume { volume { ") + kVolume +
                          " } addition { " + kReserved + " } }")),
            absl::OkStatus());
  EXPECT_EQ(Validate(Make(std::string("type: SHRINK_VOLUME shrink_volume { volume { ") + kVolume +
                          " } subtract { value: 1 } }")),
            absl::OkStatus());
}

TEST_F(OperationValidationTest, WhatIsMissingIsNamed) {
  ExpectRefused(Validate(Make("type: RESERVE")), "reserve", "is missing");
  ExpectRefused(Validate(Make("type: RESERVE reserve {}")), "reserve.resources", "is empty");
  ExpectRefused(Validate(Make("type: UNRESERVE")), "unreserve", "is missing");
  ExpectRefused(Validate(Make("type: CREATE")), "create", "is missing");
  ExpectRefused(Validate(Make("type: DESTROY")), "destroy", "is missing");
  ExpectRefused(Validate(Make("type: GROW_VOLUME")), "grow_volume", "is missing");
  ExpectRefused(Validate(Make("type: SHRINK_VOLUME")), "shrink_volume", "is missing");
  ExpectRefused(Validate(Make("type: CREATE_DISK")), "operation.type", "CREATE_DISK");
  ExpectRefused(Validate(Make("")), "operation.type", "UNKNOWN");
}

TEST_F(OperationValidationTest, AReservationIsDynamicAndOfTheOffersRole) {
  ExpectRefused(Validate(Reserve("name: 'cpus' type: SCALAR scalar { value: 1 }")),
                "reserve.resources[0]", "expected a dynamic reservation");
  ExpectRefused(Validate(Reserve("name: 'cpus' type: SCALAR scalar { value: 1 } "
                                 "reservations { type: STATIC role: 'eng' }")),
                "reserve.resources[0]", "expected a dynamic reservation");
  ExpectRefused(Validate(Reserve("name: 'cpus' type: SCALAR scalar { value: 1 } "
                                 "reservations { type: DYNAMIC role: 'ops' principal: 'alice' }")),
                "reserve.resources[0].reservations.role", "is 'ops'; expected 'eng'");
  ExpectRefused(Validate(Reserve(kVolume)), "reserve.resources[0].disk.persistence", "is set");
  ExpectRefused(Validate(Reserve(std::string(kReserved) + "allocation_info { role: 'ops' }")),
                "reserve.resources[0].allocation_info.role", "is 'ops'; expected 'eng'");
}

TEST_F(OperationValidationTest, ThePrincipalIsTheCallersOwn) {
  ExpectRefused(Validate(Reserve("name: 'cpus' type: SCALAR scalar { value: 1 } "
                                 "reservations { type: DYNAMIC role: 'eng' principal: 'bob' }")),
                "reserve.resources[0].reservations.principal", "is 'bob'; expected 'alice'");
  ExpectRefused(Validate(Reserve("name: 'cpus' type: SCALAR scalar { value: 1 } "
                                 "reservations { type: DYNAMIC role: 'eng' }")),
                "reserve.resources[0].reservations.principal", "is missing; expected 'alice'");
  ExpectRefused(ValidateOperation(Reserve(kReserved), {agent_, &framework_, "eng", ""}),
                "reserve.resources[0].reservations.principal", "expected none");
  Operation create = Create(kVolume);
  create.mutable_create()->mutable_volumes(0)->mutable_disk()->mutable_persistence()->set_principal(
      "bob");
  ExpectRefused(Validate(create), "create.volumes[0].disk.persistence.principal", "is 'bob'");
}

TEST_F(OperationValidationTest, RefinedReservationsTakeTheCapability) {
  const std::string refined =
      "name: 'cpus' type: SCALAR scalar { value: 1 } "
      "reservations { type: DYNAMIC role: 'eng' } "
      "reservations { type: DYNAMIC role: 'eng/web' principal: 'alice' }";
  const auto validate = [&] {
    return ValidateOperation(Reserve(refined), {agent_, &framework_, "eng/web", "alice"});
  };
  ExpectRefused(validate(), "reserve.resources[0].reservations", "RESERVATION_REFINEMENT");
  framework_.capabilities.reservation_refinement = true;
  EXPECT_EQ(validate(), absl::OkStatus());
  agent_.capability_list.clear();
  ExpectRefused(validate(), "reserve.resources[0].reservations", "RESERVATION_REFINEMENT");
}

TEST_F(OperationValidationTest, OnlyOperatorsMoveReservations) {
  Operation move = Reserve(kReserved);
  *move.mutable_reserve()->add_source() = One(
      "name: 'disk' type: SCALAR scalar { value: 10 } reservations { type: DYNAMIC role: 'ops' }");
  ExpectRefused(Validate(move), "reserve.source", "only operators");
  EXPECT_EQ(ValidateOfOperator(move), absl::OkStatus());
  move.mutable_reserve()->mutable_source(0)->mutable_reservations(0)->set_type(
      v1::Resource::ReservationInfo::STATIC);
  ExpectRefused(ValidateOfOperator(move), "reserve.source", "expected the same");
}

TEST_F(OperationValidationTest, OnlyDynamicReservationsAreUndone) {
  ExpectRefused(Validate(Make("type: UNRESERVE unreserve { resources { name: 'cpus' type: SCALAR "
                              "scalar { value: 1 } reservations { type: STATIC role: 'eng' } } }")),
                "unreserve.resources[0]", "not dynamically reserved");
  ExpectRefused(
      Validate(Make(std::string("type: UNRESERVE unreserve { resources { ") + kVolume + " } }")),
      "unreserve.resources[0].disk.persistence", "destroy the volume first");
}

TEST_F(OperationValidationTest, AVolumeHasAnIdOfItsOwnAndAPlace) {
  ExpectRefused(Validate(Create(kReserved)), "create.volumes[0].disk.persistence", "is missing");
  Operation create = Create(kVolume);
  create.mutable_create()->mutable_volumes(0)->mutable_disk()->clear_volume();
  ExpectRefused(Validate(create), "create.volumes[0].disk.volume", "is missing");
  create = Create(kVolume);
  create.mutable_create()->mutable_volumes(0)->mutable_disk()->mutable_persistence()->set_id(
      "../x");
  ExpectRefused(Validate(create), "create.volumes[0]", "disk.persistence.id");
  agent_.total += *Resources::FromProto(One(kVolume));
  ExpectRefused(Validate(Create(kVolume)), "create.volumes[0].disk.persistence.id",
                "which another volume of the role 'eng' on that agent has");
}

TEST_F(OperationValidationTest, VolumesAreOnRootPathAndMountDisks) {
  Operation create = Create(kVolume);
  auto* source = create.mutable_create()->mutable_volumes(0)->mutable_disk()->mutable_source();
  source->set_type(v1::Resource::DiskInfo::Source::PATH);
  ExpectRefused(Validate(create), "create.volumes[0].disk.source.path.root", "is missing");
  source->mutable_path()->set_root("/mnt");
  EXPECT_EQ(Validate(create), absl::OkStatus());
  source->set_type(v1::Resource::DiskInfo::Source::BLOCK);
  ExpectRefused(Validate(create), "create.volumes[0].disk.source.type", "BLOCK");
}

TEST_F(OperationValidationTest, WhatIsNotOnOfferIsRefusedByName) {
  ExpectRefused(Validate(Create(std::string(kVolume) + "shared {}")), "create.volumes[0].shared",
                "is set");
  ExpectRefused(Validate(Create(std::string(kVolume) + "provider_id { value: 'p' }")),
                "create.volumes[0].provider_id", "'p'");
  ExpectRefused(
      Validate(Make(std::string("type: DESTROY destroy { volumes { ") + kReserved + " } }")),
      "destroy.volumes[0]", "expected a persistent volume");
}

TEST_F(OperationValidationTest, FeedbackAndResizingTakeTheAgentsCapabilities) {
  Operation reserve = Reserve(kReserved);
  reserve.mutable_id()->set_value("a/b");
  ExpectRefused(Validate(reserve), "operation.id", "a/b");
  reserve.mutable_id()->set_value("o1");
  EXPECT_EQ(Validate(reserve), absl::OkStatus());
  agent_.capability_list.clear();
  ExpectRefused(Validate(reserve), "operation.id", "AGENT_OPERATION_FEEDBACK");
  ExpectRefused(Validate(Make(std::string("type: SHRINK_VOLUME shrink_volume { volume { ") +
                              kVolume + " } subtract { value: 1 } }")),
                "shrink_volume", "RESIZE_VOLUME");
}

}  // namespace
}  // namespace mesos::master
