// Frameworks' own executors: how they are started, what they may say, how they end.
#include <signal.h>

#include "mesoslib/agent/agent_fixture.h"

namespace mesos::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Call = v1::executor::Call;
using Event = v1::executor::Event;

class CustomExecutorsTest : public AgentTest {
 protected:
  int Exited() const {
    int exited = 0;
    for (const AgentMessage& message : master_.messages) exited += message.has_exited_executor();
    return exited;
  }
  void ShutdownExecutor() {
    MasterMessage message;
    message.mutable_shutdown_executor()->mutable_framework_id()->set_value("F");
    message.mutable_shutdown_executor()->mutable_executor_id()->set_value("E");
    Say(message);
  }
};

TEST_F(CustomExecutorsTest, StartsTheExecutorAndHandsOverTasksInOrderOnceItHasSubscribed) {
  options_.executor_endpoint = "127.0.0.1:5061";
  StartAgent();
  Run({Custom("t1"), Custom("t2")});
  EXPECT_EQ(containerizer_.launches(), 1);
  const ContainerId container = ContainerOfExecutor("E");
  const ContainerConfig& config = containerizer_.container(container).config;
  EXPECT_EQ(config.resources, *Resources::Parse("cpus:2.5;mem:320"));
  EXPECT_EQ(config.environment.at("MESOS_FRAMEWORK_ID"), "F");
  EXPECT_EQ(config.environment.at("MESOS_SLAVE_ID"), "S0");
  EXPECT_EQ(config.environment.at("MESOS_AGENT_GRPC_ENDPOINT"), "127.0.0.1:5061");
  EXPECT_EQ(config.environment.at("MESOS_AGENT_ENDPOINT"), "127.0.0.1:5051");
  EXPECT_EQ(config.environment.at("MESOS_CHECKPOINT"), "1");
  EXPECT_EQ(config.environment.at("MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD"), "5secs");
  EXPECT_EQ(config.environment.at("MESOS_RECOVERY_TIMEOUT"), "15mins");
  auto log = Subscribe();
  ASSERT_THAT(log->Types(), ElementsAre(Event::SUBSCRIBED, Event::LAUNCH, Event::LAUNCH));
  EXPECT_EQ(log->events[0].subscribed().container_id().value(), container.value());
  EXPECT_EQ(log->events[0].subscribed().agent_info().id().value(), "S0");
  EXPECT_EQ(log->events[1].launch().task().task_id().value(), "t1");
  EXPECT_EQ(log->events[2].launch().task().task_id().value(), "t2");
  Run({Custom("t3")});
  EXPECT_EQ(containerizer_.launches(), 1);
  EXPECT_EQ(log->events.back().launch().task().task_id().value(), "t3");
  EXPECT_EQ(containerizer_.container(container).resources, *Resources::Parse("cpus:3.5;mem:448"));
}

TEST_F(CustomExecutorsTest, UpdatesAreAcknowledgedOnceDurableAndResourcesShrink) {
  StartAgent();
  Run({Custom("t1")});
  auto log = Subscribe();
  store_.hold = true;
  const ExecutorCall update = MakeUpdate("t1", v1::TASK_RUNNING);
  EXPECT_TRUE(Send(update).ok());
  EXPECT_NE(log->Types().back(), Event::ACKNOWLEDGED);
  store_.Release();
  loop_.Settle();
  ASSERT_EQ(log->Types().back(), Event::ACKNOWLEDGED);
  EXPECT_EQ(log->events.back().acknowledged().uuid(), update.update().status().uuid());
  EXPECT_EQ(master_.LatestOf("t1").agent_id().value(), "S0");
  EXPECT_EQ(master_.LatestOf("t1").source(), v1::TaskStatus::SOURCE_EXECUTOR);
  EXPECT_TRUE(Send(MakeUpdate("t1", v1::TASK_FINISHED)).ok());
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_RUNNING, v1::TASK_FINISHED));
  EXPECT_EQ(containerizer_.container(ContainerOfExecutor("E")).resources,
            *Resources::Parse("cpus:0.5;mem:64"));
  // An idle executor stays, and its framework with it.
  EXPECT_THAT(containerizer_.Running(), SizeIs(1));
  EXPECT_TRUE(store_.Has("executors/F/E"));
  EXPECT_FALSE(store_.Has("tasks/F/E/t1"));
}

TEST_F(CustomExecutorsTest, RepeatedAndLateUpdatesAreAcknowledgedButNotForwarded) {
  StartAgent();
  Run({Custom("t1")});
  auto log = Subscribe();
  const ExecutorCall update = MakeUpdate("t1", v1::TASK_FINISHED);
  master_.acknowledge = false;
  Tell(update);
  Tell(update);
  Tell(MakeUpdate("t1", v1::TASK_FAILED));
  Tell(MakeUpdate("unknown", v1::TASK_RUNNING));
  EXPECT_THAT(log->Types(),
              ElementsAre(Event::SUBSCRIBED, Event::LAUNCH, Event::ACKNOWLEDGED,
                          Event::ACKNOWLEDGED, Event::ACKNOWLEDGED, Event::ACKNOWLEDGED));
  EXPECT_THAT(master_.updates, SizeIs(1));
}

TEST_F(CustomExecutorsTest, CallsAreCheckedInOrder) {
  StartAgent();
  auto log = OpenSession();
  Call call;
  EXPECT_THAT(Send(call).message(), HasSubstr("type"));
  EXPECT_TRUE(absl::IsInvalidArgument(Send(MakeCall(Call::SUBSCRIBE))));
  Run({Custom("t1"), Command("t2")});
  EXPECT_TRUE(absl::IsInvalidArgument(Send(MakeCall(Call::SUBSCRIBE, "nobody"))));
  EXPECT_TRUE(absl::IsInvalidArgument(Send(MakeCall(Call::SUBSCRIBE, "t2"))));
  EXPECT_TRUE(absl::IsPermissionDenied(Send(MakeCall(Call::HEARTBEAT))));
  EXPECT_TRUE(absl::IsPermissionDenied(Send(MakeUpdate("t1", v1::TASK_RUNNING))));
  EXPECT_TRUE(absl::IsUnimplemented(Send(MakeCall(Call::UNKNOWN))));
  EXPECT_TRUE(Send(MakeCall(Call::SUBSCRIBE)).ok());
  EXPECT_TRUE(Send(MakeCall(Call::HEARTBEAT)).ok());
  ExecutorCall update = MakeUpdate("t1", v1::TASK_RUNNING);
  update.mutable_update()->mutable_status()->set_uuid("short");
  EXPECT_THAT(Send(update).message(), HasSubstr("uuid"));
  update = MakeUpdate("a/b", v1::TASK_RUNNING);
  EXPECT_THAT(Send(update).message(), HasSubstr("task_id"));
  EXPECT_THAT(master_.StatesOf("t1"), IsEmpty());
}

TEST_F(CustomExecutorsTest, ANewerSessionClosesTheOlderAndSpeaksForTheExecutor) {
  StartAgent();
  Run({Custom("t1")});
  auto first = Subscribe();
  auto first_session = std::move(session_);
  auto second = Subscribe();
  ASSERT_TRUE(first->closed.has_value());
  EXPECT_TRUE(absl::IsFailedPrecondition(*first->closed));
  EXPECT_FALSE(second->closed.has_value());
  EXPECT_TRUE(Send(MakeUpdate("t1", v1::TASK_RUNNING)).ok());
  std::swap(session_, first_session);
  EXPECT_FALSE(Send(MakeUpdate("t1", v1::TASK_FINISHED)).ok());
}

TEST_F(CustomExecutorsTest, AnExecutorThatDoesNotSubscribeInTimeIsDestroyed) {
  StartAgent();
  Run({Custom("t1")});
  Advance(absl::Seconds(59));
  EXPECT_THAT(containerizer_.Running(), SizeIs(1));
  Advance(absl::Seconds(2));
  EXPECT_THAT(containerizer_.Running(), IsEmpty());
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_FAILED);
  EXPECT_EQ(master_.LatestOf("t1").reason(), v1::TaskStatus::REASON_EXECUTOR_REGISTRATION_TIMEOUT);
  EXPECT_EQ(Exited(), 1);
  EXPECT_THAT(Kept(), ElementsAre("agent"));
}

TEST_F(CustomExecutorsTest, WhenAnExecutorDiesItsTasksFailAndTheMasterHearsOfIt) {
  StartAgent();
  Run({Custom("t1"), Custom("t2")});
  auto log = Subscribe();
  Tell(MakeUpdate("t1", v1::TASK_RUNNING));
  Tell(MakeUpdate("t2", v1::TASK_FINISHED));
  End(ContainerOfExecutor("E"), SIGKILL);
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_RUNNING, v1::TASK_FAILED));
  EXPECT_EQ(master_.LatestOf("t1").reason(), v1::TaskStatus::REASON_EXECUTOR_TERMINATED);
  EXPECT_EQ(master_.LatestOf("t1").message(), "Executor terminated with signal SIGKILL");
  EXPECT_THAT(master_.StatesOf("t2"), ElementsAre(v1::TASK_FINISHED));
  EXPECT_EQ(Exited(), 1);
  EXPECT_TRUE(log->closed.has_value());
}

TEST_F(CustomExecutorsTest, ALaunchThatFailsFailsTheTasks) {
  StartAgent();
  containerizer_.launch_status = absl::NotFoundError("no such image");
  Run({Custom("t1")});
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_FAILED);
  EXPECT_EQ(master_.LatestOf("t1").reason(), v1::TaskStatus::REASON_CONTAINER_LAUNCH_FAILED);
}

TEST_F(CustomExecutorsTest, AContainerThatCannotGrowLosesItsTasks) {
  StartAgent();
  Run({Custom("t1")});
  auto log = Subscribe();
  Tell(MakeUpdate("t1", v1::TASK_RUNNING));
  containerizer_.update_status = absl::InternalError("no cgroup");
  Run({Custom("t2")});
  for (const char* task : {"t1", "t2"}) {
    EXPECT_EQ(master_.LatestOf(task).state(), v1::TASK_GONE);
    EXPECT_EQ(master_.LatestOf(task).reason(), v1::TaskStatus::REASON_CONTAINER_UPDATE_FAILED);
  }
  EXPECT_THAT(containerizer_.Running(), IsEmpty());
}

TEST_F(CustomExecutorsTest, AnExecutorThatSaysStagingIsShutDown) {
  StartAgent();
  Run({Custom("t1")});
  auto log = Subscribe();
  Tell(MakeUpdate("t1", v1::TASK_STAGING));
  EXPECT_EQ(log->Types().back(), Event::SHUTDOWN);
  Advance(absl::Seconds(6));
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_FAILED);
}

TEST_F(CustomExecutorsTest, KillsReachTheExecutorEvenIfItIsAwayForAMoment) {
  StartAgent();
  Run({Custom("t1"), Custom("t2")});
  auto log = Subscribe();
  Tell(MakeUpdate("t1", v1::TASK_RUNNING));
  Tell(MakeUpdate("t2", v1::TASK_RUNNING));
  Kill("t1", absl::Seconds(7));
  ASSERT_EQ(log->Types().back(), Event::KILL);
  EXPECT_EQ(log->events.back().kill().kill_policy().grace_period().nanoseconds(), 7'000'000'000);
  session_.reset();
  loop_.Settle();
  Kill("t2");
  auto second = Subscribe();
  ASSERT_THAT(second->Types(), ElementsAre(Event::SUBSCRIBED, Event::KILL));
  EXPECT_EQ(second->events.back().kill().task_id().value(), "t2");
}

TEST_F(CustomExecutorsTest, Case45_AQueuedTaskIsKilledOnceAndAnIdleExecutorNeverStarts) {
  StartAgent();
  Run({Custom("t1"), Custom("t2")});
  Kill("t1");
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_KILLED));
  EXPECT_EQ(master_.LatestOf("t1").reason(), v1::TaskStatus::REASON_TASK_KILLED_DURING_LAUNCH);
  EXPECT_THAT(containerizer_.Running(), SizeIs(1));
  Kill("t2");
  EXPECT_THAT(master_.StatesOf("t2"), ElementsAre(v1::TASK_KILLED));
  EXPECT_THAT(containerizer_.Running(), IsEmpty());
}

TEST_F(CustomExecutorsTest, ShutdownIsPoliteAtFirst) {
  StartAgent();
  Run({Custom("t1")});
  auto log = Subscribe();
  Tell(MakeUpdate("t1", v1::TASK_RUNNING));
  ShutdownExecutor();
  EXPECT_EQ(log->Types().back(), Event::SHUTDOWN);
  Run({Custom("late")});
  EXPECT_EQ(master_.LatestOf("late").state(), v1::TASK_DROPPED);
  EXPECT_EQ(master_.LatestOf("late").reason(), v1::TaskStatus::REASON_EXECUTOR_TERMINATED);
  Advance(absl::Seconds(4));
  EXPECT_THAT(containerizer_.Running(), SizeIs(1));
  // What it still says counts.
  Tell(MakeUpdate("t1", v1::TASK_KILLED));
  Advance(absl::Seconds(2));
  EXPECT_THAT(containerizer_.Running(), IsEmpty());
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_RUNNING, v1::TASK_KILLED));
}

TEST_F(CustomExecutorsTest, AnExecutorMayHaveAGracePeriodOfItsOwn) {
  StartAgent();
  v1::TaskInfo task = Custom("t1");
  task.mutable_executor()->mutable_shutdown_grace_period()->set_nanoseconds(
      absl::ToInt64Nanoseconds(absl::Seconds(20)));
  Run({task});
  Subscribe();
  ShutdownExecutor();
  Advance(absl::Seconds(19));
  EXPECT_THAT(containerizer_.Running(), SizeIs(1));
  Advance(absl::Seconds(2));
  EXPECT_THAT(containerizer_.Running(), IsEmpty());
}

TEST_F(CustomExecutorsTest, AFrameworkThatIsShutDownTakesItsExecutorsAlong) {
  StartAgent();
  Run({Custom("t1")});
  auto log = Subscribe();
  MasterMessage message;
  message.mutable_shutdown_framework()->mutable_framework_id()->set_value("F");
  Say(message);
  EXPECT_EQ(log->Types().back(), Event::SHUTDOWN);
  End(ContainerOfExecutor("E"), 0);
  EXPECT_THAT(master_.updates, IsEmpty());
  EXPECT_THAT(Kept(), ElementsAre("agent"));
  EXPECT_EQ(Exited(), 0);
}

TEST_F(CustomExecutorsTest, AGroupIsHandedOverAndKilledTogether) {
  options_.resources = *Resources::Parse("cpus:8;mem:4096");
  StartAgent();
  MasterMessage message;
  auto& run = *message.mutable_run_tasks();
  *run.mutable_framework() = framework_;
  *run.add_tasks() = Command("a");
  *run.add_tasks() = Command("b");
  *run.mutable_group_executor() = Custom("x").executor();
  Say(message);
  auto log = Subscribe();
  ASSERT_THAT(log->Types(), ElementsAre(Event::SUBSCRIBED, Event::LAUNCH_GROUP));
  EXPECT_THAT(log->events[1].launch_group().task_group().tasks(), SizeIs(2));

  run.mutable_tasks(0)->mutable_task_id()->set_value("c");
  run.mutable_tasks(1)->mutable_task_id()->set_value("d");
  store_.hold = true;
  Say(message);
  Kill("d");
  store_.Release();
  loop_.Settle();
  EXPECT_THAT(master_.StatesOf("c"), ElementsAre(v1::TASK_KILLED));
  EXPECT_THAT(master_.StatesOf("d"), ElementsAre(v1::TASK_KILLED));
  EXPECT_THAT(log->events, SizeIs(2));

  run.mutable_tasks(0)->mutable_task_id()->set_value("e");
  run.mutable_tasks(1)->mutable_task_id()->set_value("f");
  run.mutable_group_executor()->set_type(v1::ExecutorInfo::DEFAULT);
  Say(message);
  EXPECT_THAT(master_.StatesOf("e"), ElementsAre(v1::TASK_FAILED));
  EXPECT_THAT(master_.LatestOf("f").message(), HasSubstr("DEFAULT"));
}

TEST_F(CustomExecutorsTest, AnotherExecutorInfoOfTheSameIdIsRefused) {
  StartAgent();
  Run({Custom("t1")});
  v1::TaskInfo task = Custom("t2");
  task.mutable_executor()->mutable_command()->set_value("other");
  Run({task});
  EXPECT_THAT(master_.StatesOf("t2"), ElementsAre(v1::TASK_ERROR));
}

TEST_F(CustomExecutorsTest, WithoutItsExecutorATaskIsDroppedWhereItMayNotBeStarted) {
  StartAgent();
  MasterMessage message;
  *message.mutable_run_tasks()->mutable_framework() = framework_;
  *message.mutable_run_tasks()->add_tasks() = Custom("t1");
  message.mutable_run_tasks()->set_launch_executor(false);
  Say(message);
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_DROPPED));
  EXPECT_EQ(containerizer_.launches(), 0);
}

TEST_F(CustomExecutorsTest, MessagesPassBothWaysAndHeartbeatsCome) {
  StartAgent();
  Run({Custom("t1")});
  auto log = Subscribe();
  MasterMessage message;
  message.mutable_framework_message()->mutable_framework_id()->set_value("F");
  message.mutable_framework_message()->mutable_executor_id()->set_value("E");
  message.mutable_framework_message()->set_data("ping");
  Say(message);
  EXPECT_EQ(log->events.back().message().data(), "ping");
  ExecutorCall call = MakeCall(Call::MESSAGE);
  call.mutable_message()->set_data("pong");
  Tell(call);
  EXPECT_EQ(master_.messages.back().executor_message().data(), "pong");
  Advance(absl::Minutes(31));
  EXPECT_EQ(log->Types().back(), Event::HEARTBEAT);
}

TEST_F(CustomExecutorsTest, TasksThatDidNotReachTheExecutorAreDroppedWhenItComesBack) {
  StartAgent();
  Run({Custom("t1"), Custom("t2")});
  Subscribe();
  session_.reset();
  loop_.Settle();
  auto log = OpenSession();
  ExecutorCall call = MakeCall(Call::SUBSCRIBE);
  *call.mutable_subscribe()->add_unacknowledged_tasks() = Custom("t1");
  *call.mutable_subscribe()->add_unacknowledged_updates() =
      MakeUpdate("t1", v1::TASK_RUNNING).update();
  EXPECT_TRUE(Send(call).ok());
  EXPECT_THAT(log->Types(), ElementsAre(Event::SUBSCRIBED, Event::ACKNOWLEDGED));
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_RUNNING));
  EXPECT_THAT(master_.StatesOf("t2"), ElementsAre(v1::TASK_DROPPED));
  EXPECT_EQ(master_.LatestOf("t2").reason(), v1::TaskStatus::REASON_AGENT_RESTARTED);
}

TEST_F(CustomExecutorsTest, AnExecutorMaySubscribeBeforeTheAgentKnowsThatItRuns) {
  containerizer_.hold_launches = true;
  StartAgent();
  Run({Custom("t1")});
  auto log = Subscribe();
  EXPECT_THAT(log->events, IsEmpty());
  containerizer_.ReleaseLaunches();
  loop_.Settle();
  EXPECT_THAT(log->Types(), ElementsAre(Event::SUBSCRIBED, Event::LAUNCH));
}

}  // namespace
}  // namespace mesos::agent
