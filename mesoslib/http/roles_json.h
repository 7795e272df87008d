// A master's roles as /roles tells them: their frameworks, quotas, weights and resources.
//
// Threads: any; takes time in proportion to the agents.
#ifndef MESOSLIB_HTTP_ROLES_JSON_H_
#define MESOSLIB_HTTP_ROLES_JSON_H_

#include "mesos/master_state.h"
#include "mesoslib/http/exchange.h"

namespace mesos::http {

TextPieces RolesJson(const MasterState& state);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_ROLES_JSON_H_
