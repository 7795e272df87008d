// The part of the failover benchmark that is about the simulation itself.
#ifndef BENCH_FAILOVER_SIMULATION_H_
#define BENCH_FAILOVER_SIMULATION_H_

namespace mesos::bench {

// How much faster than real time 100 agents and 10 frameworks under load are simulated, on one
// core. Negative: something went wrong, and stderr says what.
double SimulationSpeedup();

// The resident memory, in GB, of a process that simulates 100,000 agents with 1,000,000 running
// tasks, after a virtual minute of that. Negative: it failed.
double SimulatedAgentsGigabytes();

}  // namespace mesos::bench

#endif  // BENCH_FAILOVER_SIMULATION_H_
