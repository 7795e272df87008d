// A master's metrics: that all of Mesos's names are there or are known not to be, and that the
// counters count what they say.
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/master/framework_metrics.h"
#include "mesoslib/master/master_fixture.h"

namespace mesos {
namespace {

using ::testing::SizeIs;
using v1::scheduler::Call;

using Values = std::map<std::string, double>;

// Mesos's names, separated by spaces; {a,b} stands for each of them.
constexpr char kNames[] =
    "master/elected master/uptime_secs "
    "master/{cpus,mem,disk,gpus}_{total,used,percent} "
    "master/{cpus,mem,disk,gpus}_revocable_{total,used,percent} "
    "master/slaves_{active,connected,disconnected,inactive,unreachable} "
    "master/frameworks_{active,connected,disconnected,inactive} "
    "master/outstanding_offers "
    "master/tasks_{dropped,error,failed,finished,gone,gone_by_operator,killed,killing} "
    "master/tasks_{lost,running,staging,starting,unreachable} "
    "master/slave_{registrations,reregistrations,removals} "
    "master/slave_removals/reason_{unhealthy,unregistered,registered} "
    "master/slave_shutdowns_{scheduled,completed,canceled} "
    "master/slave_unreachable_{scheduled,completed,canceled} "
    "master/recovery_slave_removals master/dropped_messages "
    "master/messages_{register,reregister,unregister,deactivate}_framework "
    "master/messages_{kill_task,status_update_acknowledgement,resource_request,launch_tasks} "
    "master/messages_{decline_offers,revive_offers,suppress_offers,reconcile_tasks} "
    "master/messages_{reconcile_operations,framework_to_executor,executor_to_framework} "
    "master/messages_{register_slave,reregister_slave,unregister_slave,update_slave} "
    "master/messages_{status_update,exited_executor,authenticate,operation_status_update} "
    "master/messages_operation_status_update_acknowledgement "
    "master/{valid,invalid}_status_{updates,update_acknowledgements} "
    "master/{valid,invalid}_operation_status_{updates,update_acknowledgements} "
    "master/{valid,invalid}_{framework_to_executor,executor_to_framework}_messages "
    "master/operator_event_stream_subscribers master/http_cache_hits "
    "master/event_queue_{messages,dispatches,http_requests} "
    "master/operations/{total,pending,unreachable,recovering,finished,failed,error,dropped} "
    "master/operations/gone_by_operator "
    "master/operations/{reserve,unreserve,create,destroy,grow_volume,shrink_volume}/"
    "{total,finished} "
    "master/operations/{create_disk,destroy_disk}/{total,pending,finished} "
    "master/task_error/source_master/reason_task_invalid "
    "master/frameworks/test%20%2Fone/ID/subscribed "
    "master/frameworks/test%20%2Fone/ID/{calls,events,operations} "
    "master/frameworks/test%20%2Fone/ID/calls/{subscribe,teardown,accept,decline,revive,kill} "
    "master/frameworks/test%20%2Fone/ID/calls/{suppress,shutdown,acknowledge,reconcile,message} "
    "master/frameworks/test%20%2Fone/ID/calls/{accept_inverse_offers,decline_inverse_offers} "
    "master/frameworks/test%20%2Fone/ID/calls/{acknowledge_operation_status,request} "
    "master/frameworks/test%20%2Fone/ID/calls/{reconcile_operations,update_framework} "
    "master/frameworks/test%20%2Fone/ID/events/{subscribed,offers,rescind,inverse_offers,update} "
    "master/frameworks/test%20%2Fone/ID/events/{rescind_inverse_offer,update_operation_status} "
    "master/frameworks/test%20%2Fone/ID/events/{message,failure,error,heartbeat} "
    "master/frameworks/test%20%2Fone/ID/offers/{sent,accepted,declined,rescinded} "
    "master/frameworks/test%20%2Fone/ID/tasks/active/task_{staging,starting,running,killing} "
    "master/frameworks/test%20%2Fone/ID/tasks/active/task_unreachable "
    "master/frameworks/test%20%2Fone/ID/tasks/terminal/task_{finished,failed,killed,lost,error} "
    "master/frameworks/test%20%2Fone/ID/tasks/terminal/task_{dropped,gone,gone_by_operator} "
    "master/frameworks/test%20%2Fone/ID/operations/{launch,launch_group,reserve,unreserve,create} "
    "master/frameworks/test%20%2Fone/ID/operations/{destroy,grow_volume,shrink_volume} "
    "master/frameworks/test%20%2Fone/ID/operations/{create_disk,destroy_disk} "
    "master/frameworks/test%20%2Fone/ID/roles/*/suppressed "
    "frameworks/ops/messages_{received,processed} "
    "allocator/mesos/allocation_runs "
    "allocator/mesos/{allocation_run,allocation_run_latency}_ms "
    "allocator/mesos/{allocation_run,allocation_run_latency}_ms/{count,max,min,p50,p90,p95,p99} "
    "allocator/mesos/{allocation_run,allocation_run_latency}_ms/{p999,p9999} "
    "allocator/mesos/event_queue_dispatches "
    "allocator/mesos/resources/{cpus,mem}/{total,offered_or_allocated} "
    "allocator/mesos/quota/roles/eng/resources/cpus/{guarantee,limit,offered_or_allocated} "
    "allocator/mesos/offer_filters/roles/*/active "
    "registrar/{state_fetch,state_store}_ms "
    "registrar/{state_fetch,state_store}_ms/{count,max,min,p50,p90,p95,p99,p999,p9999} "
    "registrar/queued_operations registrar/registry_size_bytes "
    "registrar/log/{recovered,ensemble_size} ";

// What of that is not there, and why.
constexpr std::pair<const char*, const char*> kMissing[] = {
    {"master/slave_shutdowns_scheduled", "silent agents become unreachable, and are not shut down"},
    {"master/slave_shutdowns_completed", "likewise"},
    {"master/slave_shutdowns_canceled", "likewise"},
    {"master/messages_deactivate_framework", "a v0 message; a session ends instead"},
    {"master/messages_update_slave", "agents say what they have when they (re)register"},
    {"master/messages_authenticate", "v0 authentication is not there"},
    {"master/operator_event_stream_subscribers", "HTTP has one session with the master for all"},
    {"master/http_cache_hits", "HTTP's own"},
    {"master/event_queue_dispatches", "an EventLoop does not tell how many callbacks wait"},
    {"allocator/mesos/event_queue_dispatches", "the allocator has no queue"},
    {"registrar/registry_size_bytes", "entries are written one by one, nobody adds them up"},
    {"registrar/log/recovered", "there is no replicated log"},
    {"registrar/log/ensemble_size", "likewise"},
};

// "a{b,c}d" as "abd" and "acd".
std::vector<std::string> Expand(const std::string& pattern) {
  const size_t open = pattern.find('{');
  if (open == std::string::npos) return {pattern};
  const size_t close = pattern.find('}', open);
  std::vector<std::string> names;
  for (absl::string_view part : absl::StrSplit(pattern.substr(open + 1, close - open - 1), ',')) {
    for (std::string& name :
         Expand(absl::StrCat(pattern.substr(0, open), part, pattern.substr(close + 1)))) {
      names.push_back(std::move(name));
    }
  }
  return names;
}

class MetricsTest : public MasterTest {
 protected:
  // Below the framework's own.
  static double Of(const TestFramework& framework, const Values& values, const std::string& name) {
    const auto found = values.find(absl::StrCat("master/frameworks/", framework.info.name(), "/",
                                                framework.info.id().value(), "/", name));
    return found == values.end() ? -1 : found->second;
  }
};

TEST_F(MetricsTest, AllOfMesossNamesAreThereOrKnownToBeMissing) {
  v1::master::Call quota;
  quota.set_type(v1::master::Call::UPDATE_QUOTA);
  auto* config = quota.mutable_update_quota()->add_quota_configs();
  config->set_role("eng");
  (*config->mutable_guarantees())["cpus"].set_value(1);
  (*config->mutable_limits())["cpus"].set_value(2);
  quota.mutable_update_quota()->set_force(true);
  ASSERT_TRUE(Operate(quota).ok());
  AddAgent();
  TestFramework& framework = NewFramework();
  framework.info.set_name("test /one");
  framework.info.set_principal("ops");
  framework.Subscribe();
  const std::vector<v1::Offer> offers = framework.TakeOffers();
  ASSERT_THAT(offers, SizeIs(1));
  framework.Launch(offers, {framework.Task("greedy", "cpus:1000", offers[0].agent_id().value())},
                   3600);
  Values values = Metrics();
  std::set<std::string> missing;
  for (const auto& [name, why] : kMissing) missing.insert(name);
  for (absl::string_view pattern : absl::StrSplit(kNames, ' ', absl::SkipEmpty())) {
    for (std::string name : Expand(std::string(pattern))) {
      const size_t id = name.find("/ID/");
      if (id != std::string::npos) name.replace(id + 1, 2, framework.info.id().value());
      EXPECT_NE(values.contains(name), missing.erase(name) > 0) << name;
    }
  }
  EXPECT_THAT(missing, testing::IsEmpty()) << "is no name of Mesos's";
}

TEST_F(MetricsTest, CallsAreCountedByKindWhateverBecomesOfThem) {
  AddAgent();
  TestFramework& framework = AddFramework();
  Call kill;
  kill.set_type(Call::KILL);
  kill.mutable_kill()->mutable_task_id()->set_value("t");
  EXPECT_TRUE(framework.Send(kill).ok());
  kill.clear_kill();
  EXPECT_TRUE(absl::IsInvalidArgument(framework.Send(kill)));
  framework.Decline(framework.TakeOffers().at(0), 1);
  EXPECT_TRUE(framework.Send(Call::REVIVE).ok());
  Call stray;
  stray.set_type(Call::REVIVE);
  stray.mutable_framework_id()->set_value("nobody");
  framework.session->Send(stray);
  const auto former = std::move(framework.session);
  framework.Subscribe();
  const Values values = Metrics();
  EXPECT_EQ(values.at("master/messages_register_framework"), 1);
  EXPECT_EQ(values.at("master/messages_reregister_framework"), 1);
  EXPECT_EQ(values.at("master/messages_kill_task"), 2);
  EXPECT_EQ(values.at("master/messages_decline_offers"), 1);
  EXPECT_EQ(values.at("master/messages_revive_offers"), 2);
  EXPECT_EQ(values.at("master/messages_suppress_offers"), 0);
  EXPECT_EQ(values.at("master/dropped_messages"), 1);
  EXPECT_EQ(Of(framework, values, "calls/kill"), 1) << "what is malformed is nobody's";
  EXPECT_EQ(Of(framework, values, "calls/subscribe"), 2);
  EXPECT_EQ(Of(framework, values, "calls"), 5);
  EXPECT_EQ(Of(framework, values, "events/subscribed"), 2);
  EXPECT_EQ(Of(framework, values, "events/error"), 1) << "the former session's";
  EXPECT_EQ(Of(framework, values, "offers/declined"), 1);
  EXPECT_EQ(Of(framework, values, "offers/sent"), 3);
}

TEST_F(MetricsTest, TasksAreCountedByHowTheyEndAndWhy) {
  SimulatedAgent& agent = AddAgent({.resources = "cpus:4;mem:1024"});
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1");
  Values values = Metrics();
  EXPECT_EQ(Of(framework, values, "tasks/active/task_running"), 1);
  EXPECT_EQ(Of(framework, values, "tasks/terminal/task_finished"), 0);
  EXPECT_EQ(values.at("master/tasks_finished"), 0);
  EXPECT_EQ(values.at("master/messages_launch_tasks"), 1);
  EXPECT_EQ(Of(framework, values, "offers/accepted"), 1);
  EXPECT_EQ(Of(framework, values, "operations/launch"), 1);
  agent.Finish(framework.info.id().value(), "t1", v1::TASK_FINISHED);
  loop_.Settle();
  values = Metrics();
  EXPECT_EQ(values.at("master/tasks_finished"), 1) << "before it is acknowledged";
  EXPECT_EQ(values.at("master/tasks_running"), 0);
  framework.Acknowledge(framework.TakeUpdates().at(0));
  Advance(absl::Seconds(10));
  const std::vector<v1::Offer> offers = framework.TakeOffers();
  ASSERT_THAT(offers, SizeIs(1));
  const std::string& id = offers[0].agent_id().value();
  framework.Launch(offers, {framework.Task("greedy", "cpus:1000", id)});
  framework.Launch(offers, {framework.Task("late", "cpus:1", id)});
  values = Metrics();
  EXPECT_EQ(values.at("master/tasks_finished"), 1);
  EXPECT_EQ(values.at("master/tasks_error"), 1);
  EXPECT_EQ(values.at("master/tasks_dropped"), 1);
  EXPECT_EQ(values.at("master/task_error/source_master/reason_task_invalid"), 1);
  EXPECT_EQ(values.at("master/task_dropped/source_master/reason_invalid_offers"), 1);
  EXPECT_EQ(Of(framework, values, "tasks/terminal/task_finished"), 1);
  EXPECT_EQ(Of(framework, values, "tasks/terminal/task_error"), 1);
  EXPECT_EQ(Of(framework, values, "offers/accepted"), 2) << "the third was void";
}

TEST_F(MetricsTest, UpdatesAndAcknowledgementsAreJudgedAndTimed) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  std::vector<v1::Offer> offers = framework.TakeOffers();
  framework.Launch(offers, {framework.Task("t1", "cpus:1", offers.at(0).agent_id().value())});
  const v1::TaskStatus running = framework.TakeUpdates().at(0);
  internal::AgentMessage repeated;
  *repeated.mutable_status_update()->mutable_framework_id() = framework.info.id();
  *repeated.mutable_status_update()->mutable_status() = running;
  Advance(absl::Seconds(2));
  agent.Send(repeated);
  Advance(absl::Seconds(1));
  framework.Acknowledge(running);
  framework.Acknowledge(running);
  internal::AgentMessage unknown = repeated;
  unknown.mutable_status_update()->mutable_status()->mutable_task_id()->set_value("t2");
  agent.Send(unknown);
  loop_.Settle();
  v1::TaskStatus wrong = running;
  std::string other = running.uuid();
  other[0] = static_cast<char>(other[0] + 1);
  wrong.set_uuid(other);
  framework.Acknowledge(wrong);
  const Values values = Metrics();
  EXPECT_EQ(values.at("master/messages_status_update"), 3);
  EXPECT_EQ(values.at("master/valid_status_updates"), 2);
  EXPECT_EQ(values.at("master/invalid_status_updates"), 1);
  EXPECT_EQ(values.at("master/messages_status_update_acknowledgement"), 3);
  EXPECT_EQ(values.at("master/valid_status_update_acknowledgements"), 2);
  EXPECT_EQ(values.at("master/invalid_status_update_acknowledgements"), 1);
  const std::string latency = "master/status_update_latency_ms/";
  EXPECT_EQ(values.at(latency + "count"), 1) << "acknowledged once";
  EXPECT_EQ(values.at(latency + "sum"), 3000) << "since it came first";
  EXPECT_EQ(values.at(latency + "bucket/4194.304"), 1);
  EXPECT_EQ(values.at(latency + "bucket/inf"), 1);
  EXPECT_FALSE(values.contains(latency + "bucket/2097.152")) << "nothing is below it";
}

TEST_F(MetricsTest, OperationsAreCountedByTypeAndState) {
  AddAgent({.report_operations = false});
  TestFramework& framework = NewFramework();
  framework.info.add_roles("eng");
  framework.info.add_capabilities()->set_type(
      v1::FrameworkInfo::Capability::RESERVATION_REFINEMENT);
  framework.info.add_capabilities()->set_type(v1::FrameworkInfo::Capability::MULTI_ROLE);
  framework.Subscribe();
  ResourceEntry::Reservation reservation;
  reservation.set_type(ResourceEntry::Reservation::DYNAMIC);
  reservation.set_role("eng");
  Call call;
  call.set_type(Call::ACCEPT);
  *call.mutable_accept()->add_offer_ids() = framework.TakeOffers().at(0).id();
  auto* operation = call.mutable_accept()->add_operations();
  operation->set_type(v1::Offer::Operation::RESERVE);
  Resources::Parse("cpus:1")
      .value()
      .PushReservation(reservation)
      .value()
      .ToProto(operation->mutable_reserve()->mutable_resources());
  auto* bad = call.mutable_accept()->add_operations();
  bad->set_type(v1::Offer::Operation::UNRESERVE);
  EXPECT_TRUE(framework.Send(std::move(call)).ok());
  Values values = Metrics();
  EXPECT_EQ(values.at("master/operations/total"), 1);
  EXPECT_EQ(values.at("master/operations/pending"), 1);
  EXPECT_EQ(values.at("master/operations/reserve/pending"), 1);
  EXPECT_EQ(values.at("master/operations/error"), 1);
  EXPECT_EQ(values.at("master/operations/unreserve/error"), 1);
  EXPECT_EQ(Of(framework, values, "operations"), 2);
  agents_[0]->ReportOperations();
  loop_.Settle();
  values = Metrics();
  EXPECT_EQ(values.at("master/operations/total"), 0);
  EXPECT_EQ(values.at("master/operations/finished"), 1);
  EXPECT_EQ(values.at("master/operations/reserve/finished"), 1);
  EXPECT_EQ(values.at("master/messages_operation_status_update"), 1);
  EXPECT_EQ(values.at("master/valid_operation_status_updates"), 1);
}

TEST_F(MetricsTest, APrincipalsCountsOutliveItsFrameworksButForTheLast) {
  for (int i = 0; i < 2; ++i) {
    TestFramework& framework = NewFramework();
    framework.info.set_principal("ops");
    framework.Subscribe();
  }
  EXPECT_TRUE(frameworks_[0]->Send(Call::REVIVE).ok());
  EXPECT_TRUE(frameworks_[0]->Send(Call::TEARDOWN).ok());
  Values values = Metrics();
  EXPECT_EQ(values.at("frameworks/ops/messages_received"), 4);
  EXPECT_EQ(values.at("frameworks/ops/messages_processed"), 4);
  EXPECT_TRUE(frameworks_[1]->Send(Call::TEARDOWN).ok());
  EXPECT_FALSE(Metrics().contains("frameworks/ops/messages_received"));
}

TEST_F(MetricsTest, ACompletedFrameworkIsToldOfNoMore) {
  TestFramework& framework = AddFramework();
  EXPECT_EQ(Of(framework, Metrics(), "subscribed"), 1);
  framework.session = nullptr;
  loop_.Settle();
  EXPECT_EQ(Of(framework, Metrics(), "subscribed"), 0) << "it may come back";
  Advance(absl::Hours(2));
  for (const auto& [name, value] : Metrics()) {
    EXPECT_FALSE(absl::StartsWith(name, "master/frameworks/")) << name;
  }
}

TEST_F(MetricsTest, VeryManyFrameworksAndVeryLongNamesAreNotToldOfInFull) {
  TestFramework& first = NewFramework();
  first.info.set_name(std::string(1 << 20, '\xff'));
  first.Subscribe();
  EXPECT_LT(Metrics().rbegin()->first.size(), 500u);
  for (int i = 1; i < 400; ++i) AddFramework();
  const Values values = Metrics();
  EXPECT_LT(values.size(), master::kMaxFrameworkMetrics + 1000u);
  const double omitted = values.at("master/frameworks_without_metrics");
  EXPECT_GT(omitted, 0);
  EXPECT_LT(omitted, 400);
  EXPECT_EQ(Of(*frameworks_[1], values, "subscribed"), 1);
  EXPECT_EQ(Of(*frameworks_[399], values, "subscribed"), -1);
}

TEST_F(MetricsTest, MessagesAreTimedByKind) {
  AddAgent();
  TestFramework& framework = AddFramework();
  Call revive;
  revive.set_type(Call::REVIVE);
  *revive.mutable_framework_id() = framework.info.id();
  framework.session->Send(revive);
  loop_.Suspend(absl::Milliseconds(64));  // The loop is busy with something else.
  loop_.Settle();
  const Values values = Metrics();
  const std::string kind = "master/messages/scheduler/revive/";
  EXPECT_EQ(values.at(kind + "queue_ms/count"), 1);
  EXPECT_EQ(values.at(kind + "queue_ms/sum"), 64);
  EXPECT_EQ(values.at(kind + "queue_ms/bucket/65.536"), 1);
  EXPECT_EQ(values.at(kind + "run_ms/count"), 1);
  EXPECT_EQ(values.at(kind + "run_ms/sum"), 0) << "in virtual time";
  EXPECT_EQ(values.at("master/messages/agent/register/run_ms/count"), 1);
  EXPECT_EQ(values.at("master/messages/operator/get_metrics/queue_ms/count"), 1)
      << "the call that asks has waited and is not done yet";
  EXPECT_FALSE(values.contains("master/messages/scheduler/kill/run_ms/count"));
  EXPECT_EQ(values.at("master/event_queue_messages"), 0);
}

TEST_F(MetricsTest, WhatWaitsForTheLoopIsCounted) {
  TestFramework& framework = AddFramework();
  v1::master::Call ask;
  ask.set_type(v1::master::Call::GET_METRICS);
  ask.mutable_get_metrics();
  absl::StatusOr<v1::master::Response> answer = absl::UnknownError("no answer");
  master_->CallOperator(ask, {}, [&](auto response) { answer = std::move(response); });
  Call revive;
  revive.set_type(Call::REVIVE);
  *revive.mutable_framework_id() = framework.info.id();
  for (int i = 0; i < 3; ++i) framework.session->Send(revive);
  loop_.Settle();
  Values values;
  for (const auto& metric : answer.value().get_metrics().metrics()) {
    values[metric.name()] = metric.value();
  }
  EXPECT_EQ(values.at("master/event_queue_messages"), 3);
  EXPECT_EQ(values.at("master/event_queue_http_requests"), 0) << "it does not wait any more";
}

TEST_F(MetricsTest, TheRegistrysReadsAndWritesAreTimed) {
  Values values = Metrics();
  EXPECT_EQ(values.at("registrar/state_fetch_ms/count"), 1);
  EXPECT_EQ(values.at("registrar/state_store_ms/count"), 1) << "that it leads";
  AddAgent();
  values = Metrics();
  EXPECT_EQ(values.at("registrar/state_store_ms/count"), 2);
  EXPECT_EQ(values.at("registrar/state_store_ms/bucket/inf"), 2);
  EXPECT_EQ(values.at("registrar/queued_operations"), 0);
}

}  // namespace
}  // namespace mesos
