// /help and /openapi.json: what is served here, for people and for programs.
//
//   /help                 a page; JSON where the client accepts no page, or asks for ?format=json
//   /help/files/read      one endpoint; also /help/master/files/read
#ifndef MESOSLIB_HTTP_HELP_ENDPOINTS_H_
#define MESOSLIB_HTTP_HELP_ENDPOINTS_H_

#include <vector>

#include "mesoslib/http/endpoint_help.h"
#include "mesoslib/http/router.h"

namespace mesos::http {

// Adds both to `routes`, of which they tell, and of themselves.
void AddHelp(Served served, std::vector<Route>* routes);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_HELP_ENDPOINTS_H_
