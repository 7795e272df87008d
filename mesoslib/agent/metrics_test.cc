// An agent's metrics: that all of Mesos's names are there or are known not to be, and that the
// counters count what they say.
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "mesoslib/agent/agent_fixture.h"

namespace mesos::agent {
namespace {

using Values = std::map<std::string, double>;

constexpr const char* kNames[] = {
    "slave/registered",
    "slave/uptime_secs",
    "slave/recovery_errors",
    "slave/recovery_time_secs",
    "slave/cpus_total",
    "slave/cpus_used",
    "slave/cpus_percent",
    "slave/mem_total",
    "slave/mem_used",
    "slave/mem_percent",
    "slave/disk_total",
    "slave/disk_used",
    "slave/disk_percent",
    "slave/gpus_total",
    "slave/gpus_used",
    "slave/gpus_percent",
    "slave/cpus_revocable_total",
    "slave/cpus_revocable_used",
    "slave/cpus_revocable_percent",
    "slave/mem_revocable_total",
    "slave/disk_revocable_total",
    "slave/gpus_revocable_total",
    "slave/tasks_staging",
    "slave/tasks_starting",
    "slave/tasks_running",
    "slave/tasks_killing",
    "slave/tasks_finished",
    "slave/tasks_failed",
    "slave/tasks_killed",
    "slave/tasks_lost",
    "slave/tasks_gone",
    "slave/executors_registering",
    "slave/executors_running",
    "slave/executors_terminating",
    "slave/executors_terminated",
    "slave/executors_preempted",
    "slave/frameworks_active",
    "slave/container_launch_errors",
    "slave/executor_directory_max_allowed_age_secs",
    "slave/valid_status_updates",
    "slave/invalid_status_updates",
    "slave/valid_framework_messages",
    "slave/invalid_framework_messages",
    "containerizer/mesos/container_destroy_errors",
    "containerizer/mesos/disk/project_ids_total",
    "containerizer/mesos/disk/project_ids_free",
    "containerizer/mesos/provisioner/docker_store/image_pull_ms",
    "containerizer/docker/image_pull_ms",
    "containerizer/fetcher/task_fetches_succeeded",
    "containerizer/fetcher/task_fetches_failed",
    "containerizer/fetcher/cache_size_total_bytes",
    "containerizer/fetcher/cache_size_used_bytes",
    "gc/path_removals_pending",
    "gc/path_removals_succeeded",
    "gc/path_removals_failed",
    "volume_gid_manager/volume_gids_total",
    "volume_gid_manager/volume_gids_free",
    "resource_provider_manager/subscribed",
    "csi_plugin/container_terminations",
};

constexpr std::pair<const char*, const char*> kMissing[] = {
    {"slave/executor_directory_max_allowed_age_secs", "sandboxes stay: there is no GC"},
    {"containerizer/mesos/disk/project_ids_total", "no quotas of disk by project"},
    {"containerizer/mesos/disk/project_ids_free", "likewise"},
    {"containerizer/mesos/provisioner/docker_store/image_pull_ms", "no images"},
    {"containerizer/docker/image_pull_ms", "no docker containerizer"},
    {"containerizer/fetcher/task_fetches_succeeded", "the agent's core knows no fetcher"},
    {"containerizer/fetcher/task_fetches_failed", "likewise"},
    {"containerizer/fetcher/cache_size_total_bytes", "likewise"},
    {"containerizer/fetcher/cache_size_used_bytes", "likewise"},
    {"gc/path_removals_pending", "sandboxes stay: there is no GC"},
    {"gc/path_removals_succeeded", "likewise"},
    {"gc/path_removals_failed", "likewise"},
    {"volume_gid_manager/volume_gids_total", "volumes have no gids of their own"},
    {"volume_gid_manager/volume_gids_free", "likewise"},
    {"resource_provider_manager/subscribed", "no resource providers"},
    {"csi_plugin/container_terminations", "no CSI"},
};

class MetricsTest : public AgentTest {
 protected:
  Values Metrics() {
    v1::agent::Call call;
    call.set_type(v1::agent::Call::GET_METRICS);
    call.mutable_get_metrics();
    Values values;
    agent_->CallOperator(call, {}, [&](absl::StatusOr<v1::agent::Response> response) {
      for (const v1::Metric& metric : response.value().get_metrics().metrics()) {
        EXPECT_TRUE(values.emplace(metric.name(), metric.value()).second) << metric.name();
      }
    });
    loop_.Settle();
    return values;
  }
};

TEST_F(MetricsTest, AllOfMesossNamesAreThereOrKnownToBeMissing) {
  StartAgent();
  const Values values = Metrics();
  std::set<std::string> missing;
  for (const auto& [name, why] : kMissing) missing.insert(name);
  for (const std::string name : kNames) {
    EXPECT_NE(values.contains(name), missing.erase(name) > 0) << name;
  }
  EXPECT_THAT(missing, testing::IsEmpty()) << "is no name of Mesos's";
}

TEST_F(MetricsTest, UpdatesAreTimedFromWhenTheyAreForwardedFirst) {
  master_.acknowledge = false;
  StartAgent();
  Run({Command("t1")});
  Advance(absl::Seconds(12));
  ASSERT_THAT(master_.updates, testing::SizeIs(2)) << "it was repeated meanwhile";
  for (int i = 0; i < 2; ++i) {
    master_.Acknowledge(master_.updates.back());
    loop_.Settle();
  }
  const Values values = Metrics();
  EXPECT_EQ(values.at("slave/valid_status_updates"), 1);
  EXPECT_EQ(values.at("slave/status_update_latency_ms/count"), 1);
  EXPECT_EQ(values.at("slave/status_update_latency_ms/sum"), 12000);
}

TEST_F(MetricsTest, WhatExecutorsAndFrameworksSayIsJudged) {
  StartAgent();
  Run({Custom("t1")});
  Subscribe();
  Tell(MakeUpdate("t1", v1::TASK_RUNNING));
  Send(MakeUpdate("unknown", v1::TASK_RUNNING)).IgnoreError();
  ExecutorCall said = MakeCall(ExecutorCall::MESSAGE);
  said.mutable_message()->set_data("x");
  Tell(said);
  said.mutable_executor_id()->set_value("nobody");
  EXPECT_FALSE(Send(said).ok());
  MasterMessage message;
  message.mutable_framework_message()->mutable_framework_id()->set_value("F");
  message.mutable_framework_message()->mutable_executor_id()->set_value("E");
  Say(message);
  message.mutable_framework_message()->mutable_executor_id()->set_value("nobody");
  Say(message);
  const Values values = Metrics();
  EXPECT_EQ(values.at("slave/valid_status_updates"), 1);
  EXPECT_EQ(values.at("slave/invalid_status_updates"), 1);
  EXPECT_EQ(values.at("slave/valid_framework_messages"), 2);
  EXPECT_EQ(values.at("slave/invalid_framework_messages"), 2);
  EXPECT_EQ(values.at("slave/executors_running"), 1);
  EXPECT_EQ(values.at("slave/executors_terminated"), 0);
  End(ContainerOfExecutor("E"), 0);
  EXPECT_EQ(Metrics().at("slave/executors_terminated"), 1);
}

TEST_F(MetricsTest, MessagesAreTimedByKind) {
  StartAgent();
  Run({Custom("t1")});
  Subscribe();
  MasterMessage ping;
  ping.mutable_ping()->set_connected(true);
  master_.Say(ping);
  loop_.Suspend(absl::Milliseconds(64));  // The loop is busy with something else.
  loop_.Settle();
  const Values values = Metrics();
  EXPECT_EQ(values.at("slave/messages/master/ping/queue_ms/count"), 1);
  EXPECT_EQ(values.at("slave/messages/master/ping/queue_ms/sum"), 64);
  EXPECT_EQ(values.at("slave/messages/master/run_tasks/run_ms/count"), 1);
  EXPECT_EQ(values.at("slave/messages/executor/subscribe/run_ms/count"), 1);
  EXPECT_EQ(values.at("slave/messages/operator/get_metrics/queue_ms/count"), 1);
  EXPECT_FALSE(values.contains("slave/messages/master/kill_task/run_ms/count"));
}

TEST_F(MetricsTest, ContainersThatCannotBeLaunchedOrDestroyedAreCounted) {
  StartAgent();
  containerizer_.launch_status = absl::InternalError("no room");
  Run({Command("t1")});
  EXPECT_EQ(Metrics().at("slave/container_launch_errors"), 1);
  EXPECT_EQ(Metrics().at("slave/tasks_failed"), 1);
  containerizer_.launch_status = absl::OkStatus();
  containerizer_.ignore_sigterm = true;
  containerizer_.destroy_status = absl::InternalError("it stays");
  Run({Command("t2")});
  Kill("t2", absl::ZeroDuration());
  Advance(absl::Seconds(1));
  EXPECT_GE(Metrics().at("containerizer/mesos/container_destroy_errors"), 1);
}

}  // namespace
}  // namespace mesos::agent
