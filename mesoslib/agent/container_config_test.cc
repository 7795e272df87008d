#include "mesoslib/agent/container_config.h"

#include "gtest/gtest.h"

namespace mesos::agent {
namespace {

class ContainerConfigTest : public ::testing::Test {
 protected:
  ContainerConfigTest() {
    framework_.mutable_id()->set_value("F");
    framework_.set_user("alice");
    options_.switch_user = true;
    info_.mutable_task_id()->set_value("t");
  }

  ContainerConfig Make() {
    Executor::Spec spec;
    spec.info.mutable_executor_id()->set_value("t");
    spec.directory = "/sandbox";
    Resources resources = *Resources::Parse("cpus:1");
    resources.Allocate("eng");
    return CommandContainer(options_, AgentId("S0"), framework_, Executor(std::move(spec)),
                            Task(info_, resources));
  }

  AgentOptions options_;
  v1::FrameworkInfo framework_;
  v1::TaskInfo info_;
};

TEST_F(ContainerConfigTest, ACommandFindsItsIdentityInItsEnvironment) {
  const ContainerConfig config = Make();
  EXPECT_EQ(config.environment.at("MESOS_TASK_ID"), "t");
  EXPECT_EQ(config.environment.at("MESOS_SANDBOX"), "/sandbox");
  EXPECT_EQ(config.environment.at("MESOS_ALLOCATION_ROLE"), "eng");
  EXPECT_NE(config.environment.at("PATH").find("/usr/bin"), std::string::npos);
}

TEST_F(ContainerConfigTest, TheOperatorMaySetVariablesButNotTheIdentity) {
  options_.executor_environment_variables = {
      {"PATH", "/opt/bin"}, {"PROXY", "p"}, {"MESOS_TASK_ID", "other"}};
  const ContainerConfig config = Make();
  EXPECT_EQ(config.environment.at("PATH"), "/opt/bin");
  EXPECT_EQ(config.environment.at("PROXY"), "p");
  EXPECT_EQ(config.environment.at("MESOS_TASK_ID"), "t");
}

TEST_F(ContainerConfigTest, TheCommandsUserComesBeforeTheFrameworks) {
  EXPECT_EQ(Make().user, "alice");
  info_.mutable_command()->set_user("bob");
  EXPECT_EQ(Make().user, "bob");
  options_.switch_user = false;
  EXPECT_EQ(Make().user, "");
}

TEST_F(ContainerConfigTest, DurationsAreWrittenAsMesosReadsThem) {
  EXPECT_EQ(DurationText(absl::Seconds(5)), "5secs");
  EXPECT_EQ(DurationText(absl::Minutes(15)), "15mins");
  EXPECT_EQ(DurationText(absl::Milliseconds(1500)), "1500ms");
  EXPECT_EQ(DurationText(absl::Nanoseconds(7)), "7ns");
  EXPECT_EQ(DurationText(absl::ZeroDuration()), "0ns");
}

}  // namespace
}  // namespace mesos::agent
