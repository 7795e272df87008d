// World: what all parts of a simulation share: virtual time, chance from one seed, the trace, and
// the first thing found wrong.
#ifndef MESOSLIB_SIM_WORLD_H_
#define MESOSLIB_SIM_WORLD_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mesos/log.h"
#include "mesos/random.h"
#include "mesoslib/base/simulated_event_loop.h"
#include "mesoslib/sim/trace.h"

namespace mesos::sim {

// Eight bytes of state, so that a hundred thousand agents can have one each (splitmix64).
class SmallRandom final : public Random {
 public:
  explicit SmallRandom(uint64_t seed) : state_(seed) {}
  uint64_t Next() override;

 private:
  uint64_t state_;
};

class World {
 public:
  World(uint64_t seed, size_t trace_lines, LogSink* log);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  SimulatedEventLoop* loop() { return &loop_; }
  absl::Duration elapsed() const { return loop_.Now() - start_; }
  LogSink* log() const { return log_; }  // May be null.

  // Numbers things, from 1.
  uint64_t NewId() { return ++ids_; }

  // -- Chance --

  uint64_t Next() { return random_.Next(); }
  // 0 to `below` - 1; `below` is not 0.
  uint64_t Pick(uint64_t below) { return Next() % below; }
  // True `permille` times in a thousand.
  bool Chance(uint64_t permille) { return Pick(1000) < permille; }
  // From `least` to `most`, both finite.
  absl::Duration Between(absl::Duration least, absl::Duration most);

  // -- What happens --

  template <typename... Parts>
  void Log(const Parts&... parts) {
    line_.clear();
    absl::StrAppend(&line_, parts...);
    trace_.Add(elapsed(), line_);
  }

  // Something that must never happen has. The first one counts.
  void Violation(absl::string_view what);
  const absl::Status& violation() const { return violation_; }

  const Trace& trace() const { return trace_; }

  // -- Running --

  // Called after every callback that has run.
  void set_after_step(absl::AnyInvocable<void()> after_step) {
    after_step_ = std::move(after_step);
  }

  // Runs until `duration` has passed or something is found wrong.
  void Run(absl::Duration duration);

  uint64_t steps() const { return steps_; }

 private:
  SimulatedEventLoop loop_;
  const absl::Time start_;
  SmallRandom random_;
  Trace trace_;
  LogSink* const log_;
  std::string line_;
  absl::Status violation_;
  absl::AnyInvocable<void()> after_step_;
  uint64_t steps_ = 0;
  uint64_t ids_ = 0;
};

}  // namespace mesos::sim

#endif  // MESOSLIB_SIM_WORLD_H_
