// RunState: whether an object that is started and stopped once is running, for any thread to ask.
//
//     idle --Begin--> running --End, Stop--> stopped
//                                            (Stop also from idle)
#ifndef MESOSLIB_BASE_RUN_STATE_H_
#define MESOSLIB_BASE_RUN_STATE_H_

#include <atomic>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "mesos/event_loop.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {

class RunState {
 public:
  // `what` it is, with its article, for messages: "the driver". Must outlive this.
  explicit RunState(absl::string_view what) : what_(what) {}

  // FailedPrecondition where it was started before.
  absl::Status Begin() {
    State expected = State::kIdle;
    if (state_.compare_exchange_strong(expected, State::kRunning)) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat(what_, expected == State::kRunning ? " was started before" : " has stopped"));
  }

  // FailedPrecondition unless it is running.
  absl::Status Running() const { return Explain(state_.load()); }

  // OK for the one call that stops it; FailedPrecondition for the others.
  absl::Status End() {
    State expected = State::kRunning;
    state_.compare_exchange_strong(expected, State::kStopped);
    return Explain(expected);
  }

  void Stop() { state_ = State::kStopped; }

 private:
  enum class State { kIdle, kRunning, kStopped };

  absl::Status Explain(State state) const {
    if (state == State::kRunning) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat(what_, state == State::kIdle ? " was not started yet" : " has stopped"));
  }

  const absl::string_view what_;
  std::atomic<State> state_ = State::kIdle;
};

// Calls a method of what runs on `loop`, held by its facade: at once on the loop, so that what a
// callback says goes out before what comes after it, otherwise posted. FailedPrecondition where the
// core's run_state() is not running.
template <typename Core, typename Method, typename... Args>
absl::Status CallWhileRunning(EventLoop* loop, std::shared_ptr<Core> core, Method method,
                              Args... args) {
  RETURN_IF_ERROR(core->run_state().Running());
  if (loop->InLoop()) {
    ((*core).*method)(std::move(args)...);
  } else {
    loop->Post([core = std::move(core), method, ... args = std::move(args)]() mutable {
      ((*core).*method)(std::move(args)...);
    });
  }
  return absl::OkStatus();
}

}  // namespace mesos

#endif  // MESOSLIB_BASE_RUN_STATE_H_
