// The parts of //bench:cluster; each measures one side of a cluster.
#ifndef BENCH_CLUSTER_PARTS_H_
#define BENCH_CLUSTER_PARTS_H_

#include <string>

#include "bench/figures.h"

namespace mesos::bench {

// One master, 1,000 simulated agents and 10 frameworks on one loop, so on one core.
void MeasureInProcess(Figures* figures);

// 10,000 agents and 100,000 running tasks in one master: what each costs in memory.
void MeasureMemory(Figures* figures);

// The master here; 100 simulated agents and 10 frameworks in a second process, over gRPC.
// `self`: this program, which runs the second process as `self --peer=PORT`.
void MeasureGrpc(const std::string& self, Figures* figures);
// The second process. Returns its exit code.
int RunGrpcPeer(int port);

// The daemons, found in the folder `daemons`: real processes.
void MeasureDaemons(const std::string& daemons, Figures* figures);

}  // namespace mesos::bench

#endif  // BENCH_CLUSTER_PARTS_H_
