// An agent's metrics, under Mesos's names; and histograms: "slave/status_update_latency", from when
// an update was forwarded first to its acknowledgement, and "slave/messages/FROM/KIND/queue" and
// ".../run" for each kind of message that has come; FROM is "master", "executor" or "operator".
#ifndef MESOSLIB_AGENT_METRICS_H_
#define MESOSLIB_AGENT_METRICS_H_

#include "mesoslib/agent/operator_calls.h"
#include "mesoslib/resources/metrics.h"

namespace mesos::agent {

void AddMetrics(const AgentView& agent, MetricList* metrics);

}  // namespace mesos::agent

#endif  // MESOSLIB_AGENT_METRICS_H_
