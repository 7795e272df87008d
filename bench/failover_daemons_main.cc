// Measures one figure of the failover benchmark alone.
#include <cstdio>
#include <string>

#include "bench/failover_daemons.h"

int main() {
  const auto seconds = mesos::bench::LeaderKilledToLaunchSeconds();
  if (!seconds.ok()) {
    std::fprintf(stderr, "%s\n", std::string(seconds.status().message()).c_str());
    return 1;
  }
  std::printf("leader_killed_to_launch_s %.2f\n", *seconds);
}
