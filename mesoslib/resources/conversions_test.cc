#include "mesoslib/resources/conversions.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

using ::testing::HasSubstr;

Resources R(absl::string_view text) { return Resources::Parse(text).value(); }

Resources Reserved(absl::string_view text, const std::string& role) {
  ResourceEntry::Reservation reservation;
  reservation.set_type(ResourceEntry::Reservation::DYNAMIC);
  reservation.set_role(role);
  return R(text).PushReservation(reservation).value();
}

Resources Volume(const Resources& disk) {
  Resources::ProtoList protos;
  disk.ToProto(&protos);
  protos[0].mutable_disk()->mutable_persistence()->set_id("v");
  protos[0].mutable_disk()->mutable_volume()->set_container_path("data");
  protos[0].mutable_disk()->mutable_volume()->set_mode(v1::Volume::RW);
  return Resources::FromProto(protos).value();
}

TEST(ConversionsTest, WhatNoOperationMadeIsNotConverted) {
  EXPECT_TRUE(ConvertedPart(R("cpus:4;mem(ads):1024;ports:[1-5]")).empty());
}

TEST(ConversionsTest, ReservationsAndVolumesAreConverted) {
  const Resources converted =
      Reserved("cpus:1", "eng") + Reserved("mem(eng):64", "eng/web") + Volume(R("disk(ads):10"));
  EXPECT_EQ(ConvertedPart(R("cpus:3;mem(eng):8;disk(ads):5") + converted), converted);
}

TEST(ConversionsTest, StaticReservationsRemainWhereOperationsAreUndone) {
  EXPECT_EQ(*BeforeConversion(Reserved("cpus:1", "eng")), R("cpus:1"));
  EXPECT_EQ(*BeforeConversion(Reserved("mem(eng):64", "eng/web")), R("mem(eng):64"));
  EXPECT_EQ(*BeforeConversion(Volume(Reserved("disk:10", "eng"))), R("disk:10"));
  EXPECT_EQ(*BeforeConversion(Volume(R("disk(ads):10"))), R("disk(ads):10"));
}

TEST(ConversionsTest, ConversionsArePutTogetherWithTheConfiguration) {
  const Resources converted = Reserved("cpus:1", "eng") + Volume(Reserved("disk:10", "eng"));
  EXPECT_EQ(*Convert(R("cpus:4;disk:100;mem:8"), converted), R("cpus:3;disk:90;mem:8") + converted);
  EXPECT_EQ(*Convert(R("cpus:4"), {}), R("cpus:4"));
}

TEST(ConversionsTest, WhatTheConfigurationNoLongerHasIsNamed) {
  const absl::Status status = Convert(R("cpus:1"), Reserved("cpus:2", "eng")).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(status.message(), HasSubstr("resources are cpus:1"));
  EXPECT_THAT(status.message(), HasSubstr("takes cpus:2"));
}

}  // namespace
}  // namespace mesos
