// Against the cgroups of this machine, where there are any and root runs the test.
#include "mesoslib/containerizer/cgroup_hierarchy.h"

#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string ReadText(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(CgroupMountsTest, OfBothVersions) {
  const std::vector<CgroupMount> mounts = ParseCgroupMounts(
      "22 1 0:20 / /proc rw - proc proc rw\n"
      "30 22 0:26 / /sys/fs/cgroup/freezer rw,nosuid shared:9 - cgroup cgroup rw,freezer\n"
      "31 22 0:27 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 master:2 - cgroup none ro,cpu,cpuacct\n"
      "32 22 0:28 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
      "33 22 0:29 / /mnt/a\\040b\\134c rw - cgroup2 cgroup2 rw,nsdelegate\n"
      // A part of one only, as in a container; and what is cut off.
      "34 22 0:26 /docker/x /mnt/part rw - cgroup cgroup rw,freezer\n"
      "35 22 0:26 / /mnt/cut rw - cgroup\n"
      "36 22\n");
  ASSERT_THAT(mounts, SizeIs(4));
  EXPECT_EQ(mounts[0].version, 1);
  EXPECT_EQ(mounts[0].path, "/sys/fs/cgroup/freezer");
  EXPECT_THAT(mounts[0].controllers, ElementsAre("freezer"));
  EXPECT_THAT(mounts[1].controllers, ElementsAre("cpu", "cpuacct"));
  EXPECT_THAT(mounts[2].controllers, ElementsAre("name=systemd", "xattr"));
  EXPECT_EQ(mounts[3].version, 2);
  EXPECT_EQ(mounts[3].path, "/mnt/a b\\c");
  EXPECT_THAT(mounts[3].controllers, IsEmpty());
}

TEST(CgroupHierarchyTest, WhatCannotBeMadeIsNamed) {
  for (const int version : {1, 2}) {
    const auto hierarchy = CgroupHierarchy::Open({.version = version, .path = "/proc/nowhere"});
    EXPECT_THAT(std::string(hierarchy->Create("a/b").status().message()),
                HasSubstr("cannot make /proc/nowhere/a: No such file or directory"));
    EXPECT_EQ(hierarchy->Destroy("a/b", absl::Seconds(1)), absl::OkStatus());
    EXPECT_TRUE(absl::IsNotFound(hierarchy->Kill("a/b")));
    EXPECT_THAT(hierarchy->Children("a").value(), IsEmpty());
  }
}

// By version.
class RealHierarchyTest : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "only root may make cgroups";
    for (const CgroupMount& mount : ParseCgroupMounts(ReadText("/proc/self/mountinfo"))) {
      const bool fits =
          GetParam() == 2 ? mount.version == 2 : mount.controllers.contains("freezer");
      if (!fits) continue;
      if (access(mount.path.c_str(), W_OK) != 0) continue;  // As in most containers.
      root_path_ = absl::StrCat(mount.path, "/", root_);
      hierarchy_ = CgroupHierarchy::Open(mount);
      return;
    }
    GTEST_SKIP() << "no hierarchy of version " << GetParam() << " is mounted and writable";
  }

  void TearDown() override {
    if (hierarchy_ != nullptr) EXPECT_EQ(hierarchy_->Destroy(root_, kLong), absl::OkStatus());
    EXPECT_FALSE(Exists(root_path_));
    for (const pid_t pid : children_) waitpid(pid, nullptr, 0);
  }

  static bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

  // A shell in the cgroup.
  void Run(const std::string& name, const std::string& script) {
    const auto file = hierarchy_->Create(absl::StrCat(root_, "/", name));
    ASSERT_TRUE(file.ok()) << file.status();
    const std::string text = absl::StrCat("echo 0 > ", *file, "; ", script);
    std::string words[] = {"sh", "-c", text};
    char* argv[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
    pid_t pid = 0;
    ASSERT_EQ(posix_spawn(&pid, "/bin/sh", nullptr, nullptr, argv, environ), 0);
    children_.push_back(pid);
    procs_ = *file;
  }

  std::vector<pid_t> Processes() const {
    std::vector<pid_t> pids;
    std::ifstream file(procs_);
    for (pid_t pid; file >> pid;) pids.push_back(pid);
    return pids;
  }

  void AwaitProcesses(size_t count) const {
    while (Processes().size() < count) absl::SleepFor(absl::Milliseconds(1));
  }

  static constexpr absl::Duration kLong = absl::Seconds(60);

  const std::string root_ = absl::StrCat("mesoslib-test-", getpid());
  std::string root_path_;
  std::string procs_;
  std::unique_ptr<CgroupHierarchy> hierarchy_;
  std::vector<pid_t> children_;
};

TEST_P(RealHierarchyTest, CgroupsAreMadeListedAndRemoved) {
  EXPECT_TRUE(hierarchy_->Hold(root_).ok());
  EXPECT_THAT(hierarchy_->Children(root_).value(), IsEmpty());
  for (const char* name : {"b", "a"}) {
    EXPECT_TRUE(hierarchy_->Create(absl::StrCat(root_, "/", name)).ok());
  }
  EXPECT_THAT(hierarchy_->Children(root_).value(), ElementsAre("a", "b"));
  EXPECT_EQ(hierarchy_->Destroy(absl::StrCat(root_, "/a"), kLong), absl::OkStatus());
  EXPECT_THAT(hierarchy_->Children(root_).value(), ElementsAre("b"));
}

TEST_P(RealHierarchyTest, ACgroupIsHeldByOneAtATime) {
  absl::StatusOr<UniqueFd> held = hierarchy_->Hold(root_);
  ASSERT_TRUE(held.ok()) << held.status();
  const absl::Status other = hierarchy_->Hold(root_).status();
  EXPECT_TRUE(absl::IsAlreadyExists(other)) << other;
  EXPECT_THAT(std::string(other.message()), HasSubstr(root_path_));
  held->Reset();
  EXPECT_TRUE(hierarchy_->Hold(root_).ok());
}

TEST_P(RealHierarchyTest, WhoeverIsInItDiesAlsoWhenStoppedOrInASessionOfItsOwn) {
  Run("c", "(setsid sleep 1000 &); (sleep 1000 & kill -STOP $!); exec sleep 1000");
  AwaitProcesses(3);
  const std::vector<pid_t> pids = Processes();
  EXPECT_EQ(hierarchy_->Destroy(absl::StrCat(root_, "/c"), kLong), absl::OkStatus());
  for (const pid_t pid : pids) {
    const std::string status = ReadText(absl::StrCat("/proc/", pid, "/status"));
    EXPECT_TRUE(status.empty() || status.find("State:\tZ") != status.npos) << status;
  }
}

TEST_P(RealHierarchyTest, WhoForksAllTheTimeDiesToo) {
  Run("c", "while :; do sleep 1000 & (setsid sleep 1000 &); done");
  AwaitProcesses(100);
  EXPECT_EQ(hierarchy_->Destroy(absl::StrCat(root_, "/c"), kLong), absl::OkStatus());
  EXPECT_FALSE(Exists(procs_));
}

TEST_P(RealHierarchyTest, KillReachesCgroupsBelowAndNobodyBeside) {
  Run("beside", "exec sleep 1000");
  AwaitProcesses(1);
  const std::string beside = procs_;
  Run("c/below", "exec sleep 1000");
  AwaitProcesses(1);
  EXPECT_EQ(hierarchy_->Kill(absl::StrCat(root_, "/c")), absl::OkStatus());
  while (!Processes().empty()) absl::SleepFor(absl::Milliseconds(1));
  procs_ = beside;
  EXPECT_THAT(Processes(), SizeIs(1));
}

INSTANTIATE_TEST_SUITE_P(Versions, RealHierarchyTest, testing::Values(1, 2),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace mesos
