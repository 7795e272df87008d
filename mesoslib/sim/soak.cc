// Plays seeds, one after the other, on all cores, for as long as it is told:
//
//   bazel run -c opt //mesoslib/sim:soak -- --minutes=10 --first_seed=1 [--seeds=N] [--threads=T]
//
// Prints a line for each seed that failed, and how fast it was; exit code 1 if any failed.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "mesoslib/base/flags.h"
#include "mesoslib/sim/scenario.h"

namespace mesos::sim {
namespace {

using Clock = std::chrono::steady_clock;

struct Soak {
  std::atomic<uint64_t> next;
  uint64_t end;
  Clock::time_point deadline;
  std::atomic<uint64_t> played{0};
  std::atomic<uint64_t> failed{0};
  std::atomic<uint64_t> virtual_seconds{0};
};

void Play(Soak* soak) {
  while (Clock::now() < soak->deadline) {
    const uint64_t seed = soak->next++;
    if (seed >= soak->end) return;
    const ScenarioResult result = RunScenario(seed);
    ++soak->played;
    soak->virtual_seconds += static_cast<uint64_t>(absl::ToInt64Seconds(result.elapsed));
    if (result.status.ok()) continue;
    ++soak->failed;
    std::printf("seed %llu FAILED: %s\n", static_cast<unsigned long long>(seed),
                std::string(result.status.message()).c_str());
    std::fflush(stdout);
  }
}

int Main(int argc, char** argv) {
  uint64_t minutes = 1;
  uint64_t first_seed = 1;
  uint64_t seeds = UINT64_MAX / 2;
  uint64_t threads = std::thread::hardware_concurrency();
  FlagSet flags("soak", "Plays seeds of the simulation for a while.");
  flags.Add(&minutes, "minutes", "How long, in real time.");
  flags.Add(&first_seed, "first_seed", "Where it begins.");
  flags.Add(&seeds, "seeds", "How many at most.");
  flags.Add(&threads, "threads", "How many are played at a time.");
  const absl::Status parsed = flags.Parse({argv + 1, argv + argc}, {});
  if (flags.help_requested() || !parsed.ok()) {
    std::printf("%s\n", parsed.ok() ? flags.Help().c_str() : parsed.ToString().c_str());
    return parsed.ok() ? 0 : 1;
  }
  const Clock::time_point start = Clock::now();
  Soak soak{.next = first_seed,
            .end = first_seed + seeds,
            .deadline = start + std::chrono::minutes(minutes)};
  std::vector<std::thread> players;
  for (uint64_t i = 0; i < threads; ++i) players.emplace_back(Play, &soak);
  for (std::thread& player : players) player.join();
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  std::printf("%llu seeds, %llu failed, %.1f seeds/s, %.0f times as fast as real time\n",
              static_cast<unsigned long long>(soak.played.load()),
              static_cast<unsigned long long>(soak.failed.load()),
              static_cast<double>(soak.played.load()) / seconds,
              static_cast<double>(soak.virtual_seconds.load()) / seconds);
  return soak.failed > 0 ? 1 : 0;
}

}  // namespace
}  // namespace mesos::sim

int main(int argc, char** argv) { return mesos::sim::Main(argc, argv); }
