// SimulatedEventLoop: an event loop in virtual time, for one thread. Time stands still while
// callbacks run and moves only when told to, from timer to timer.
#ifndef MESOSLIB_BASE_SIMULATED_EVENT_LOOP_H_
#define MESOSLIB_BASE_SIMULATED_EVENT_LOOP_H_

#include <deque>

#include "absl/time/time.h"
#include "mesos/event_loop.h"
#include "mesoslib/base/timer_queue.h"

namespace mesos {

class SimulatedEventLoop final : public EventLoop {
 public:
  SimulatedEventLoop() = default;
  ~SimulatedEventLoop() override;

  absl::Time Now() const override { return now_; }
  absl::Time WallTime() const override { return now_ + wall_offset_; }
  void Post(Callback callback) override { posted_.push_back(std::move(callback)); }
  TimerId PostAt(absl::Time when, Callback callback) override {
    return timers_.Add(when, std::move(callback));
  }
  void Cancel(TimerId timer) override { timers_.Cancel(timer); }
  // There is one thread only.
  bool InLoop() const override { return true; }

  // Runs what was posted, what that posts, and so on; time stands still.
  void Settle();

  // Runs everything that happens in the next `duration`.
  void Advance(absl::Duration duration);

  // Time passes and nothing runs, as when the machine is suspended.
  void Suspend(absl::Duration duration) { now_ += duration; }

  // An operator sets the wall clock.
  void SetWallClock(absl::Time time) { wall_offset_ = time - now_; }

  // Runs the next callback, moving time to the next timer where nothing is posted. False: nothing
  // is left to run.
  bool Step();

  // The same, but only what happens at `end` or before; where nothing does it is `end` then.
  bool StepUntil(absl::Time end);

 private:
  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  absl::Duration wall_offset_;
  std::deque<Callback> posted_;
  TimerQueue timers_;
};

}  // namespace mesos

#endif  // MESOSLIB_BASE_SIMULATED_EVENT_LOOP_H_
