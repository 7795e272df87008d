#include "mesoslib/agent/task.h"

#include "gtest/gtest.h"

namespace mesos::agent {
namespace {

Task MakeTask() {
  v1::TaskInfo info;
  info.mutable_task_id()->set_value("t");
  return Task(info, Resources());
}

v1::TaskStatus Status(v1::TaskState state) {
  v1::TaskStatus status;
  status.set_state(state);
  return status;
}

TEST(TaskTest, IsHandedOverOnce) {
  Task task = MakeTask();
  EXPECT_EQ(task.phase(), Task::Phase::kQueued);
  EXPECT_TRUE(task.HandOver().ok());
  EXPECT_EQ(task.phase(), Task::Phase::kLaunched);
  EXPECT_TRUE(absl::IsFailedPrecondition(task.HandOver()));
}

TEST(TaskTest, EveryTerminalStateIsFinal) {
  for (int value = v1::TaskState_MIN; value <= v1::TaskState_MAX; ++value) {
    if (!v1::TaskState_IsValid(value)) continue;
    const auto state = static_cast<v1::TaskState>(value);
    if (!IsTerminal(state)) continue;
    for (bool launched : {false, true}) {
      Task task = MakeTask();
      if (launched) {
        ASSERT_TRUE(task.HandOver().ok());
      }
      ASSERT_TRUE(task.Apply(Status(state)).ok()) << v1::TaskState_Name(state);
      EXPECT_EQ(task.phase(), Task::Phase::kEnded);
      EXPECT_TRUE(absl::IsFailedPrecondition(task.Apply(Status(v1::TASK_RUNNING))));
      EXPECT_TRUE(absl::IsFailedPrecondition(task.Apply(Status(v1::TASK_FAILED))));
      EXPECT_TRUE(absl::IsFailedPrecondition(task.HandOver()));
      EXPECT_EQ(task.state(), state);
    }
  }
}

TEST(TaskTest, StatesThatAreNotForExecutorsAreRefused) {
  Task task = MakeTask();
  ASSERT_TRUE(task.HandOver().ok());
  for (v1::TaskState state : {v1::TASK_STAGING, v1::TASK_UNREACHABLE, v1::TASK_UNKNOWN}) {
    EXPECT_TRUE(absl::IsInvalidArgument(task.Apply(Status(state))));
  }
  EXPECT_EQ(task.state(), v1::TASK_STAGING);
  for (v1::TaskState state : {v1::TASK_STARTING, v1::TASK_RUNNING, v1::TASK_KILLING}) {
    EXPECT_TRUE(task.Apply(Status(state)).ok());
    EXPECT_EQ(task.state(), state);
  }
}

TEST(TaskTest, DataIsNotKept) {
  Task task = MakeTask();
  v1::TaskStatus status = Status(v1::TASK_RUNNING);
  status.set_data("big");
  ASSERT_TRUE(task.Apply(status).ok());
  const v1::Task proto = task.ToProto(FrameworkId("F"), ExecutorId("E"), AgentId("S"));
  ASSERT_EQ(proto.statuses_size(), 1);
  EXPECT_FALSE(proto.statuses(0).has_data());
  EXPECT_EQ(proto.executor_id().value(), "E");
}

TEST(TaskTest, FrameworksWithoutPartitionsHearOfLostTasks) {
  EXPECT_EQ(WithoutPartitions(v1::TASK_DROPPED), v1::TASK_LOST);
  EXPECT_EQ(WithoutPartitions(v1::TASK_GONE), v1::TASK_LOST);
  EXPECT_EQ(WithoutPartitions(v1::TASK_FAILED), v1::TASK_FAILED);
}

}  // namespace
}  // namespace mesos::agent
