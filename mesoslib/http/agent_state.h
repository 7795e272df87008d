// What an agent is and runs, as Mesos's older endpoints tell it: /state, /containers and
// /monitor/statistics. They say slave where v1 says agent.
#ifndef MESOSLIB_HTTP_AGENT_STATE_H_
#define MESOSLIB_HTTP_AGENT_STATE_H_

#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesos/agent.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesoslib/http/background.h"
#include "mesoslib/http/exchange.h"
#include "mesoslib/http/host.h"

namespace mesos::http {

// An agent's answers to GET_AGENT, GET_STATE and GET_CONTAINERS, asked one right after the other.
struct AgentAnswers {
  v1::agent::Response agent;
  v1::agent::Response state;
  v1::agent::Response containers;
};

std::string AgentStateAsJson(const AgentAnswers& answers, const Host& host);

// [{"container_id":..,"executor_id":..,"executor_name":..,"framework_id":..,"source":..,
//   "statistics":{..},"status":{..}},..]
std::string ContainersAsJson(const v1::agent::Response& containers);
// The same without container_id and status, of those that there are statistics of.
std::string StatisticsAsJson(const v1::agent::Response& containers);

// The agent outlives the handlers' calls.
Handler CreateAgentState(Agent* agent, Background background, HostPtr host);
Handler CreateContainers(Agent* agent, Background background);
Handler CreateMonitorStatistics(Agent* agent, Background background);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_AGENT_STATE_H_
