// An agent that is drained: what becomes of what runs, of what is to be launched, and of the drain
// itself when the agent starts again.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/internal/checkpoint.pb.h"
#include "mesoslib/agent/agent_fixture.h"

namespace mesos::agent {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

class DrainingTest : public AgentTest {
 protected:
  static v1::DrainConfig Config(std::optional<absl::Duration> grace = std::nullopt,
                                bool mark_gone = false) {
    v1::DrainConfig config;
    if (grace) config.mutable_max_grace_period()->set_nanoseconds(absl::ToInt64Nanoseconds(*grace));
    if (mark_gone) config.set_mark_gone(true);
    return config;
  }

  void Drain(std::optional<v1::DrainConfig> config) {
    MasterMessage message;
    message.mutable_drain();
    if (config) *message.mutable_drain()->mutable_config() = *config;
    Say(std::move(message));
  }

  static v1::TaskInfo Patient(const std::string& id, absl::Duration grace) {
    v1::TaskInfo task = Command(id);
    task.mutable_kill_policy()->mutable_grace_period()->set_nanoseconds(
        absl::ToInt64Nanoseconds(grace));
    return task;
  }

  internal::AgentCheckpoint Written() const {
    internal::AgentCheckpoint checkpoint;
    EXPECT_TRUE(checkpoint.ParseFromString(store_.snapshot().entries.at("agent")));
    return checkpoint;
  }
};

TEST_F(DrainingTest, ItsTasksAreKilledAndSayWhy) {
  StartAgent();
  Run({Command("t1"), Command("t2")});
  Drain(Config());
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_RUNNING, v1::TASK_KILLED));
  for (const char* id : {"t1", "t2"}) {
    EXPECT_EQ(master_.LatestOf(id).state(), v1::TASK_KILLED);
    EXPECT_EQ(master_.LatestOf(id).reason(), v1::TaskStatus::REASON_AGENT_DRAINING);
  }
  EXPECT_THAT(containerizer_.Running(), IsEmpty());
}

TEST_F(DrainingTest, TheDrainOnlyLowersGracePeriods) {
  containerizer_.ignore_sigterm = true;
  StartAgent();
  Run({Patient("long", absl::Minutes(5)), Patient("short", absl::Seconds(2)), Command("none")});
  Drain(Config(absl::Seconds(10)));
  Advance(absl::Seconds(2) + absl::Milliseconds(1));
  EXPECT_EQ(master_.LatestOf("short").state(), v1::TASK_KILLED);
  EXPECT_EQ(master_.LatestOf("none").state(), v1::TASK_RUNNING);
  Advance(absl::Seconds(1));
  EXPECT_EQ(master_.LatestOf("none").state(), v1::TASK_KILLED) << "its default is three seconds";
  Advance(absl::Seconds(6));
  EXPECT_EQ(master_.LatestOf("long").state(), v1::TASK_RUNNING);
  Advance(absl::Seconds(1));
  EXPECT_EQ(master_.LatestOf("long").state(), v1::TASK_KILLED);
}

TEST_F(DrainingTest, WithoutACapATaskHasItsOwnTime) {
  containerizer_.ignore_sigterm = true;
  StartAgent();
  Run({Patient("long", absl::Minutes(5))});
  Drain(Config());
  Advance(absl::Minutes(4));
  EXPECT_EQ(master_.LatestOf("long").state(), v1::TASK_RUNNING);
  Drain(Config(absl::ZeroDuration()));
  Advance(absl::Milliseconds(1));
  EXPECT_EQ(master_.LatestOf("long").state(), v1::TASK_KILLED) << "the operator cannot wait";
}

TEST_F(DrainingTest, ANegativeGracePeriodIsNone) {
  containerizer_.ignore_sigterm = true;
  StartAgent();
  Run({Patient("long", absl::Minutes(5))});
  Drain(Config(-absl::Seconds(1)));
  Advance(absl::Milliseconds(1));
  EXPECT_EQ(master_.LatestOf("long").state(), v1::TASK_KILLED);
}

TEST_F(DrainingTest, NothingNewIsTakenOnUntilTheMasterSaysSo) {
  StartAgent();
  Drain(Config());
  Run({Command("t1"), Custom("t2")});
  for (const char* id : {"t1", "t2"}) {
    EXPECT_EQ(master_.LatestOf(id).state(), v1::TASK_DROPPED);
    EXPECT_EQ(master_.LatestOf(id).reason(), v1::TaskStatus::REASON_AGENT_DRAINING);
  }
  EXPECT_EQ(containerizer_.launches(), 0);
  Drain(std::nullopt);
  EXPECT_FALSE(Written().has_drain());
  Run({Command("t3")});
  EXPECT_EQ(master_.LatestOf("t3").state(), v1::TASK_RUNNING);
}

TEST_F(DrainingTest, ADrainIsWrittenDownBeforeAnythingIsKilled) {
  StartAgent();
  Run({Command("t1")});
  store_.hold = true;
  Drain(Config(absl::Seconds(7)));
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_RUNNING);
  EXPECT_THAT(containerizer_.container(ContainerOf("t1")).signals, IsEmpty());
  store_.hold = false;
  store_.Release();
  loop_.Settle();
  EXPECT_EQ(Written().drain().max_grace_period().nanoseconds(), 7'000'000'000);
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_KILLED);
}

TEST_F(DrainingTest, ADrainOutlivesTheAgent) {
  containerizer_.ignore_sigterm = true;
  StartAgent();
  Run({Patient("t1", absl::Minutes(5))});
  const absl::Time start = loop_.WallTime();
  Drain(Config(absl::Seconds(10)));
  Advance(absl::Seconds(5));
  master_.answer_registrations = false;
  RestartAgent();
  const v1::agent::Response shown = Ask(v1::agent::Call::GET_AGENT);
  EXPECT_EQ(shown.get_agent().drain_config().max_grace_period().nanoseconds(), 10'000'000'000);
  EXPECT_EQ(shown.get_agent().estimated_drain_start_time().nanoseconds(), absl::ToUnixNanos(start));
  // It does not wait for the master.
  Advance(absl::Seconds(11));
  EXPECT_THAT(containerizer_.Running(), IsEmpty());
  master_.answer_registrations = true;
  master_.drain = Config(absl::Seconds(10));
  Advance(absl::Minutes(2));
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_KILLED);
  Run({Command("t2")});
  EXPECT_EQ(master_.LatestOf("t2").reason(), v1::TaskStatus::REASON_AGENT_DRAINING);
}

TEST_F(DrainingTest, AnAgentThatComesBackHearsWhetherItIsDrained) {
  StartAgent();
  Run({Command("t1")});
  master_.drain = Config();
  master_.Cut();
  Advance(absl::Minutes(1));
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_KILLED);
  EXPECT_TRUE(Written().has_drain());
  master_.drain.reset();
  master_.Cut();
  Advance(absl::Minutes(1));
  EXPECT_FALSE(Written().has_drain());
  EXPECT_FALSE(Ask(v1::agent::Call::GET_AGENT).get_agent().has_drain_config());
  Run({Command("t2")});
  EXPECT_EQ(master_.LatestOf("t2").state(), v1::TASK_RUNNING);
}

TEST_F(DrainingTest, WhereTheAgentWillBeGoneItsTasksAre) {
  StartAgent();
  Run({Command("t1")});
  Drain(Config(std::nullopt, /*mark_gone=*/true));
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_GONE_BY_OPERATOR);
  EXPECT_EQ(master_.LatestOf("t1").reason(), v1::TaskStatus::REASON_AGENT_DRAINING);
}

TEST_F(DrainingTest, WhoKnowsNoPartitionsHearsThatItsTasksAreLost) {
  framework_.clear_capabilities();
  StartAgent();
  Run({Command("t1")});
  Drain(Config(std::nullopt, /*mark_gone=*/true));
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_LOST);
}

TEST_F(DrainingTest, WhatEndsByItselfMeanwhileEndsAsItDoes) {
  containerizer_.ignore_sigterm = true;
  StartAgent();
  Run({Custom("t1")});
  std::shared_ptr<ExecutorLog> executor = Subscribe();
  Tell(MakeUpdate("t1", v1::TASK_RUNNING));
  Drain(Config());
  Tell(MakeUpdate("t1", v1::TASK_FINISHED));
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_FINISHED);
  EXPECT_FALSE(master_.LatestOf("t1").has_reason());
}

TEST_F(DrainingTest, AnExecutorKillsItsTasksAndEndsOnceThatIsAcknowledged) {
  StartAgent();
  v1::TaskInfo task = Custom("t1");
  task.mutable_kill_policy()->mutable_grace_period()->set_nanoseconds(60'000'000'000);
  Run({task});
  std::shared_ptr<ExecutorLog> executor = Subscribe();
  Tell(MakeUpdate("t1", v1::TASK_RUNNING));
  master_.acknowledge = false;
  Drain(Config(absl::Seconds(10)));
  ASSERT_EQ(executor->events.back().type(), ExecutorEvent::KILL);
  EXPECT_EQ(executor->events.back().kill().kill_policy().grace_period().nanoseconds(),
            10'000'000'000);
  Tell(MakeUpdate("t1", v1::TASK_KILLED));
  EXPECT_EQ(master_.LatestOf("t1").reason(), v1::TaskStatus::REASON_AGENT_DRAINING);
  EXPECT_THAT(executor->Types(), Not(Contains(ExecutorEvent::SHUTDOWN)));
  master_.Acknowledge(master_.updates.back());
  loop_.Settle();
  EXPECT_THAT(executor->Types(), Contains(ExecutorEvent::SHUTDOWN));
}

TEST_F(DrainingTest, WhatDoesNotEndIsKilledAgain) {
  StartAgent();
  Run({Custom("t1")});
  std::shared_ptr<ExecutorLog> executor = Subscribe();
  Tell(MakeUpdate("t1", v1::TASK_RUNNING));
  auto kills = [&] {
    const auto types = executor->Types();
    return std::count(types.begin(), types.end(), ExecutorEvent::KILL);
  };
  Drain(Config());
  EXPECT_EQ(kills(), 1);
  Advance(absl::Seconds(61));  // It has not heard of it, perhaps.
  EXPECT_EQ(kills(), 2);
  Drain(std::nullopt);
  Advance(absl::Minutes(5));
  EXPECT_EQ(kills(), 2);
}

TEST_F(DrainingTest, AnIdleExecutorEndsAtOnce) {
  StartAgent();
  Run({Custom("t1")});
  std::shared_ptr<ExecutorLog> executor = Subscribe();
  Tell(MakeUpdate("t1", v1::TASK_FINISHED));
  EXPECT_THAT(executor->Types(), Not(Contains(ExecutorEvent::SHUTDOWN)));
  Drain(Config());
  EXPECT_EQ(executor->events.back().type(), ExecutorEvent::SHUTDOWN);
}

TEST_F(DrainingTest, ItSaysThatItCanBeDrained) {
  StartAgent();
  bool told = false;
  for (const auto& capability : master_.messages.front().register_().capabilities()) {
    told = told || capability.type() == v1::AgentInfo::Capability::AGENT_DRAINING;
  }
  EXPECT_TRUE(told);
}

}  // namespace
}  // namespace mesos::agent
