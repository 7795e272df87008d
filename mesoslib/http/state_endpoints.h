// The endpoints that tell a master's state.
#ifndef MESOSLIB_HTTP_STATE_ENDPOINTS_H_
#define MESOSLIB_HTTP_STATE_ENDPOINTS_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mesoslib/http/background.h"
#include "mesoslib/http/leading.h"
#include "mesoslib/http/router.h"
#include "mesoslib/http/state_reads.h"

namespace mesos::http {

// /state, /state-summary, /slaves, /frameworks, /tasks and /roles. Where another master leads they
// redirect to it. `flags`: what /state tells of them. Texts are written on the background's
// threads.
std::vector<Route> StateRoutes(std::shared_ptr<StateReads> reads, WhoLeads who_leads,
                               std::map<std::string, std::string> flags, Background background);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_STATE_ENDPOINTS_H_
