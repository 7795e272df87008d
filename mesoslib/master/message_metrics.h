// What a master tells of messages: how many of each kind came, how they were judged, how long they
// waited and took.
#ifndef MESOSLIB_MASTER_MESSAGE_METRICS_H_
#define MESOSLIB_MASTER_MESSAGE_METRICS_H_

#include "mesoslib/master/counters.h"
#include "mesoslib/master/framework_manager.h"
#include "mesoslib/master/meters.h"
#include "mesoslib/resources/metrics.h"

namespace mesos::master {

// "master/messages_kill_task", ..., under the names of the v0 messages that Mesos has;
// "master/dropped_messages"; "master/valid_status_updates", "master/invalid_status_updates", ...;
// and "master/status_update_latency", a histogram: from when an update came to the master to when
// its framework acknowledged it.
void AddMessageCounts(const Counters& counters, MetricList* metrics);

// "frameworks/PRINCIPAL/messages_received" and ".../messages_processed".
void AddPrincipals(const FrameworkManager& frameworks, MetricList* metrics);

// Histograms "master/messages/FROM/KIND/queue" and ".../run" for each kind that has come; FROM is
// "scheduler", "agent" or "operator". "master/event_queue_messages": how many wait of the first
// two; "master/event_queue_http_requests": of operators' calls.
void AddMessageTimes(const Meters& meters, MetricList* metrics);

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_MESSAGE_METRICS_H_
