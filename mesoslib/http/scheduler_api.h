// The v1 scheduler API: POST /api/v1/scheduler.
//
// SUBSCRIBE opens a session with the master, and is answered with a stream of its events and a
// Mesos-Stream-Id; other calls name that and are sent on the session. What a call is worth is for
// the master to say; here it becomes a status code:
//
//   elsewhere            307, 503   another master leads, or none
//   method, content      405, 400, 415, 400 (see content.h)
//   SUBSCRIBE            406 (Accept), 400 (it names a stream), the master's refusal
//   the master refuses   400 InvalidArgument, 403 FailedPrecondition (not subscribed) and
//                        PermissionDenied, 501 Unimplemented, 503 Unavailable
//   the stream is        400   missing, or another one than the framework's
//   taken                202, UPDATE_FRAMEWORK 200
#ifndef MESOSLIB_HTTP_SCHEDULER_API_H_
#define MESOSLIB_HTTP_SCHEDULER_API_H_

#include <memory>

#include "mesos/endpoint.h"
#include "mesos/random.h"
#include "mesoslib/http/background.h"
#include "mesoslib/http/exchange.h"
#include "mesoslib/http/leading.h"

namespace mesos::http {

struct SchedulerApiDependencies {
  SchedulerEndpoint* endpoint = nullptr;  // The master's. Outlives the handler's calls.
  WhoLeads who_leads;
  std::unique_ptr<Random> random;  // For stream ids: nobody may guess them.
  Background background;
};

// Threads: the handler may be called on any, also on several at a time.
Handler CreateSchedulerApi(SchedulerApiDependencies dependencies);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_SCHEDULER_API_H_
