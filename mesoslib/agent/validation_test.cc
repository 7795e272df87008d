#include "mesoslib/agent/validation.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/resources.h"

namespace mesos::agent {
namespace {

using ::testing::HasSubstr;

const AgentId kAgent("S0");

v1::TaskInfo MakeTask() {
  v1::TaskInfo task;
  task.mutable_task_id()->set_value("t");
  task.mutable_agent_id()->set_value("S0");
  task.mutable_command()->set_value("true");
  Resources::Parse("cpus:1")->ToProto(task.mutable_resources());
  return task;
}

TEST(ValidationTest, AGoodTaskPasses) {
  EXPECT_EQ(ValidateTask(MakeTask(), kAgent, false), absl::OkStatus());
}

TEST(ValidationTest, WhatIsWrongWithATaskIsNamed) {
  v1::TaskInfo task = MakeTask();
  task.mutable_agent_id()->set_value("S1");
  EXPECT_THAT(ValidateTask(task, kAgent, false).message(), HasSubstr("agent_id: 'S1'"));
  task = MakeTask();
  task.clear_command();
  EXPECT_THAT(ValidateTask(task, kAgent, false).message(), HasSubstr("command"));
  EXPECT_EQ(ValidateTask(task, kAgent, true), absl::OkStatus());
  task = MakeTask();
  task.mutable_kill_policy()->mutable_grace_period()->set_nanoseconds(-5);
  EXPECT_THAT(ValidateTask(task, kAgent, false).message(), HasSubstr("kill_policy.grace_period"));
  task = MakeTask();
  task.mutable_max_completion_time()->set_nanoseconds(-5);
  EXPECT_THAT(ValidateTask(task, kAgent, false).message(), HasSubstr("max_completion_time"));
  task = MakeTask();
  task.mutable_command()->set_shell(false);
  task.mutable_command()->clear_value();
  EXPECT_THAT(ValidateTask(task, kAgent, false).message(), HasSubstr("command.value"));
  task.mutable_command()->add_arguments("/bin/true");
  EXPECT_EQ(ValidateTask(task, kAgent, false), absl::OkStatus());
}

TEST(ValidationTest, ExecutorsNeedAnIdAndACommand) {
  const FrameworkId framework("F");
  v1::ExecutorInfo executor;
  executor.set_type(v1::ExecutorInfo::DEFAULT);
  EXPECT_TRUE(absl::IsUnimplemented(ValidateExecutor("executor", executor, framework)));
  executor.clear_type();
  EXPECT_THAT(ValidateExecutor("executor", executor, framework).message(),
              HasSubstr("executor.executor_id"));
  executor.mutable_executor_id()->set_value("E");
  EXPECT_THAT(ValidateExecutor("executor", executor, framework).message(),
              HasSubstr("executor.command"));
  executor.mutable_command()->set_value("run");
  EXPECT_EQ(ValidateExecutor("executor", executor, framework), absl::OkStatus());
  executor.mutable_framework_id()->set_value("G");
  EXPECT_THAT(ValidateExecutor("executor", executor, framework).message(),
              HasSubstr("executor.framework_id: 'G'"));
}

TEST(ValidationTest, ExecutorCallsNeedWhatTheirTypeNeeds) {
  v1::executor::Call call;
  call.mutable_framework_id()->set_value("F");
  EXPECT_THAT(ValidateExecutorCall(call).message(), HasSubstr("type"));
  call.set_type(v1::executor::Call::MESSAGE);
  EXPECT_THAT(ValidateExecutorCall(call).message(), HasSubstr("executor_id"));
  call.mutable_executor_id()->set_value("..");
  EXPECT_THAT(ValidateExecutorCall(call).message(), HasSubstr("executor_id"));
  call.mutable_executor_id()->set_value("E");
  EXPECT_THAT(ValidateExecutorCall(call).message(), HasSubstr("message"));
  call.set_type(v1::executor::Call::UPDATE);
  EXPECT_THAT(ValidateExecutorCall(call).message(), HasSubstr("update"));
  call.mutable_update()->mutable_status()->mutable_task_id()->set_value("t");
  EXPECT_THAT(ValidateExecutorCall(call).message(), HasSubstr("update.status.state"));
  call.mutable_update()->mutable_status()->set_state(v1::TASK_RUNNING);
  EXPECT_THAT(ValidateExecutorCall(call).message(), HasSubstr("update.status.uuid"));
  call.set_type(v1::executor::Call::SUBSCRIBE);
  EXPECT_EQ(ValidateExecutorCall(call), absl::OkStatus());
  call.mutable_subscribe()->add_unacknowledged_updates();
  EXPECT_THAT(ValidateExecutorCall(call).message(), HasSubstr("unacknowledged_updates"));
}

}  // namespace
}  // namespace mesos::agent
