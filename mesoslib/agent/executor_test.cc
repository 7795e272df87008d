#include "mesoslib/agent/executor.h"

#include <set>
#include <utility>

#include "gtest/gtest.h"

namespace mesos::agent {
namespace {

using State = Executor::State;

Executor::Spec MakeSpec(bool command_task) {
  Executor::Spec spec;
  spec.info.mutable_executor_id()->set_value("E");
  spec.resources = *Resources::Parse("cpus:1");
  spec.command_task = command_task;
  return spec;
}

std::unique_ptr<Task> MakeTask(const std::string& id) {
  v1::TaskInfo info;
  info.mutable_task_id()->set_value(id);
  return std::make_unique<Task>(info, *Resources::Parse("cpus:2"));
}

// Brings a new executor into `state`.
void Reach(Executor& executor, State state) {
  if (state == State::kStarting) return;
  if (state == State::kRunning && !executor.command_task()) {
    ASSERT_TRUE(executor.Move(State::kRegistering).ok());
  }
  ASSERT_TRUE(executor.Move(state).ok());
}

TEST(ExecutorTest, OnlyTheArrowsOfThePictureExist) {
  const std::set<std::pair<State, State>> custom = {
      {State::kStarting, State::kRegistering},    {State::kStarting, State::kTerminating},
      {State::kStarting, State::kTerminated},     {State::kRegistering, State::kRunning},
      {State::kRegistering, State::kTerminating}, {State::kRegistering, State::kTerminated},
      {State::kRunning, State::kTerminating},     {State::kRunning, State::kTerminated},
      {State::kTerminating, State::kTerminated}};
  const std::set<std::pair<State, State>> command = {
      {State::kStarting, State::kRunning},    {State::kStarting, State::kTerminating},
      {State::kStarting, State::kTerminated}, {State::kRunning, State::kTerminating},
      {State::kRunning, State::kTerminated},  {State::kTerminating, State::kTerminated}};
  const State all[] = {State::kStarting, State::kRegistering, State::kRunning, State::kTerminating,
                       State::kTerminated};
  for (bool command_task : {false, true}) {
    const auto& arrows = command_task ? command : custom;
    for (State from : all) {
      if (command_task && from == State::kRegistering) continue;
      for (State to : all) {
        Executor executor(MakeSpec(command_task));
        Reach(executor, from);
        const bool moved = executor.Move(to).ok();
        EXPECT_EQ(moved, arrows.count({from, to}) > 0)
            << command_task << ": " << ToString(from) << " -> " << ToString(to);
        EXPECT_EQ(executor.state(), moved ? to : from);
      }
    }
  }
}

TEST(ExecutorTest, HoldsItsOwnResourcesAndThoseOfLiveTasks) {
  Executor executor(MakeSpec(false));
  executor.AddTask(MakeTask("a"));
  Task* b = executor.AddTask(MakeTask("b"));
  EXPECT_EQ(executor.AddTask(MakeTask("a")), nullptr);
  EXPECT_EQ(executor.Allocated(), *Resources::Parse("cpus:5"));
  v1::TaskStatus finished;
  finished.set_state(v1::TASK_FINISHED);
  ASSERT_TRUE(b->Apply(finished).ok());
  EXPECT_EQ(executor.Allocated(), *Resources::Parse("cpus:3"));
  ASSERT_TRUE(executor.Move(State::kTerminated).ok());
  EXPECT_TRUE(executor.Allocated().empty());
}

TEST(ExecutorTest, AGroupIsWithdrawnAsAWhole) {
  Executor executor(MakeSpec(false));
  for (const char* id : {"a", "b", "c"}) executor.AddTask(MakeTask(id));
  executor.Enqueue({.tasks = {TaskId("a")}});
  executor.Enqueue({.tasks = {TaskId("b"), TaskId("c")}, .group = true});
  EXPECT_EQ(executor.Withdraw(TaskId("c")).tasks.size(), 2u);
  EXPECT_EQ(executor.Withdraw(TaskId("c")).tasks.size(), 0u);
  EXPECT_EQ(executor.queue().size(), 1u);
}

TEST(ExecutorTest, ItsHistoryIsBounded) {
  Executor executor(MakeSpec(false));
  for (size_t i = 0; i < Executor::kMaxCompletedTasks + 5; ++i) executor.Complete(v1::Task());
  EXPECT_EQ(executor.completed_tasks().size(), Executor::kMaxCompletedTasks);
}

}  // namespace
}  // namespace mesos::agent
