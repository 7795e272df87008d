#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/executor.h"

namespace mesos {
namespace {

using testing::HasSubstr;

class ExecutorEnvironmentTest : public testing::Test {
 protected:
  std::string Error() {
    absl::Status status = ParseExecutorEnvironment(environment_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    return std::string(status.message());
  }

  std::map<std::string, std::string> environment_ = {{"MESOS_FRAMEWORK_ID", "F1"},
                                                     {"MESOS_EXECUTOR_ID", "E1"},
                                                     {"MESOS_AGENT_ENDPOINT", "10.0.0.1:5051"}};
};

TEST_F(ExecutorEnvironmentTest, NeedsLittle) {
  auto parsed = ParseExecutorEnvironment(environment_);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->options.framework_id.value(), "F1");
  EXPECT_EQ(parsed->options.executor_id.value(), "E1");
  EXPECT_EQ(parsed->agent_address, "10.0.0.1:5061");
  EXPECT_FALSE(parsed->options.checkpoint);
  EXPECT_EQ(parsed->options.recovery_timeout, absl::Minutes(15));
  EXPECT_EQ(parsed->options.subscription_backoff_max, absl::Seconds(2));
}

TEST_F(ExecutorEnvironmentTest, TakesAllThatTheAgentSets) {
  environment_["MESOS_AGENT_GRPC_ENDPOINT"] = "[::1]:7000";
  environment_["MESOS_CHECKPOINT"] = "1";
  environment_["MESOS_RECOVERY_TIMEOUT"] = "10mins";
  environment_["MESOS_SUBSCRIPTION_BACKOFF_MAX"] = "500ms";
  environment_["MESOS_DIRECTORY"] = "/sandbox";
  auto parsed = ParseExecutorEnvironment(environment_);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->agent_address, "[::1]:7000");
  EXPECT_TRUE(parsed->options.checkpoint);
  EXPECT_EQ(parsed->options.recovery_timeout, absl::Minutes(10));
  EXPECT_EQ(parsed->options.subscription_backoff_max, absl::Milliseconds(500));
}

TEST_F(ExecutorEnvironmentTest, NamesTheVariableThatIsMissing) {
  for (const char* name : {"MESOS_FRAMEWORK_ID", "MESOS_EXECUTOR_ID", "MESOS_AGENT_ENDPOINT"}) {
    auto variable = environment_.extract(name);
    EXPECT_THAT(Error(), HasSubstr(name));
    variable.mapped() = "";
    environment_.insert(std::move(variable));
    EXPECT_THAT(Error(), HasSubstr(name));
    environment_[name] = "10.0.0.1:5051";
  }
}

TEST_F(ExecutorEnvironmentTest, NamesTheVariableThatIsMalformed) {
  for (const char* address : {"10.0.0.1", ":5051", "10.0.0.1:", "10.0.0.1:0", "10.0.0.1:65530",
                              "10.0.0.1:x", "10.0.0.1:-1", "10.0.0.1: 5051", "a:99999999999"}) {
    environment_["MESOS_AGENT_ENDPOINT"] = address;
    EXPECT_THAT(Error(), HasSubstr("MESOS_AGENT_ENDPOINT is '")) << address;
  }
  environment_["MESOS_AGENT_GRPC_ENDPOINT"] = "10.0.0.1:65536";
  EXPECT_THAT(Error(), HasSubstr("MESOS_AGENT_GRPC_ENDPOINT is '"));
  environment_["MESOS_AGENT_GRPC_ENDPOINT"] = "10.0.0.1:65535";
  environment_["MESOS_CHECKPOINT"] = "yes";
  EXPECT_THAT(Error(), HasSubstr("MESOS_CHECKPOINT is 'yes', expected 0 or 1"));
  environment_["MESOS_CHECKPOINT"] = "0";
  environment_["MESOS_RECOVERY_TIMEOUT"] = "15";
  EXPECT_THAT(Error(), HasSubstr("MESOS_RECOVERY_TIMEOUT: invalid duration '15'"));
}

}  // namespace
}  // namespace mesos
