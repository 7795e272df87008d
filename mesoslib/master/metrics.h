// A master's metrics, under Mesos's names, counted from the books when they are asked for.
#ifndef MESOSLIB_MASTER_METRICS_H_
#define MESOSLIB_MASTER_METRICS_H_

#include "absl/time/time.h"
#include "mesoslib/master/agent_manager.h"
#include "mesoslib/master/ledger.h"
#include "mesoslib/resources/metrics.h"

namespace mesos::master {

void AddMetrics(const Ledger& ledger, const AgentManager& agents, absl::Duration uptime,
                MetricList* metrics);

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_METRICS_H_
