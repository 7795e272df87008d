#include "mesoslib/agent/framework.h"

#include <string>

#include "gtest/gtest.h"

namespace mesos::agent {
namespace {

v1::FrameworkInfo MakeInfo(const std::string& id) {
  v1::FrameworkInfo info;
  info.mutable_id()->set_value(id);
  return info;
}

std::unique_ptr<Executor> MakeExecutor(const std::string& id, bool command_task) {
  Executor::Spec spec;
  spec.info.mutable_executor_id()->set_value(id);
  spec.resources = *Resources::Parse("cpus:1");
  spec.command_task = command_task;
  return std::make_unique<Executor>(std::move(spec));
}

void AddTask(Executor& executor, const std::string& id) {
  v1::TaskInfo info;
  info.mutable_task_id()->set_value(id);
  executor.AddTask(std::make_unique<Task>(info, *Resources::Parse("cpus:1")));
}

TEST(FrameworkTest, FindsTheExecutorOfATask) {
  Framework framework(MakeInfo("F"));
  Executor* custom = framework.AddExecutor(MakeExecutor("E", false));
  Executor* command = framework.AddExecutor(MakeExecutor("t", true));
  EXPECT_EQ(framework.AddExecutor(MakeExecutor("t", true)), nullptr);
  AddTask(*custom, "E");
  AddTask(*custom, "u");
  AddTask(*command, "t");
  EXPECT_EQ(framework.FindExecutorOf(TaskId("t")), command);
  EXPECT_EQ(framework.FindExecutorOf(TaskId("u")), custom);
  EXPECT_EQ(framework.FindExecutorOf(TaskId("v")), nullptr);
  EXPECT_EQ(framework.Allocated(), *Resources::Parse("cpus:5"));
  framework.CompleteExecutor(ExecutorId("E"), 10);
  EXPECT_EQ(framework.FindExecutorOf(TaskId("u")), nullptr);
  EXPECT_EQ(framework.completed().size(), 1u);
}

TEST(FrameworkTest, OnlyPartitionAwareOnesHearOfDroppedTasks) {
  Framework framework(MakeInfo("F"));
  EXPECT_EQ(framework.Known(v1::TASK_DROPPED), v1::TASK_LOST);
  v1::FrameworkInfo info = MakeInfo("F");
  info.add_capabilities()->set_type(v1::FrameworkInfo::Capability::PARTITION_AWARE);
  framework.set_info(info);
  EXPECT_EQ(framework.Known(v1::TASK_DROPPED), v1::TASK_DROPPED);
}

TEST(FrameworksTest, OneThatComesBackHasItsHistoryAndOneThatWasShutDownHasNot) {
  Frameworks frameworks(2);
  Framework& first = frameworks.Add(MakeInfo("F"));
  first.AddExecutor(MakeExecutor("E", false));
  first.CompleteExecutor(ExecutorId("E"), 10);
  frameworks.Complete(FrameworkId("F"));
  EXPECT_EQ(frameworks.Find(FrameworkId("F")), nullptr);
  Framework& again = frameworks.Add(MakeInfo("F"));
  EXPECT_EQ(again.completed().size(), 1u);
  EXPECT_TRUE(frameworks.completed().empty());
  again.Terminate();
  frameworks.Complete(FrameworkId("F"));
  EXPECT_FALSE(frameworks.Add(MakeInfo("F")).terminating());
  for (const char* id : {"G", "H", "I"}) {
    frameworks.Add(MakeInfo(id));
    frameworks.Complete(FrameworkId(id));
  }
  EXPECT_EQ(frameworks.completed().size(), 2u);
}

}  // namespace
}  // namespace mesos::agent
