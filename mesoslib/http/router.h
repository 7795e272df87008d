// Router: finds the handler of a request by its path and method.
//
//   Router router({{.path = "/api/v1", .methods = {"POST"}, .handler = api},
//                  {.path = "/state", .methods = {"GET"}, .handler = state}},
//                 {.prefixes = {"/master"}});
//   CreateHttpServer({.address = address, .handler = router});
//
// A path is shortened, segment by segment, until there is a route for it: "/api/v1/operator" is
// answered by "/api/v1", "/state/" by "/state". The route "/" answers "/" alone. A prefix is left
// out where it stands in front: "/master/state" is "/state", "/master" is "/".
//
// No route: 404. Not by this method: 405, with Allow. HEAD is allowed where GET is, and the server
// sends no body then.
//
// Threads: any, as its handlers.
#ifndef MESOSLIB_HTTP_ROUTER_H_
#define MESOSLIB_HTTP_ROUTER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mesoslib/http/exchange.h"

namespace mesos::http {

struct Route {
  std::string path;                  // Begins with '/'; ends with it only where it is "/".
  std::vector<std::string> methods;  // Empty: all.
  Handler handler;
};

struct RouterOptions {
  std::vector<std::string> prefixes;  // "/master", "/slave(1)".
};

// Copies share their routes, so that a router is a Handler.
class Router {
 public:
  // The first of two routes for one path counts.
  explicit Router(std::vector<Route> routes, RouterOptions options = {});

  void operator()(std::unique_ptr<Exchange> exchange) const;

 private:
  struct Table {
    std::vector<Route> routes;  // Longer paths first.
    std::vector<std::string> prefixes;
  };

  // The route of a path without prefix; null: none.
  const Route* Find(absl::string_view path) const;

  std::shared_ptr<const Table> table_;
};

// What a path has below a route: "a/b" for "/master/quota/a/b" and "/quota"; "" where nothing is
// below it, or the path is not the route's.
absl::string_view PathBelow(absl::string_view path, absl::string_view route);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_ROUTER_H_
