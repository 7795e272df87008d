// What tests of containers in cgroups share: a root of their own in this machine's hierarchies, in
// which nothing is left at the end.
#ifndef MESOSLIB_CONTAINERIZER_CGROUP_FIXTURE_H_
#define MESOSLIB_CONTAINERIZER_CGROUP_FIXTURE_H_

#include <errno.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/containerizer/cgroup_hierarchy.h"
#include "mesoslib/containerizer/containerizer_fixture.h"

namespace mesos {

class CgroupFixture : public ContainerizerFixture {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "only root may make cgroups";
    auto hierarchy = CgroupHierarchy::Find();
    if (!hierarchy.ok()) GTEST_SKIP() << hierarchy.status();
    if (access((*hierarchy)->PathOf("").c_str(), W_OK) != 0) {
      GTEST_SKIP() << "no cgroups can be made here: " << strerror(errno);
    }
    hierarchy_ = *std::move(hierarchy);
    mounts_ = ParseCgroupMounts(ReadControl("/proc/self/mountinfo").value());
    options_.launcher = MesosContainerizerOptions::Launcher::kLinux;
    options_.cgroups_root = root_name_;
    Reopen();
  }

  void TearDown() override {
    if (hierarchy_ == nullptr) return;
    for (const std::string& id : launched_) Destroy(id).IgnoreError();
    launched_.clear();
    for (const CgroupMount& mount : mounts_) {
      const auto hierarchy = CgroupHierarchy::Open(mount);
      EXPECT_THAT(hierarchy->Children(root_name_).value(), ::testing::IsEmpty()) << mount.path;
      EXPECT_EQ(hierarchy->Destroy(root_name_, absl::Seconds(60)), absl::OkStatus());
    }
  }

  // With the options as they are now.
  void Reopen() {
    containerizer_.reset();
    Start();
  }

  // By which containers are killed.
  std::vector<std::string> Cgroups() { return hierarchy_->Children(root_name_).value(); }

  static void AwaitDeath(pid_t pid) {
    while (IsAlive(pid)) absl::SleepFor(absl::Milliseconds(1));
  }

  const std::string root_name_ = absl::StrCat("mesoslib-container-test-", getpid());
  std::unique_ptr<CgroupHierarchy> hierarchy_;
  std::vector<CgroupMount> mounts_;
};

}  // namespace mesos

#endif  // MESOSLIB_CONTAINERIZER_CGROUP_FIXTURE_H_
