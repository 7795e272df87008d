#include "mesoslib/master/metrics.h"

#include <map>

namespace mesos::master {
namespace {

void AddFrameworks(const Ledger& ledger, MetricList* metrics) {
  int connected = 0;
  for (const auto& [id, framework] : ledger.frameworks()) connected += framework->connected();
  const int all = static_cast<int>(ledger.frameworks().size());
  AddMetric("master/frameworks_connected", connected, metrics);
  AddMetric("master/frameworks_disconnected", all - connected, metrics);
  AddMetric("master/frameworks_active", connected, metrics);
  AddMetric("master/frameworks_inactive", all - connected, metrics);
}

void AddAgents(const Ledger& ledger, MetricList* metrics) {
  int connected = 0;
  Resources total, used;
  for (const auto& [id, agent] : ledger.agents()) {
    connected += agent->connected();
    total += agent->total.Scalars();
    used += agent->used.Scalars();
  }
  const int all = static_cast<int>(ledger.agents().size());
  AddMetric("master/slaves_connected", connected, metrics);
  AddMetric("master/slaves_disconnected", all - connected, metrics);
  AddMetric("master/slaves_active", connected, metrics);
  AddMetric("master/slaves_inactive", all - connected, metrics);
  AddResourceMetrics("master/", total, used, metrics);
}

void AddTasks(const Ledger& ledger, MetricList* metrics) {
  std::map<v1::TaskState, int> tasks;
  for (const auto& [id, framework] : ledger.frameworks()) {
    for (const auto& [task_id, task] : framework->tasks) ++tasks[task->latest_state];
    tasks[v1::TASK_UNREACHABLE] += static_cast<int>(framework->unreachable_tasks.size());
  }
  for (v1::TaskState state : {v1::TASK_STAGING, v1::TASK_STARTING, v1::TASK_RUNNING,
                              v1::TASK_KILLING, v1::TASK_UNREACHABLE}) {
    AddMetric(TaskMetric("master/", state), tasks[state], metrics);
  }
}

}  // namespace

void AddMetrics(const Ledger& ledger, absl::Duration uptime, MetricList* metrics) {
  AddMetric("master/elected", 1, metrics);
  AddMetric("master/uptime_secs", absl::ToDoubleSeconds(uptime), metrics);
  AddMetric("master/outstanding_offers", static_cast<double>(ledger.offers().size()), metrics);
  AddFrameworks(ledger, metrics);
  AddAgents(ledger, metrics);
  AddTasks(ledger, metrics);
}

}  // namespace mesos::master
