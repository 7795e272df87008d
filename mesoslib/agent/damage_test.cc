// An agent whose checkpoints are damaged: it stops and touches nothing, or goes on with the rest.
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "mesoslib/agent/agent_fixture.h"

namespace mesos::agent {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Event = v1::executor::Event;

class DamageTest : public AgentTest {
 protected:
  DamageTest() { options_.strict = false; }

  double Metric(const std::string& name) {
    v1::agent::Call call;
    call.set_type(v1::agent::Call::GET_METRICS);
    call.mutable_get_metrics();
    double value = -1;
    agent_->CallOperator(call, {}, [&](absl::StatusOr<v1::agent::Response> response) {
      for (const auto& metric : response->get_metrics().metrics()) {
        if (metric.name() == name) value = metric.value();
      }
    });
    loop_.Settle();
    return value;
  }

  std::map<std::string, std::string>& entries() { return store_.snapshot().entries; }
};

TEST_F(DamageTest, Case41_AStrictAgentStopsAndTouchesNothing) {
  StartAgent();
  Run({Command("t1")});
  agent_.reset();
  entries()["tasks/F/t1/t1"] = "\xff";
  const std::map<std::string, std::string> before = entries();
  options_.strict = true;
  master_.opened = 0;
  StartAgent();
  ASSERT_TRUE(started_.has_value());
  EXPECT_TRUE(absl::IsDataLoss(*started_));
  EXPECT_THAT(started_->message(), HasSubstr("checkpoint 'tasks/F/t1/t1'"));
  EXPECT_THAT(started_->message(), HasSubstr("lost: task 't1' of framework 'F'"));
  EXPECT_THAT(started_->message(), HasSubstr("--strict=false"));
  EXPECT_EQ(entries(), before);
  EXPECT_EQ(master_.opened, 0);
  EXPECT_THAT(containerizer_.Running(), SizeIs(1));
}

TEST_F(DamageTest, Case41_ADamagedTaskIsSetAsideAndTheOthersGoOn) {
  StartAgent();
  Run({Command("t1"), Command("t2")});
  agent_.reset();
  entries()["tasks/F/t1/t1"] = "\xff";
  StartAgent();
  EXPECT_EQ(started_, absl::OkStatus());
  EXPECT_EQ(entries()["damaged/tasks/F/t1/t1"], "\xff");
  EXPECT_EQ(Metric("slave/recovery_errors"), 1);
  EXPECT_THAT(log_.text, HasSubstr("lost: task 't1' of framework 'F'"));
  EXPECT_THAT(log_.text, HasSubstr("set aside under 'damaged/tasks/F/t1/t1'"));
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_RUNNING, v1::TASK_GONE));
  EXPECT_THAT(containerizer_.Running(), ElementsAre(ContainerOf("t2")));
  End(ContainerOf("t2"), 0);
  EXPECT_THAT(master_.StatesOf("t2"), ElementsAre(v1::TASK_RUNNING, v1::TASK_FINISHED));
  EXPECT_THAT(Kept(), ElementsAre("agent", "damaged/tasks/F/t1/t1"));
  // It is no error any more, and it stays.
  RestartAgent();
  EXPECT_EQ(Metric("slave/recovery_errors"), 0);
  EXPECT_THAT(Kept(), ElementsAre("agent", "damaged/tasks/F/t1/t1"));
}

TEST_F(DamageTest, Case41_WithItsExecutorsRecordATaskAndItsContainerAreGone) {
  StartAgent();
  Run({Custom("t1")});
  Subscribe();
  Tell(MakeUpdate("t1", v1::TASK_RUNNING));
  session_.reset();
  agent_.reset();
  entries()["executors/F/E"] = "";
  StartAgent();
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_RUNNING, v1::TASK_GONE));
  EXPECT_THAT(containerizer_.Running(), IsEmpty());
  EXPECT_THAT(Kept(), ElementsAre("agent", "damaged/executors/F/E", "damaged/tasks/F/E/t1"));
}

TEST_F(DamageTest, Case41_WithItsFrameworksRecordATaskIsLost) {
  StartAgent();
  Run({Command("t1")});
  agent_.reset();
  entries()["frameworks/F"] = "";
  StartAgent();
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_RUNNING, v1::TASK_LOST));
  EXPECT_THAT(containerizer_.Running(), IsEmpty());
}

TEST_F(DamageTest, AnExecutorThatComesBackEndsTheTaskThatWasGivenUp) {
  StartAgent();
  Run({Custom("t1"), Custom("t2")});
  Subscribe();
  Tell(MakeUpdate("t1", v1::TASK_RUNNING));
  Tell(MakeUpdate("t2", v1::TASK_RUNNING));
  session_.reset();
  agent_.reset();
  entries()["tasks/F/E/t1"] = "\xff";
  StartAgent();
  auto executor = Subscribe();
  EXPECT_THAT(executor->Types(), ElementsAre(Event::SUBSCRIBED, Event::KILL));
  EXPECT_EQ(executor->events.back().kill().task_id().value(), "t1");
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_RUNNING, v1::TASK_GONE));
  // What it says of that task comes too late.
  Tell(MakeUpdate("t1", v1::TASK_KILLED));
  EXPECT_THAT(master_.StatesOf("t1"), SizeIs(2));
  Tell(MakeUpdate("t2", v1::TASK_FINISHED));
  EXPECT_THAT(master_.StatesOf("t2"), ElementsAre(v1::TASK_RUNNING, v1::TASK_FINISHED));
}

TEST_F(DamageTest, WithoutItsUpdateAnExecutorsTaskIsGivenUp) {
  StartAgent();
  Run({Custom("t1")});
  Subscribe();
  master_.acknowledge = false;
  Tell(MakeUpdate("t1", v1::TASK_RUNNING));
  session_.reset();
  agent_.reset();
  entries()["updates/F/t1/0000000000"] = "";
  master_.acknowledge = true;
  StartAgent();
  auto executor = Subscribe();
  EXPECT_THAT(executor->Types(), Contains(Event::KILL));
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_GONE);
}

TEST_F(DamageTest, WithoutItsUpdateACommandTaskGoesOn) {
  StartAgent();
  Run({Command("t1")});
  agent_.reset();
  entries()["updates/F/t1/0000000000"] = "";
  StartAgent();
  EXPECT_THAT(containerizer_.Running(), SizeIs(1));
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_RUNNING);
  End(ContainerOf("t1"), 0);
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_FINISHED);
}

TEST_F(DamageTest, Case41_TheAgentsOwnRecordIsPutTogetherAgain) {
  StartAgent();
  Run({Command("t1")});
  agent_.reset();
  entries()["agent"] = "\xff";
  StartAgent();
  EXPECT_EQ(master_.registers, 1);
  EXPECT_EQ(master_.reregisters, 1);
  EXPECT_THAT(containerizer_.Running(), SizeIs(1));
  EXPECT_THAT(Kept(), Contains("damaged/agent"));
  RestartAgent();
  EXPECT_EQ(master_.reregisters, 2);
  EXPECT_EQ(Metric("slave/recovery_errors"), 0);
}

TEST_F(DamageTest, WithoutAnyTraceOfItsIdItIsANewAgent) {
  StartAgent();
  agent_.reset();
  entries()["agent"] = "";
  entries()["nonsense"] = "foreign";
  StartAgent();
  EXPECT_EQ(master_.registers, 2);
  EXPECT_THAT(Kept(), ElementsAre("agent", "damaged/agent", "damaged/nonsense"));
}

TEST_F(DamageTest, Case41_CheckpointsOfANewerVersionAreNamed) {
  StartAgent();
  Run({Command("t1")});
  agent_.reset();
  EXPECT_EQ(entries()["format"], "1");
  entries()["format"] = "7";
  options_.strict = true;
  StartAgent();
  EXPECT_THAT(started_->message(), HasSubstr("format 7; this one reads formats up to 1"));
  options_.strict = false;
  RestartAgent();
  EXPECT_EQ(started_, absl::OkStatus());
  EXPECT_THAT(containerizer_.Running(), SizeIs(1));
  EXPECT_EQ(entries()["format"], "1");
  EXPECT_EQ(entries()["damaged/format"], "7");
}

TEST_F(DamageTest, AStoreThatCannotBeReadIsToldOf) {
  store_.load_status = absl::DataLossError("block checksum mismatch");
  StartAgent();
  EXPECT_TRUE(absl::IsDataLoss(*started_));
  EXPECT_THAT(started_->message(), HasSubstr("block checksum mismatch"));
  EXPECT_EQ(master_.opened, 0);
}

// Each entry that an agent at work has, empty, cut in half, and with any of its bits flipped: the
// agent starts, and whatever is left comes to an end.
TEST_F(DamageTest, Case41_WhateverIsDamagedTheAgentStartsAndEverythingEnds) {
  check_resources_ = false;  // A flipped bit may be in a quantity.
  StartAgent();
  master_.acknowledge = false;
  Run({Command("t1"), Custom("t2")});
  Subscribe();
  Tell(MakeUpdate("t2", v1::TASK_RUNNING));
  session_.reset();
  agent_.reset();
  loop_.Settle();
  master_.acknowledge = true;
  const StateStore::Snapshot whole = store_.snapshot();
  for (const auto& [key, value] : whole.entries) {
    for (size_t cut = 0; cut < 2 + 8; ++cut) {
      std::string damaged = value.substr(0, cut == 1 ? value.size() / 2 : 0);
      if (cut >= 2) {
        damaged = value;
        damaged[(cut * 7) % value.size()] ^= static_cast<char>(1 << (cut - 2));
      }
      store_.snapshot() = whole;
      entries()[key] = damaged;
      containerizer_.RunAgain();
      StartAgent();
      Advance(absl::Seconds(5));
      ASSERT_EQ(started_, absl::OkStatus()) << key << " " << cut;
      for (const ContainerId& id : containerizer_.Running()) End(id, 0);
      Advance(absl::Seconds(5));
      for (const std::string& kept : Kept()) {
        EXPECT_TRUE(kept == "agent" || absl::StartsWith(kept, "damaged/")) << kept << " " << key;
      }
      EXPECT_FALSE(ended_.has_value());
      agent_.reset();
    }
  }
}

}  // namespace
}  // namespace mesos::agent
