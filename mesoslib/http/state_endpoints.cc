#include "mesoslib/http/state_endpoints.h"

#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mesoslib/http/jsonp.h"
#include "mesoslib/http/replies.h"
#include "mesoslib/http/roles_json.h"
#include "mesoslib/http/state_json.h"
#include "mesoslib/http/tasks_json.h"
#include "mesoslib/http/with_help.h"

namespace mesos::http {
namespace {

// What to tell, or what is wrong with the query.
using Prepare = std::function<absl::StatusOr<StateReads::Make>(const Request&)>;

// Two requests with the same path and query ask for the same.
std::string WhatIsAsked(absl::string_view path, const Request& request) {
  std::string what(path);
  for (const auto& [name, value] : request.query) {
    if (name != "jsonp") absl::StrAppend(&what, "&", name.size(), ":", name, "=", value);
  }
  return what;
}

Handler Endpoint(std::string path, std::shared_ptr<StateReads> reads, WhoLeads who_leads,
                 Prepare prepare) {
  return [path = std::move(path), reads = std::move(reads), who_leads = std::move(who_leads),
          prepare = std::move(prepare)](std::unique_ptr<Exchange> exchange) {
    const Request& request = exchange->request();
    if (auto elsewhere = AnswerUnlessLeading(who_leads, request)) {
      return exchange->Reply(*std::move(elsewhere));
    }
    absl::StatusOr<StateReads::Make> make = prepare(request);
    if (!make.ok()) return exchange->Reply(RefusalReply(make.status(), 409));
    reads->Read(WhatIsAsked(path, request), *std::move(make),
                [exchange = std::move(exchange)](absl::StatusOr<StateReads::Told> told) {
                  if (!told.ok()) return exchange->Reply(RefusalReply(told.status(), 409));
                  exchange->Reply(JsonResponse(exchange->request(), std::move(told->pieces)));
                });
  };
}

}  // namespace

std::vector<Route> StateRoutes(std::shared_ptr<StateReads> reads, WhoLeads who_leads,
                               std::map<std::string, std::string> flags, Background background) {
  const auto always = [](TextPieces (*make)(const MasterState&)) -> Prepare {
    return [make](const Request&) -> StateReads::Make { return make; };
  };
  const auto asked = [](TextPieces (*make)(const MasterState&, const Query&)) -> Prepare {
    return [make](const Request& request) -> StateReads::Make {
      return [make, query = request.query](const MasterState& state) { return make(state, query); };
    };
  };
  const auto shared = std::make_shared<const std::map<std::string, std::string>>(std::move(flags));
  // Of a large cluster nobody has looked at, most of the time is the texts'.
  const Prepare state = [shared, background](const Request&) -> StateReads::Make {
    return [shared, background](const MasterState& state) {
      return WithHelp(
          background, [&] { return StateJson(state, *shared); },
          [&state](const std::atomic<bool>& over) { WriteAhead(state, over); });
    };
  };
  const Prepare tasks = [](const Request& request) -> absl::StatusOr<StateReads::Make> {
    absl::StatusOr<TasksQuery> query = ReadTasksQuery(request.query);
    if (!query.ok()) return query.status();
    return
        [query = *std::move(query)](const MasterState& state) { return TasksJson(state, query); };
  };
  const std::vector<std::string> get = {"GET", "HEAD"};
  std::vector<Route> routes;
  for (auto& [path, prepare] : std::initializer_list<std::pair<std::string, Prepare>>{
           {"/state", state},
           {"/state-summary", always(StateSummaryJson)},
           {"/slaves", asked(SlavesJson)},
           {"/frameworks", asked(FrameworksJson)},
           {"/tasks", tasks},
           {"/roles", always(RolesJson)},
       }) {
    routes.push_back({path, get, Endpoint(path, reads, who_leads, prepare)});
  }
  return routes;
}

}  // namespace mesos::http
