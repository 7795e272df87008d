#include "mesoslib/resources/volume_path.h"

#include "gtest/gtest.h"

namespace mesos {
namespace {

using DiskInfo = v1::Resource::DiskInfo;

v1::Resource Volume() {
  v1::Resource volume;
  volume.set_name("disk");
  volume.set_type(v1::Value::SCALAR);
  volume.mutable_scalar()->set_value(10);
  volume.add_reservations()->set_type(v1::Resource::ReservationInfo::DYNAMIC);
  volume.mutable_reservations(0)->set_role("eng/web");
  volume.mutable_disk()->mutable_persistence()->set_id("db");
  return volume;
}

absl::StatusOr<VolumePath> PathOf(const v1::Resource& volume) {
  const Resources resources = Resources::FromProto(volume).value();
  return PathOfVolume("/work/", *resources.begin());
}

TEST(VolumePathTest, TheRootDiskIsTheWorkDirectory) {
  EXPECT_EQ(PathOf(Volume())->path, "/work/volumes/roles/eng web/db");
  EXPECT_FALSE(PathOf(Volume())->is_mount);
}

TEST(VolumePathTest, APathDiskHasTheSameLayout) {
  v1::Resource volume = Volume();
  volume.mutable_disk()->mutable_source()->set_type(DiskInfo::Source::PATH);
  EXPECT_EQ(PathOf(volume).status().message(), "disk.source.path.root is missing");
  volume.mutable_disk()->mutable_source()->mutable_path()->set_root("/mnt/a");
  EXPECT_EQ(PathOf(volume)->path, "/mnt/a/volumes/roles/eng web/db");
  volume.mutable_disk()->mutable_source()->mutable_path()->set_root("disks/a");
  EXPECT_EQ(PathOf(volume)->path, "/work/disks/a/volumes/roles/eng web/db");
}

TEST(VolumePathTest, AMountDiskIsTheVolume) {
  v1::Resource volume = Volume();
  volume.mutable_disk()->mutable_source()->set_type(DiskInfo::Source::MOUNT);
  volume.mutable_disk()->mutable_source()->mutable_mount()->set_root("/mnt/b");
  EXPECT_EQ(PathOf(volume)->path, "/mnt/b");
  EXPECT_TRUE(PathOf(volume)->is_mount);
}

TEST(VolumePathTest, OtherDisksHaveNoVolumes) {
  v1::Resource volume = Volume();
  volume.mutable_disk()->mutable_source()->set_type(DiskInfo::Source::BLOCK);
  EXPECT_TRUE(absl::IsInvalidArgument(PathOf(volume).status()));
  volume.mutable_disk()->clear_source();
  volume.mutable_disk()->clear_persistence();
  volume.clear_disk();
  EXPECT_TRUE(absl::IsInvalidArgument(PathOf(volume).status()));
}

}  // namespace
}  // namespace mesos
