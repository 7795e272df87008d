// An agent that is restarted: what it finds, and what becomes of it.
#include <signal.h>

#include <set>

#include "mesoslib/agent/agent_fixture.h"
#include "mesoslib/agent/task.h"

namespace mesos::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Call = v1::executor::Call;
using Event = v1::executor::Event;
using RecoveryTest = AgentTest;

TEST_F(RecoveryTest, ARunningCommandTaskGoesOnAndItsEndIsReported) {
  StartAgent();
  Run({Command("t1")});
  RestartAgent();
  EXPECT_THAT(containerizer_.Running(), SizeIs(1));
  const AgentMessage::Reregister& introduction = master_.messages.back().reregister();
  ASSERT_THAT(introduction.tasks(), SizeIs(1));
  EXPECT_EQ(introduction.tasks(0).state(), v1::TASK_RUNNING);
  EXPECT_THAT(introduction.frameworks(), SizeIs(1));
  End(ContainerOf("t1"), 0);
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_RUNNING, v1::TASK_FINISHED));
  EXPECT_THAT(Kept(), ElementsAre("agent"));
}

TEST_F(RecoveryTest, ATaskThatEndedMeanwhileIsReported) {
  StartAgent();
  Run({Command("t1")});
  agent_.reset();
  End(ContainerOf("t1"), 3 << 8);
  StartAgent();
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_FAILED);
  EXPECT_EQ(master_.LatestOf("t1").message(), "Command exited with status 3");
}

TEST_F(RecoveryTest, UnacknowledgedUpdatesAreSentAgainInOrder) {
  StartAgent();
  master_.acknowledge = false;
  Run({Command("t1")});
  End(ContainerOf("t1"), 0);
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_RUNNING));
  master_.updates.clear();
  master_.acknowledge = true;
  RestartAgent();
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_RUNNING, v1::TASK_FINISHED));
  EXPECT_THAT(Kept(), ElementsAre("agent"));
}

TEST_F(RecoveryTest, ATaskThatWasWrittenDownButNotLaunchedIsDropped) {
  StartAgent();
  containerizer_.hold_launches = true;
  Run({Command("t1")});
  agent_.reset();
  containerizer_.launch_status = absl::InternalError("the agent was killed");
  containerizer_.ReleaseLaunches();
  StartAgent();
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_DROPPED));
  EXPECT_EQ(master_.LatestOf("t1").reason(), v1::TaskStatus::REASON_AGENT_RESTARTED);
}

TEST_F(RecoveryTest, ATaskThatWasLaunchedUnseenIsReportedAsRunning) {
  StartAgent();
  containerizer_.hold_launches = true;
  Run({Command("t1")});
  agent_.reset();
  containerizer_.ReleaseLaunches();
  StartAgent();
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_RUNNING));
}

TEST_F(RecoveryTest, AKillGoesOnWhereItWas) {
  framework_.add_capabilities()->set_type(v1::FrameworkInfo::Capability::TASK_KILLING_STATE);
  containerizer_.ignore_sigterm = true;
  StartAgent();
  Run({Command("t1")});
  Kill("t1");
  RestartAgent();
  Advance(absl::Seconds(4));
  EXPECT_THAT(master_.StatesOf("t1"),
              ElementsAre(v1::TASK_RUNNING, v1::TASK_KILLING, v1::TASK_KILLED));
}

TEST_F(RecoveryTest, TheTimeATaskHasIsCountedAcrossARestart) {
  StartAgent();
  v1::TaskInfo task = Command("t1");
  task.mutable_max_completion_time()->set_nanoseconds(absl::ToInt64Nanoseconds(absl::Seconds(30)));
  Run({task});
  Advance(absl::Seconds(20));
  RestartAgent();
  Advance(absl::Seconds(11));
  EXPECT_EQ(master_.LatestOf("t1").reason(), v1::TaskStatus::REASON_MAX_COMPLETION_TIME_REACHED);
}

TEST_F(RecoveryTest, ContainersOfFrameworksThatDoNotCheckpointAreDestroyed) {
  framework_.set_checkpoint(false);
  StartAgent();
  Run({Command("t1")});
  MasterMessage::TaskReference lost;
  lost.mutable_framework_id()->set_value("F");
  lost.mutable_task_id()->set_value("t1");
  master_.unreported_tasks = {lost};
  RestartAgent();
  EXPECT_THAT(containerizer_.Running(), IsEmpty());
  // Nothing is known of the framework any more, so the state is one that all understand.
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_RUNNING, v1::TASK_LOST));
}

TEST_F(RecoveryTest, AfterARebootNothingIsLeftButTheAgentIsTheSame) {
  options_.boot_id = "first";
  StartAgent();
  Run({Command("t1"), Custom("t2")});
  Subscribe();
  session_.reset();
  options_.boot_id = "second";
  RestartAgent();
  EXPECT_THAT(containerizer_.recovered(), IsEmpty());
  EXPECT_EQ(master_.registers, 1);
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_FAILED);
  EXPECT_EQ(master_.LatestOf("t2").state(), v1::TASK_FAILED);
  EXPECT_THAT(master_.LatestOf("t1").message(), HasSubstr("rebooted"));
  EXPECT_THAT(Kept(), ElementsAre("agent"));
}

TEST_F(RecoveryTest, AnExecutorThatComesBackKeepsItsTasks) {
  StartAgent();
  Run({Custom("t1"), Custom("t2")});
  Subscribe();
  Tell(MakeUpdate("t1", v1::TASK_RUNNING));
  session_.reset();
  RestartAgent();
  // The master hears of the agent once its executors are back.
  EXPECT_FALSE(started_.has_value());
  EXPECT_EQ(master_.reregisters, 0);
  auto log = OpenSession();
  ExecutorCall call = MakeCall(Call::SUBSCRIBE);
  *call.mutable_subscribe()->add_unacknowledged_tasks() = Custom("t2");
  EXPECT_TRUE(Send(call).ok());
  EXPECT_EQ(started_, absl::OkStatus());
  EXPECT_THAT(log->Types(), ElementsAre(Event::SUBSCRIBED));
  const AgentMessage::Reregister& introduction = master_.messages.back().reregister();
  EXPECT_THAT(introduction.executors(), SizeIs(1));
  EXPECT_THAT(introduction.tasks(), SizeIs(2));
  Tell(MakeUpdate("t2", v1::TASK_RUNNING));
  Advance(absl::Seconds(5));
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_RUNNING));
  EXPECT_THAT(master_.StatesOf("t2"), ElementsAre(v1::TASK_RUNNING));
}

TEST_F(RecoveryTest, AnExecutorThatStaysAwayIsDestroyedAndItsTasksAreGone) {
  StartAgent();
  Run({Custom("t1")});
  Subscribe();
  Tell(MakeUpdate("t1", v1::TASK_RUNNING));
  session_.reset();
  RestartAgent();
  Advance(absl::Seconds(3));
  EXPECT_EQ(started_, absl::OkStatus());
  EXPECT_THAT(containerizer_.Running(), IsEmpty());
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_GONE);
  EXPECT_EQ(master_.LatestOf("t1").reason(),
            v1::TaskStatus::REASON_EXECUTOR_REREGISTRATION_TIMEOUT);
}

TEST_F(RecoveryTest, AShutdownWhileItRecoversIsNotForgotten) {
  StartAgent();
  Run({Custom("t1")});
  Subscribe();
  session_.reset();
  RestartAgent();
  std::optional<absl::Status> done;
  agent_->Shutdown([&](absl::Status status) { done = status; });
  Advance(absl::Seconds(3));
  EXPECT_EQ(done, absl::OkStatus());
  EXPECT_THAT(containerizer_.Running(), IsEmpty());
}

// A task's whole life, with the n-th write and all after it failing, for every n; then a restart
// with a disk that works.
TEST_F(RecoveryTest, Case41_WhicheverWriteFailsEveryTaskEndsExactlyOnce) {
  bool failed = true;
  for (int n = 0; failed; ++n) {
    ASSERT_LT(n, 100);
    store_.snapshot() = {};
    store_.commits_until_failure = -1;
    master_.messages.clear();
    master_.updates.clear();
    ended_.reset();
    StartAgent();
    store_.commits_until_failure = n;
    Run({Command("t1"), Command("t2")});
    End(ContainerOf("t1"), 0);
    Kill("t2");
    Advance(absl::Seconds(5));
    failed = ended_.has_value();

    store_.commits_until_failure = -1;
    // What the agent did not write down, the master asks for.
    for (const char* id : {"t1", "t2"}) {
      MasterMessage::TaskReference task;
      task.mutable_framework_id()->set_value("F");
      task.mutable_task_id()->set_value(id);
      const std::vector<v1::TaskState> states = master_.StatesOf(id);
      if (states.empty() || states.back() == v1::TASK_RUNNING) {
        if (!store_.Has(std::string("tasks/F/") + id + "/" + id)) {
          master_.unreported_tasks.push_back(task);
        }
      }
    }
    RestartAgent();
    Advance(absl::Seconds(5));
    End(ContainerOf("t1"), 0);
    // A master kills only what it takes for alive.
    if (!IsTerminal(master_.LatestOf("t2").state())) Kill("t2");
    Advance(absl::Seconds(5));
    for (const char* id : {"t1", "t2"}) {
      // An update may be heard again, but not another terminal one.
      std::set<std::string> ends;
      for (const auto& update : master_.updates) {
        if (update.status().task_id().value() != id) continue;
        const v1::TaskState state = update.status().state();
        if (state != v1::TASK_RUNNING) ends.insert(update.status().uuid());
      }
      EXPECT_THAT(ends, SizeIs(1)) << id << " when write " << n << " fails";
    }
    EXPECT_THAT(containerizer_.Running(), IsEmpty()) << n;
    EXPECT_THAT(Kept(), ElementsAre("agent")) << n;
    agent_.reset();
    loop_.Settle();
  }
}

TEST_F(RecoveryTest, ThousandsOfTasksCostFewCommits) {
  options_.resources = *Resources::Parse("cpus:10000;mem:10000000");
  containerizer_.instant = true;
  StartAgent();
  std::vector<v1::TaskInfo> tasks;
  for (int i = 0; i < 5000; ++i) tasks.push_back(Command("t" + std::to_string(i)));
  const int commits = store_.commits();
  Run(std::move(tasks));
  EXPECT_THAT(master_.updates, SizeIs(10000));
  EXPECT_LT(store_.commits() - commits, 50);
  EXPECT_THAT(Kept(), ElementsAre("agent"));
}

}  // namespace
}  // namespace mesos::agent
