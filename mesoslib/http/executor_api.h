// The v1 executor API: POST /api/v1/executor.
//
// SUBSCRIBE opens a session with the agent, and is answered with a stream of its events; the
// executor's other calls, which name it and its framework, are sent on that session. What a call is
// worth is for the agent to say; here it becomes a status code:
//
//   method, content     405, 400, 415, 400 (see content.h)
//   SUBSCRIBE           406 (Accept), the agent's refusal
//   the agent refuses   400 InvalidArgument, 403 FailedPrecondition and PermissionDenied (not
//                       subscribed), 501 Unimplemented, 503 Unavailable (recovering)
//   taken               202
#ifndef MESOSLIB_HTTP_EXECUTOR_API_H_
#define MESOSLIB_HTTP_EXECUTOR_API_H_

#include "mesos/endpoint.h"
#include "mesoslib/http/background.h"
#include "mesoslib/http/exchange.h"

namespace mesos::http {

// `endpoint` is the agent's, and outlives the handler's calls.
// Threads: the handler may be called on any, also on several at a time.
Handler CreateExecutorApi(ExecutorEndpoint* endpoint, Background background);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_EXECUTOR_API_H_
