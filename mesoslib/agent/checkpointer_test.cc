#include "mesoslib/agent/checkpointer.h"

#include <optional>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/base/simulated_event_loop.h"
#include "mesoslib/testing/fake_state_store.h"

namespace mesos::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

class CheckpointerTest : public ::testing::Test {
 protected:
  CheckpointerTest()
      : store_(&loop_),
        checkpointer_(&loop_, &store_, [this](absl::Status status) { failed_ = status; }) {
    framework_.mutable_id()->set_value("F");
  }

  v1::TaskInfo MakeTask(const std::string& id) {
    v1::TaskInfo task;
    task.mutable_task_id()->set_value(id);
    return task;
  }

  absl::StatusOr<RecoveredState> Load() {
    absl::StatusOr<RecoveredState> result = absl::UnknownError("not answered");
    checkpointer_.Load([&](absl::StatusOr<RecoveredState> state) { result = std::move(state); });
    loop_.Settle();
    return result;
  }

  SimulatedEventLoop loop_;
  FakeStateStore store_;
  std::optional<absl::Status> failed_;
  Checkpointer checkpointer_;
  v1::FrameworkInfo framework_;
  const FrameworkId f_{"F"};
  const ExecutorId e_{"E"};
};

TEST_F(CheckpointerTest, WhatChangesInOneTurnIsOneCommit) {
  checkpointer_.PutFramework(framework_);
  checkpointer_.PutExecutor(f_, e_, {});
  for (int i = 0; i < 100; ++i) checkpointer_.PutTask(f_, e_, MakeTask(std::to_string(i)));
  EXPECT_THAT(store_.snapshot().entries, IsEmpty());
  loop_.Settle();
  EXPECT_EQ(store_.commits(), 1);
  EXPECT_THAT(store_.snapshot().entries, SizeIs(102));
}

TEST_F(CheckpointerTest, CommitsFollowEachOtherWithoutWaitingAndAreToldOfInOrder) {
  store_.hold = true;
  std::vector<int> done;
  for (int i = 0; i < 3; ++i) {
    checkpointer_.PutTask(f_, e_, MakeTask(std::to_string(i)));
    checkpointer_.WhenDurable([&done, i] { done.push_back(i); });
    loop_.Settle();
  }
  checkpointer_.WhenDurable([&done] { done.push_back(3); });
  loop_.Settle();
  EXPECT_EQ(store_.waiting(), 3u);
  EXPECT_THAT(done, IsEmpty());
  store_.Release();
  loop_.Settle();
  EXPECT_THAT(done, ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(store_.snapshot().version, 3u);
}

TEST_F(CheckpointerTest, WithNothingToWriteItIsDurableSoonButNotAtOnce) {
  bool done = false;
  checkpointer_.WhenDurable([&] { done = true; });
  EXPECT_FALSE(done);
  loop_.Settle();
  EXPECT_TRUE(done);
  EXPECT_EQ(store_.commits(), 0);
}

TEST_F(CheckpointerTest, AFailureIsToldOnceAndIsTheEnd) {
  store_.commits_until_failure = 0;
  bool done = false;
  checkpointer_.PutFramework(framework_);
  checkpointer_.WhenDurable([&] { done = true; });
  loop_.Settle();
  ASSERT_TRUE(failed_.has_value());
  EXPECT_THAT(failed_->message(), HasSubstr("the disk is full"));
  failed_.reset();
  checkpointer_.PutTask(f_, e_, MakeTask("t"));
  checkpointer_.WhenDurable([&] { done = true; });
  loop_.Settle();
  EXPECT_FALSE(done);
  EXPECT_FALSE(failed_.has_value());
  EXPECT_EQ(store_.commits(), 1);
}

TEST_F(CheckpointerTest, SomebodyElsesWriteIsAFailure) {
  store_.snapshot().version = 5;
  checkpointer_.PutFramework(framework_);
  loop_.Settle();
  ASSERT_TRUE(failed_.has_value());
  EXPECT_TRUE(absl::IsAborted(*failed_));
}

TEST_F(CheckpointerTest, ReadsBackWhatItWrote) {
  internal::AgentCheckpoint agent;
  agent.mutable_agent()->mutable_id()->set_value("S0");
  agent.set_boot_id("boot");
  internal::ExecutorCheckpoint executor;
  executor.set_container_id("C");
  executor.mutable_executor()->mutable_executor_id()->set_value("E");
  internal::UpdateCheckpoint update;
  update.mutable_status()->mutable_task_id()->set_value("t");
  update.mutable_status()->set_state(v1::TASK_RUNNING);
  update.mutable_status()->set_uuid(std::string(16, 'u'));
  update.set_acknowledged(true);
  checkpointer_.PutAgent(agent);
  checkpointer_.PutFramework(framework_);
  checkpointer_.PutExecutor(f_, e_, executor);
  checkpointer_.PutTask(f_, e_, MakeTask("t"));
  checkpointer_.PutTask(f_, e_, MakeTask("removed"));
  checkpointer_.PutUpdate(f_, 9, update);
  update.set_acknowledged(false);
  checkpointer_.PutUpdate(f_, 10, update);
  loop_.Settle();
  checkpointer_.RemoveTask(f_, e_, TaskId("removed"));
  loop_.Settle();

  absl::StatusOr<RecoveredState> state = Load();
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_THAT(state->damaged, IsEmpty());
  EXPECT_EQ(state->agent->boot_id(), "boot");
  const RecoveredFramework& framework = state->frameworks.at(f_);
  EXPECT_EQ(framework.info.id().value(), "F");
  EXPECT_EQ(framework.executors.at(e_).checkpoint.container_id(), "C");
  EXPECT_THAT(framework.executors.at(e_).tasks, SizeIs(1));
  const auto& updates = framework.updates.at(TaskId("t"));
  ASSERT_THAT(updates, SizeIs(2));
  EXPECT_EQ(updates[0].number, 9u);
  EXPECT_TRUE(updates[0].acknowledged);
  EXPECT_EQ(updates[1].number, 10u);
  EXPECT_FALSE(updates[1].acknowledged);

  checkpointer_.Clear();
  loop_.Settle();
  EXPECT_THAT(store_.snapshot().entries, IsEmpty());
}

TEST_F(CheckpointerTest, Case41_WhatIsSetAsideIsNeverOverwrittenOrCleared) {
  store_.snapshot().entries = {
      {"nonsense", "new"}, {"damaged/nonsense", "old"}, {"damaged/nonsense.2", "older"}};
  absl::StatusOr<RecoveredState> state = Load();
  ASSERT_TRUE(state.ok());
  checkpointer_.SetAside(state->damaged);
  checkpointer_.Clear();
  loop_.Settle();
  EXPECT_THAT(store_.snapshot().entries,
              ElementsAre(Pair("damaged/nonsense", "old"), Pair("damaged/nonsense.2", "older"),
                          Pair("damaged/nonsense.3", "new")));
}

}  // namespace
}  // namespace mesos::agent
