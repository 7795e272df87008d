#include "mesoslib/http/endpoint_help.h"

#include <algorithm>
#include <utility>

namespace mesos::http {
namespace {

using Place = ParameterHelp::Place;

const ParameterHelp kJsonp = {Place::kQuery, "jsonp", "The function that the answer is passed to."};
const ParameterHelp kPath = {Place::kQuery, "path", "Of a file, as /files/debug lists them.", true};
const ParameterHelp kAgentId = {Place::kForm, "slaveId", "The agent's id.", true};
const ParameterHelp kResources = {Place::kForm, "resources", "A JSON array of Resource.", true};
const ParameterHelp kVolumes = {Place::kForm, "volumes", "A JSON array of Resource.", true};

// With what each call of a master may be answered, besides.
std::vector<int> OfMaster(std::vector<int> statuses) {
  for (const int status : {307, 503}) statuses.push_back(status);
  return statuses;
}

std::vector<EndpointHelp> OfBoth() {
  return {
      {"/health", "GET", "Answers while the loop does, whether it leads or recovers.", {200}},
      {"/version", "GET", "The version.", {200}, {kJsonp}},
      {"/metrics/snapshot",
       "GET",
       "All metrics as one object, by their names.",
       {200, 400},
       {kJsonp, {Place::kQuery, "timeout", "How long to wait for slow ones: 10secs."}}},
      {"/metrics", "GET", "All metrics, for Prometheus.", {200}},
      {"/system/stats.json", "GET", "What the machine has and how busy it is.", {200}, {kJsonp}},
      {"/flags", "GET", "What the program was told when it was started.", {200}, {kJsonp}},
      {"/logging/toggle",
       "GET",
       "The level of logging; or sets it, with both parameters.",
       {200, 400, 501},
       {{Place::kQuery, "level", "0: as the program was told. More: everything."},
        {Place::kQuery, "duration", "For how long: 10mins."}}},
      {"/logging/toggle",
       "POST",
       "Sets the level of logging for a while.",
       {200, 400, 501},
       {{Place::kQuery, "level", "0: as the program was told. More: everything."},
        {Place::kQuery, "duration", "For how long: 10mins."}}},
      {"/files/browse", "GET", "What is in a directory.", {200, 400, 403, 404}, {kPath, kJsonp}},
      {"/files/read",
       "GET",
       "A part of a file: at most 64 KiB.",
       {200, 400, 403, 404},
       {kPath,
        {Place::kQuery, "offset", "Where it begins; -1: only tells how large the file is."},
        {Place::kQuery, "length", "How many bytes."},
        kJsonp}},
      {"/files/download", "GET", "A whole file.", {200, 400, 403, 404}, {kPath}},
      {"/files/debug", "GET", "Where the files that are shown really are.", {200}, {kJsonp}},
      {"/help",
       "GET",
       "What is served here; below it, one endpoint.",
       {200, 404},
       {{Place::kQuery, "format", "json: not as a page."}}},
      {"/openapi.json", "GET", "What is served here, as OpenAPI has it.", {200}, {kJsonp}},
  };
}

std::vector<EndpointHelp> OfMasters() {
  const std::vector<int> read = OfMaster({200});
  const std::vector<int> written = OfMaster({200, 400, 409});
  const std::vector<int> begun = OfMaster({202, 400, 409});
  return {
      {"/api/v1",
       "POST",
       "The operator's calls.",
       OfMaster({200, 202, 400, 403, 404, 406, 409, 415, 501}),
       {},
       "mesos.v1.master.Call",
       "mesos.v1.master.Response"},
      {"/api/v1/scheduler",
       "POST",
       "Schedulers' calls. SUBSCRIBE is answered with a stream of events.",
       OfMaster({200, 202, 400, 403, 406, 415, 501}),
       {},
       "mesos.v1.scheduler.Call",
       "mesos.v1.scheduler.Event",
       true},
      {"/redirect", "GET", "To the master that leads.", {307, 503}},
      {"/state", "GET", "All that the master knows.", read, {kJsonp}},
      {"/state-summary", "GET", "How much there is, without tasks.", read, {kJsonp}},
      {"/slaves",
       "GET",
       "Agents.",
       read,
       {{Place::kQuery, "slave_id", "Only this agent."}, kJsonp}},
      {"/frameworks",
       "GET",
       "Frameworks, with their tasks.",
       read,
       {{Place::kQuery, "framework_id", "Only this framework."}, kJsonp}},
      {"/tasks",
       "GET",
       "Tasks.",
       OfMaster({200, 400}),
       {{Place::kQuery, "limit", "At most so many; 100."},
        {Place::kQuery, "offset", "Without the first of them."},
        {Place::kQuery, "order", "asc: the oldest first; des."},
        {Place::kQuery, "framework_id", "Only this framework's."},
        {Place::kQuery, "task_id", "Only this task."},
        kJsonp}},
      {"/roles", "GET", "Roles, with their weights and quotas.", read, {kJsonp}},
      {"/reserve",
       "POST",
       "Reserves resources of an agent.",
       begun,
       {kAgentId, kResources, {Place::kForm, "source", "What they are now; a JSON array."}}},
      {"/unreserve", "POST", "Takes reservations off.", begun, {kAgentId, kResources}},
      {"/create-volumes", "POST", "Makes persistent volumes.", begun, {kAgentId, kVolumes}},
      {"/destroy-volumes", "POST", "Destroys persistent volumes.", begun, {kAgentId, kVolumes}},
      {"/teardown",
       "POST",
       "Ends a framework with all its tasks.",
       written,
       {{Place::kForm, "frameworkId", "The framework's id.", true}}},
      {"/weights", "GET", "The weights of roles.", read, {kJsonp}, "", "mesos.v1.WeightInfo[]"},
      {"/weights", "PUT", "Changes weights.", written, {}, "mesos.v1.WeightInfo[]"},
      {"/quota", "GET", "All quotas.", read, {kJsonp}, "", "mesos.v1.quota.QuotaStatus"},
      {"/quota", "POST", "Sets a quota.", written, {}, "mesos.v1.quota.QuotaRequest"},
      {"/quota",
       "DELETE",
       "Removes a quota.",
       written,
       {{Place::kPath, "role", "Whose quota it is.", true}}},
      {"/maintenance/schedule",
       "GET",
       "When machines are to be maintained.",
       read,
       {kJsonp},
       "",
       "mesos.v1.maintenance.Schedule"},
      {"/maintenance/schedule",
       "POST",
       "Replaces the schedule of maintenance.",
       written,
       {},
       "mesos.v1.maintenance.Schedule"},
      {"/maintenance/status",
       "GET",
       "Which machines are draining or down.",
       read,
       {kJsonp},
       "",
       "mesos.v1.maintenance.ClusterStatus"},
      {"/machine/down", "POST", "Begins maintenance.", written, {}, "mesos.v1.MachineID[]"},
      {"/machine/up", "POST", "Ends maintenance.", written, {}, "mesos.v1.MachineID[]"},
  };
}

std::vector<EndpointHelp> OfAgents() {
  return {
      {"/api/v1",
       "POST",
       "The operator's calls.",
       {200, 400, 403, 404, 406, 409, 415, 501, 503},
       {},
       "mesos.v1.agent.Call",
       "mesos.v1.agent.Response"},
      {"/api/v1/executor",
       "POST",
       "Executors' calls. SUBSCRIBE is answered with a stream of events.",
       {200, 202, 400, 403, 406, 415, 501, 503},
       {},
       "mesos.v1.executor.Call",
       "mesos.v1.executor.Event",
       true},
      {"/state", "GET", "What the agent is and what it runs.", {200, 503}, {kJsonp}},
      {"/containers", "GET", "Containers, and what they use.", {200, 503}, {kJsonp}},
      {"/monitor/statistics", "GET", "What executors use.", {200, 503}, {kJsonp}},
  };
}

}  // namespace

std::vector<EndpointHelp> HelpFor(Served served, const std::vector<Route>& routes) {
  std::vector<EndpointHelp> known = served == Served::kMaster ? OfMasters() : OfAgents();
  for (EndpointHelp& help : OfBoth()) known.push_back(std::move(help));
  std::vector<EndpointHelp> all;
  for (const Route& route : routes) {
    // The v1 APIs say themselves by which method they are called.
    const std::vector<std::string> methods =
        route.methods.empty() ? std::vector<std::string>{"POST"} : route.methods;
    for (const std::string& method : methods) {
      if (method == "HEAD") continue;
      const auto help = std::find_if(known.begin(), known.end(), [&](const EndpointHelp& one) {
        return one.path == route.path && one.method == method;
      });
      all.push_back(help != known.end() ? *help : EndpointHelp{route.path, method});
    }
  }
  return all;
}

}  // namespace mesos::http
