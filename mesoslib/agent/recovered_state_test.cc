#include "mesoslib/agent/recovered_state.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const FrameworkId kFramework("F");

v1::TaskInfo MakeTask(const std::string& id) {
  v1::TaskInfo task;
  task.mutable_task_id()->set_value(id);
  task.mutable_agent_id()->set_value("S0");
  return task;
}

std::string MakeUpdate(const std::string& task, v1::TaskState state, bool acknowledged = false) {
  internal::UpdateCheckpoint update;
  update.mutable_status()->mutable_task_id()->set_value(task);
  update.mutable_status()->mutable_agent_id()->set_value("S0");
  update.mutable_status()->set_state(state);
  update.mutable_status()->set_uuid(std::string(16, 'u'));
  update.set_acknowledged(acknowledged);
  return update.SerializeAsString();
}

std::string MakeExecutor(const std::string& id, const std::string& container, bool command) {
  internal::ExecutorCheckpoint executor;
  executor.mutable_executor()->mutable_executor_id()->set_value(id);
  executor.set_container_id(container);
  executor.set_command_task(command);
  return executor.SerializeAsString();
}

// An agent with a command task c, and an executor E with a task t.
StateStore::Snapshot Whole() {
  internal::AgentCheckpoint agent;
  agent.mutable_agent()->mutable_id()->set_value("S0");
  v1::FrameworkInfo framework;
  framework.mutable_id()->set_value("F");
  StateStore::Snapshot snapshot;
  snapshot.entries = {{"format", "1"},
                      {"agent", agent.SerializeAsString()},
                      {"frameworks/F", framework.SerializeAsString()},
                      {"executors/F/c", MakeExecutor("c", "C1", true)},
                      {"executors/F/E", MakeExecutor("E", "C2", false)},
                      {"tasks/F/c/c", MakeTask("c").SerializeAsString()},
                      {"tasks/F/E/t", MakeTask("t").SerializeAsString()},
                      {"updates/F/c/0000000000", MakeUpdate("c", v1::TASK_RUNNING, true)},
                      {"updates/F/t/0000000000", MakeUpdate("t", v1::TASK_RUNNING)}};
  return snapshot;
}

std::vector<std::string> DamagedKeys(const RecoveredState& state) {
  std::vector<std::string> keys;
  for (const DamagedCheckpoint& damaged : state.damaged) keys.push_back(damaged.key);
  return keys;
}

std::vector<std::string> LostTasks(const RecoveredState& state) {
  std::vector<std::string> tasks;
  for (const LostTask& lost : state.lost_tasks) tasks.push_back(lost.task.value());
  return tasks;
}

RecoveredState ReadWith(const std::string& key, const std::string& value) {
  StateStore::Snapshot snapshot = Whole();
  snapshot.entries[key] = value;
  return ReadCheckpoints(snapshot);
}

TEST(RecoveredStateTest, WhatIsWholeIsReadWhole) {
  const RecoveredState state = ReadCheckpoints(Whole());
  EXPECT_THAT(state.damaged, IsEmpty());
  EXPECT_THAT(state.lost_tasks, IsEmpty());
  EXPECT_EQ(state.agent->agent().id().value(), "S0");
  EXPECT_THAT(state.frameworks.at(kFramework).executors, SizeIs(2));
  EXPECT_THAT(state.frameworks.at(kFramework).updates, SizeIs(2));
}

TEST(RecoveredStateTest, Case41_EachDamageIsNamedAndTheRestIsRead) {
  const struct {
    std::string key, value, why;
  } damages[] = {
      {"format", "2", "newer version"},
      {"format", "x", "not a number"},
      {"nonsense", "", "no agent of this version"},
      {"nonsense/x", "", "no agent of this version"},
      {"frameworks", "", "no agent of this version"},
      {"tasks/F/E/../t", "", "no agent of this version"},
      {"tasks/F/E/..", "", "no agent of this version"},
      {"executors/G/E", MakeExecutor("E", "C9", false), "of an unknown framework"},
      {"executors/F/X", "", "executor.executor_id is '', expected 'X'"},
      {"executors/F/X", "\xff", "not a mesos.internal.ExecutorCheckpoint"},
      {"executors/F/X", MakeExecutor("Y", "C9", false), "executor.executor_id is 'Y'"},
      {"executors/F/X", MakeExecutor("X", "", false), "container_id"},
      {"executors/F/X", MakeExecutor("X", "../C", false), "container_id"},
      {"executors/F/X", MakeExecutor("X", "C2", false), "another executor has 'C2'"},
      {"tasks/F/X/u", MakeTask("u").SerializeAsString(), "of an unknown executor"},
      {"tasks/F/E/u", MakeTask("t").SerializeAsString(), "task_id is 't', expected 'u'"},
      {"tasks/F/c/u", MakeTask("u").SerializeAsString(), "that of another task"},
      {"tasks/F/c/t", MakeTask("t").SerializeAsString(), "that of another task"},
      {"updates/F/t/abc", MakeUpdate("t", v1::TASK_RUNNING), "ten digits"},
      {"updates/F/t/1", MakeUpdate("t", v1::TASK_RUNNING), "ten digits"},
      {"updates/F/t/0000000001", "", "status.task_id"},
      {"updates/F/t/0000000001", MakeUpdate("t", v1::TASK_RUNNING, true), "one before it is not"},
      {"updates/F/t/0000000001", MakeUpdate("t", v1::TASK_KILLED, true), "once it is acknowledged"},
      {"updates/G/t/0000000000", MakeUpdate("t", v1::TASK_RUNNING), "of an unknown framework"},
  };
  for (const auto& damage : damages) {
    const RecoveredState state = ReadWith(damage.key, damage.value);
    EXPECT_THAT(DamagedKeys(state), ElementsAre(damage.key)) << damage.why;
    const absl::Status error = DamageError(state.damaged);
    EXPECT_TRUE(absl::IsDataLoss(error));
    EXPECT_THAT(error.message(), HasSubstr("checkpoint '" + damage.key + "'"));
    EXPECT_THAT(error.message(), HasSubstr(damage.why));
    EXPECT_THAT(error.message(), HasSubstr("--strict=false"));
    EXPECT_THAT(state.frameworks.at(kFramework).executors, SizeIs(2)) << damage.key;
  }
}

TEST(RecoveredStateTest, NothingComesAfterATasksEnd) {
  StateStore::Snapshot snapshot = Whole();
  snapshot.entries["updates/F/t/0000000001"] = MakeUpdate("t", v1::TASK_FAILED);
  snapshot.entries["updates/F/t/0000000002"] = MakeUpdate("t", v1::TASK_RUNNING);
  const RecoveredState state = ReadCheckpoints(snapshot);
  EXPECT_THAT(DamagedKeys(state), ElementsAre("updates/F/t/0000000002"));
  EXPECT_THAT(LostTasks(state), IsEmpty());
}

TEST(RecoveredStateTest, ATaskInTwoPlacesIsReadOnce) {
  StateStore::Snapshot snapshot = Whole();
  snapshot.entries["executors/F/E2"] = MakeExecutor("E2", "C3", false);
  snapshot.entries["tasks/F/E2/t"] = MakeTask("t").SerializeAsString();
  EXPECT_THAT(DamagedKeys(ReadCheckpoints(snapshot)), ElementsAre("tasks/F/E2/t"));
}

TEST(RecoveredStateTest, WhatBelongsToADamagedEntryGoesWithIt) {
  EXPECT_THAT(DamagedKeys(ReadWith("executors/F/E", "\xff")),
              ElementsAre("executors/F/E", "tasks/F/E/t"));
  const RecoveredState state = ReadWith("frameworks/F", "\xff");
  EXPECT_THAT(state.damaged, SizeIs(7));
  EXPECT_THAT(state.frameworks, IsEmpty());
  EXPECT_THAT(LostTasks(state), ElementsAre("t", "c"));
}

TEST(RecoveredStateTest, ATaskIsLostWithItsRecordOrItsUpdate) {
  EXPECT_THAT(LostTasks(ReadWith("tasks/F/c/c", "")), ElementsAre("c"));
  EXPECT_THAT(LostTasks(ReadWith("executors/F/E", "")), ElementsAre("t"));
  EXPECT_THAT(LostTasks(ReadWith("updates/F/t/0000000000", "")), ElementsAre("t"));
  // Of a command task the container tells.
  EXPECT_THAT(LostTasks(ReadWith("updates/F/c/0000000000", "")), IsEmpty());
}

TEST(RecoveredStateTest, TheAgentsIdIsFoundInItsTasks) {
  for (const char* value : {"", "\xff"}) {
    const RecoveredState state = ReadWith("agent", value);
    EXPECT_THAT(DamagedKeys(state), ElementsAre("agent"));
    EXPECT_TRUE(state.agent_inferred);
    EXPECT_EQ(state.agent->agent().id().value(), "S0");
    EXPECT_THAT(state.frameworks, SizeIs(1));
  }
  StateStore::Snapshot snapshot = Whole();
  snapshot.entries.erase("agent");
  const RecoveredState state = ReadCheckpoints(snapshot);
  EXPECT_THAT(DamagedKeys(state), ElementsAre("agent"));
  EXPECT_EQ(state.damaged[0].value, std::nullopt);
  EXPECT_EQ(state.agent->agent().id().value(), "S0");
}

TEST(RecoveredStateTest, WithoutAnIdNothingIsLeft) {
  StateStore::Snapshot snapshot = Whole();
  snapshot.entries["agent"] = "";
  snapshot.entries["damaged/agent"] = "before";
  v1::TaskInfo foreign = MakeTask("t");
  foreign.mutable_agent_id()->set_value("S1");
  snapshot.entries["tasks/F/E/t"] = foreign.SerializeAsString();
  const RecoveredState state = ReadCheckpoints(snapshot);
  EXPECT_FALSE(state.agent.has_value());
  EXPECT_THAT(state.frameworks, IsEmpty());
  EXPECT_THAT(state.lost_tasks, IsEmpty());
  EXPECT_THAT(state.damaged, SizeIs(8));
}

// Whatever one byte becomes, and wherever an entry is cut, it is read or named.
TEST(RecoveredStateTest, Case41_NoFlippedOrMissingByteDoesHarm) {
  for (const auto& [key, value] : Whole().entries) {
    for (size_t i = 0; i < value.size(); ++i) {
      ReadWith(key, value.substr(0, i));
      for (int bit = 0; bit < 8; ++bit) {
        std::string flipped = value;
        flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
        const RecoveredState state = ReadWith(key, flipped);
        for (const DamagedCheckpoint& damaged : state.damaged) EXPECT_FALSE(damaged.why.empty());
      }
    }
  }
}

}  // namespace
}  // namespace mesos::agent
