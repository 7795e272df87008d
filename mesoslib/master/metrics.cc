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
  int active = 0;
  Resources total, used;
  ledger.agents().ForEach([&](const Agent& agent) {
    connected += agent.connected();
    active += agent.connected() && !agent.deactivated;
    total += agent.total.Scalars();
    used += agent.used.Scalars();
  });
  const int all = static_cast<int>(ledger.agents().size());
  AddMetric("master/slaves_connected", connected, metrics);
  AddMetric("master/slaves_disconnected", all - connected, metrics);
  AddMetric("master/slaves_active", active, metrics);
  AddMetric("master/slaves_inactive", all - active, metrics);
  AddResourceMetrics("master/", total, used, metrics);
}

void AddTasks(const Ledger& ledger, MetricList* metrics) {
  std::map<v1::TaskState, int> tasks;
  for (const auto& [id, framework] : ledger.frameworks()) {
    framework->tasks.ForEach([&](const Task& task) { ++tasks[task.latest_state]; });
    tasks[v1::TASK_UNREACHABLE] += static_cast<int>(framework->unreachable_tasks.size());
  }
  for (v1::TaskState state : {v1::TASK_STAGING, v1::TASK_STARTING, v1::TASK_RUNNING,
                              v1::TASK_KILLING, v1::TASK_UNREACHABLE}) {
    AddMetric(TaskMetric("master/", state), tasks[state], metrics);
  }
}

void AddMembership(const AgentManager& agents, MetricList* metrics) {
  auto add = [metrics](const char* name, uint64_t value) {
    AddMetric(name, static_cast<double>(value), metrics);
  };
  const AgentManager::Counters& counters = agents.counters();
  add("master/slave_registrations", counters.registrations);
  add("master/slave_reregistrations", counters.reregistrations);
  add("master/slave_removals", counters.removed_for_another + counters.removed_unhealthy +
                                   counters.removed_unregistered + counters.removed_maintenance);
  add("master/slave_removals/reason_registered", counters.removed_for_another);
  add("master/slave_removals/reason_unhealthy", counters.removed_unhealthy);
  add("master/slave_removals/reason_unregistered", counters.removed_unregistered);
  add("master/recovery_slave_removals", counters.recovery_removals);
  add("master/slave_unreachable_scheduled", counters.unreachable_scheduled);
  add("master/slave_unreachable_completed", counters.unreachable_completed);
  add("master/slave_unreachable_canceled", counters.unreachable_canceled);
  add("master/slaves_unreachable", agents.absent().unreachable());
}

}  // namespace

void AddMetrics(const Ledger& ledger, const AgentManager& agents, absl::Duration uptime,
                MetricList* metrics) {
  AddMetric("master/elected", 1, metrics);
  AddMetric("master/uptime_secs", absl::ToDoubleSeconds(uptime), metrics);
  AddMetric("master/outstanding_offers", static_cast<double>(ledger.offers().size()), metrics);
  AddFrameworks(ledger, metrics);
  AddAgents(ledger, metrics);
  AddTasks(ledger, metrics);
  AddMembership(agents, metrics);
}

}  // namespace mesos::master
