// The endpoints that are read with GET and need no more than one call: health, version, metrics,
// and the way to the leader.
#ifndef MESOSLIB_HTTP_READ_ENDPOINTS_H_
#define MESOSLIB_HTTP_READ_ENDPOINTS_H_

#include <functional>
#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "mesos/agent.h"
#include "mesos/master.h"
#include "mesoslib/http/background.h"
#include "mesoslib/http/exchange.h"
#include "mesoslib/http/leading.h"
#include "mesoslib/http/metrics_text.h"
#include "mesoslib/http/timers.h"

namespace mesos::http {

// Asks for metrics; the answer may come later, on any thread.
using AskMetrics = std::function<void(absl::AnyInvocable<void(absl::StatusOr<Metrics>)>)>;

// A master that does not lead says only that: "master/elected" is 0.
AskMetrics MetricsOf(Master* master);
AskMetrics MetricsOf(Agent* agent);

// 200 while the loop answers, whether it leads or recovers or not.
Handler HealthOf(Master* master);
Handler HealthOf(Agent* agent);

Handler CreateVersionEndpoint();

// What they ask for, and the machine's. ?timeout=10secs: what has not come by then is left out;
// `timers` are for that.
Handler CreateMetricsSnapshot(AskMetrics ask, Background background,
                              std::shared_ptr<Timers> timers);
Handler CreatePrometheusEndpoint(AskMetrics ask, Background background);

// 307 to the root of the leader's, which may be this one's; 503 where nobody leads. What is below
// the path is not there: 404.
Handler CreateRedirect(WhoLeads who_leads);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_READ_ENDPOINTS_H_
