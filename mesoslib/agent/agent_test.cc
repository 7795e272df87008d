// The agent and its master: starting, registering, command tasks.
#include <signal.h>

#include "mesoslib/agent/agent_fixture.h"

namespace mesos::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int kExit0 = 0;
constexpr int kExit3 = 3 << 8;

TEST_F(AgentTest, RefusesOptionsThatMakeNoSense) {
  options_.work_dir = "relative";
  EXPECT_THAT(Create().status().message(), HasSubstr("work_dir: 'relative'"));
  options_.work_dir = "/work";
  options_.resources = Resources();
  EXPECT_THAT(Create().status().message(), HasSubstr("resources"));
  EXPECT_THAT(CreateAgent(options_, {}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(AgentTest, RegistersAtOnceAndWritesDownItsId) {
  StartAgent();
  EXPECT_EQ(started_, absl::OkStatus());
  EXPECT_EQ(master_.registers, 1);
  EXPECT_EQ(master_.messages[0].register_().agent().hostname(), "localhost");
  EXPECT_EQ(master_.messages[0].register_().agent().resources_size(), 2);
  EXPECT_TRUE(store_.Has("agent"));
  EXPECT_EQ(Ask(v1::agent::Call::GET_AGENT).get_agent().agent_info().id().value(), "S0");
}

TEST_F(AgentTest, ComesBackAsTheSameAgentAfterARestart) {
  StartAgent();
  RestartAgent();
  EXPECT_EQ(master_.registers, 1);
  EXPECT_EQ(master_.reregisters, 1);
  EXPECT_EQ(master_.messages.back().reregister().agent().id().value(), "S0");
}

TEST_F(AgentTest, ACommandTaskRunsAndFinishes) {
  StartAgent();
  Run({Command("t1", "echo hello")});
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_RUNNING));
  const ContainerId container = ContainerOf("t1");
  EXPECT_EQ(master_.LatestOf("t1").container_status().container_id().value(), container.value());
  EXPECT_EQ(master_.LatestOf("t1").executor_id().value(), "t1");
  const ContainerConfig& config = containerizer_.container(container).config;
  EXPECT_EQ(config.command.value(), "echo hello");
  EXPECT_EQ(config.directory,
            "/work/slaves/S0/frameworks/F/executors/t1/runs/" + container.value());
  EXPECT_EQ(config.environment.at("MESOS_SANDBOX"), config.directory);
  EXPECT_EQ(config.resources, *Resources::Parse("cpus:1;mem:128"));
  End(container, kExit0);
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_RUNNING, v1::TASK_FINISHED));
  EXPECT_EQ(master_.LatestOf("t1").message(), "Command exited with status 0");
  // All is acknowledged: only the agent itself is left.
  EXPECT_THAT(Kept(), ElementsAre("agent"));
  EXPECT_THAT(Ask(v1::agent::Call::GET_TASKS).get_tasks().completed_tasks(), SizeIs(1));
}

TEST_F(AgentTest, HowTheCommandEndsIsHowTheTaskEnds) {
  StartAgent();
  Run({Command("bad"), Command("shot"), Command("limited")});
  End(ContainerOf("bad"), kExit3);
  End(ContainerOf("shot"), SIGSEGV);
  ContainerTermination limited;
  limited.state = v1::TASK_FAILED;
  limited.reason = v1::TaskStatus::REASON_CONTAINER_LIMITATION_MEMORY;
  limited.message = "too much memory";
  containerizer_.End(ContainerOf("limited"), limited);
  loop_.Settle();
  EXPECT_EQ(master_.LatestOf("bad").state(), v1::TASK_FAILED);
  EXPECT_EQ(master_.LatestOf("bad").message(), "Command exited with status 3");
  EXPECT_EQ(master_.LatestOf("shot").state(), v1::TASK_FAILED);
  EXPECT_EQ(master_.LatestOf("shot").message(), "Command terminated with signal SIGSEGV");
  EXPECT_EQ(master_.LatestOf("limited").reason(),
            v1::TaskStatus::REASON_CONTAINER_LIMITATION_MEMORY);
  EXPECT_EQ(master_.LatestOf("limited").message(), "too much memory");
}

TEST_F(AgentTest, NothingIsLaunchedBeforeItIsWrittenDown) {
  StartAgent();
  store_.hold = true;
  Run({Command("t1")});
  EXPECT_EQ(containerizer_.launches(), 0);
  store_.Release();
  loop_.Settle();
  EXPECT_EQ(containerizer_.launches(), 1);
  EXPECT_TRUE(store_.Has("frameworks/F"));
  EXPECT_TRUE(store_.Has("executors/F/t1"));
  EXPECT_TRUE(store_.Has("tasks/F/t1/t1"));
}

TEST_F(AgentTest, FrameworksThatDoNotCheckpointLeaveNoTrace) {
  framework_.set_checkpoint(false);
  StartAgent();
  const int commits = store_.commits();
  Run({Command("t1")});
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_RUNNING));
  End(ContainerOf("t1"), kExit0);
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_RUNNING, v1::TASK_FINISHED));
  EXPECT_EQ(store_.commits(), commits);
}

TEST_F(AgentTest, ATaskThatCannotBeLaunchedFails) {
  StartAgent();
  containerizer_.launch_status = absl::NotFoundError("no such command: /nope");
  Run({Command("t1")});
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_FAILED));
  EXPECT_EQ(master_.LatestOf("t1").reason(), v1::TaskStatus::REASON_CONTAINER_LAUNCH_FAILED);
  EXPECT_THAT(master_.LatestOf("t1").message(), HasSubstr("/nope"));
  EXPECT_THAT(Kept(), ElementsAre("agent"));
}

TEST_F(AgentTest, AKilledTaskIsAskedToEndAndIsKilledAfterItsGracePeriod) {
  framework_.add_capabilities()->set_type(v1::FrameworkInfo::Capability::TASK_KILLING_STATE);
  containerizer_.ignore_sigterm = true;
  StartAgent();
  Run({Command("t1")});
  const ContainerId container = ContainerOf("t1");
  Kill("t1");
  EXPECT_THAT(containerizer_.container(container).signals, ElementsAre(SIGTERM));
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_KILLING);
  Advance(absl::Milliseconds(2900));
  EXPECT_EQ(containerizer_.destroys(), 0);
  Advance(absl::Milliseconds(200));
  EXPECT_EQ(containerizer_.destroys(), 1);
  EXPECT_THAT(master_.StatesOf("t1"),
              ElementsAre(v1::TASK_RUNNING, v1::TASK_KILLING, v1::TASK_KILLED));
}

TEST_F(AgentTest, KillingIsNotSaidToFrameworksThatDoNotKnowIt) {
  StartAgent();
  Run({Command("t1")});
  Kill("t1");
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_RUNNING, v1::TASK_KILLED));
  EXPECT_EQ(master_.LatestOf("t1").message(), "Command terminated with signal SIGTERM");
}

TEST_F(AgentTest, ASecondKillShortensTheGracePeriodAndNeverLengthensIt) {
  containerizer_.ignore_sigterm = true;
  StartAgent();
  Run({Command("t1"), Command("t2")});
  Kill("t1", absl::Minutes(1));
  Kill("t2", absl::Seconds(1));
  Kill("t1", absl::Seconds(1));
  Kill("t2", absl::Minutes(1));
  EXPECT_THAT(containerizer_.container(ContainerOf("t1")).signals, ElementsAre(SIGTERM));
  Advance(absl::Seconds(2));
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_KILLED);
  EXPECT_EQ(master_.LatestOf("t2").state(), v1::TASK_KILLED);
}

TEST_F(AgentTest, AKillMayBringALongerGracePeriodThanTheTasks) {
  containerizer_.ignore_sigterm = true;
  StartAgent();
  v1::TaskInfo task = Command("t");
  task.mutable_kill_policy()->mutable_grace_period()->set_nanoseconds(
      absl::ToInt64Nanoseconds(absl::Seconds(1)));
  Run({task});
  Kill("t", absl::Seconds(10));
  Advance(absl::Seconds(9));
  EXPECT_EQ(master_.LatestOf("t").state(), v1::TASK_RUNNING);
  Advance(absl::Seconds(2));
  EXPECT_EQ(master_.LatestOf("t").state(), v1::TASK_KILLED);
}

TEST_F(AgentTest, Case45_AKillThatRacesTheLaunchGivesOneTerminalUpdate) {
  StartAgent();
  store_.hold = true;
  Run({Command("written")});
  Kill("written");
  store_.Release();
  loop_.Settle();
  containerizer_.hold_launches = true;
  Run({Command("starting")});
  Kill("starting");
  Kill("starting");
  containerizer_.ReleaseLaunches();
  loop_.Settle();
  for (const char* task : {"written", "starting"}) {
    EXPECT_THAT(master_.StatesOf(task), ElementsAre(v1::TASK_KILLED)) << task;
    EXPECT_EQ(master_.LatestOf(task).reason(), v1::TaskStatus::REASON_TASK_KILLED_DURING_LAUNCH);
  }
  EXPECT_EQ(containerizer_.launches(), 1);
  EXPECT_THAT(containerizer_.Running(), IsEmpty());
}

TEST_F(AgentTest, ATaskEndsWhenItsTimeIsUp) {
  StartAgent();
  v1::TaskInfo task = Command("t1");
  task.mutable_max_completion_time()->set_nanoseconds(absl::ToInt64Nanoseconds(absl::Seconds(30)));
  Run({task});
  Advance(absl::Seconds(29));
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_RUNNING));
  Advance(absl::Seconds(2));
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_FAILED);
  EXPECT_EQ(master_.LatestOf("t1").reason(), v1::TaskStatus::REASON_MAX_COMPLETION_TIME_REACHED);
}

TEST_F(AgentTest, UpdatesWaitWhileTheMasterIsAwayAndCarryTheLatestState) {
  StartAgent();
  Run({Command("t1")});
  master_.acknowledge = false;
  master_.refuse_connections = true;
  master_.Cut();
  loop_.Settle();
  const size_t heard = master_.updates.size();
  End(ContainerOf("t1"), kExit0);
  Advance(absl::Minutes(5));
  EXPECT_EQ(master_.updates.size(), heard);
  master_.refuse_connections = false;
  master_.acknowledge = true;
  Advance(absl::Minutes(2));
  EXPECT_EQ(master_.LatestOf("t1").state(), v1::TASK_FINISHED);
  const AgentMessage::Reregister* introduction = nullptr;
  for (const AgentMessage& message : master_.messages) {
    if (introduction == nullptr && message.has_reregister()) introduction = &message.reregister();
  }
  ASSERT_NE(introduction, nullptr);
  ASSERT_THAT(introduction->tasks(), SizeIs(1));
  EXPECT_EQ(introduction->tasks(0).state(), v1::TASK_FINISHED);
  EXPECT_EQ(introduction->tasks(0).status_update_state(), v1::TASK_RUNNING);
  EXPECT_THAT(introduction->frameworks(), SizeIs(1));
  EXPECT_THAT(introduction->executors(), IsEmpty());
}

TEST_F(AgentTest, AnswersForTasksThatNeverCame) {
  StartAgent();
  MasterMessage::TaskReference lost;
  lost.mutable_framework_id()->set_value("F");
  lost.mutable_task_id()->set_value("never");
  master_.unreported_tasks = {lost};
  Run({Command("t1")});
  master_.Cut();
  Advance(absl::Seconds(5));
  EXPECT_THAT(master_.StatesOf("never"), ElementsAre(v1::TASK_DROPPED));
  Kill("unknown");
  EXPECT_THAT(master_.StatesOf("unknown"), ElementsAre(v1::TASK_DROPPED));
  framework_.clear_capabilities();
  MasterMessage update;
  *update.mutable_update_framework()->mutable_framework() = framework_;
  Say(update);
  Kill("unknown2");
  EXPECT_THAT(master_.StatesOf("unknown2"), ElementsAre(v1::TASK_LOST));
}

TEST_F(AgentTest, Case11_MalformedTasksAreRefusedAndHostileIdsReachNoPath) {
  StartAgent();
  v1::TaskInfo elsewhere = Command("elsewhere");
  elsewhere.mutable_agent_id()->set_value("S9");
  v1::TaskInfo both = Custom("both");
  both.mutable_command()->set_value("true");
  v1::TaskInfo negative = Command("negative");
  negative.mutable_resources(0)->mutable_scalar()->set_value(-1);
  v1::TaskInfo empty = Command("empty");
  empty.mutable_command()->Clear();
  v1::TaskInfo hostile = Custom("hostile", "../../../etc");
  Run({elsewhere, both, negative, empty, hostile});
  for (const char* task : {"elsewhere", "both", "negative", "empty", "hostile"}) {
    EXPECT_THAT(master_.StatesOf(task), ElementsAre(v1::TASK_ERROR)) << task;
    EXPECT_EQ(master_.LatestOf(task).reason(), v1::TaskStatus::REASON_TASK_INVALID) << task;
  }
  EXPECT_THAT(master_.LatestOf("hostile").message(), HasSubstr("executor.executor_id"));
  const size_t heard = master_.updates.size();
  Run({Command("../../escape")});
  Run({Command("twice"), Command("twice")});
  Run({});
  framework_.mutable_id()->set_value("..");
  Run({Command("t1")});
  Say(MasterMessage());
  MasterMessage kill;
  kill.mutable_kill_task();
  Say(kill);
  MasterMessage acknowledgement;
  acknowledgement.mutable_acknowledge_update();
  Say(acknowledgement);
  EXPECT_EQ(master_.updates.size(), heard);
  EXPECT_EQ(containerizer_.launches(), 0);
}

TEST_F(AgentTest, ATaskThatIsHereAlreadyIsNotLaunchedAgain) {
  StartAgent();
  Run({Command("t1")});
  Run({Command("t1")});
  EXPECT_EQ(containerizer_.launches(), 1);
  EXPECT_THAT(master_.StatesOf("t1"), ElementsAre(v1::TASK_RUNNING));
}

TEST_F(AgentTest, AFrameworkThatIsShutDownVanishesSilently) {
  containerizer_.ignore_sigterm = true;
  StartAgent();
  Run({Command("t1")});
  const size_t heard = master_.updates.size();
  MasterMessage message;
  message.mutable_shutdown_framework()->mutable_framework_id()->set_value("F");
  Say(message);
  Run({Command("late")});
  EXPECT_EQ(containerizer_.launches(), 1);
  Advance(absl::Seconds(10));
  EXPECT_EQ(master_.updates.size(), heard);
  EXPECT_THAT(containerizer_.Running(), IsEmpty());
  EXPECT_THAT(Kept(), ElementsAre("agent"));
}

TEST_F(AgentTest, ShutdownEndsEverythingAndLeavesTheId) {
  StartAgent();
  Run({Command("t1"), Command("t2")});
  std::optional<absl::Status> done;
  agent_->Shutdown([&](absl::Status status) { done = status; });
  loop_.Settle();
  EXPECT_EQ(done, absl::OkStatus());
  EXPECT_TRUE(master_.messages.back().has_unregister());
  EXPECT_THAT(containerizer_.Running(), IsEmpty());
  EXPECT_THAT(store_.snapshot().entries, IsEmpty());
}

TEST_F(AgentTest, LeavesWhenTheMasterSaysSo) {
  StartAgent();
  Run({Command("t1")});
  MasterMessage message;
  message.mutable_shutdown()->set_message("marked gone");
  Say(message);
  EXPECT_THAT(containerizer_.Running(), IsEmpty());
  ASSERT_TRUE(ended_.has_value());
  EXPECT_TRUE(absl::IsAborted(*ended_));
  EXPECT_THAT(ended_->message(), HasSubstr("marked gone"));
  EXPECT_THAT(store_.snapshot().entries, IsEmpty());
}

TEST_F(AgentTest, DestroyingItLeavesContainersRunning) {
  StartAgent();
  Run({Command("t1")});
  agent_.reset();
  loop_.Settle();
  EXPECT_THAT(containerizer_.Running(), SizeIs(1));
}

TEST_F(AgentTest, StopsActingWhenItCannotWriteAndSaysWhy) {
  StartAgent();
  store_.commits_until_failure = 0;
  Run({Command("t1")});
  ASSERT_TRUE(ended_.has_value());
  EXPECT_THAT(ended_->message(), HasSubstr("the disk is full"));
  EXPECT_EQ(containerizer_.launches(), 0);
  EXPECT_FALSE(master_.connected());
}

TEST_F(AgentTest, AnswersOperators) {
  StartAgent();
  Run({Command("t1")});
  EXPECT_TRUE(Ask(v1::agent::Call::GET_HEALTH).get_health().healthy());
  EXPECT_EQ(Ask(v1::agent::Call::GET_VERSION).get_version().version_info().version(), "1.12.0");
  EXPECT_THAT(Ask(v1::agent::Call::GET_FRAMEWORKS).get_frameworks().frameworks(), SizeIs(1));
  EXPECT_THAT(Ask(v1::agent::Call::GET_TASKS).get_tasks().launched_tasks(), SizeIs(1));
  EXPECT_THAT(Ask(v1::agent::Call::GET_CONTAINERS).get_containers().containers(), SizeIs(1));
  v1::agent::Call call;
  absl::Status status;
  auto keep = [&](absl::StatusOr<v1::agent::Response> response) { status = response.status(); };
  agent_->CallOperator(call, {}, keep);
  loop_.Settle();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  call.set_type(v1::agent::Call::PRUNE_IMAGES);
  agent_->CallOperator(call, {}, keep);
  loop_.Settle();
  EXPECT_TRUE(absl::IsUnimplemented(status));
  EXPECT_THAT(status.message(), HasSubstr("PRUNE_IMAGES"));
}

TEST_F(AgentTest, TellsWhatContainersUse) {
  containerizer_.usage.set_cpus_user_time_secs(1.5);
  StartAgent();
  Run({Command("t1"), Command("t2")});
  const auto containers = Ask(v1::agent::Call::GET_CONTAINERS).get_containers().containers();
  ASSERT_THAT(containers, SizeIs(2));
  for (const auto& container : containers) {
    EXPECT_EQ(container.framework_id().value(), "F");
    EXPECT_TRUE(container.has_container_status());
    EXPECT_EQ(container.resource_statistics().cpus_user_time_secs(), 1.5);
  }
  v1::AgentInfo info = Ask(v1::agent::Call::GET_AGENT).get_agent().agent_info();
  EXPECT_EQ(Resources::FromProto(info.resources()).value(), options_.resources);
}

TEST_F(AgentTest, DoesNotWaitForAContainerThatSaysNothing) {
  StartAgent();
  Run({Command("t1")});
  v1::agent::Call call;
  call.set_type(v1::agent::Call::GET_CONTAINERS);
  std::vector<absl::StatusOr<v1::agent::Response>> answers;
  const auto ask = [&] {
    agent_->CallOperator(call, {}, [&](auto response) { answers.push_back(std::move(response)); });
    loop_.Settle();
  };
  containerizer_.hold_usage = true;
  ask();
  EXPECT_THAT(answers, SizeIs(0));
  Advance(absl::Seconds(5));
  ASSERT_THAT(answers, SizeIs(1));
  ASSERT_TRUE(answers[0].ok()) << answers[0].status();
  ASSERT_THAT(answers[0]->get_containers().containers(), SizeIs(1));
  EXPECT_FALSE(answers[0]->get_containers().containers(0).has_resource_statistics());
  containerizer_.ReleaseUsage();  // Too late.
  loop_.Settle();
  EXPECT_THAT(answers, SizeIs(1));
  ask();
  agent_.reset();  // Whoever has asked is answered all the same.
  Advance(absl::Seconds(5));
  EXPECT_THAT(answers, SizeIs(2));
}

// What a part of Mesos is for that is not there yet.
TEST_F(AgentTest, CallsThatAreNotThereAreNamed) {
  StartAgent();
  using Call = v1::agent::Call;
  for (Call::Type type :
       {Call::GET_RESOURCE_PROVIDERS, Call::LAUNCH_NESTED_CONTAINER, Call::WAIT_NESTED_CONTAINER,
        Call::KILL_NESTED_CONTAINER, Call::REMOVE_NESTED_CONTAINER,
        Call::LAUNCH_NESTED_CONTAINER_SESSION, Call::ATTACH_CONTAINER_INPUT,
        Call::ATTACH_CONTAINER_OUTPUT, Call::LAUNCH_CONTAINER, Call::WAIT_CONTAINER,
        Call::KILL_CONTAINER, Call::REMOVE_CONTAINER, Call::ADD_RESOURCE_PROVIDER_CONFIG,
        Call::UPDATE_RESOURCE_PROVIDER_CONFIG, Call::REMOVE_RESOURCE_PROVIDER_CONFIG,
        Call::MARK_RESOURCE_PROVIDER_GONE, Call::PRUNE_IMAGES}) {
    Call call;
    call.set_type(type);
    absl::Status status;
    agent_->CallOperator(call, {}, [&](auto response) { status = response.status(); });
    loop_.Settle();
    EXPECT_TRUE(absl::IsUnimplemented(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(Call::Type_Name(type)));
  }
}

TEST_F(AgentTest, TellsItsMetrics) {
  StartAgent();
  Run({Command("t1"), Command("t2")});
  v1::agent::Call call;
  call.set_type(v1::agent::Call::GET_METRICS);
  auto ask = [&] {
    absl::StatusOr<v1::agent::Response> answer = absl::UnknownError("no answer");
    agent_->CallOperator(call, {}, [&](auto response) { answer = std::move(response); });
    loop_.Settle();
    return answer;
  };
  EXPECT_THAT(std::string(ask().status().message()), HasSubstr("get_metrics"));
  call.mutable_get_metrics();
  auto metrics = [&] {
    std::map<std::string, double> values;
    const v1::agent::Response response = ask().value();
    for (const v1::Metric& metric : response.get_metrics().metrics()) {
      EXPECT_TRUE(values.emplace(metric.name(), metric.value()).second) << metric.name();
    }
    return values;
  };
  std::map<std::string, double> values = metrics();
  EXPECT_EQ(values.at("slave/registered"), 1);
  EXPECT_EQ(values.at("slave/tasks_running"), 2);
  EXPECT_EQ(values.at("slave/executors_running"), 2);
  EXPECT_EQ(values.at("slave/frameworks_active"), 1);
  EXPECT_EQ(values.at("slave/cpus_total"), options_.resources.cpus());
  EXPECT_GT(values.at("slave/cpus_used"), 0);
  EXPECT_EQ(values.at("slave/cpus_percent"),
            values.at("slave/cpus_used") / values.at("slave/cpus_total"));
  EXPECT_EQ(values.at("slave/cpus_revocable_total"), 0);
  const double uptime = values.at("slave/uptime_secs");
  End(ContainerOf("t1"), 0);
  Advance(absl::Seconds(5));
  values = metrics();
  EXPECT_EQ(values.at("slave/tasks_running"), 1);
  EXPECT_EQ(values.at("slave/tasks_finished"), 1);
  EXPECT_EQ(values.at("slave/uptime_secs"), uptime + 5);
}

TEST_F(AgentTest, TakesNoCallsOnceItHasStopped) {
  StartAgent();
  agent_->Shutdown([](absl::Status) {});
  loop_.Settle();
  std::vector<absl::Status> answers;
  auto keep = [&](absl::Status status) { answers.push_back(std::move(status)); };
  agent_->Start(keep);
  agent_->Shutdown(keep);
  v1::agent::Call call;
  call.set_type(v1::agent::Call::GET_STATE);
  agent_->CallOperator(call, {}, [&](auto response) { answers.push_back(response.status()); });
  loop_.Settle();
  ASSERT_THAT(answers, SizeIs(3));
  for (const absl::Status& answer : answers) {
    EXPECT_TRUE(absl::IsFailedPrecondition(answer)) << answer;
  }
}

TEST_F(AgentTest, HistoryIsBounded) {
  options_.max_completed_executors_per_framework = 3;
  containerizer_.instant = true;
  StartAgent();
  for (int i = 0; i < 10; ++i) Run({Command("t" + std::to_string(i))});
  EXPECT_THAT(Ask(v1::agent::Call::GET_TASKS).get_tasks().completed_tasks(), SizeIs(3));
}

}  // namespace
}  // namespace mesos::agent
