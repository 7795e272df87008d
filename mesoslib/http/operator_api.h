// The v1 operator APIs: POST /api/v1 of a master and of an agent.
//
// What a call is worth is for the master or the agent to say; here it becomes a status code:
//
//   elsewhere (master)   307, 503   another master leads, or none
//   method, content      405, 400, 415, 400 (see content.h)
//   Accept               406
//   refused              400 InvalidArgument, 403 PermissionDenied, 404 NotFound, 409
//                        FailedPrecondition and AlreadyExists, 501 Unimplemented, 503 Unavailable
//   done                 200 with the Response, or without: 202 for what is only begun, 200
//   SUBSCRIBE            200, and a stream of events (see change_feed.h)
//
// What a state answers is made of one on a background thread, once for all who ask meanwhile.
#ifndef MESOSLIB_HTTP_OPERATOR_API_H_
#define MESOSLIB_HTTP_OPERATOR_API_H_

#include <memory>

#include "mesos/agent.h"
#include "mesos/master.h"
#include "mesoslib/http/background.h"
#include "mesoslib/http/change_feed.h"
#include "mesoslib/http/exchange.h"
#include "mesoslib/http/host.h"
#include "mesoslib/http/leading.h"
#include "mesoslib/http/state_reads.h"

namespace mesos::http {

// What is served outlives the handler's calls. `host` answers the calls that are its own; null:
// they go to the master or agent like the others. Threads: the handlers may be called on any, also
// on several at a time.
Handler CreateMasterApi(Master* master, WhoLeads who_leads, std::shared_ptr<StateReads> reads,
                        std::shared_ptr<ChangeFeed> feed, Background background,
                        HostPtr host = nullptr);
Handler CreateAgentApi(Agent* agent, Background background, HostPtr host = nullptr);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_OPERATOR_API_H_
