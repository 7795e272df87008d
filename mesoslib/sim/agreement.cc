#include "mesoslib/sim/agreement.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/sim/cluster.h"

namespace mesos::sim {
namespace {

using MasterCall = v1::master::Call;
using MasterResponse = v1::master::Response;
using AgentCall = v1::agent::Call;
using AgentResponse = v1::agent::Response;

// What an operator is answered; the simulation runs until then.
template <typename Response, typename Server, typename Call>
absl::StatusOr<Response> Ask(Cluster& cluster, Server* server, const Call& call) {
  std::optional<absl::StatusOr<Response>> answer;
  auto heard = std::make_shared<std::optional<absl::StatusOr<Response>>*>(&answer);
  server->CallOperator(call, Peer(), [heard](absl::StatusOr<Response> response) {
    if (*heard != nullptr) **heard = std::move(response);
  });
  for (int i = 0; i < 1000 && !answer.has_value(); ++i) {
    if (absl::Status status = cluster.Run(absl::Milliseconds(1)); !status.ok()) return status;
  }
  *heard = nullptr;
  if (!answer.has_value()) return absl::UnavailableError("no answer");
  return *std::move(answer);
}

absl::StatusOr<MasterResponse> AskLeader(Cluster& cluster, MasterCall::Type type) {
  MasterHost* const leader = cluster.leader();
  if (leader == nullptr || leader->master() == nullptr) {
    return absl::UnavailableError("nobody leads");
  }
  MasterCall call;
  call.set_type(type);
  absl::StatusOr<MasterResponse> response = Ask<MasterResponse>(cluster, leader->master(), call);
  if (!response.ok()) return Annotate(response.status(), leader->name());
  return response;
}

using Tasks = std::set<TaskName>;

std::string Text(const Tasks& tasks) {
  std::string text;
  int shown = 0;
  for (const auto& [framework, task] : tasks) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", task);
    if (++shown == 5) break;
  }
  return tasks.size() > 5 ? absl::StrCat(text, " and ", tasks.size() - 5, " more") : text;
}

// What is in `a` and not in `b`.
Tasks Missing(const Tasks& a, const Tasks& b) {
  Tasks missing;
  for (const TaskName& task : a) {
    if (b.count(task) == 0) missing.insert(task);
  }
  return missing;
}

absl::Status Same(const char* who, const Tasks& a, const char* whom, const Tasks& b) {
  if (const Tasks missing = Missing(a, b); !missing.empty()) {
    return absl::InternalError(absl::StrCat(who, " ", Text(missing), ", ", whom, " not"));
  }
  if (const Tasks missing = Missing(b, a); !missing.empty()) {
    return absl::InternalError(absl::StrCat(whom, " ", Text(missing), ", ", who, " not"));
  }
  return absl::OkStatus();
}

TaskName NameOf(const v1::Task& task) {
  return {task.framework_id().value(), task.task_id().value()};
}

absl::StatusOr<Tasks> TasksOfAgents(Cluster& cluster) {
  Tasks tasks;
  for (const auto& host : cluster.agent_hosts()) {
    if (!host->running() || host->agent() == nullptr) {
      if (host->retired()) continue;
      return absl::UnavailableError(absl::StrCat(host->name(), " does not run"));
    }
    AgentCall call;
    call.set_type(AgentCall::GET_TASKS);
    ASSIGN_OR_RETURN(const AgentResponse response,
                     Ask<AgentResponse>(cluster, host->agent(), call));
    for (const v1::Task& task : response.get_tasks().launched_tasks()) tasks.insert(NameOf(task));
    for (const v1::Task& task : response.get_tasks().queued_tasks()) tasks.insert(NameOf(task));
    if (response.get_tasks().terminated_tasks_size() > 0) {
      const v1::Task& task = response.get_tasks().terminated_tasks(0);
      return absl::InternalError(absl::StrCat(host->name(), " keeps the ended task ",
                                              task.task_id().value(),
                                              ": its updates are not acknowledged"));
    }
  }
  return tasks;
}

absl::StatusOr<Tasks> TasksOfMaster(const MasterResponse& state) {
  Tasks tasks;
  for (const v1::Task& task : state.get_state().get_tasks().tasks()) {
    switch (task.state()) {
      case v1::TASK_STAGING:
      case v1::TASK_STARTING:
      case v1::TASK_RUNNING:
      case v1::TASK_KILLING:
        tasks.insert(NameOf(task));
        break;
      default:
        return absl::InternalError(
            absl::StrCat("the master keeps task ", task.task_id().value(), ", which is ",
                         v1::TaskState_Name(task.state())));
    }
  }
  return tasks;
}

Tasks TasksOfFrameworks(Cluster& cluster) {
  Tasks tasks;
  for (const auto& host : cluster.framework_hosts()) {
    for (const std::string& task : host->book().open()) {
      tasks.insert({host->book().framework_id(), task});
    }
  }
  return tasks;
}

absl::Status AllAgentsAreBack(Cluster& cluster, const MasterResponse& state) {
  std::set<std::string> active;
  for (const auto& agent : state.get_state().get_agents().agents()) {
    if (agent.active()) active.insert(agent.agent_info().hostname());
  }
  for (const auto& host : cluster.agent_hosts()) {
    if (host->retired() || active.count(host->name()) > 0) continue;
    return absl::UnavailableError(absl::StrCat(host->name(), " is not registered"));
  }
  return absl::OkStatus();
}

// Which offers the master thinks a framework has, and which it has.
absl::Status OffersAgree(Cluster& cluster, const MasterResponse& state) {
  std::map<std::string, std::set<std::string>> offers;
  for (const auto& framework : state.get_state().get_frameworks().frameworks()) {
    std::set<std::string>& its = offers[framework.framework_info().id().value()];
    for (const auto& offer : framework.offers()) its.insert(offer.id().value());
  }
  for (const auto& host : cluster.framework_hosts()) {
    std::set<std::string> held;
    for (const auto& [id, offer] : host->framework()->offers()) held.insert(id);
    if (held == offers[host->book().framework_id()]) continue;
    return absl::InternalError(absl::StrCat(host->name(), " has ", held.size(),
                                            " offers, the master says ",
                                            offers[host->book().framework_id()].size()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CompareAll(Cluster& cluster) {
  for (const auto& host : cluster.framework_hosts()) {
    if (host->framework() == nullptr || !host->framework()->connected()) {
      return absl::UnavailableError(absl::StrCat(host->name(), " is not subscribed"));
    }
  }
  ASSIGN_OR_RETURN(const MasterResponse state, AskLeader(cluster, MasterCall::GET_STATE));
  RETURN_IF_ERROR(AllAgentsAreBack(cluster, state));
  ASSIGN_OR_RETURN(const Tasks agents, TasksOfAgents(cluster));
  ASSIGN_OR_RETURN(const Tasks master, TasksOfMaster(state));
  Tasks really;
  for (const auto& [task, host] : cluster.observer().running()) really.insert(task);
  RETURN_IF_ERROR(Same("machines run", really, "agents know", agents));
  RETURN_IF_ERROR(Same("agents know", agents, "the master knows", master));
  RETURN_IF_ERROR(Same("the master knows", master, "frameworks know", TasksOfFrameworks(cluster)));
  return OffersAgree(cluster, state);
}

absl::Status EndAllFrameworks(Cluster& cluster) {
  ASSIGN_OR_RETURN(const MasterResponse state, AskLeader(cluster, MasterCall::GET_STATE));
  for (const auto& framework : state.get_state().get_frameworks().frameworks()) {
    MasterCall call;
    call.set_type(MasterCall::TEARDOWN);
    *call.mutable_teardown()->mutable_framework_id() = framework.framework_info().id();
    RETURN_IF_ERROR(Ask<MasterResponse>(cluster, cluster.leader()->master(), call).status());
  }
  return absl::OkStatus();
}

absl::Status NothingIsLeft(Cluster& cluster) {
  if (!cluster.observer().running().empty()) {
    const auto& [task, host] = *cluster.observer().running().begin();
    return absl::InternalError(absl::StrCat("task ", task.second, " runs on host ", host));
  }
  ASSIGN_OR_RETURN(const MasterResponse state, AskLeader(cluster, MasterCall::GET_STATE));
  for (const auto& agent : state.get_state().get_agents().agents()) {
    if (agent.allocated_resources().empty() && agent.offered_resources().empty()) continue;
    return absl::InternalError(
        absl::StrCat(agent.agent_info().hostname(), " still has resources allocated"));
  }
  for (const auto& host : cluster.agent_hosts()) {
    for (const auto& [id, container] : host->machine().containers()) {
      if (container.termination.has_value()) continue;
      return absl::InternalError(absl::StrCat(host->name(), " runs a container"));
    }
  }
  return absl::OkStatus();
}

}  // namespace mesos::sim
