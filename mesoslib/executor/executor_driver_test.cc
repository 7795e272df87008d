#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/executor.h"
#include "mesos/v1/executor/executor.pb.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/notification.h"
#include "mesoslib/base/simulated_event_loop.h"
#include "mesoslib/base/uuid.h"
#include "mesoslib/testing/fake_endpoint.h"

namespace mesos {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using v1::executor::Call;
using v1::executor::Event;
using FakeAgent = FakeEndpoint<Call, Event>;

// Writes down what it hears, one line a callback, and then does what the test asks for.
class RecordingExecutor final : public Executor {
 public:
  void Registered(ExecutorDriver& driver, const v1::ExecutorInfo& executor,
                  const v1::FrameworkInfo& framework, const v1::AgentInfo& agent) override {
    Heard(driver, absl::StrCat("registered ", executor.executor_id().value(), " ", framework.name(),
                               " ", agent.hostname()));
  }
  void Reregistered(ExecutorDriver& driver, const v1::AgentInfo& agent) override {
    Heard(driver, absl::StrCat("reregistered ", agent.hostname()));
  }
  void Disconnected(ExecutorDriver& driver) override { Heard(driver, "disconnected"); }
  void LaunchTask(ExecutorDriver& driver, const v1::TaskInfo& task) override {
    Heard(driver, absl::StrCat("launch ", task.task_id().value()));
  }
  void KillTask(ExecutorDriver& driver, const v1::TaskID& task,
                const v1::KillPolicy& policy) override {
    Heard(driver, absl::StrCat("kill ", task.value(), " ", policy.grace_period().nanoseconds()));
  }
  void FrameworkMessage(ExecutorDriver& driver, const std::string& data) override {
    Heard(driver, absl::StrCat("message ", data));
  }
  void Shutdown(ExecutorDriver& driver) override { Heard(driver, "shutdown"); }
  void Error(ExecutorDriver& driver, const std::string& message) override {
    Heard(driver, absl::StrCat("error ", message));
  }

  std::vector<std::string> Take() { return std::exchange(heard, {}); }

  std::vector<std::string> heard;
  std::function<void(ExecutorDriver&)> then;

 private:
  void Heard(ExecutorDriver& driver, std::string line) {
    heard.push_back(std::move(line));
    if (then != nullptr) then(driver);
  }
};

Event SubscribedEvent() {
  Event event;
  event.set_type(Event::SUBSCRIBED);
  Event::Subscribed* subscribed = event.mutable_subscribed();
  subscribed->mutable_executor_info()->mutable_executor_id()->set_value("E1");
  subscribed->mutable_framework_info()->set_name("test");
  subscribed->mutable_agent_info()->set_hostname("a1");
  return event;
}

Event LaunchEvent(const std::string& task) {
  Event event;
  event.set_type(Event::LAUNCH);
  event.mutable_launch()->mutable_task()->mutable_task_id()->set_value(task);
  return event;
}

Event AcknowledgedEvent(const v1::TaskStatus& status) {
  Event event;
  event.set_type(Event::ACKNOWLEDGED);
  *event.mutable_acknowledged()->mutable_task_id() = status.task_id();
  event.mutable_acknowledged()->set_uuid(status.uuid());
  return event;
}

v1::TaskStatus MakeStatus(const std::string& task, v1::TaskState state) {
  v1::TaskStatus status;
  status.mutable_task_id()->set_value(task);
  status.set_state(state);
  return status;
}

class ExecutorDriverTest : public testing::Test {
 protected:
  ExecutorDriverTest() {
    options_.framework_id.set_value("F1");
    options_.executor_id.set_value("E1");
    options_.checkpoint = true;
  }

  void Create() {
    auto driver =
        CreateExecutorDriver(options_, {&loop_, random_.get(), &agent_, &executor_, nullptr});
    ASSERT_TRUE(driver.ok()) << driver.status();
    driver_ = *std::move(driver);
  }

  void StartAndSubscribe() {
    Create();
    driver_->Start().IgnoreError();
    Deliver(SubscribedEvent());
    ASSERT_THAT(executor_.Take(), ElementsAre("registered E1 test a1"));
    agent_.TakeCalls();
  }

  void Deliver(Event event) {
    agent_.Deliver(std::move(event));
    loop_.Settle();
  }

  void Close(absl::Status reason) {
    agent_.Close(std::move(reason));
    loop_.Settle();
  }

  // Loses the connection and gets it back. Returns what the driver subscribed with.
  Call::Subscribe Resubscribe() {
    agent_.TakeCalls();
    Close(absl::UnavailableError("gone"));
    loop_.Advance(options_.subscription_backoff_max);
    Call call = OnlyCall();
    EXPECT_EQ(call.type(), Call::SUBSCRIBE);
    Deliver(SubscribedEvent());
    EXPECT_THAT(executor_.Take(), ElementsAre("disconnected", "reregistered a1"));
    return call.subscribe();
  }

  v1::TaskStatus SendUpdate(const std::string& task, v1::TaskState state) {
    driver_->SendStatusUpdate(MakeStatus(task, state)).IgnoreError();
    return OnlyCall().update().status();
  }

  Call OnlyCall() {
    std::vector<Call> calls = agent_.TakeCalls();
    EXPECT_EQ(calls.size(), 1u);
    return calls.empty() ? Call() : calls[0];
  }

  SimulatedEventLoop loop_;
  std::unique_ptr<Random> random_ = CreateSeededRandom(1);
  FakeAgent agent_;
  RecordingExecutor executor_;
  ExecutorDriverOptions options_;
  std::unique_ptr<ExecutorDriver> driver_;
};

TEST_F(ExecutorDriverTest, SubscribesWhenStarted) {
  Create();
  EXPECT_TRUE(absl::IsFailedPrecondition(driver_->SendFrameworkMessage("early")));
  EXPECT_TRUE(absl::IsFailedPrecondition(driver_->Stop()));
  EXPECT_TRUE(driver_->Start().ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(driver_->Start()));
  EXPECT_EQ(agent_.opened(), 1);
  Call call = OnlyCall();
  EXPECT_EQ(call.type(), Call::SUBSCRIBE);
  EXPECT_TRUE(call.has_subscribe());
  EXPECT_EQ(call.framework_id().value(), "F1");
  EXPECT_EQ(call.executor_id().value(), "E1");
  EXPECT_EQ(call.subscribe().unacknowledged_tasks_size(), 0);
}

TEST_F(ExecutorDriverTest, TakesNoCallsOnceItHasStopped) {
  StartAndSubscribe();
  EXPECT_TRUE(driver_->Stop().ok());
  for (const absl::Status& answer :
       {driver_->Start(), driver_->Stop(), driver_->SendFrameworkMessage("late"),
        driver_->SendStatusUpdate(MakeStatus("T1", v1::TASK_RUNNING))}) {
    EXPECT_TRUE(absl::IsFailedPrecondition(answer)) << answer;
  }
  EXPECT_THAT(agent_.TakeCalls(), IsEmpty());
}

TEST_F(ExecutorDriverTest, HandsEveryEventToItsCallback) {
  StartAndSubscribe();
  agent_.Deliver(LaunchEvent("T1"));
  Event event;
  event.set_type(Event::LAUNCH_GROUP);
  for (const char* id : {"T2", "T3"}) {
    event.mutable_launch_group()->mutable_task_group()->add_tasks()->mutable_task_id()->set_value(
        id);
  }
  agent_.Deliver(event);
  event.Clear();
  event.set_type(Event::KILL);
  event.mutable_kill()->mutable_task_id()->set_value("T1");
  event.mutable_kill()->mutable_kill_policy()->mutable_grace_period()->set_nanoseconds(7);
  agent_.Deliver(event);
  event.Clear();
  event.set_type(Event::MESSAGE);
  event.mutable_message()->set_data("hi");
  agent_.Deliver(event);
  event.Clear();
  event.set_type(Event::HEARTBEAT);
  agent_.Deliver(event);
  event.set_type(Event::SHUTDOWN);
  agent_.Deliver(event);
  EXPECT_THAT(executor_.Take(), IsEmpty()) << "called on the agent's thread";
  loop_.Settle();
  EXPECT_THAT(executor_.Take(), ElementsAre("launch T1", "launch T2", "launch T3", "kill T1 7",
                                            "message hi", "shutdown"));
}

TEST_F(ExecutorDriverTest, IgnoresEventsThatLackEverything) {
  StartAndSubscribe();
  for (int type = 0; type <= 20; ++type) {
    if (!Event::Type_IsValid(type) || type == Event::ERROR || type == Event::SUBSCRIBED) continue;
    Event event;
    event.set_type(static_cast<Event::Type>(type));
    Deliver(event);
  }
  EXPECT_TRUE(agent_.is_open());
}

TEST_F(ExecutorDriverTest, FillsInWhatAnUpdateNeeds) {
  StartAndSubscribe();
  driver_->SendStatusUpdate(MakeStatus("T1", v1::TASK_RUNNING)).IgnoreError();
  Call call = OnlyCall();
  EXPECT_EQ(call.type(), Call::UPDATE);
  EXPECT_EQ(call.framework_id().value(), "F1");
  EXPECT_EQ(call.executor_id().value(), "E1");
  const v1::TaskStatus& status = call.update().status();
  EXPECT_EQ(status.task_id().value(), "T1");
  EXPECT_EQ(status.state(), v1::TASK_RUNNING);
  EXPECT_TRUE(IsUuidBytes(status.uuid()));
  EXPECT_EQ(status.source(), v1::TaskStatus::SOURCE_EXECUTOR);
  EXPECT_EQ(status.executor_id().value(), "E1");
  EXPECT_EQ(status.timestamp(), absl::ToUnixSeconds(loop_.Now()));
  EXPECT_NE(SendUpdate("T1", v1::TASK_RUNNING).uuid(), status.uuid());
}

TEST_F(ExecutorDriverTest, DropsAnUpdateThatNamesNoTaskOrState) {
  StartAndSubscribe();
  driver_->SendStatusUpdate({}).IgnoreError();
  driver_->SendStatusUpdate(MakeStatus("", v1::TASK_RUNNING)).IgnoreError();
  v1::TaskStatus status;
  status.mutable_task_id()->set_value("T1");
  driver_->SendStatusUpdate(status).IgnoreError();
  EXPECT_THAT(agent_.TakeCalls(), IsEmpty());
}

TEST_F(ExecutorDriverTest, Case43_KeepsUpdatesUntilTheyAreAcknowledged) {
  StartAndSubscribe();
  Deliver(LaunchEvent("T1"));
  Deliver(LaunchEvent("T2"));
  executor_.Take();
  v1::TaskStatus starting = SendUpdate("T1", v1::TASK_STARTING);
  v1::TaskStatus running = SendUpdate("T1", v1::TASK_RUNNING);
  Call::Subscribe subscribe = Resubscribe();
  ASSERT_EQ(subscribe.unacknowledged_tasks_size(), 2);
  EXPECT_EQ(subscribe.unacknowledged_tasks(0).task_id().value(), "T1");
  ASSERT_EQ(subscribe.unacknowledged_updates_size(), 2);
  EXPECT_EQ(subscribe.unacknowledged_updates(0).status().uuid(), starting.uuid());
  EXPECT_EQ(subscribe.unacknowledged_updates(1).status().uuid(), running.uuid());

  Deliver(AcknowledgedEvent(starting));
  Deliver(AcknowledgedEvent(starting));
  subscribe = Resubscribe();
  ASSERT_EQ(subscribe.unacknowledged_tasks_size(), 1);
  EXPECT_EQ(subscribe.unacknowledged_tasks(0).task_id().value(), "T2");
  ASSERT_EQ(subscribe.unacknowledged_updates_size(), 1);
  EXPECT_EQ(subscribe.unacknowledged_updates(0).status().state(), v1::TASK_RUNNING);

  Deliver(AcknowledgedEvent(running));
  subscribe = Resubscribe();
  EXPECT_EQ(subscribe.unacknowledged_updates_size(), 0);
}

TEST_F(ExecutorDriverTest, AnUnknownAcknowledgementChangesNothing) {
  StartAndSubscribe();
  Deliver(LaunchEvent("T1"));
  executor_.Take();
  Deliver(AcknowledgedEvent(MakeStatus("T1", v1::TASK_RUNNING)));
  EXPECT_EQ(Resubscribe().unacknowledged_tasks_size(), 1);
}

TEST_F(ExecutorDriverTest, UpdatesMadeWhileDisconnectedGoWithTheSubscription) {
  StartAndSubscribe();
  loop_.Advance(absl::Minutes(1));
  agent_.RefuseSessions(absl::UnavailableError("down"));
  Close(absl::UnavailableError("gone"));
  driver_->SendStatusUpdate(MakeStatus("T1", v1::TASK_FINISHED)).IgnoreError();
  driver_->SendFrameworkMessage("lost").IgnoreError();
  agent_.RefuseSessions(absl::OkStatus());
  loop_.Advance(absl::Seconds(2));
  Call call = OnlyCall();
  ASSERT_EQ(call.subscribe().unacknowledged_updates_size(), 1);
  EXPECT_EQ(call.subscribe().unacknowledged_updates(0).status().state(), v1::TASK_FINISHED);
}

TEST_F(ExecutorDriverTest, SendsMessages) {
  StartAndSubscribe();
  driver_->SendFrameworkMessage("hi").IgnoreError();
  Call call = OnlyCall();
  EXPECT_EQ(call.type(), Call::MESSAGE);
  EXPECT_EQ(call.message().data(), "hi");
  EXPECT_EQ(call.executor_id().value(), "E1");
}

TEST_F(ExecutorDriverTest, WithoutCheckpointingALostConnectionIsTheEnd) {
  options_.checkpoint = false;
  StartAndSubscribe();
  Close(absl::UnavailableError("gone"));
  std::vector<std::string> heard = executor_.Take();
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_EQ(heard[0], "disconnected");
  EXPECT_THAT(heard[1], HasSubstr("error the connection to the agent is lost"));
  loop_.Advance(absl::Hours(1));
  EXPECT_EQ(agent_.opened(), 1);
}

TEST_F(ExecutorDriverTest, TriesToComeBackForTheRecoveryTimeoutOnly) {
  StartAndSubscribe();
  loop_.Advance(absl::Minutes(1));
  agent_.RefuseSessions(absl::UnavailableError("down"));
  Close(absl::UnavailableError("gone"));
  EXPECT_THAT(executor_.Take(), ElementsAre("disconnected"));
  loop_.Advance(absl::Minutes(15) - absl::Milliseconds(1));
  EXPECT_THAT(executor_.Take(), IsEmpty());
  // About one a second, for pauses are a random part of 2 s.
  EXPECT_GT(agent_.opened(), 600);
  EXPECT_LT(agent_.opened(), 1500);
  loop_.Advance(absl::Milliseconds(1));
  EXPECT_THAT(executor_.Take(), ElementsAre("error the agent has been away for 15mins"));
  const int opened = agent_.opened();
  loop_.Advance(absl::Hours(1));
  EXPECT_EQ(agent_.opened(), opened);
}

TEST_F(ExecutorDriverTest, TheRecoveryTimeoutStartsAnewWithEveryLoss) {
  StartAndSubscribe();
  for (int i = 0; i < 5; ++i) {
    agent_.RefuseSessions(absl::UnavailableError("down"));
    Close(absl::UnavailableError("gone"));
    loop_.Advance(absl::Minutes(14));
    agent_.RefuseSessions(absl::OkStatus());
    loop_.Advance(absl::Seconds(3));
    Deliver(SubscribedEvent());
    EXPECT_THAT(executor_.Take(), ElementsAre("disconnected", "reregistered a1"));
    loop_.Advance(absl::Hours(1));
  }
}

TEST_F(ExecutorDriverTest, TriesAgainWhenSubscribeIsNotAnswered) {
  Create();
  driver_->Start().IgnoreError();
  loop_.Advance(absl::Seconds(18));
  EXPECT_EQ(agent_.opened(), 2);
  loop_.Advance(absl::Minutes(15));
  EXPECT_THAT(executor_.Take(), ElementsAre("error the agent has been away for 15mins"));
}

TEST_F(ExecutorDriverTest, StopsWithAnErrorWhenRefusedForGood) {
  Create();
  agent_.AnswerCalls(absl::InvalidArgumentError("unknown executor"));
  driver_->Start().IgnoreError();
  loop_.Advance(absl::Hours(1));
  EXPECT_THAT(executor_.Take(), ElementsAre("error unknown executor"));
  EXPECT_EQ(agent_.opened(), 1);
}

TEST_F(ExecutorDriverTest, AnErrorEventIsTheEnd) {
  StartAndSubscribe();
  Event error;
  error.set_type(Event::ERROR);
  error.mutable_error()->set_message("replaced");
  agent_.Deliver(error);
  agent_.Deliver(LaunchEvent("T1"));
  loop_.Advance(absl::Hours(1));
  EXPECT_THAT(executor_.Take(), ElementsAre("error replaced"));
  EXPECT_FALSE(agent_.is_open());
}

TEST_F(ExecutorDriverTest, HearsNothingFromASessionThatIsOver) {
  Create();
  driver_->Start().IgnoreError();
  auto old = agent_.OpenSink();
  loop_.Advance(absl::Seconds(18));
  Deliver(SubscribedEvent());
  executor_.Take();
  old->Deliver(LaunchEvent("OLD"));
  old->Closed(absl::PermissionDeniedError("old"));
  loop_.Settle();
  EXPECT_THAT(executor_.Take(), IsEmpty());
  EXPECT_TRUE(agent_.is_open());
}

TEST_F(ExecutorDriverTest, NoCallbackRunsAfterStop) {
  StartAndSubscribe();
  executor_.then = [](ExecutorDriver& driver) { driver.Stop().IgnoreError(); };
  agent_.Deliver(LaunchEvent("T1"));
  agent_.Deliver(LaunchEvent("T2"));
  loop_.Settle();
  EXPECT_THAT(executor_.Take(), ElementsAre("launch T1"));
  EXPECT_FALSE(agent_.is_open());
  driver_->SendStatusUpdate(MakeStatus("T1", v1::TASK_RUNNING)).IgnoreError();
  driver_->Start().IgnoreError();
  loop_.Advance(absl::Hours(1));
  EXPECT_EQ(agent_.opened(), 1);
}

TEST_F(ExecutorDriverTest, MayBeDestroyedByAnyCallback) {
  StartAndSubscribe();
  executor_.then = [&](ExecutorDriver&) { driver_.reset(); };
  agent_.Deliver(LaunchEvent("T1"));
  agent_.Deliver(LaunchEvent("T2"));
  loop_.Settle();
  EXPECT_THAT(executor_.Take(), ElementsAre("launch T1"));
  executor_.then = nullptr;
  StartAndSubscribe();
  executor_.then = [&](ExecutorDriver&) { driver_.reset(); };
  Close(absl::UnavailableError("gone"));
  loop_.Advance(absl::Hours(1));
  EXPECT_THAT(executor_.Take(), ElementsAre("disconnected"));
}

TEST_F(ExecutorDriverTest, CreationNamesWhatIsMissing) {
  auto message = [&](ExecutorDriverDependencies dependencies) {
    absl::Status status = CreateExecutorDriver(options_, dependencies).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  };
  Random* random = random_.get();
  EXPECT_THAT(message({nullptr, random, &agent_, &executor_, nullptr}), HasSubstr(".loop"));
  EXPECT_THAT(message({&loop_, nullptr, &agent_, &executor_, nullptr}), HasSubstr(".random"));
  EXPECT_THAT(message({&loop_, random, nullptr, &executor_, nullptr}), HasSubstr(".agent"));
  EXPECT_THAT(message({&loop_, random, &agent_, nullptr, nullptr}), HasSubstr(".executor"));
  options_.subscription_backoff_max = absl::ZeroDuration();
  EXPECT_THAT(message({&loop_, random, &agent_, &executor_, nullptr}),
              HasSubstr("subscription_backoff_max is 0"));
  options_.executor_id.Clear();
  EXPECT_THAT(message({&loop_, random, &agent_, &executor_, nullptr}),
              HasSubstr("executor_id is empty"));
}

TEST(ExecutorDriverThreadsTest, WorksFromAnotherThread) {
  auto loop = CreateThreadEventLoop("driver").value();
  auto random = CreateSeededRandom(1);
  FakeAgent agent;
  RecordingExecutor executor;
  Notification launched;
  executor.then = [&](ExecutorDriver&) {
    if (executor.heard.size() == 2) launched.Notify();
  };
  ExecutorDriverOptions options;
  options.framework_id.set_value("F1");
  options.executor_id.set_value("E1");
  auto driver =
      CreateExecutorDriver(options, {loop.get(), random.get(), &agent, &executor, nullptr});
  (*driver)->Start().IgnoreError();
  RunOn(loop.get(), [] {});
  agent.Deliver(SubscribedEvent());
  agent.Deliver(LaunchEvent("T1"));
  launched.WaitForNotification();
  (*driver)->SendStatusUpdate(MakeStatus("T1", v1::TASK_RUNNING)).IgnoreError();
  (*driver)->Stop().IgnoreError();
  EXPECT_EQ(agent.TakeCalls().size(), 2u);
  EXPECT_EQ(executor.heard.size(), 2u);
}

}  // namespace
}  // namespace mesos
