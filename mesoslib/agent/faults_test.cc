// Faults of agents and of what is around them: masters that fall silent, kills that race, clocks
// that jump, what must never be deleted.
#include <signal.h>

#include <set>
#include <string>
#include <vector>

#include "mesos/task_states.h"
#include "mesoslib/agent/agent_fixture.h"

namespace mesos::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Event = v1::executor::Event;
using FaultsTest = AgentTest;

// A loop whose clocks jump: the wall clock when it is set, both while the process is suspended.
class JumpingLoop final : public EventLoop {
 public:
  explicit JumpingLoop(EventLoop* loop) : loop_(loop) {}

  void SetWallClock(absl::Duration jump) { wall_ += jump; }
  void Suspend(absl::Duration duration) { suspended_ += duration; }

  absl::Time Now() const override { return loop_->Now() + suspended_; }
  absl::Time WallTime() const override { return loop_->WallTime() + suspended_ + wall_; }
  void Post(Callback callback) override { loop_->Post(std::move(callback)); }
  TimerId PostAt(absl::Time when, Callback callback) override {
    return loop_->PostAt(when - suspended_, std::move(callback));
  }
  void Cancel(TimerId timer) override { loop_->Cancel(timer); }
  bool InLoop() const override { return loop_->InLoop(); }

 private:
  EventLoop* const loop_;
  absl::Duration suspended_;
  absl::Duration wall_;
};

TEST_F(FaultsTest, Case37_ASilentMasterIsLeftTasksRunOnAndNothingIsToldTwice) {
  StartAgent();
  Run({Command("t1")});
  // From here on the master hears all, and says nothing; its acknowledgements are lost, too.
  master_.acknowledge = false;
  End(ContainerOf("t1"), 0);
  Run({Command("t2")});
  const int opened = master_.opened;
  master_.answer_registrations = false;
  Advance(absl::Seconds(80));
  EXPECT_GT(master_.opened, opened);
  EXPECT_THAT(containerizer_.Running(), ElementsAre(ContainerOf("t2")));
  master_.answer_registrations = true;
  master_.acknowledge = true;
  master_.updates.clear();
  Advance(absl::Minutes(2));
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_FINISHED));
  EXPECT_THAT(master_.StatesOf("t2"), ElementsAre(v1::TASK_RUNNING));
}

TEST_F(FaultsTest, Case43_StrayAcknowledgementsDoNoHarm) {
  StartAgent();
  master_.acknowledge = false;
  Run({Command("t1")});
  ASSERT_THAT(master_.updates, SizeIs(1));
  const AgentMessage::StatusUpdate update = master_.updates[0];
  AgentMessage::StatusUpdate stray = update;
  stray.mutable_framework_id()->set_value("G");
  master_.Acknowledge(stray);
  stray = update;
  stray.mutable_status()->set_uuid(NextUuid());
  master_.Acknowledge(stray);
  stray = update;
  stray.mutable_status()->mutable_task_id()->set_value("t2");
  master_.Acknowledge(stray);
  Advance(absl::Seconds(11));
  EXPECT_THAT(master_.updates, SizeIs(2)) << "it is still waiting, and repeated";
  master_.Acknowledge(update);
  master_.Acknowledge(update);
  End(ContainerOf("t1"), 0);
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_FINISHED);
}

TEST_F(FaultsTest, Case43_AnExecutorThatRepeatsWhatWasAcknowledgedLongAgoIsNotBelieved) {
  StartAgent();
  Run({Custom("t1")});
  Subscribe();
  std::vector<ExecutorCall> updates;
  for (int i = 0; i < 5; ++i) {
    updates.push_back(MakeUpdate("t1", v1::TASK_RUNNING));
    Tell(updates.back());
  }
  EXPECT_THAT(master_.updates, SizeIs(5));
  session_.reset();
  RestartAgent();
  // It never heard the agent's acknowledgements.
  auto log = OpenSession();
  ExecutorCall call = MakeCall(ExecutorCall::SUBSCRIBE);
  for (const ExecutorCall& update : updates) {
    *call.mutable_subscribe()->add_unacknowledged_updates() = update.update();
  }
  Tell(call);
  EXPECT_THAT(master_.updates, SizeIs(5)) << "no acknowledged update is sent again";
  EXPECT_THAT(log->events, SizeIs(1 + 5)) << "but the executor need not repeat them";
}

TEST_F(FaultsTest, Case43_AnExecutorThatDiesBeforeItRegistersEndsItsTasksOnce) {
  StartAgent();
  Run({Custom("t1"), Custom("t2")});
  End(ContainerOfExecutor("E"), SIGSEGV);
  Advance(absl::Minutes(5));
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_FAILED));
  EXPECT_THAT(master_.StatesOf("t2"), ElementsAre(v1::TASK_FAILED));
  EXPECT_THAT(Kept(), ElementsAre("agent"));
}

// The kill comes at every step of the way to a running task, and the agent may be killed right
// after it, too.
TEST_F(FaultsTest, Case45_AKillAtAnyMomentOfALaunchEndsTheTaskOnce) {
  for (const bool restart : {false, true}) {
    for (int step = 0; step < 25; ++step) {
      const std::string id = "t" + std::to_string(step) + (restart ? "r" : "");
      StartAgent();
      MasterMessage launch;
      *launch.mutable_run_tasks()->mutable_framework() = framework_;
      *launch.mutable_run_tasks()->add_tasks() = Command(id);
      master_.Say(std::move(launch));
      for (int i = 0; i < step; ++i) {
        // From then on nothing happens but that time passes.
        if (master_.LatestOf(id).state() == v1::TASK_RUNNING) break;
        loop_.Step();
      }
      MasterMessage kill;
      kill.mutable_kill_task()->mutable_framework_id()->set_value("F");
      kill.mutable_kill_task()->mutable_task_id()->set_value(id);
      master_.Say(std::move(kill));
      if (restart) {
        for (int i = 0; i < 3; ++i) loop_.Step();
        MasterMessage::TaskReference task;
        task.mutable_framework_id()->set_value("F");
        task.mutable_task_id()->set_value(id);
        agent_.reset();
        if (!store_.Has("tasks/F/" + id + "/" + id) && !IsTerminal(master_.LatestOf(id).state())) {
          master_.unreported_tasks = {task};
        }
        StartAgent();
        // A master kills only what it takes for alive.
        if (!IsTerminal(master_.LatestOf(id).state())) Kill(id);
      }
      Advance(absl::Seconds(10));
      std::set<std::string> ends;
      for (const auto& update : master_.updates) {
        if (update.status().task_id().value() != id) continue;
        if (IsTerminal(update.status().state())) ends.insert(update.status().uuid());
      }
      EXPECT_THAT(ends, SizeIs(1)) << "step " << step << (restart ? " with restart" : "");
      EXPECT_THAT(containerizer_.Running(), IsEmpty());
      EXPECT_THAT(Kept(), ElementsAre("agent"));
      agent_.reset();
    }
  }
}

TEST_F(FaultsTest, Case45_AKillThatIsStuckDoesNotHoldUpTheNext) {
  containerizer_.ignore_sigterm = true;
  StartAgent();
  Run({Command("t1"), Command("t2")});
  containerizer_.hold_destroys = true;
  Kill("t1", absl::ZeroDuration());
  Advance(absl::Seconds(1));
  containerizer_.hold_destroys = false;
  Kill("t2", absl::ZeroDuration());
  Advance(absl::Seconds(1));
  EXPECT_EQ(master_.LatestOf("t2").state(), v1::TASK_KILLED);
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_RUNNING);
  // Once it ends after all, that is told.
  End(ContainerOf("t1"), SIGKILL);
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_KILLED);
}

TEST_F(FaultsTest, Case45_AnExecutorThatIgnoresAKillDoesNotHoldUpTheNext) {
  StartAgent();
  Run({Custom("t1"), Custom("t2")});
  auto executor = Subscribe();
  Tell(MakeUpdate("t1", v1::TASK_RUNNING));
  Tell(MakeUpdate("t2", v1::TASK_RUNNING));
  Kill("t1");
  Kill("t2");
  Tell(MakeUpdate("t2", v1::TASK_KILLED));
  EXPECT_THAT(master_.StatesOf("t2"), ElementsAre(v1::TASK_RUNNING, v1::TASK_KILLED));
  Kill("t1");
  std::vector<std::string> kills;
  for (const Event& event : executor->events) {
    if (event.type() == Event::KILL) kills.push_back(event.kill().task_id().value());
  }
  EXPECT_THAT(kills, ElementsAre("t1", "t2", "t1"));
}

TEST_F(FaultsTest, Case46_WhatSpeaksOfSomethingThatIsNotHereIsIgnored) {
  StartAgent();
  Run({Command("t1")});
  std::vector<MasterMessage> strays(8);
  strays[0].mutable_kill_task();
  strays[1].mutable_acknowledge_update()->mutable_framework_id()->set_value("none");
  strays[2].mutable_framework_message()->mutable_executor_id()->set_value("none");
  strays[3].mutable_shutdown_executor()->mutable_framework_id()->set_value("F");
  strays[4].mutable_shutdown_framework()->mutable_framework_id()->set_value("none");
  strays[5].mutable_update_framework();
  strays[6].mutable_run_tasks();
  for (const MasterMessage& stray : strays) Say(stray);
  EXPECT_FALSE(ended_.has_value());
  EXPECT_THAT(containerizer_.Running(), SizeIs(1));
  End(ContainerOf("t1"), 0);
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_FINISHED);
}

TEST_F(FaultsTest, Case46_ATaskThatIsRemovedWhileItsFrameworkGoesEndsQuietly) {
  containerizer_.ignore_sigterm = true;
  StartAgent();
  Run({Command("t1")});
  MasterMessage shutdown;
  shutdown.mutable_shutdown_framework()->mutable_framework_id()->set_value("F");
  Say(shutdown);
  Kill("t1");
  Say(shutdown);
  RestartAgent();
  Say(shutdown);
  Advance(absl::Seconds(10));
  EXPECT_THAT(containerizer_.Running(), IsEmpty());
  EXPECT_THAT(Kept(), ElementsAre("agent"));
}

TEST_F(FaultsTest, Case47_AWallClockThatIsSetMovesNoDeadline) {
  JumpingLoop clocks(&loop_);
  agent_loop_ = &clocks;
  for (const absl::Duration jump : {absl::Hours(1), -absl::Hours(2)}) {
    StartAgent();
    v1::TaskInfo limited = Command("t1");
    limited.mutable_max_completion_time()->set_nanoseconds(
        absl::ToInt64Nanoseconds(absl::Minutes(10)));
    Run({limited, Custom("t2")});
    const int opened = master_.opened;
    clocks.SetWallClock(jump);
    Advance(absl::Seconds(59));
    EXPECT_THAT(containerizer_.Running(), SizeIs(2));
    EXPECT_EQ(master_.opened, opened);
    Advance(absl::Seconds(2));
    EXPECT_EQ(master_.LatestOf("t2").reason(),
              v1::TaskStatus::REASON_EXECUTOR_REGISTRATION_TIMEOUT);
    End(ContainerOf("t1"), 0);
    EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_FINISHED);
    agent_.reset();
  }
}

TEST_F(FaultsTest, Case47_AnAgentThatWasSuspendedGivesExecutorsTheirTimeAnew) {
  JumpingLoop clocks(&loop_);
  agent_loop_ = &clocks;
  StartAgent();
  std::vector<v1::TaskInfo> tasks;
  for (int i = 0; i < 4; ++i) {
    tasks.push_back(Custom("t" + std::to_string(i), "E" + std::to_string(i)));
    tasks.back().clear_resources();
    Resources::Parse("cpus:0.1;mem:32")->ToProto(tasks.back().mutable_resources());
  }
  Run(std::move(tasks));
  Advance(absl::Seconds(30));
  clocks.Suspend(absl::Minutes(5));
  Advance(absl::Seconds(31));
  EXPECT_THAT(containerizer_.Running(), SizeIs(4));
  Subscribe("E0");
  // But no longer than that.
  Advance(absl::Seconds(60));
  EXPECT_THAT(containerizer_.Running(), ElementsAre(ContainerOfExecutor("E0")));
  agent_.reset();
}

TEST_F(FaultsTest, Case47_ARestartedAgentThatWasSuspendedWaitsForItsExecutors) {
  JumpingLoop clocks(&loop_);
  agent_loop_ = &clocks;
  StartAgent();
  Run({Custom("t1")});
  Subscribe();
  Tell(MakeUpdate("t1", v1::TASK_RUNNING));
  session_.reset();
  RestartAgent();
  Advance(absl::Seconds(1));
  clocks.Suspend(absl::Minutes(5));
  Advance(absl::Seconds(2));
  EXPECT_THAT(containerizer_.Running(), SizeIs(1));
  Subscribe();
  EXPECT_EQ(started_, absl::OkStatus());
  agent_.reset();
}

// Nobody has made such a volume here, and none is made by asking for it.
TEST_F(FaultsTest, Case52_ATaskWithAVolumeThatWasNotCreatedDoesNotRun) {
  StartAgent();
  v1::TaskInfo task = Command("t1");
  v1::Resource& disk = *task.add_resources();
  disk.set_name("disk");
  disk.set_type(v1::Value::SCALAR);
  disk.mutable_scalar()->set_value(10);
  disk.mutable_disk()->mutable_persistence()->set_id("v");
  disk.mutable_disk()->mutable_volume()->set_container_path("data");
  disk.mutable_disk()->mutable_volume()->set_mode(v1::Volume::RW);
  Run({task});
  EXPECT_THAT(containerizer_.Running(), IsEmpty());
  EXPECT_TRUE(IsTerminal(master_.LatestOf("t1").state()));
  EXPECT_THAT(containerizer_.volumes(), IsEmpty());
}

TEST_F(FaultsTest, AnAgentThatStopsActingDoesNothingMoreToItsContainers) {
  containerizer_.ignore_sigterm = true;
  StartAgent();
  Run({Command("t1"), Custom("t2")});
  auto executor = Subscribe();
  Kill("t1");
  store_.commits_until_failure = 0;
  Run({Command("t3")});
  ASSERT_TRUE(ended_.has_value());
  Advance(absl::Minutes(5));
  EXPECT_THAT(containerizer_.Running(), SizeIs(2));
  EXPECT_TRUE(executor->closed.has_value());
  EXPECT_TRUE(absl::IsUnavailable(Send(MakeUpdate("t2", v1::TASK_RUNNING))));
}

TEST_F(FaultsTest, AKillOfATaskThatTheMasterDoesNotTakeIntoItsBooksEndsIt) {
  StartAgent();
  Run({Command("t1")});
  master_.Cut();
  Advance(absl::Seconds(3));
  Kill("t1");
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_KILLED);
  EXPECT_THAT(Kept(), ElementsAre("agent"));
}

}  // namespace
}  // namespace mesos::agent
