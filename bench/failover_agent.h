// The figures of bench/failover that are about an agent.
#ifndef BENCH_FAILOVER_AGENT_H_
#define BENCH_FAILOVER_AGENT_H_

#include <string>

namespace mesos::bench {

// A real mesos-agent with 100 running containers is killed with SIGKILL and started again: the
// seconds until it has recovered and registered again, with all of them. Negative: it failed, and
// stderr says how. `binaries` is the folder of mesos-master and mesos-agent.
double MeasureAgentRecovery(const std::string& binaries);

// Status updates an agent takes from an executor, writes down, forwards, and whose acknowledgements
// it writes down, each second; on the disk that holds temporary files, synced. Negative: it failed.
double MeasureCheckpointedUpdates();

}  // namespace mesos::bench

#endif  // BENCH_FAILOVER_AGENT_H_
