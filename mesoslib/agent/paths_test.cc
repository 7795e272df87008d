#include "mesoslib/agent/paths.h"

#include "gtest/gtest.h"

namespace mesos::agent {
namespace {

TEST(PathsTest, ASandboxLiesWhereMesosUsersLookForIt) {
  EXPECT_EQ(SandboxPath("/var/lib/mesos", AgentId("S0"), FrameworkId("F"), ExecutorId("E"),
                        ContainerId("C")),
            "/var/lib/mesos/slaves/S0/frameworks/F/executors/E/runs/C");
}

TEST(PathsTest, ATrailingSlashOfTheWorkDirMakesNoDifference) {
  EXPECT_EQ(SandboxPath("/w//", AgentId("S0"), FrameworkId("F"), ExecutorId("E"), ContainerId("C")),
            "/w/slaves/S0/frameworks/F/executors/E/runs/C");
}

}  // namespace
}  // namespace mesos::agent
