#include "mesoslib/http/router.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/http/response_head.h"

namespace mesos::http {
namespace {

// Whether `path` is `prefix` or lies below it.
bool IsAtOrBelow(absl::string_view path, absl::string_view prefix) {
  return absl::ConsumePrefix(&path, prefix) && (path.empty() || path.front() == '/');
}

absl::string_view WithoutPrefix(absl::string_view path, const std::vector<std::string>& prefixes) {
  for (const std::string& prefix : prefixes) {
    if (!IsAtOrBelow(path, prefix)) continue;
    path.remove_prefix(prefix.size());
    return path.empty() ? "/" : path;
  }
  return path;
}

bool Has(const std::vector<std::string>& methods, absl::string_view method) {
  return std::find(methods.begin(), methods.end(), method) != methods.end();
}

bool Allows(const Route& route, absl::string_view method) {
  return route.methods.empty() || Has(route.methods, method) ||
         (method == "HEAD" && Has(route.methods, "GET"));
}

Response NotFound(const Request& request) {
  return ErrorResponse(404, absl::StrCat("there is nothing at path ", Quoted(request.path)));
}

Response MethodNotAllowed(const Request& request, const Route& route) {
  const std::string methods = absl::StrJoin(route.methods, ", ");
  Response response =
      ErrorResponse(405, absl::StrCat("method ", Quoted(request.method), " is not allowed at path ",
                                      Quoted(request.path), ": use ", methods));
  response.headers.Add("Allow", methods);
  return response;
}

}  // namespace

Router::Router(std::vector<Route> routes, RouterOptions options) {
  auto table = std::make_shared<Table>();
  table->routes = std::move(routes);
  std::stable_sort(table->routes.begin(), table->routes.end(),
                   [](const Route& a, const Route& b) { return a.path.size() > b.path.size(); });
  table->prefixes = std::move(options.prefixes);
  table_ = std::move(table);
}

void Router::operator()(std::unique_ptr<Exchange> exchange) const {
  const Request& request = exchange->request();
  const Route* route = Find(WithoutPrefix(request.path, table_->prefixes));
  if (route == nullptr) return exchange->Reply(NotFound(request));
  if (!Allows(*route, request.method)) return exchange->Reply(MethodNotAllowed(request, *route));
  route->handler(std::move(exchange));
}

// As if the path were shortened; but a path of thousands of segments costs no more than another.
const Route* Router::Find(absl::string_view path) const {
  for (const Route& route : table_->routes) {
    const bool matches = route.path == "/" ? path == "/" : IsAtOrBelow(path, route.path);
    if (matches) return &route;
  }
  return nullptr;
}

absl::string_view PathBelow(absl::string_view path, absl::string_view route) {
  for (absl::string_view rest = path; !rest.empty();) {
    if (IsAtOrBelow(rest, route)) {
      rest.remove_prefix(std::min(route.size() + 1, rest.size()));
      return rest;
    }
    const size_t next = rest.find('/', 1);
    rest = next == rest.npos ? absl::string_view() : rest.substr(next);
  }
  return "";
}

}  // namespace mesos::http
