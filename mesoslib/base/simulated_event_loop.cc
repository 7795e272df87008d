#include "mesoslib/base/simulated_event_loop.h"

#include <algorithm>
#include <utility>

namespace mesos {

SimulatedEventLoop::~SimulatedEventLoop() {
  // Destroying a callback may post another one.
  while (!posted_.empty() || timers_.NextDeadline() != absl::InfiniteFuture()) {
    std::deque<Callback> posted = std::move(posted_);
    TimerQueue timers = std::move(timers_);
    posted_.clear();
    timers_ = TimerQueue();
  }
}

void SimulatedEventLoop::Settle() {
  while (!posted_.empty()) {
    Callback callback = std::move(posted_.front());
    posted_.pop_front();
    callback();
  }
}

void SimulatedEventLoop::Advance(absl::Duration duration) {
  const absl::Time end = now_ + duration;
  Settle();
  while (timers_.NextDeadline() <= end) {
    now_ = std::max(now_, timers_.NextDeadline());
    timers_.PopDue(now_)();
    Settle();
  }
  now_ = end;
}

bool SimulatedEventLoop::StepUntil(absl::Time end) {
  if (!posted_.empty() || timers_.NextDeadline() <= end) return Step();
  now_ = std::max(now_, end);
  return false;
}

bool SimulatedEventLoop::Step() {
  if (posted_.empty()) {
    if (timers_.NextDeadline() == absl::InfiniteFuture()) return false;
    now_ = std::max(now_, timers_.NextDeadline());
    timers_.PopDue(now_)();
    return true;
  }
  Callback callback = std::move(posted_.front());
  posted_.pop_front();
  callback();
  return true;
}

}  // namespace mesos
