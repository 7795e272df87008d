#include "mesoslib/agent/status_updates.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/base/simulated_event_loop.h"
#include "mesoslib/testing/fake_state_store.h"

namespace mesos::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class StatusUpdatesTest : public ::testing::Test {
 protected:
  StatusUpdatesTest()
      : store_(&loop_),
        checkpointer_(&loop_, &store_, [](absl::Status) {}),
        updates_(
            &loop_, &checkpointer_, Logger(nullptr),
            [this](const FrameworkId&, const v1::TaskStatus& status, v1::TaskState latest) {
              forwarded_.push_back(status.task_id().value() + " " + status.uuid());
              latest_ = latest;
            },
            [this](const FrameworkId&, const TaskId& task) { ended_.push_back(task.value()); }) {
    updates_.Resume();
  }

  absl::Status Add(const std::string& task, v1::TaskState state, const std::string& uuid) {
    v1::TaskStatus status;
    status.mutable_task_id()->set_value(task);
    status.set_state(state);
    status.set_uuid(uuid);
    const absl::Status result =
        updates_.Add(f_, checkpoint_, status, [this, uuid] { durable_.push_back(uuid); });
    loop_.Settle();
    return result;
  }

  void Acknowledge(const std::string& task, const std::string& uuid) {
    updates_.Acknowledge(f_, TaskId(task), uuid);
    loop_.Settle();
  }

  SimulatedEventLoop loop_;
  FakeStateStore store_;
  Checkpointer checkpointer_;
  std::vector<std::string> forwarded_;
  std::vector<std::string> ended_;
  std::vector<std::string> durable_;
  v1::TaskState latest_ = v1::TASK_STAGING;
  bool checkpoint_ = true;
  StatusUpdates updates_;
  const FrameworkId f_{"F"};
};

TEST_F(StatusUpdatesTest, OneIsInFlightPerTaskAndTheNextFollowsTheAcknowledgement) {
  EXPECT_TRUE(Add("t", v1::TASK_RUNNING, "1").ok());
  EXPECT_TRUE(Add("t", v1::TASK_FINISHED, "2").ok());
  EXPECT_TRUE(Add("u", v1::TASK_RUNNING, "3").ok());
  EXPECT_THAT(forwarded_, ElementsAre("t 1", "u 3"));
  Acknowledge("t", "1");
  EXPECT_THAT(forwarded_, ElementsAre("t 1", "u 3", "t 2"));
  EXPECT_THAT(ended_, IsEmpty());
  Acknowledge("t", "2");
  EXPECT_THAT(ended_, ElementsAre("t"));
  EXPECT_FALSE(updates_.HasStream(f_, TaskId("t")));
  EXPECT_TRUE(updates_.HasStreams(f_));
}

TEST_F(StatusUpdatesTest, AnUpdateIsDurableBeforeAnybodyHearsOfIt) {
  store_.hold = true;
  EXPECT_TRUE(Add("t", v1::TASK_RUNNING, "1").ok());
  EXPECT_THAT(forwarded_, IsEmpty());
  EXPECT_THAT(durable_, IsEmpty());
  store_.Release();
  loop_.Settle();
  EXPECT_THAT(forwarded_, ElementsAre("t 1"));
  EXPECT_THAT(durable_, ElementsAre("1"));
}

TEST_F(StatusUpdatesTest, UpdatesOfFrameworksThatDoNotCheckpointAreNotWritten) {
  checkpoint_ = false;
  EXPECT_TRUE(Add("t", v1::TASK_FINISHED, "1").ok());
  EXPECT_THAT(forwarded_, ElementsAre("t 1"));
  EXPECT_THAT(durable_, ElementsAre("1"));
  Acknowledge("t", "1");
  EXPECT_THAT(ended_, ElementsAre("t"));
  EXPECT_EQ(store_.commits(), 0);
}

TEST_F(StatusUpdatesTest, RepeatsAfterTenSecondsThenTwentyUpToTenMinutes) {
  EXPECT_TRUE(Add("t", v1::TASK_RUNNING, "1").ok());
  std::vector<int> gaps;
  absl::Time last = loop_.Now();
  while (gaps.size() < 9) {
    const size_t before = forwarded_.size();
    while (forwarded_.size() == before) loop_.Advance(absl::Seconds(1));
    gaps.push_back(static_cast<int>(absl::ToInt64Seconds(loop_.Now() - last)));
    last = loop_.Now();
  }
  EXPECT_THAT(gaps, ElementsAre(10, 20, 40, 80, 160, 320, 600, 600, 600));
  Acknowledge("t", "1");
  const size_t heard = forwarded_.size();
  loop_.Advance(absl::Hours(1));
  EXPECT_EQ(forwarded_.size(), heard);
}

TEST_F(StatusUpdatesTest, NothingIsForwardedWhilePausedAndAllFirstOnesAreOnResume) {
  EXPECT_TRUE(Add("t", v1::TASK_RUNNING, "1").ok());
  updates_.Pause();
  EXPECT_TRUE(Add("t", v1::TASK_FINISHED, "2").ok());
  EXPECT_TRUE(Add("u", v1::TASK_RUNNING, "3").ok());
  loop_.Advance(absl::Hours(1));
  EXPECT_THAT(forwarded_, ElementsAre("t 1"));
  updates_.Resume();
  EXPECT_THAT(forwarded_, ElementsAre("t 1", "t 1", "u 3"));
}

TEST_F(StatusUpdatesTest, SaysWhereTheTaskHasGotToMeanwhile) {
  updates_.Pause();
  EXPECT_TRUE(Add("t", v1::TASK_RUNNING, "1").ok());
  EXPECT_TRUE(Add("t", v1::TASK_FINISHED, "2").ok());
  updates_.Resume();
  EXPECT_THAT(forwarded_, ElementsAre("t 1"));
  EXPECT_EQ(latest_, v1::TASK_FINISHED);
  EXPECT_EQ(updates_.ForwardedState(f_, TaskId("t")), v1::TASK_RUNNING);
}

TEST_F(StatusUpdatesTest, Case43_DuplicatesAndStrayAcknowledgementsChangeNothing) {
  EXPECT_TRUE(Add("t", v1::TASK_RUNNING, "1").ok());
  EXPECT_TRUE(absl::IsAlreadyExists(Add("t", v1::TASK_RUNNING, "1")));
  EXPECT_THAT(durable_, ElementsAre("1", "1"));
  Acknowledge("t", "other");
  Acknowledge("unknown", "1");
  updates_.Acknowledge(FrameworkId("G"), TaskId("t"), "1");
  EXPECT_THAT(forwarded_, ElementsAre("t 1"));
  Acknowledge("t", "1");
  Acknowledge("t", "1");
  EXPECT_TRUE(absl::IsAlreadyExists(Add("t", v1::TASK_RUNNING, "1")));
  EXPECT_THAT(forwarded_, ElementsAre("t 1"));
}

TEST_F(StatusUpdatesTest, NothingComesAfterATerminalUpdate) {
  EXPECT_TRUE(Add("t", v1::TASK_KILLED, "1").ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(Add("t", v1::TASK_FINISHED, "2")));
  EXPECT_THAT(durable_, ElementsAre("1", "2"));
  Acknowledge("t", "1");
  EXPECT_THAT(forwarded_, ElementsAre("t 1"));
}

TEST_F(StatusUpdatesTest, OnlyTheLastFewAcknowledgedOnesStayWritten) {
  for (int i = 0; i < 20; ++i) {
    const std::string uuid = std::to_string(i);
    EXPECT_TRUE(Add("t", v1::TASK_RUNNING, uuid).ok());
    Acknowledge("t", uuid);
  }
  EXPECT_THAT(store_.snapshot().entries, SizeIs(8));
  EXPECT_TRUE(store_.Has("updates/F/t/0000000019"));
  EXPECT_TRUE(Add("t", v1::TASK_FINISHED, "end").ok());
  Acknowledge("t", "end");
  EXPECT_THAT(store_.snapshot().entries, IsEmpty());
}

TEST_F(StatusUpdatesTest, WithoutAcknowledgementsTheLatestTakesThePlaceOfTheLast) {
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(Add("t", v1::TASK_RUNNING, std::to_string(i)).ok());
  }
  EXPECT_THAT(store_.snapshot().entries, SizeIs(StatusUpdates::kMaxPending));
  EXPECT_TRUE(Add("t", v1::TASK_FINISHED, "end").ok());
  for (size_t i = 0; i < StatusUpdates::kMaxPending - 1; ++i) Acknowledge("t", std::to_string(i));
  Acknowledge("t", "end");
  EXPECT_FALSE(updates_.HasStream(FrameworkId("F"), TaskId("t")));
  EXPECT_THAT(store_.snapshot().entries, IsEmpty());
}

TEST_F(StatusUpdatesTest, ARecoveredStreamGoesOnWhereItWas) {
  EXPECT_TRUE(Add("t", v1::TASK_STARTING, "1").ok());
  Acknowledge("t", "1");
  EXPECT_TRUE(Add("t", v1::TASK_RUNNING, "2").ok());
  EXPECT_TRUE(Add("t", v1::TASK_FINISHED, "3").ok());
  std::vector<RecoveredUpdate> recovered;
  for (const auto& [key, value] : store_.snapshot().entries) {
    internal::UpdateCheckpoint update;
    ASSERT_TRUE(update.ParseFromString(value));
    recovered.push_back({recovered.size(), update.status(), update.acknowledged()});
  }
  updates_.RemoveFramework(f_);
  forwarded_.clear();
  updates_.Recover(f_, TaskId("t"), recovered);
  EXPECT_EQ(updates_.ForwardedState(f_, TaskId("t")), v1::TASK_RUNNING);
  updates_.Resume();
  EXPECT_THAT(forwarded_, ElementsAre("t 2"));
  EXPECT_TRUE(absl::IsAlreadyExists(Add("t", v1::TASK_RUNNING, "2")));
  Acknowledge("t", "2");
  Acknowledge("t", "3");
  EXPECT_THAT(ended_, ElementsAre("t"));
}

TEST_F(StatusUpdatesTest, ARemovedFrameworkLeavesNothingBehind) {
  EXPECT_TRUE(Add("t", v1::TASK_RUNNING, "1").ok());
  EXPECT_TRUE(Add("t", v1::TASK_FINISHED, "2").ok());
  updates_.RemoveFramework(f_);
  loop_.Settle();
  EXPECT_THAT(store_.snapshot().entries, IsEmpty());
  loop_.Advance(absl::Hours(1));
  EXPECT_THAT(forwarded_, ElementsAre("t 1"));
}

}  // namespace
}  // namespace mesos::agent
