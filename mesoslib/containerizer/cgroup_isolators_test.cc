// What cgroups keep containers from, on this machine's cgroups of version 1, as root.
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/containerizer/cgroup_fixture.h"

namespace mesos {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kMegabyte = 1 << 20;

class CgroupIsolatorsTest : public CgroupFixture {
 protected:
  // Skips where a controller is not mounted.
  void Isolate(std::vector<std::string> names, bool cfs = false) {
    if (hierarchy_ == nullptr) return;
    for (const char* controller : {"cpu", "cpuacct", "memory", "pids"}) {
      if (MountOf(controller).empty()) GTEST_SKIP() << "no cgroups of " << controller;
    }
    options_.isolation = std::move(names);
    options_.cgroups_enable_cfs = cfs;
    Reopen();
  }

  std::string MountOf(const std::string& controller) const {
    for (const CgroupMount& mount : mounts_) {
      if (mount.controllers.contains(controller)) return mount.path;
    }
    return "";
  }

  uint64_t Number(const std::string& id, const std::string& controller,
                  const std::string& name) const {
    const std::string text = ReadWholeFile(
        absl::StrCat(MountOf(controller), "/", root_name_, "/", id, "/", controller, ".", name));
    uint64_t number = 0;
    EXPECT_TRUE(absl::SimpleAtoi(text, &number)) << controller << "." << name << ": " << text;
    return number;
  }

  static ContainerConfig With(const std::string& resources, const std::string& command) {
    ContainerConfig config = Shell(command);
    config.resources = Resources::Parse(resources).value();
    return config;
  }

  absl::Status Update(const std::string& id, const std::string& resources) {
    PendingStatus done;
    loop_->Post([&] {
      containerizer_->Update(ContainerId(id), Resources::Parse(resources).value(), done.Callback());
    });
    return done.Get();
  }

  void ExpectMemoryLimitation(const absl::StatusOr<ContainerTermination>& end) {
    ASSERT_TRUE(end.ok()) << end.status();
    EXPECT_EQ(end->state, v1::TASK_FAILED) << end->message;
    EXPECT_EQ(end->reason, v1::TaskStatus::REASON_CONTAINER_LIMITATION_MEMORY);
    EXPECT_THAT(end->message, HasSubstr("Memory limit exceeded: Requested: 64MB Maximum Used: "));
    EXPECT_THAT(end->message, HasSubstr("MEMORY STATISTICS: \ncache "));
  }
};

TEST_F(CgroupIsolatorsTest, CpusAreSharesAndWithCfsAlsoAQuota) {
  Isolate({"cgroups/cpu"}, /*cfs=*/true);
  ASSERT_EQ(Launch("c1", With("cpus:0.5", "exec sleep 1000")), absl::OkStatus());
  EXPECT_EQ(Number("c1", "cpu", "shares"), 512u);
  EXPECT_EQ(Number("c1", "cpu", "cfs_period_us"), 100'000u);
  EXPECT_EQ(Number("c1", "cpu", "cfs_quota_us"), 50'000u);
  EXPECT_EQ(Update("c1", "cpus:2"), absl::OkStatus());
  EXPECT_EQ(Number("c1", "cpu", "shares"), 2048u);
  EXPECT_EQ(Number("c1", "cpu", "cfs_quota_us"), 200'000u);
  // No less than the kernel takes.
  EXPECT_EQ(Update("c1", "mem:32"), absl::OkStatus());
  EXPECT_EQ(Number("c1", "cpu", "shares"), 2u);
  EXPECT_EQ(Number("c1", "cpu", "cfs_quota_us"), 1000u);
}

TEST_F(CgroupIsolatorsTest, WhoWantsMoreThanItsQuotaIsThrottled) {
  Isolate({"cgroups/cpu"}, /*cfs=*/true);
  ASSERT_EQ(Launch("c1", With("cpus:0.1", "while :; do :; done")), absl::OkStatus());
  const absl::Time start = absl::Now();
  absl::StatusOr<v1::ResourceStatistics> usage;
  do {
    absl::SleepFor(absl::Milliseconds(20));
    usage = Usage("c1");
    ASSERT_TRUE(usage.ok()) << usage.status();
  } while (usage->cpus_nr_throttled() < 3);
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
  EXPECT_GE(usage->cpus_nr_periods(), usage->cpus_nr_throttled());
  EXPECT_GT(usage->cpus_throttled_time_secs(), 0);
  EXPECT_LT(usage->cpus_user_time_secs() + usage->cpus_system_time_secs(), 0.1 + seconds / 2);
  EXPECT_EQ(usage->cpus_limit(), 0.1);
}

TEST_F(CgroupIsolatorsTest, WithoutCfsThereIsNoQuota) {
  Isolate({"cgroups/cpu"});
  ASSERT_EQ(Launch("c1", With("cpus:1", "exec sleep 1000")), absl::OkStatus());
  EXPECT_EQ(ReadWholeFile(absl::StrCat(MountOf("cpu"), "/", root_name_, "/c1/cpu.cfs_quota_us")),
            "-1\n");
}

TEST_F(CgroupIsolatorsTest, MemoryIsLimitedAndNeverLowered) {
  Isolate({"cgroups/mem"});
  ASSERT_EQ(Launch("c1", With("mem:64", "exec sleep 1000")), absl::OkStatus());
  const auto limits = [&] {
    return std::pair(Number("c1", "memory", "limit_in_bytes") / kMegabyte,
                     Number("c1", "memory", "soft_limit_in_bytes") / kMegabyte);
  };
  EXPECT_EQ(limits(), std::pair(uint64_t{64}, uint64_t{64}));
  EXPECT_EQ(Update("c1", "mem:128"), absl::OkStatus());
  EXPECT_EQ(limits(), std::pair(uint64_t{128}, uint64_t{128}));
  EXPECT_EQ(Update("c1", "mem:1"), absl::OkStatus());
  EXPECT_EQ(limits(), std::pair(uint64_t{128}, uint64_t{32}));
  const auto usage = Usage("c1");
  ASSERT_TRUE(usage.ok()) << usage.status();
  EXPECT_EQ(usage->mem_limit_bytes(), 128 * kMegabyte);
  EXPECT_EQ(usage->mem_soft_limit_bytes(), 32 * kMegabyte);
  EXPECT_GT(usage->mem_total_bytes(), 0u);
  EXPECT_LT(usage->mem_total_bytes(), 32 * kMegabyte);
}

TEST_F(CgroupIsolatorsTest, ATaskThatTakesMoreMemoryFails) {
  Isolate({"cgroups/mem"});
  ASSERT_EQ(Launch("c1", With("mem:64", "exec tail /dev/zero")), absl::OkStatus());
  ExpectMemoryLimitation(Wait("c1"));
}

TEST_F(CgroupIsolatorsTest, ATaskOfWhichAPartTakesMoreMemoryIsEnded) {
  Isolate({"cgroups/mem"});
  ASSERT_EQ(Launch("c1", With("mem:64", "(tail /dev/zero); exec sleep 1000")), absl::OkStatus());
  ExpectMemoryLimitation(Wait("c1"));
}

TEST_F(CgroupIsolatorsTest, ARestartedAgentHearsOfItToo) {
  Isolate({"cgroups/mem"});
  const std::string pipe = MakePipe("go");
  ASSERT_EQ(Launch("c1", With("mem:64", absl::StrCat("read line < ", pipe,
                                                     "; (tail /dev/zero); exec sleep 1000"))),
            absl::OkStatus());
  ASSERT_EQ(Restart({"c1"}), absl::OkStatus());
  std::ofstream(pipe) << "go\n";
  ExpectMemoryLimitation(Wait("c1"));
}

TEST_F(CgroupIsolatorsTest, AMemoryLimitThatWasMetWhileTheAgentWasAwayIsTold) {
  Isolate({"cgroups/mem"});
  const std::string pipe = MakePipe("go");
  ASSERT_EQ(
      Launch("c1", With("mem:64", absl::StrCat("read line < ", pipe, "; exec tail /dev/zero"))),
      absl::OkStatus());
  const pid_t supervisor = SupervisorOf("c1");
  containerizer_.reset();
  std::ofstream(pipe) << "go\n";
  AwaitDeath(supervisor);
  ASSERT_EQ(Restart({"c1"}), absl::OkStatus());
  ExpectMemoryLimitation(Wait("c1"));
}

TEST_F(CgroupIsolatorsTest, EachHierarchyHasTheContainerAndLosesIt) {
  Isolate({"posix/cpu", "cgroups/cpu", "cgroups/mem", "cgroups/pids", "posix/mem"});
  ASSERT_EQ(Launch("c1", With("cpus:1;mem:64", "cat /proc/self/cgroup; exec sleep 1000")),
            absl::OkStatus());
  while (Output("c1").find("\n1:") == std::string::npos &&
         Output("c1").find("0::") == std::string::npos) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  for (const std::string controller : {"cpu", "cpuacct", "memory", "pids", "freezer"}) {
    EXPECT_THAT(Output("c1"), HasSubstr(absl::StrCat(":", controller, ":/", root_name_, "/c1\n")));
  }
  EXPECT_TRUE(Destroy("c1").ok());
  // Whatever is left is found by TearDown.
  ContainerConfig config = With("cpus:1;mem:64", "");
  config.command.set_shell(false);
  config.command.set_value("/nowhere");
  EXPECT_FALSE(Launch("c2", config).ok());
}

TEST_F(CgroupIsolatorsTest, WhatIsLeftOfUnknownContainersIsRemovedAtRecovery) {
  Isolate({"cgroups/cpu"});
  // As after the agent was killed in the middle of a launch.
  for (const char* controller : {"cpu", "cpuacct"}) {
    ASSERT_TRUE(CgroupHierarchy::Open({.path = MountOf(controller)})
                    ->Create(absl::StrCat(root_name_, "/c1"))
                    .ok());
  }
  EXPECT_EQ(Restart({}), absl::OkStatus());
}

TEST_F(CgroupIsolatorsTest, NamesAreChecked) {
  containerizer_.reset();
  const auto error = [&] {
    return std::string(
        CreateMesosContainerizer(options_, {loop_.get(), nullptr}).status().message());
  };
  options_.isolation = {"cgroups/everything"};
  EXPECT_EQ(error(),
            "isolation names 'cgroups/everything'; expected some of posix/cpu, posix/mem, "
            "cgroups/cpu, cgroups/mem, cgroups/pids, or process or cgroups");
  options_.isolation = {"cgroups/cpu", "cgroups"};
  EXPECT_EQ(error(), "isolation names 'cgroups/cpu' twice");
  options_.launcher = MesosContainerizerOptions::Launcher::kPosix;
  options_.isolation = {"posix/mem", "cgroups/mem"};
  EXPECT_EQ(error(), "isolation names 'cgroups/mem', which needs the linux launcher");
  options_.isolation = {};
  Reopen();
}

}  // namespace
}  // namespace mesos
