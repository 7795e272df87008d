// A master's metrics, under Mesos's names, told from the books and the counters when they are asked
// for.
#ifndef MESOSLIB_MASTER_METRICS_H_
#define MESOSLIB_MASTER_METRICS_H_

#include "absl/time/time.h"
#include "mesoslib/master/agent_manager.h"
#include "mesoslib/master/framework_manager.h"
#include "mesoslib/master/ledger.h"
#include "mesoslib/master/meters.h"
#include "mesoslib/master/operation_manager.h"
#include "mesoslib/master/registrar.h"
#include "mesoslib/resources/metrics.h"

namespace mesos::master {

struct MetricSources {
  const Ledger& ledger;
  const FrameworkManager& frameworks;
  const AgentManager& agents;
  const OperationManager& operations;
  const Registrar& registrar;
  const Meters& meters;
  absl::Duration uptime;
};

// Gauges of agents, frameworks, tasks and operations, and counters of how they came and went; and
// what the two below tell.
void AddMetrics(const MetricSources& sources, MetricList* metrics);

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_METRICS_H_
