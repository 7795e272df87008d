// Scenario: what one seed means: a cluster of chance's choosing, faults for some minutes, then
// none, and the question whether everything has come together again.
#ifndef MESOSLIB_SIM_SCENARIO_H_
#define MESOSLIB_SIM_SCENARIO_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "mesos/log.h"
#include "mesoslib/sim/hosts.h"

namespace mesos::sim {

struct ScenarioOptions {
  absl::Duration faults = absl::Minutes(10);  // How long they go on.
  // How long after the last fault everybody may take to agree; the sum of what the design allows:
  // ten minutes for agents to come back to a new master and between two attempts to deliver an
  // update, and a minute and a quarter until a silent agent is given up.
  absl::Duration convergence = absl::Minutes(15);
  size_t trace_lines = 500;
  LogSink* log = nullptr;
  AllocatorFactory allocator;  // Null: the hierarchical one.
};

struct ScenarioResult {
  absl::Status status;  // What was found wrong.
  uint64_t trace_hash = 0;
  uint64_t events = 0;  // In the trace.
  uint64_t tasks = 0;   // Launched.
  absl::Duration elapsed;  // Virtual.
  std::string trace;    // The last events.
};

ScenarioResult RunScenario(uint64_t seed, const ScenarioOptions& options = {});

}  // namespace mesos::sim

#endif  // MESOSLIB_SIM_SCENARIO_H_
