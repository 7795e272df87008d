#include "mesoslib/agent/metrics.h"

#include <cstddef>
#include <map>
#include <string>

#include "absl/time/time.h"

namespace mesos::agent {
namespace {

struct Counts {
  std::map<v1::TaskState, int> tasks;
  int registering = 0;
  int running = 0;
  int terminating = 0;
};

void Count(const Executor& executor, Counts* counts) {
  switch (executor.state()) {
    case Executor::State::kStarting:
    case Executor::State::kRegistering:
      ++counts->registering;
      break;
    case Executor::State::kRunning:
      ++counts->running;
      break;
    case Executor::State::kTerminating:
      ++counts->terminating;
      break;
    case Executor::State::kTerminated:
      break;
  }
  for (const auto& [id, task] : executor.tasks()) ++counts->tasks[task->state()];
}

void AddCounters(const Counters& counters, MetricList* metrics) {
  auto add = [metrics](const char* name, uint64_t value) {
    AddMetric(name, static_cast<double>(value), metrics);
  };
  add("slave/valid_status_updates", counters.valid_updates);
  add("slave/invalid_status_updates", counters.invalid_updates);
  add("slave/valid_framework_messages", counters.valid_messages);
  add("slave/invalid_framework_messages", counters.invalid_messages);
  add("slave/container_launch_errors", counters.launch_errors);
  add("containerizer/mesos/container_destroy_errors", counters.destroy_errors);
  add("slave/executors_terminated", counters.executors_ended);
}

void AddAllTimes(const Meters& meters, MetricList* metrics) {
  AddMessageTimes(
      "slave/messages/master", *meters.master,
      [](size_t kind) {
        const auto* field =
            internal::MasterMessage::descriptor()->FindFieldByNumber(static_cast<int>(kind));
        return field == nullptr ? std::string("unknown") : field->name();
      },
      metrics);
  AddMessageTimes(
      "slave/messages/executor", *meters.executors,
      [](size_t kind) {
        using Call = v1::executor::Call;
        return Call::Type_Name(static_cast<Call::Type>(kind));
      },
      metrics);
  AddMessageTimes(
      "slave/messages/operator", *meters.operators,
      [](size_t kind) {
        using Call = v1::agent::Call;
        return Call::Type_Name(static_cast<Call::Type>(kind));
      },
      metrics);
}

}  // namespace

void AddMetrics(const AgentView& agent, MetricList* metrics) {
  Counts counts;
  int frameworks = 0;
  for (const auto& [id, framework] : agent.ledger.frameworks().all()) {
    if (!framework->terminating()) ++frameworks;
    for (const auto& [executor_id, executor] : framework->executors()) Count(*executor, &counts);
  }
  AddMetric("slave/registered", agent.registered ? 1 : 0, metrics);
  AddMetric("slave/recovery_errors", static_cast<double>(agent.recovery_errors), metrics);
  AddMetric("slave/uptime_secs", absl::ToDoubleSeconds(agent.uptime), metrics);
  AddMetric("slave/frameworks_active", frameworks, metrics);
  AddMetric("slave/executors_registering", counts.registering, metrics);
  AddMetric("slave/executors_running", counts.running, metrics);
  AddMetric("slave/executors_terminating", counts.terminating, metrics);
  AddMetric("slave/executors_preempted", static_cast<double>(agent.oversubscription.preempted()),
            metrics);
  for (v1::TaskState state :
       {v1::TASK_STAGING, v1::TASK_STARTING, v1::TASK_RUNNING, v1::TASK_KILLING}) {
    AddMetric(TaskMetric("slave/", state), counts.tasks[state], metrics);
  }
  const Counters& counters = agent.ledger.counters();
  for (v1::TaskState state :
       {v1::TASK_DROPPED, v1::TASK_FINISHED, v1::TASK_FAILED, v1::TASK_KILLED, v1::TASK_LOST,
        v1::TASK_ERROR, v1::TASK_GONE, v1::TASK_GONE_BY_OPERATOR}) {
    AddMetric(TaskMetric("slave/", state), static_cast<double>(counters.ended_tasks[state]),
              metrics);
  }
  AddResourceMetrics("slave/", agent.total + agent.oversubscription.total(),
                     agent.ledger.frameworks().Allocated(), metrics);
  AddMetric("slave/recovery_time_secs", absl::ToDoubleSeconds(agent.recovery_time), metrics);
  AddCounters(counters, metrics);
  AddHistogram("slave/status_update_latency", agent.ledger.updates().latency(), metrics);
  AddAllTimes(agent.meters, metrics);
}

}  // namespace mesos::agent
