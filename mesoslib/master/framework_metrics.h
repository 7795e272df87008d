// What a master tells of each framework, below "master/frameworks/NAME/ID/": NAME is its name,
// percent-encoded.
//
//   subscribed                            1 or 0
//   calls, calls/TYPE                     that it has made: "calls/kill"
//   events, events/TYPE                   that it was sent: "events/offers"
//   offers/sent, /accepted, /declined, /rescinded
//   tasks/active/STATE                    that are in this state now: "tasks/active/task_running"
//   tasks/terminal/STATE                  that have ended so
//   operations, operations/TYPE           that it has asked for: "operations/launch"
//   roles/ROLE/suppressed                 1 or 0
#ifndef MESOSLIB_MASTER_FRAMEWORK_METRICS_H_
#define MESOSLIB_MASTER_FRAMEWORK_METRICS_H_

#include <cstddef>

#include "mesoslib/master/counters.h"
#include "mesoslib/master/records.h"
#include "mesoslib/resources/metrics.h"

namespace mesos::master {

// So many metrics are told of all frameworks together, or a few more: a cluster with very many
// frameworks would have more than anybody can read. Frameworks are told of whole or not at all.
inline constexpr int kMaxFrameworkMetrics = 10'000;

// `active`: how many of its tasks are in which state.
void AddFrameworkMetrics(const Framework& framework, const TaskCounts& active, MetricList* metrics);

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_FRAMEWORK_METRICS_H_
