#include "mesoslib/agent/metrics.h"

#include <map>

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
  for (v1::TaskState state : {v1::TASK_FINISHED, v1::TASK_FAILED, v1::TASK_KILLED, v1::TASK_LOST,
                              v1::TASK_ERROR, v1::TASK_GONE}) {
    AddMetric(TaskMetric("slave/", state), static_cast<double>(agent.ledger.ended_tasks(state)),
              metrics);
  }
  AddResourceMetrics("slave/", agent.total + agent.oversubscription.total(),
                     agent.ledger.frameworks().Allocated(), metrics);
}

}  // namespace mesos::agent
