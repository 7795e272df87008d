// What each endpoint is for: for /help and /openapi.json, which say nothing else. A test holds it
// against the routes that there are.
#ifndef MESOSLIB_HTTP_ENDPOINT_HELP_H_
#define MESOSLIB_HTTP_ENDPOINT_HELP_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mesoslib/http/router.h"

namespace mesos::http {

enum class Served { kMaster, kAgent };

struct ParameterHelp {
  enum class Place { kQuery, kForm, kPath };

  Place place = Place::kQuery;
  std::string name;
  std::string summary;
  bool required = false;
};

struct EndpointHelp {
  std::string path;
  std::string method;
  std::string summary;
  std::vector<int> statuses;
  std::vector<ParameterHelp> parameters;
  // Full names of the messages that a body and an answer consist of; "[]" after the name: a list of
  // them. Empty: none, or no message.
  std::string takes;
  std::string gives;
  bool streams = false;  // The answer is a stream of records with `gives`.
};

// What `routes` of such a server are for, one for each method but HEAD, in their order. Of a route
// that nothing is known of the summary is empty.
std::vector<EndpointHelp> HelpFor(Served served, const std::vector<Route>& routes);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_ENDPOINT_HELP_H_
