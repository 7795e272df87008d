#include "mesoslib/containerizer/supervisor/launch_plan.h"

#include "gtest/gtest.h"

namespace mesos {
namespace {

LaunchPlan SomePlan() {
  LaunchPlan plan;
  plan.runtime_dir = "/run/containers/1";
  plan.sandbox = "/work/runs/1";
  plan.executable = "/bin/sh";
  plan.arguments = {"sh", "-c", "", "echo hello; exit 3"};
  plan.environment = {"A=1", "EMPTY="};
  plan.cgroups = {"/sys/fs/cgroup/a/cgroup.procs", "/sys/fs/cgroup/b/cgroup.procs"};
  plan.rlimits = {{7, 1024, ~uint64_t{0}}};
  plan.switch_user = true;
  plan.user = {1000, 100, {100, 4294967294u}};
  return plan;
}

TEST(LaunchPlanTest, DecodingGivesBackWhatWasEncoded) {
  const LaunchPlan plan = SomePlan();
  const std::string bytes = EncodePlan(plan);
  LaunchPlan decoded;
  ASSERT_TRUE(DecodePlan(bytes.data() + 4, bytes.size() - 4, &decoded));
  EXPECT_EQ(decoded.runtime_dir, plan.runtime_dir);
  EXPECT_EQ(decoded.sandbox, plan.sandbox);
  EXPECT_EQ(decoded.executable, plan.executable);
  EXPECT_EQ(decoded.arguments, plan.arguments);
  EXPECT_EQ(decoded.environment, plan.environment);
  EXPECT_EQ(decoded.cgroups, plan.cgroups);
  ASSERT_EQ(decoded.rlimits.size(), 1u);
  EXPECT_EQ(decoded.rlimits[0].resource, 7);
  EXPECT_EQ(decoded.rlimits[0].soft, 1024u);
  EXPECT_EQ(decoded.rlimits[0].hard, ~uint64_t{0});
  EXPECT_TRUE(decoded.switch_user);
  EXPECT_EQ(decoded.user.uid, 1000u);
  EXPECT_EQ(decoded.user.groups, plan.user.groups);
}

TEST(LaunchPlanTest, NoPrefixAndNoExtensionOfAPlanIsAPlan) {
  const std::string bytes = EncodePlan(SomePlan());
  LaunchPlan decoded;
  for (size_t size = 0; size < bytes.size() - 4; ++size) {
    EXPECT_FALSE(DecodePlan(bytes.data() + 4, size, &decoded)) << size;
  }
  const std::string longer = bytes + "x";
  EXPECT_FALSE(DecodePlan(longer.data() + 4, longer.size() - 4, &decoded));
}

}  // namespace
}  // namespace mesos
