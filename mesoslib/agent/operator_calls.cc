#include "mesoslib/agent/operator_calls.h"

#include "absl/strings/str_cat.h"
#include "mesos/version.h"
#include "mesoslib/agent/metrics.h"

namespace mesos::agent {
namespace {

using v1::agent::Call;
using v1::agent::Response;

void AddTasks(const AgentView& agent, const Framework& framework, const Executor& executor,
              Response::GetTasks* response) {
  for (const auto& [id, task] : executor.tasks()) {
    v1::Task* told = nullptr;
    switch (task->phase()) {
      case Task::Phase::kQueued:
        told = response->add_queued_tasks();
        break;
      case Task::Phase::kLaunched:
        told = response->add_launched_tasks();
        break;
      case Task::Phase::kEnded:
        told = response->add_terminated_tasks();
        break;
    }
    *told = task->ToProto(framework.id(), executor.id(), agent.ledger.agent_id());
  }
  for (const v1::Task& task : executor.completed_tasks()) *response->add_completed_tasks() = task;
}

void AddCompletedTasks(const Framework& framework, Response::GetTasks* response) {
  for (const CompletedExecutor& executor : framework.completed()) {
    for (const v1::Task& task : executor.tasks) *response->add_completed_tasks() = task;
  }
}

void GetTasks(const AgentView& agent, Response::GetTasks* response) {
  for (const auto& [id, framework] : agent.ledger.frameworks().all()) {
    for (const auto& [unused, executor] : framework->executors()) {
      AddTasks(agent, *framework, *executor, response);
    }
    AddCompletedTasks(*framework, response);
  }
  for (const auto& framework : agent.ledger.frameworks().completed()) {
    AddCompletedTasks(*framework, response);
  }
}

void GetExecutors(const AgentView& agent, Response::GetExecutors* response) {
  auto add_completed = [&](const Framework& framework) {
    for (const CompletedExecutor& executor : framework.completed()) {
      *response->add_completed_executors()->mutable_executor_info() = executor.info;
    }
  };
  for (const auto& [id, framework] : agent.ledger.frameworks().all()) {
    for (const auto& [unused, executor] : framework->executors()) {
      const bool ended = executor->state() == Executor::State::kTerminated;
      *(ended ? response->add_completed_executors() : response->add_executors())
           ->mutable_executor_info() = executor->info();
    }
    add_completed(*framework);
  }
  for (const auto& framework : agent.ledger.frameworks().completed()) add_completed(*framework);
}

void GetFrameworks(const AgentView& agent, Response::GetFrameworks* response) {
  for (const auto& [id, framework] : agent.ledger.frameworks().all()) {
    *response->add_frameworks()->mutable_framework_info() = framework->info();
  }
  for (const auto& framework : agent.ledger.frameworks().completed()) {
    *response->add_completed_frameworks()->mutable_framework_info() = framework->info();
  }
}

void GetContainers(const AgentView& agent, Response::GetContainers* response) {
  for (const auto& [id, framework] : agent.ledger.frameworks().all()) {
    for (const auto& [executor_id, executor] : framework->executors()) {
      if (executor->state() == Executor::State::kTerminated) continue;
      Response::GetContainers::Container& container = *response->add_containers();
      container.mutable_framework_id()->set_value(id.value());
      container.mutable_executor_id()->set_value(executor_id.value());
      container.set_executor_name(executor->info().name());
      container.mutable_container_id()->set_value(executor->container().value());
    }
  }
}

void GetState(const AgentView& agent, Response::GetState* response) {
  GetTasks(agent, response->mutable_get_tasks());
  GetExecutors(agent, response->mutable_get_executors());
  GetFrameworks(agent, response->mutable_get_frameworks());
}

}  // namespace

absl::StatusOr<Response> AnswerOperator(const Call& call, const AgentView& agent) {
  if (!call.has_type()) return absl::InvalidArgumentError("type: missing or unknown");
  Response response;
  if (call.type() == Call::GET_HEALTH) {
    response.set_type(Response::GET_HEALTH);
    response.mutable_get_health()->set_healthy(agent.healthy);
    return response;
  }
  if (call.type() == Call::GET_VERSION) {
    response.set_type(Response::GET_VERSION);
    response.mutable_get_version()->mutable_version_info()->set_version(MESOS_VERSION);
    return response;
  }
  if (!agent.recovered) return absl::UnavailableError("the agent is recovering");
  switch (call.type()) {
    case Call::GET_AGENT:
      response.set_type(Response::GET_AGENT);
      *response.mutable_get_agent()->mutable_agent_info() = agent.info;
      response.mutable_get_agent()->mutable_agent_info()->clear_resources();
      agent.total.ToProto(response.mutable_get_agent()->mutable_agent_info()->mutable_resources());
      if (agent.draining.active()) {
        *response.mutable_get_agent()->mutable_drain_config() = *agent.draining.config();
        response.mutable_get_agent()->mutable_estimated_drain_start_time()->set_nanoseconds(
            absl::ToUnixNanos(agent.draining.start()));
      }
      return response;
    case Call::GET_FRAMEWORKS:
      response.set_type(Response::GET_FRAMEWORKS);
      GetFrameworks(agent, response.mutable_get_frameworks());
      return response;
    case Call::GET_EXECUTORS:
      response.set_type(Response::GET_EXECUTORS);
      GetExecutors(agent, response.mutable_get_executors());
      return response;
    case Call::GET_TASKS:
      response.set_type(Response::GET_TASKS);
      GetTasks(agent, response.mutable_get_tasks());
      return response;
    case Call::GET_STATE:
      response.set_type(Response::GET_STATE);
      GetState(agent, response.mutable_get_state());
      return response;
    case Call::GET_METRICS:
      if (!call.has_get_metrics()) return absl::InvalidArgumentError("get_metrics: missing");
      response.set_type(Response::GET_METRICS);
      AddMetrics(agent, response.mutable_get_metrics()->mutable_metrics());
      return response;
    case Call::GET_OPERATIONS:
      response.set_type(Response::GET_OPERATIONS);
      for (const v1::Operation* operation : agent.operations.All()) {
        *response.mutable_get_operations()->add_operations() = *operation;
      }
      return response;
    case Call::GET_CONTAINERS:
      response.set_type(Response::GET_CONTAINERS);
      GetContainers(agent, response.mutable_get_containers());
      return response;
    default:
      return absl::UnimplementedError(
          absl::StrCat("type: this agent does not answer ", Call::Type_Name(call.type())));
  }
}

}  // namespace mesos::agent
