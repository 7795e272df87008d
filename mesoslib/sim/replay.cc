// Plays one seed of the simulation, the same way every time, and tells how it went:
//
//   bazel run //mesoslib/sim:replay -- --seed=42 [--log] [--trace_lines=N] [--minutes=M] [--hash]
//
// Exit code 1 if something was found wrong.
#include <cstdint>
#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "mesoslib/base/flags.h"
#include "mesoslib/sim/scenario.h"

namespace mesos::sim {
namespace {

class PrintingLog final : public LogSink {
 public:
  void Log(LogLevel, absl::string_view line) override {
    std::printf("%.*s\n", static_cast<int>(line.size()), line.data());
  }
};

int Main(int argc, char** argv) {
  uint64_t seed = 1;
  uint64_t trace_lines = 500;
  uint64_t minutes = 10;
  bool log = false;
  bool hash = false;
  FlagSet flags("replay", "Plays one seed of the simulation.");
  flags.Add(&seed, "seed", "Which one.");
  flags.Add(&trace_lines, "trace_lines", "How many of the last events are printed at a failure.");
  flags.Add(&minutes, "minutes", "How long faults go on, in virtual time.");
  flags.Add(&log, "log", "Prints what the components log.");
  flags.Add(&hash, "hash", "Prints the trace's hash and nothing else.");
  const absl::Status parsed = flags.Parse({argv + 1, argv + argc}, {});
  if (flags.help_requested() || !parsed.ok()) {
    std::printf("%s\n", parsed.ok() ? flags.Help().c_str() : parsed.ToString().c_str());
    return parsed.ok() ? 0 : 1;
  }
  PrintingLog printer;
  ScenarioOptions options;
  options.faults = absl::Minutes(static_cast<int64_t>(minutes));
  options.trace_lines = trace_lines;
  if (log) options.log = &printer;
  const ScenarioResult result = RunScenario(seed, options);
  if (hash) {
    std::printf("%016llx\n", static_cast<unsigned long long>(result.trace_hash));
    return result.status.ok() ? 0 : 1;
  }
  std::printf("%s", result.trace.c_str());
  std::printf("seed %llu: %llu events, %llu tasks, %s of virtual time, trace hash %016llx\n",
              static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(result.events),
              static_cast<unsigned long long>(result.tasks),
              absl::FormatDuration(result.elapsed).c_str(),
              static_cast<unsigned long long>(result.trace_hash));
  if (result.status.ok()) return 0;
  std::printf("FAILED: %s\n", std::string(result.status.message()).c_str());
  return 1;
}

}  // namespace
}  // namespace mesos::sim

int main(int argc, char** argv) { return mesos::sim::Main(argc, argv); }
