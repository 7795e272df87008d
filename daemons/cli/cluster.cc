#include "daemons/cli/cluster.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "daemons/cli/find_id.h"
#include "daemons/cli/text.h"
#include "mesoslib/base/status_macros.h"

namespace mesos::cli {
namespace {

using Call = v1::master::Call;
using v1::master::Response;

}  // namespace

Listed<Response::GetAgents> GetAgents(Client* client) {
  ASSIGN_OR_RETURN(const auto response, client->AskForMany(Call::GET_AGENTS));
  return std::shared_ptr<const Response::GetAgents>(response, &response->get_agents());
}

Listed<Response::GetFrameworks> GetFrameworks(Client* client) {
  ASSIGN_OR_RETURN(const auto response, client->AskForMany(Call::GET_FRAMEWORKS));
  return std::shared_ptr<const Response::GetFrameworks>(response, &response->get_frameworks());
}

absl::StatusOr<const AgentEntry*> FindAgent(const Response::GetAgents& agents,
                                            absl::string_view wanted) {
  std::vector<Candidate> candidates;
  for (const AgentEntry& agent : agents.agents()) {
    candidates.push_back({agent.agent_info().id().value(), agent.agent_info().hostname()});
  }
  ASSIGN_OR_RETURN(const size_t index, FindId("agent", wanted, candidates));
  return &agents.agents(static_cast<int>(index));
}

absl::StatusOr<std::string> FindAgentId(const Response::GetAgents& agents,
                                        absl::string_view wanted) {
  std::vector<Candidate> candidates;
  for (const AgentEntry& agent : agents.agents()) {
    candidates.push_back({agent.agent_info().id().value(), agent.agent_info().hostname()});
  }
  for (const v1::AgentInfo& agent : agents.recovered_agents()) {
    candidates.push_back({agent.id().value(), agent.hostname()});
  }
  ASSIGN_OR_RETURN(const size_t index, FindId("agent", wanted, candidates));
  return candidates[index].id;
}

absl::StatusOr<const FrameworkEntry*> FindFramework(const Response::GetFrameworks& frameworks,
                                                    absl::string_view wanted, bool completed) {
  const auto find = [&](const auto& list) -> absl::StatusOr<const FrameworkEntry*> {
    std::vector<Candidate> candidates;
    for (const FrameworkEntry& framework : list) {
      candidates.push_back(
          {framework.framework_info().id().value(), framework.framework_info().name()});
    }
    ASSIGN_OR_RETURN(const size_t index, FindId("framework", wanted, candidates));
    return &list[static_cast<int>(index)];
  };
  absl::StatusOr<const FrameworkEntry*> found = find(frameworks.frameworks());
  if (!completed || !absl::IsNotFound(found.status())) return found;
  return find(frameworks.completed_frameworks());
}

absl::StatusOr<std::string> AddressOf(const AgentEntry& agent) {
  // "slave(1)@10.0.0.1:5051".
  const std::string& pid = agent.pid();
  const size_t at = pid.rfind('@');
  absl::StatusOr<std::string> address =
      HttpAddress(at == std::string::npos ? pid : pid.substr(at + 1), agent.agent_info().port());
  if (address.ok()) {
    if (!agent.agent_info().has_port()) return address;
    // What follows the ip may be the port from which the agent has connected.
    return absl::StrCat(address->substr(0, address->rfind(':')), ":", agent.agent_info().port());
  }
  return absl::FailedPreconditionError(
      absl::StrCat("the master says that agent ", Printable(agent.agent_info().id().value()),
                   " is at '", Printable(pid), "'; expected slave(1)@ip:port"));
}

}  // namespace mesos::cli
