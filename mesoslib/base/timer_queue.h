// TimerQueue: the timers of one event loop, in the order in which they fire.
#ifndef MESOSLIB_BASE_TIMER_QUEUE_H_
#define MESOSLIB_BASE_TIMER_QUEUE_H_

#include <map>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "mesos/event_loop.h"

namespace mesos {

class TimerQueue {
 public:
  TimerId Add(absl::Time when, EventLoop::Callback callback) {
    TimerId id = next_id_++;
    timers_.emplace(std::make_pair(when, id), std::move(callback));
    deadlines_.emplace(id, when);
    return id;
  }

  // The callback of the timer that was cancelled, for the caller to destroy outside its lock; empty
  // where there is none.
  EventLoop::Callback Cancel(TimerId id) {
    auto deadline = deadlines_.find(id);
    if (deadline == deadlines_.end()) return nullptr;
    auto timer = timers_.find({deadline->second, id});
    deadlines_.erase(deadline);
    EventLoop::Callback callback = std::move(timer->second);
    timers_.erase(timer);
    return callback;
  }

  // InfiniteFuture where there is none.
  absl::Time NextDeadline() const {
    return timers_.empty() ? absl::InfiniteFuture() : timers_.begin()->first.first;
  }

  // The first timer due at `now`; empty where there is none.
  EventLoop::Callback PopDue(absl::Time now) {
    if (timers_.empty() || timers_.begin()->first.first > now) return nullptr;
    auto first = timers_.begin();
    EventLoop::Callback callback = std::move(first->second);
    deadlines_.erase(first->first.second);
    timers_.erase(first);
    return callback;
  }

 private:
  TimerId next_id_ = 1;
  std::map<std::pair<absl::Time, TimerId>, EventLoop::Callback> timers_;
  absl::flat_hash_map<TimerId, absl::Time> deadlines_;
};

}  // namespace mesos

#endif  // MESOSLIB_BASE_TIMER_QUEUE_H_
