#include "mesoslib/master/metrics.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "mesoslib/master/framework_metrics.h"
#include "mesoslib/master/message_metrics.h"

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

// Counts tasks in their states, framework by framework, and tells of each as long as that is not
// too much.
void AddTasks(const Ledger& ledger, MetricList* metrics) {
  TaskCounts all{};
  const int before = metrics->size();
  uint64_t omitted = 0;
  for (const auto& [id, framework] : ledger.frameworks()) {
    TaskCounts active{};
    framework->tasks.ForEach([&](const Task& task) { ++active[task.latest_state]; });
    active[v1::TASK_UNREACHABLE] += framework->unreachable_tasks.size();
    for (size_t state = 0; state < all.size(); ++state) all[state] += active[state];
    if (metrics->size() - before < kMaxFrameworkMetrics) {
      AddFrameworkMetrics(*framework, active, metrics);
    } else {
      ++omitted;
    }
  }
  AddMetric("master/frameworks_without_metrics", static_cast<double>(omitted), metrics);
  for (v1::TaskState state : {v1::TASK_STAGING, v1::TASK_STARTING, v1::TASK_RUNNING,
                              v1::TASK_KILLING, v1::TASK_UNREACHABLE}) {
    AddMetric(TaskMetric("master/", state), static_cast<double>(all[state]), metrics);
  }
}

void AddEndedTasks(const Counters& counters, MetricList* metrics) {
  for (v1::TaskState state :
       {v1::TASK_DROPPED, v1::TASK_ERROR, v1::TASK_FAILED, v1::TASK_FINISHED, v1::TASK_GONE,
        v1::TASK_GONE_BY_OPERATOR, v1::TASK_KILLED, v1::TASK_LOST}) {
    AddMetric(TaskMetric("master/", state), static_cast<double>(counters.ended_tasks[state]),
              metrics);
  }
  using v1::TaskStatus;
  for (const auto& [key, count] : counters.ended_for) {
    const auto& [state, source, reason] = key;
    const std::string name =
        absl::StrCat("master/", v1::TaskState_Name(static_cast<v1::TaskState>(state)), "/",
                     TaskStatus::Source_Name(static_cast<TaskStatus::Source>(source)), "/",
                     TaskStatus::Reason_Name(static_cast<TaskStatus::Reason>(reason)));
    AddMetric(absl::AsciiStrToLower(name), static_cast<double>(count), metrics);
  }
}

std::string OperationStateName(v1::OperationState state) {
  const std::string& name = v1::OperationState_Name(state);
  return absl::AsciiStrToLower(absl::StripPrefix(name, "OPERATION_"));
}

void AddOperations(const OperationManager& operations, const Counters& counters,
                   MetricList* metrics) {
  using Operation = v1::Offer::Operation;
  constexpr v1::OperationState kPassing[] = {v1::OPERATION_PENDING, v1::OPERATION_UNREACHABLE,
                                             v1::OPERATION_RECOVERING};
  constexpr v1::OperationState kFinal[] = {v1::OPERATION_FINISHED, v1::OPERATION_FAILED,
                                           v1::OPERATION_ERROR, v1::OPERATION_DROPPED,
                                           v1::OPERATION_GONE_BY_OPERATOR};
  // By type and state; the row of UNKNOWN is that of all types together.
  std::array<std::array<uint64_t, v1::OperationState_ARRAYSIZE>, Operation::Type_ARRAYSIZE> now{};
  for (const v1::Operation* operation : operations.All()) {
    const v1::OperationState state = operation->latest_status().state();
    ++now[operation->info().type()][state];
    ++now[Operation::UNKNOWN][state];
  }
  auto ended = counters.ended_operations;
  for (int type = Operation::UNKNOWN + 1; type < Operation::Type_ARRAYSIZE; ++type) {
    for (v1::OperationState state : kFinal) ended[Operation::UNKNOWN][state] += ended[type][state];
  }
  for (int type = 0; type < Operation::Type_ARRAYSIZE; ++type) {
    if (!Operation::Type_IsValid(type)) continue;
    if (type == Operation::LAUNCH || type == Operation::LAUNCH_GROUP) continue;
    std::string prefix = "master/operations/";
    if (type != Operation::UNKNOWN) {
      absl::StrAppend(
          &prefix, absl::AsciiStrToLower(Operation::Type_Name(static_cast<Operation::Type>(type))),
          "/");
    }
    auto add = [&](absl::string_view name, uint64_t value) {
      AddMetric(absl::StrCat(prefix, name), static_cast<double>(value), metrics);
    };
    uint64_t total = 0;
    for (const uint64_t count : now[type]) total += count;
    add("total", total);
    for (v1::OperationState state : kPassing) add(OperationStateName(state), now[type][state]);
    for (v1::OperationState state : kFinal) add(OperationStateName(state), ended[type][state]);
  }
}

void AddRegistrar(const Registrar& registrar, MetricList* metrics) {
  AddMetric("registrar/queued_operations", static_cast<double>(registrar.queued()), metrics);
  AddTimer("registrar/state_fetch", registrar.fetches(), metrics);
  AddTimer("registrar/state_store", registrar.stores(), metrics);
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

void AddMetrics(const MetricSources& sources, MetricList* metrics) {
  const Ledger& ledger = sources.ledger;
  AddMetric("master/elected", 1, metrics);
  AddMetric("master/uptime_secs", absl::ToDoubleSeconds(sources.uptime), metrics);
  AddMetric("master/outstanding_offers", static_cast<double>(ledger.offers().size()), metrics);
  AddFrameworks(ledger, metrics);
  AddAgents(ledger, metrics);
  AddTasks(ledger, metrics);
  AddEndedTasks(ledger.counters(), metrics);
  AddOperations(sources.operations, ledger.counters(), metrics);
  AddMembership(sources.agents, metrics);
  AddRegistrar(sources.registrar, metrics);
  AddMessageCounts(ledger.counters(), metrics);
  AddPrincipals(sources.frameworks, metrics);
  AddMessageTimes(sources.meters, metrics);
}

}  // namespace mesos::master
