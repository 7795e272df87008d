// An agent's metrics, under Mesos's names.
#ifndef MESOSLIB_AGENT_METRICS_H_
#define MESOSLIB_AGENT_METRICS_H_

#include "mesoslib/agent/operator_calls.h"
#include "mesoslib/resources/metrics.h"

namespace mesos::agent {

void AddMetrics(const AgentView& agent, MetricList* metrics);

}  // namespace mesos::agent

#endif  // MESOSLIB_AGENT_METRICS_H_
