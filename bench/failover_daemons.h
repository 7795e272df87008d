// The part of the failover benchmark that needs real processes.
#ifndef BENCH_FAILOVER_DAEMONS_H_
#define BENCH_FAILOVER_DAEMONS_H_

#include "absl/status/statusor.h"

namespace mesos::bench {

// Three ZooKeeper servers, two masters with a session timeout of 2 s, an agent, and a framework in
// this process: from the leader's SIGKILL until a task that was launched after it runs, in seconds.
// The daemons are found below daemons/. Unavailable: there is no ZooKeeper on this machine, or
// what was waited for did not happen within a minute.
absl::StatusOr<double> LeaderKilledToLaunchSeconds();

}  // namespace mesos::bench

#endif  // BENCH_FAILOVER_DAEMONS_H_
