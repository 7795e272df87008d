// The parts of //bench:failover that measure a master in process: all agents come back at once, and
// the registry is written.
#ifndef BENCH_FAILOVER_REREGISTER_H_
#define BENCH_FAILOVER_REREGISTER_H_

#include <cstdint>

#include "bench/figures.h"

namespace mesos::bench {

struct ReregisterResult {
  double seconds = 0;      // Of one core, until all are back and every task is known.
  double max_turn_ms = 0;  // The longest that the loop was busy with one callback.
};

// `agents` agents with `tasks` running tasks of 10 frameworks come back at once. `history`: so many
// finished tasks the master remembers by then.
ReregisterResult Reregister(int agents, int64_t tasks, int64_t history);

// 40,000 agents with 400,000 tasks: reregister_40k_400k_s, reregister_max_turn_ms; the same with
// 4,000,000 finished tasks in history: reregister_with_history_s.
void MeasureReregister(Figures* figures);

// 50,000 agents admitted, and then marked unreachable one by one, on LevelDB: registry_50k_s, the
// slower of both ways.
void MeasureRegistry(Figures* figures);

}  // namespace mesos::bench

#endif  // BENCH_FAILOVER_REREGISTER_H_
