// Agreement: whether all who know of tasks know the same, once faults have stopped: machines (what
// really runs), agents, the master, the frameworks.
#ifndef MESOSLIB_SIM_AGREEMENT_H_
#define MESOSLIB_SIM_AGREEMENT_H_

#include "absl/status/status.h"

namespace mesos::sim {

class Cluster;

// OK, or the first thing that somebody sees otherwise. Lets a little time pass.
absl::Status CompareAll(Cluster& cluster);

// Has an operator tear all frameworks down; the master's refusal otherwise.
absl::Status EndAllFrameworks(Cluster& cluster);

// OK where no task runs and no resources are held any more.
absl::Status NothingIsLeft(Cluster& cluster);

}  // namespace mesos::sim

#endif  // MESOSLIB_SIM_AGREEMENT_H_
