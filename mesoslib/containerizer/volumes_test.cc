#include "mesoslib/containerizer/volumes.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "mesoslib/containerizer/containerizer_fixture.h"

namespace mesos {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class VolumesTest : public ContainerizerFixture {
 protected:
  static v1::Resource Volume(const std::string& id, const std::string& container_path) {
    v1::Resource volume;
    volume.set_name("disk");
    volume.set_type(v1::Value::SCALAR);
    volume.mutable_scalar()->set_value(10);
    auto* reservation = volume.add_reservations();
    reservation->set_type(v1::Resource::ReservationInfo::DYNAMIC);
    reservation->set_role("eng/web");
    volume.mutable_disk()->mutable_persistence()->set_id(id);
    volume.mutable_disk()->mutable_volume()->set_container_path(container_path);
    volume.mutable_disk()->mutable_volume()->set_mode(v1::Volume::RW);
    return volume;
  }

  ContainerConfig With(const std::string& command, const v1::Resource& volume) const {
    ContainerConfig config = Shell(command);
    config.resources = Resources::FromProto(volume).value();
    config.work_dir = root_;
    return config;
  }

  std::string Path(const std::string& id) const {
    return absl::StrCat(root_, "/volumes/roles/eng web/", id);
  }

  absl::Status Create(const std::string& path) {
    PendingStatus done;
    loop_->Post([&] { containerizer_->CreateVolume(path, done.Callback()); });
    return done.Get();
  }
  absl::Status DestroyVolume(const std::string& path, bool keep = false) {
    PendingStatus done;
    loop_->Post([&] { containerizer_->DestroyVolume(path, keep, done.Callback()); });
    return done.Get();
  }

  std::atomic<bool> stop_ = false;
};

TEST_F(VolumesTest, WhatATaskWritesIntoItsVolumeOutlivesItAndIsFoundByTheNext) {
  EXPECT_EQ(Create(Path("v")), absl::OkStatus());
  EXPECT_EQ(Create(Path("v")), absl::OkStatus());
  EXPECT_EQ(Run("a", With("echo kept > data/file", Volume("v", "data"))), 0);
  EXPECT_EQ(ReadWholeFile(Path("v") + "/file"), "kept\n");
  EXPECT_EQ(Run("b", With("cat elsewhere/file", Volume("v", "elsewhere"))), 0);
  EXPECT_EQ(Output("b"), "kept\n");
  EXPECT_EQ(DestroyVolume(Path("v")), absl::OkStatus());
  EXPECT_FALSE(fs::exists(Path("v")));
  EXPECT_EQ(DestroyVolume(Path("v")), absl::OkStatus());
}

TEST_F(VolumesTest, AWholeDiskIsEmptiedAndStays) {
  const std::string mount = root_ + "/mount";
  fs::create_directories(mount + "/lost+found");
  v1::Resource volume = Volume("v", "data");
  auto* source = volume.mutable_disk()->mutable_source();
  source->set_type(v1::Resource::DiskInfo::Source::MOUNT);
  source->mutable_mount()->set_root(mount);
  EXPECT_EQ(Run("a", With("echo kept > data/file", volume)), 0);
  EXPECT_EQ(ReadWholeFile(mount + "/file"), "kept\n");
  EXPECT_EQ(DestroyVolume(mount, /*keep=*/true), absl::OkStatus());
  EXPECT_TRUE(fs::is_empty(mount));
}

TEST_F(VolumesTest, APlaceOutsideTheSandboxIsRefused) {
  EXPECT_EQ(Create(Path("v")), absl::OkStatus());
  for (const char* place : {"", ".", "..", "../x", "/etc/x", "a/b", "stdout", "stderr"}) {
    const absl::Status status = Launch("a", With("true", Volume("v", place)));
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << place << ": " << status;
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("disk.volume.container_path of volume 'v'"));
  }
  v1::Resource read_only = Volume("v", "data");
  read_only.mutable_disk()->mutable_volume()->set_mode(v1::Volume::RO);
  EXPECT_THAT(std::string(Launch("a", With("true", read_only)).message()), HasSubstr("RO"));
}

TEST_F(VolumesTest, AVolumeThatIsNotThereFailsTheLaunch) {
  const absl::Status status = Launch("a", With("true", Volume("v", "data")));
  EXPECT_THAT(std::string(status.message()), HasSubstr(Path("v")));
}

TEST_F(VolumesTest, NoSymlinkIsFollowedWhenATreeIsRemoved) {
  const std::string outside = root_ + "/outside";
  fs::create_directories(outside);
  std::ofstream(outside + "/precious") << "precious";
  const std::string tree = root_ + "/tree";
  fs::create_directories(tree + "/below");
  fs::create_directory_symlink(outside, tree + "/link");
  fs::create_symlink(outside + "/precious", tree + "/below/file");
  EXPECT_EQ(RemoveTree(tree, false, stop_), absl::OkStatus());
  EXPECT_FALSE(fs::exists(tree));
  EXPECT_EQ(ReadWholeFile(outside + "/precious"), "precious");
  // Nor where the volume itself has become one.
  fs::create_directory_symlink(outside, tree);
  EXPECT_FALSE(RemoveTree(tree, false, stop_).ok());
  EXPECT_EQ(ReadWholeFile(outside + "/precious"), "precious");
}

TEST_F(VolumesTest, DeepTreesAndUnreadableDirectoriesAreRemoved) {
  const std::string tree = root_ + "/tree";
  ASSERT_EQ(mkdir(tree.c_str(), 0755), 0);
  // Deeper than a path can be long.
  int fd = open(tree.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (int depth = 0; depth < 1000; ++depth) {
    ASSERT_EQ(mkdirat(fd, "dddd", 0755), 0);
    const int below = openat(fd, "dddd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    close(fd);
    fd = below;
  }
  close(fd);
  fs::create_directories(tree + "/locked/inner");
  std::ofstream(tree + "/locked/inner/file") << "x";
  chmod((tree + "/locked/inner").c_str(), 0);
  chmod((tree + "/locked").c_str(), 0500);
  EXPECT_EQ(RemoveTree(tree, false, stop_), absl::OkStatus());
  EXPECT_FALSE(fs::exists(tree));
}

TEST_F(VolumesTest, RemovingIsInterrupted) {
  const std::string tree = root_ + "/tree";
  fs::create_directories(tree + "/a");
  stop_ = true;
  EXPECT_TRUE(absl::IsCancelled(RemoveTree(tree, false, stop_)));
  EXPECT_TRUE(fs::exists(tree + "/a"));
  EXPECT_EQ(RemoveTree(root_ + "/none", false, stop_), absl::OkStatus());
}

}  // namespace
}  // namespace mesos
