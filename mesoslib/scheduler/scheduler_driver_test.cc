#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/scheduler.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/notification.h"
#include "mesoslib/base/simulated_event_loop.h"
#include "mesoslib/testing/fake_endpoint.h"

namespace mesos {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using v1::scheduler::Call;
using v1::scheduler::Event;
using FakeMaster = FakeEndpoint<Call, Event>;

// Writes down what it hears, one line a callback, and then does what the test asks for.
class RecordingScheduler final : public Scheduler {
 public:
  void Registered(SchedulerDriver& driver, const v1::FrameworkID& id,
                  const v1::MasterInfo& master) override {
    Heard(driver, absl::StrCat("registered ", id.value(), " ", master.hostname()));
  }
  void Reregistered(SchedulerDriver& driver, const v1::MasterInfo& master) override {
    Heard(driver, absl::StrCat("reregistered ", master.hostname()));
  }
  void Disconnected(SchedulerDriver& driver) override { Heard(driver, "disconnected"); }
  void ResourceOffers(SchedulerDriver& driver, const std::vector<v1::Offer>& offers) override {
    std::string line = "offers";
    for (const v1::Offer& offer : offers) absl::StrAppend(&line, " ", offer.id().value());
    Heard(driver, line);
  }
  void OfferRescinded(SchedulerDriver& driver, const v1::OfferID& offer) override {
    Heard(driver, absl::StrCat("rescinded ", offer.value()));
  }
  void StatusUpdate(SchedulerDriver& driver, const v1::TaskStatus& status) override {
    last_status = status;
    Heard(driver, absl::StrCat(status.task_id().value(), " ", TaskState_Name(status.state())));
  }
  void OperationStatusUpdate(SchedulerDriver& driver, const v1::OperationStatus& status) override {
    Heard(driver, absl::StrCat("operation ", status.operation_id().value()));
  }
  void FrameworkMessage(SchedulerDriver& driver, const v1::ExecutorID& executor,
                        const v1::AgentID& agent, const std::string& data) override {
    Heard(driver, absl::StrCat("message ", executor.value(), " ", agent.value(), " ", data));
  }
  void AgentLost(SchedulerDriver& driver, const v1::AgentID& agent) override {
    Heard(driver, absl::StrCat("agent lost ", agent.value()));
  }
  void ExecutorLost(SchedulerDriver& driver, const v1::ExecutorID& executor,
                    const v1::AgentID& agent, int wait_status) override {
    Heard(driver,
          absl::StrCat("executor lost ", executor.value(), " ", agent.value(), " ", wait_status));
  }
  void Error(SchedulerDriver& driver, const std::string& message) override {
    Heard(driver, absl::StrCat("error ", message));
  }

  std::vector<std::string> Take() { return std::exchange(heard, {}); }

  std::vector<std::string> heard;
  v1::TaskStatus last_status;
  std::function<void(SchedulerDriver&)> then;

 private:
  void Heard(SchedulerDriver& driver, std::string line) {
    heard.push_back(std::move(line));
    if (then != nullptr) then(driver);
  }
};

v1::OfferID MakeOfferId(const std::string& value) {
  v1::OfferID id;
  id.set_value(value);
  return id;
}

v1::TaskInfo MakeTask(const std::string& id) {
  v1::TaskInfo task;
  task.mutable_task_id()->set_value(id);
  task.mutable_agent_id()->set_value("A1");
  return task;
}

Event SubscribedEvent(double heartbeat_seconds = 15) {
  Event event;
  event.set_type(Event::SUBSCRIBED);
  event.mutable_subscribed()->mutable_framework_id()->set_value("F1");
  event.mutable_subscribed()->set_heartbeat_interval_seconds(heartbeat_seconds);
  event.mutable_subscribed()->mutable_master_info()->set_hostname("m1");
  return event;
}

Event OffersEvent(const std::vector<std::string>& ids) {
  Event event;
  event.set_type(Event::OFFERS);
  for (const std::string& id : ids) {
    event.mutable_offers()->add_offers()->mutable_id()->set_value(id);
  }
  return event;
}

Event UpdateEvent(const std::string& task, const std::string& uuid) {
  Event event;
  event.set_type(Event::UPDATE);
  v1::TaskStatus* status = event.mutable_update()->mutable_status();
  status->mutable_task_id()->set_value(task);
  status->mutable_agent_id()->set_value("A1");
  status->set_state(v1::TASK_RUNNING);
  if (!uuid.empty()) status->set_uuid(uuid);
  return event;
}

Event HeartbeatEvent() {
  Event event;
  event.set_type(Event::HEARTBEAT);
  return event;
}

Event ErrorEvent(const std::string& message) {
  Event event;
  event.set_type(Event::ERROR);
  event.mutable_error()->set_message(message);
  return event;
}

class SchedulerDriverTest : public testing::Test {
 protected:
  SchedulerDriverTest() {
    options_.framework.set_name("test");
    options_.framework.set_user("nobody");
  }

  void Create() {
    auto driver =
        CreateSchedulerDriver(options_, {&loop_, random_.get(), &master_, &scheduler_, nullptr});
    ASSERT_TRUE(driver.ok()) << driver.status();
    driver_ = *std::move(driver);
  }

  void StartAndSubscribe() {
    Create();
    driver_->Start().IgnoreError();
    Deliver(SubscribedEvent());
    ASSERT_THAT(scheduler_.Take(), ElementsAre("registered F1 m1"));
    master_.TakeCalls();
  }

  void Deliver(Event event) {
    master_.Deliver(std::move(event));
    loop_.Settle();
  }

  void Close(absl::Status reason) {
    master_.Close(std::move(reason));
    loop_.Settle();
  }

  Call OnlyCall() {
    std::vector<Call> calls = master_.TakeCalls();
    EXPECT_EQ(calls.size(), 1u);
    return calls.empty() ? Call() : calls[0];
  }

  SimulatedEventLoop loop_;
  std::unique_ptr<Random> random_ = CreateSeededRandom(1);
  FakeMaster master_;
  RecordingScheduler scheduler_;
  SchedulerDriverOptions options_;
  std::unique_ptr<SchedulerDriver> driver_;
};

TEST_F(SchedulerDriverTest, SubscribesWhenStarted) {
  options_.framework.add_roles("a");
  options_.suppressed_roles = {"a"};
  Create();
  EXPECT_EQ(master_.opened(), 0);
  EXPECT_TRUE(driver_->Start().ok());
  EXPECT_EQ(master_.opened(), 1);
  Call call = OnlyCall();
  EXPECT_EQ(call.type(), Call::SUBSCRIBE);
  EXPECT_FALSE(call.has_framework_id());
  EXPECT_EQ(call.subscribe().framework_info().name(), "test");
  EXPECT_THAT(call.subscribe().suppressed_roles(), ElementsAre("a"));
  Deliver(SubscribedEvent());
  EXPECT_THAT(scheduler_.Take(), ElementsAre("registered F1 m1"));
}

TEST_F(SchedulerDriverTest, ComesBackUnderTheIdItIsGiven) {
  options_.framework.mutable_id()->set_value("F1");
  Create();
  driver_->Start().IgnoreError();
  Call call = OnlyCall();
  EXPECT_EQ(call.framework_id().value(), "F1");
  EXPECT_EQ(call.subscribe().framework_info().id().value(), "F1");
}

TEST_F(SchedulerDriverTest, HandsEveryEventToItsCallback) {
  StartAndSubscribe();
  Event event = OffersEvent({"O1", "O2"});
  master_.Deliver(event);
  event.Clear();
  event.set_type(Event::RESCIND);
  event.mutable_rescind()->mutable_offer_id()->set_value("O1");
  master_.Deliver(event);
  event.Clear();
  event.set_type(Event::MESSAGE);
  event.mutable_message()->mutable_executor_id()->set_value("E1");
  event.mutable_message()->mutable_agent_id()->set_value("A1");
  event.mutable_message()->set_data("hi");
  master_.Deliver(event);
  event.Clear();
  event.set_type(Event::FAILURE);
  event.mutable_failure()->mutable_agent_id()->set_value("A1");
  master_.Deliver(event);
  event.mutable_failure()->mutable_executor_id()->set_value("E1");
  event.mutable_failure()->set_status(256);
  master_.Deliver(event);
  master_.Deliver(HeartbeatEvent());
  EXPECT_THAT(scheduler_.Take(), IsEmpty()) << "called on the master's thread";
  loop_.Settle();
  EXPECT_THAT(scheduler_.Take(), ElementsAre("offers O1 O2", "rescinded O1", "message E1 A1 hi",
                                             "agent lost A1", "executor lost E1 A1 256"));
  EXPECT_THAT(master_.TakeCalls(), IsEmpty());
}

TEST_F(SchedulerDriverTest, IgnoresEventsThatLackEverything) {
  StartAndSubscribe();
  for (int type = 0; type <= 20; ++type) {
    if (!Event::Type_IsValid(type) || type == Event::ERROR || type == Event::SUBSCRIBED) continue;
    Event event;
    event.set_type(static_cast<Event::Type>(type));
    Deliver(event);
  }
  Deliver(Event());
  EXPECT_TRUE(master_.is_open());
  EXPECT_THAT(master_.TakeCalls(), IsEmpty());
}

TEST_F(SchedulerDriverTest, AcknowledgesAnUpdateAfterTheCallback) {
  StartAndSubscribe();
  scheduler_.then = [&](SchedulerDriver& driver) {
    EXPECT_THAT(master_.TakeCalls(), IsEmpty());
    driver.AcknowledgeStatusUpdate(scheduler_.last_status).IgnoreError();  // Not its business.
  };
  Deliver(UpdateEvent("T1", "0123456789abcdef"));
  Call call = OnlyCall();
  EXPECT_EQ(call.type(), Call::ACKNOWLEDGE);
  EXPECT_EQ(call.framework_id().value(), "F1");
  EXPECT_EQ(call.acknowledge().task_id().value(), "T1");
  EXPECT_EQ(call.acknowledge().agent_id().value(), "A1");
  EXPECT_EQ(call.acknowledge().uuid(), "0123456789abcdef");
  Deliver(UpdateEvent("T1", ""));
  EXPECT_THAT(master_.TakeCalls(), IsEmpty());
}

TEST_F(SchedulerDriverTest, LeavesAcknowledgingToASchedulerThatWantsIt) {
  options_.implicit_acknowledgements = false;
  StartAndSubscribe();
  Deliver(UpdateEvent("T1", "0123456789abcdef"));
  EXPECT_THAT(master_.TakeCalls(), IsEmpty());
  driver_->AcknowledgeStatusUpdate(scheduler_.last_status).IgnoreError();
  EXPECT_EQ(OnlyCall().acknowledge().uuid(), "0123456789abcdef");
  scheduler_.last_status.clear_uuid();
  driver_->AcknowledgeStatusUpdate(scheduler_.last_status).IgnoreError();
  EXPECT_THAT(master_.TakeCalls(), IsEmpty());
}

TEST_F(SchedulerDriverTest, AcknowledgesOperations) {
  StartAndSubscribe();
  Event event;
  event.set_type(Event::UPDATE_OPERATION_STATUS);
  v1::OperationStatus* status = event.mutable_update_operation_status()->mutable_status();
  status->mutable_operation_id()->set_value("OP");
  Deliver(event);
  EXPECT_THAT(master_.TakeCalls(), IsEmpty());
  status->mutable_uuid()->set_value("u");
  status->mutable_agent_id()->set_value("A1");
  Deliver(event);
  Call call = OnlyCall();
  EXPECT_EQ(call.type(), Call::ACKNOWLEDGE_OPERATION_STATUS);
  EXPECT_EQ(call.acknowledge_operation_status().operation_id().value(), "OP");
  EXPECT_EQ(call.acknowledge_operation_status().uuid(), "u");
  EXPECT_EQ(call.acknowledge_operation_status().agent_id().value(), "A1");
  EXPECT_FALSE(call.acknowledge_operation_status().has_resource_provider_id());
}

TEST_F(SchedulerDriverTest, DeclinesOffersUnlessTheSchedulerSaysOtherwise) {
  Scheduler deaf;
  auto driver = CreateSchedulerDriver(options_, {&loop_, random_.get(), &master_, &deaf, nullptr});
  (*driver)->Start().IgnoreError();
  Deliver(SubscribedEvent());
  master_.TakeCalls();
  Deliver(OffersEvent({"O1", "O2"}));
  Call call = OnlyCall();
  EXPECT_EQ(call.type(), Call::DECLINE);
  EXPECT_EQ(call.decline().offer_ids_size(), 2);
}

TEST_F(SchedulerDriverTest, SaysWhatItsMethodsSay) {
  StartAndSubscribe();
  v1::Filters filters;
  filters.set_refuse_seconds(7);
  driver_
      ->LaunchTasks({MakeOfferId("O1"), MakeOfferId("O2")}, {MakeTask("T1"), MakeTask("T2")},
                    filters)
      .IgnoreError();
  v1::Offer::Operation operation;
  operation.set_type(v1::Offer::Operation::RESERVE);
  driver_->AcceptOffers({MakeOfferId("O3")}, {operation}).IgnoreError();
  driver_->DeclineOffers({MakeOfferId("O4")}, filters).IgnoreError();
  driver_->ReviveOffers({"a"}).IgnoreError();
  driver_->SuppressOffers().IgnoreError();
  driver_->KillTask(MakeTask("T1").task_id()).IgnoreError();
  v1::TaskStatus status;
  status.mutable_task_id()->set_value("T1");
  driver_->ReconcileTasks({status}).IgnoreError();
  driver_->ReconcileTasks({}).IgnoreError();
  v1::ExecutorID executor;
  executor.set_value("E1");
  v1::AgentID agent;
  agent.set_value("A1");
  driver_->SendFrameworkMessage(executor, agent, "data").IgnoreError();
  Call shutdown;
  shutdown.set_type(Call::SHUTDOWN);
  driver_->Send(shutdown).IgnoreError();

  std::vector<Call> calls = master_.TakeCalls();
  ASSERT_EQ(calls.size(), 10u);
  for (const Call& call : calls) EXPECT_EQ(call.framework_id().value(), "F1");
  EXPECT_EQ(calls[0].type(), Call::ACCEPT);
  EXPECT_EQ(calls[0].accept().offer_ids_size(), 2);
  EXPECT_EQ(calls[0].accept().operations(0).type(), v1::Offer::Operation::LAUNCH);
  EXPECT_EQ(calls[0].accept().operations(0).launch().task_infos(1).task_id().value(), "T2");
  EXPECT_EQ(calls[0].accept().filters().refuse_seconds(), 7);
  EXPECT_EQ(calls[1].accept().operations(0).type(), v1::Offer::Operation::RESERVE);
  EXPECT_FALSE(calls[1].accept().has_filters());
  EXPECT_EQ(calls[2].decline().filters().refuse_seconds(), 7);
  EXPECT_THAT(calls[3].revive().roles(), ElementsAre("a"));
  EXPECT_EQ(calls[4].type(), Call::SUPPRESS);
  EXPECT_TRUE(calls[4].has_suppress());
  EXPECT_EQ(calls[5].kill().task_id().value(), "T1");
  EXPECT_EQ(calls[6].reconcile().tasks(0).task_id().value(), "T1");
  EXPECT_FALSE(calls[6].reconcile().tasks(0).has_agent_id());
  EXPECT_TRUE(calls[7].has_reconcile());
  EXPECT_EQ(calls[8].message().data(), "data");
  EXPECT_EQ(calls[9].type(), Call::SHUTDOWN);
}

TEST_F(SchedulerDriverTest, SubscribesAgainAtOnceWhenTheConnectionIsLost) {
  StartAndSubscribe();
  loop_.Advance(absl::Minutes(1));
  Close(absl::UnavailableError("gone"));
  EXPECT_THAT(scheduler_.Take(), ElementsAre("disconnected"));
  loop_.Advance(absl::ZeroDuration());
  EXPECT_EQ(master_.opened(), 2);
  Call call = OnlyCall();
  EXPECT_EQ(call.type(), Call::SUBSCRIBE);
  EXPECT_EQ(call.framework_id().value(), "F1");
  EXPECT_EQ(call.subscribe().framework_info().id().value(), "F1");
  Deliver(SubscribedEvent());
  EXPECT_THAT(scheduler_.Take(), ElementsAre("reregistered m1"));
}

TEST_F(SchedulerDriverTest, TriesAgainWithGrowingPausesAndTellsOnlyOnce) {
  StartAndSubscribe();
  loop_.Advance(absl::Minutes(1));
  master_.RefuseSessions(absl::UnavailableError("down"));
  Close(absl::UnavailableError("gone"));
  loop_.Advance(absl::Seconds(1));
  EXPECT_GE(master_.opened(), 4);
  loop_.Advance(absl::Hours(1));
  // About one every max_registration_backoff / 2, 5 s; never a burst.
  EXPECT_GE(master_.opened(), 500);
  EXPECT_LE(master_.opened(), 1000);
  EXPECT_THAT(scheduler_.Take(), ElementsAre("disconnected"));
  master_.RefuseSessions(absl::OkStatus());
  loop_.Advance(absl::Seconds(11));
  Deliver(SubscribedEvent());
  EXPECT_THAT(scheduler_.Take(), ElementsAre("reregistered m1"));
}

TEST_F(SchedulerDriverTest, AMasterThatDropsItAtOnceIsNotAskedInATightLoop) {
  StartAndSubscribe();
  for (int i = 0; i < 20; ++i) {
    Close(absl::UnavailableError("gone"));
    for (int steps = 0; !master_.is_open() && steps < 10; ++steps) loop_.Step();
    Deliver(SubscribedEvent());
  }
  EXPECT_GT(loop_.Now() - absl::FromUnixSeconds(1'700'000'000), absl::Seconds(20));
}

TEST_F(SchedulerDriverTest, ReconnectsWhenHeartbeatsStop) {
  StartAndSubscribe();
  for (int i = 0; i < 100; ++i) {
    loop_.Advance(absl::Seconds(15));
    Deliver(HeartbeatEvent());
  }
  EXPECT_EQ(master_.opened(), 1);
  loop_.Advance(absl::Seconds(74));
  EXPECT_EQ(master_.opened(), 1);
  loop_.Advance(absl::Seconds(1));
  EXPECT_EQ(master_.opened(), 2);
  EXPECT_THAT(scheduler_.Take(), ElementsAre("disconnected"));
}

TEST_F(SchedulerDriverTest, DoesNotWaitForHeartbeatsThatWereNotAnnounced) {
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Create();
  driver_->Start().IgnoreError();
  for (double interval : {0.0, -1.0, nan, infinity, -infinity, 1e300}) {
    Deliver(SubscribedEvent(interval));
    loop_.Advance(absl::Hours(24));
  }
  EXPECT_EQ(master_.opened(), 1);
}

TEST_F(SchedulerDriverTest, TriesAgainWhenSubscribeIsNotAnswered) {
  Create();
  driver_->Start().IgnoreError();
  loop_.Advance(absl::Seconds(16));
  EXPECT_EQ(master_.opened(), 2);
  EXPECT_THAT(scheduler_.Take(), IsEmpty());
}

TEST_F(SchedulerDriverTest, TriesAgainWhenTheMasterDoesNotLead) {
  Create();
  master_.AnswerCalls(absl::UnavailableError("not leading"));
  driver_->Start().IgnoreError();
  loop_.Advance(absl::Seconds(30));
  EXPECT_GT(master_.opened(), 3);
  master_.AnswerCalls(absl::OkStatus());
  loop_.Advance(absl::Seconds(11));
  Deliver(SubscribedEvent());
  EXPECT_THAT(scheduler_.Take(), ElementsAre("registered F1 m1"));
}

TEST_F(SchedulerDriverTest, StopsWithAnErrorWhenRefusedForGood) {
  Create();
  master_.AnswerCalls(absl::PermissionDeniedError("role '*' is not allowed"));
  driver_->Start().IgnoreError();
  loop_.Advance(absl::Hours(1));
  EXPECT_THAT(scheduler_.Take(), ElementsAre("error role '*' is not allowed"));
  EXPECT_EQ(master_.opened(), 1);
  EXPECT_FALSE(master_.is_open());
}

TEST_F(SchedulerDriverTest, Case44_StopsForGoodWhenAnotherTakesItsPlace) {
  StartAndSubscribe();
  master_.Deliver(ErrorEvent("framework failed over"));
  master_.Deliver(OffersEvent({"O1"}));
  master_.Close(absl::UnavailableError("closed"));
  loop_.Advance(absl::Hours(1));
  EXPECT_THAT(scheduler_.Take(), ElementsAre("error framework failed over"));
  EXPECT_EQ(master_.opened(), 1);
  driver_->Start().IgnoreError();
  EXPECT_EQ(master_.opened(), 1);
}

TEST_F(SchedulerDriverTest, HearsNothingFromASessionThatIsOver) {
  StartAndSubscribe();
  auto old = master_.OpenSink();
  loop_.Advance(absl::Seconds(75));  // Silence.
  ASSERT_EQ(master_.opened(), 2);
  Deliver(SubscribedEvent());
  scheduler_.Take();
  old->Deliver(OffersEvent({"OLD"}));
  old->Closed(absl::PermissionDeniedError("old"));
  loop_.Settle();
  EXPECT_THAT(scheduler_.Take(), IsEmpty());
  EXPECT_TRUE(master_.is_open());
}

TEST_F(SchedulerDriverTest, HearsNothingBeforeItIsSubscribed) {
  Create();
  driver_->Start().IgnoreError();
  Deliver(OffersEvent({"O1"}));
  Deliver(UpdateEvent("T1", "uuid"));
  EXPECT_THAT(scheduler_.Take(), IsEmpty());
}

TEST_F(SchedulerDriverTest, ASubscribedWithoutAnIdIsNone) {
  Create();
  driver_->Start().IgnoreError();
  Event event;
  event.set_type(Event::SUBSCRIBED);
  Deliver(event);
  EXPECT_THAT(scheduler_.Take(), IsEmpty());
  EXPECT_FALSE(master_.is_open());
}

TEST_F(SchedulerDriverTest, DropsCallsWhileDisconnected) {
  StartAndSubscribe();
  master_.RefuseSessions(absl::UnavailableError("down"));
  Close(absl::UnavailableError("gone"));
  scheduler_.Take();
  driver_->DeclineOffers({MakeOfferId("O1")}).IgnoreError();
  driver_->KillTask(MakeTask("T1").task_id()).IgnoreError();
  master_.RefuseSessions(absl::OkStatus());
  loop_.Advance(absl::Seconds(11));
  EXPECT_EQ(OnlyCall().type(), Call::SUBSCRIBE);
  driver_->KillTask(MakeTask("T1").task_id()).IgnoreError();  // Connected, but not subscribed.
  EXPECT_THAT(master_.TakeCalls(), IsEmpty());
}

TEST_F(SchedulerDriverTest, TasksLaunchedWhileDisconnectedAreReportedLost) {
  StartAndSubscribe();
  Close(absl::UnavailableError("gone"));
  scheduler_.Take();
  driver_->LaunchTasks({MakeOfferId("O1")}, {MakeTask("T1"), MakeTask("T2")}).IgnoreError();
  EXPECT_THAT(scheduler_.Take(), IsEmpty()) << "called back from within LaunchTasks";
  loop_.Settle();
  EXPECT_THAT(scheduler_.Take(), ElementsAre("T1 TASK_LOST", "T2 TASK_LOST"));
  EXPECT_EQ(scheduler_.last_status.source(), v1::TaskStatus::SOURCE_MASTER);
  EXPECT_EQ(scheduler_.last_status.reason(), v1::TaskStatus::REASON_MASTER_DISCONNECTED);
  EXPECT_EQ(scheduler_.last_status.agent_id().value(), "A1");
  EXPECT_EQ(scheduler_.last_status.timestamp(), absl::ToUnixSeconds(loop_.Now()));
  EXPECT_FALSE(scheduler_.last_status.has_uuid());
}

TEST_F(SchedulerDriverTest, APartitionAwareFrameworkHearsDroppedInstead) {
  options_.framework.add_capabilities()->set_type(v1::FrameworkInfo::Capability::PARTITION_AWARE);
  StartAndSubscribe();
  Close(absl::UnavailableError("gone"));
  scheduler_.Take();
  v1::Offer::Operation group;
  group.set_type(v1::Offer::Operation::LAUNCH_GROUP);
  *group.mutable_launch_group()->mutable_task_group()->add_tasks() = MakeTask("T1");
  driver_->AcceptOffers({MakeOfferId("O1")}, {group}).IgnoreError();
  loop_.Settle();
  EXPECT_THAT(scheduler_.Take(), ElementsAre("T1 TASK_DROPPED"));
}

TEST_F(SchedulerDriverTest, StaysSuppressedOverAReconnection) {
  options_.framework.add_roles("a");
  options_.framework.add_roles("b");
  StartAndSubscribe();
  auto resubscribe = [&] {
    Close(absl::UnavailableError("gone"));
    loop_.Advance(absl::Seconds(11));
    Call call = OnlyCall();
    Deliver(SubscribedEvent());
    return call.subscribe();
  };
  driver_->SuppressOffers({"a"}).IgnoreError();
  master_.TakeCalls();
  EXPECT_THAT(resubscribe().suppressed_roles(), ElementsAre("a"));
  driver_->SuppressOffers().IgnoreError();
  driver_->ReviveOffers({"a"}).IgnoreError();
  master_.TakeCalls();
  EXPECT_THAT(resubscribe().suppressed_roles(), ElementsAre("b"));
  driver_->ReviveOffers().IgnoreError();
  master_.TakeCalls();
  EXPECT_THAT(resubscribe().suppressed_roles(), IsEmpty());
}

TEST_F(SchedulerDriverTest, SubscribesAgainAsTheFrameworkItHasBecome) {
  StartAndSubscribe();
  Call update;
  update.set_type(Call::UPDATE_FRAMEWORK);
  update.mutable_update_framework()->mutable_framework_info()->set_name("renamed");
  update.mutable_update_framework()->mutable_offer_constraints();
  driver_->Send(update).IgnoreError();
  EXPECT_EQ(OnlyCall().type(), Call::UPDATE_FRAMEWORK);
  Close(absl::UnavailableError("gone"));
  loop_.Advance(absl::Seconds(11));
  Call call = OnlyCall();
  EXPECT_EQ(call.subscribe().framework_info().name(), "renamed");
  EXPECT_EQ(call.subscribe().framework_info().id().value(), "F1");
  EXPECT_TRUE(call.subscribe().has_offer_constraints());
}

TEST_F(SchedulerDriverTest, StopTearsTheFrameworkDown) {
  StartAndSubscribe();
  driver_->Stop().IgnoreError();
  driver_->Stop().IgnoreError();
  EXPECT_EQ(OnlyCall().type(), Call::TEARDOWN);
  Deliver(OffersEvent({"O1"}));
  driver_->LaunchTasks({MakeOfferId("O1")}, {MakeTask("T1")}).IgnoreError();
  EXPECT_TRUE(master_.is_open()) << "closing might overtake the call";
  Close(absl::OkStatus());
  loop_.Advance(absl::Hours(1));
  EXPECT_THAT(scheduler_.Take(), IsEmpty());
  EXPECT_EQ(master_.opened(), 1);
}

TEST_F(SchedulerDriverTest, StopWithFailoverOnlyCloses) {
  StartAndSubscribe();
  driver_->Stop(/*failover=*/true).IgnoreError();
  EXPECT_FALSE(master_.is_open());
  EXPECT_THAT(master_.TakeCalls(), IsEmpty());
  loop_.Advance(absl::Hours(1));
  EXPECT_EQ(master_.opened(), 1);
  EXPECT_THAT(scheduler_.Take(), IsEmpty());
}

TEST_F(SchedulerDriverTest, AnswersWhetherItRuns) {
  Create();
  const v1::TaskID task = MakeTask("T").task_id();
  EXPECT_THAT(std::string(driver_->KillTask(task).message()), HasSubstr("not started"));
  EXPECT_TRUE(absl::IsFailedPrecondition(driver_->Stop()));
  EXPECT_TRUE(driver_->Start().ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(driver_->Start()));
  EXPECT_TRUE(driver_->KillTask(task).ok());
  EXPECT_TRUE(driver_->Stop().ok());
  for (const absl::Status& answer :
       {driver_->Start(), driver_->Stop(), driver_->LaunchTasks({}, {}),
        driver_->AcceptOffers({}, {}), driver_->DeclineOffers({}), driver_->ReviveOffers(),
        driver_->SuppressOffers(), driver_->KillTask(task), driver_->ReconcileTasks({}),
        driver_->AcknowledgeStatusUpdate({}), driver_->SendFrameworkMessage({}, {}, ""),
        driver_->Send({})}) {
    EXPECT_TRUE(absl::IsFailedPrecondition(answer)) << answer;
    EXPECT_THAT(std::string(answer.message()), HasSubstr("has stopped"));
  }
}

TEST_F(SchedulerDriverTest, StopsTakingCallsWhenTheMasterEndsTheSubscription) {
  StartAndSubscribe();
  Event error;
  error.set_type(Event::ERROR);
  error.mutable_error()->set_message("no more");
  Deliver(error);
  EXPECT_TRUE(absl::IsFailedPrecondition(driver_->ReviveOffers()));
  EXPECT_TRUE(absl::IsFailedPrecondition(driver_->Stop()));
}

TEST_F(SchedulerDriverTest, StopFromACallbackIsTheLastOne) {
  StartAndSubscribe();
  scheduler_.then = [](SchedulerDriver& driver) { driver.Stop().IgnoreError(); };
  master_.Deliver(UpdateEvent("T1", "uuid"));
  master_.Deliver(OffersEvent({"O1"}));
  loop_.Settle();
  EXPECT_THAT(scheduler_.Take(), ElementsAre("T1 TASK_RUNNING"));
  EXPECT_EQ(OnlyCall().type(), Call::TEARDOWN);
}

TEST_F(SchedulerDriverTest, MayBeDestroyedByAnyCallback) {
  const Event events[] = {OffersEvent({"O1"}), UpdateEvent("T1", "uuid"), ErrorEvent("x")};
  for (const Event& event : events) {
    scheduler_.then = nullptr;
    StartAndSubscribe();
    scheduler_.then = [&](SchedulerDriver&) { driver_.reset(); };
    master_.Deliver(event);
    master_.Deliver(OffersEvent({"O2"}));
    loop_.Settle();
    EXPECT_EQ(scheduler_.Take().size(), 1u);
    EXPECT_FALSE(master_.is_open());
  }
  scheduler_.then = nullptr;
  StartAndSubscribe();
  scheduler_.then = [&](SchedulerDriver&) { driver_.reset(); };
  Close(absl::UnavailableError("gone"));
  loop_.Advance(absl::Hours(1));
  EXPECT_THAT(scheduler_.Take(), ElementsAre("disconnected"));
}

TEST_F(SchedulerDriverTest, LeavesTheSubscribingToTheDriver) {
  StartAndSubscribe();
  Call call;
  call.set_type(Call::SUBSCRIBE);
  driver_->Send(call).IgnoreError();
  EXPECT_THAT(master_.TakeCalls(), IsEmpty());
}

TEST_F(SchedulerDriverTest, ARefusedCallDoesNotEndTheSubscription) {
  StartAndSubscribe();
  master_.AnswerCalls(absl::InvalidArgumentError("accept.offer_ids is empty"));
  driver_->LaunchTasks({}, {MakeTask("T1")}).IgnoreError();
  loop_.Settle();
  EXPECT_TRUE(master_.is_open());
  EXPECT_THAT(scheduler_.Take(), IsEmpty());
}

// The answer to an offer that was lost would leave the offer standing for ever.
TEST_F(SchedulerDriverTest, AnUndeliveredCallBeginsANewSubscription) {
  StartAndSubscribe();
  master_.AnswerCalls(absl::UnavailableError("no answer"));
  driver_->DeclineOffers({MakeOfferId("O1")}).IgnoreError();
  loop_.Settle();
  EXPECT_FALSE(master_.is_open());
  EXPECT_THAT(scheduler_.Take(), ElementsAre("disconnected"));
}

TEST_F(SchedulerDriverTest, CreationNamesWhatIsMissing) {
  auto message = [&](SchedulerDriverDependencies dependencies) {
    absl::Status status = CreateSchedulerDriver(options_, dependencies).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  };
  Random* random = random_.get();
  EXPECT_THAT(message({nullptr, random, &master_, &scheduler_, nullptr}), HasSubstr(".loop"));
  EXPECT_THAT(message({&loop_, nullptr, &master_, &scheduler_, nullptr}), HasSubstr(".random"));
  EXPECT_THAT(message({&loop_, random, nullptr, &scheduler_, nullptr}), HasSubstr(".master"));
  EXPECT_THAT(message({&loop_, random, &master_, nullptr, nullptr}), HasSubstr(".scheduler"));
  options_.registration_backoff_factor = absl::ZeroDuration();
  EXPECT_THAT(message({&loop_, random, &master_, &scheduler_, nullptr}),
              HasSubstr("registration_backoff_factor is 0"));
  options_.registration_backoff_factor = absl::Seconds(20);
  EXPECT_THAT(message({&loop_, random, &master_, &scheduler_, nullptr}),
              HasSubstr("max_registration_backoff is 10s"));
}

TEST(SchedulerDriverThreadsTest, TakesCallsFromManyThreads) {
  auto loop = CreateThreadEventLoop("driver").value();
  auto random = CreateSeededRandom(1);
  FakeMaster master;
  RecordingScheduler scheduler;
  Notification registered;
  scheduler.then = [&](SchedulerDriver&) {
    if (!registered.HasBeenNotified()) registered.Notify();
  };
  auto driver = CreateSchedulerDriver({}, {loop.get(), random.get(), &master, &scheduler, nullptr});
  (*driver)->Start().IgnoreError();
  RunOn(loop.get(), [] {});
  master.Deliver(SubscribedEvent());
  registered.WaitForNotification();
  master.TakeCalls();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&driver, &master] {
      for (int j = 0; j < 100; ++j) {
        (*driver)->KillTask(MakeTask("T").task_id()).IgnoreError();
        master.Deliver(UpdateEvent("T", ""));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  (*driver)->Stop(/*failover=*/true).IgnoreError();
  EXPECT_EQ(master.TakeCalls().size(), 400u);
  const size_t heard = scheduler.heard.size();
  driver->reset();
  EXPECT_EQ(scheduler.heard.size(), heard);
}

}  // namespace
}  // namespace mesos
