// Timers: a loop's timers for handlers, whose answers may come when the server, and its loop, are
// gone: then they do nothing.
//
// Threads: any.
#ifndef MESOSLIB_HTTP_TIMERS_H_
#define MESOSLIB_HTTP_TIMERS_H_

#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "mesos/event_loop.h"
#include "mesoslib/base/mutex.h"

namespace mesos::http {

class Timers {
 public:
  explicit Timers(EventLoop* loop) : loop_(loop) {}

  TimerId RunAfter(absl::Duration pause, EventLoop::Callback callback) {
    MutexLock lock(&mutex_);
    return loop_ == nullptr ? 0 : loop_->PostAt(loop_->Now() + pause, std::move(callback));
  }

  void Cancel(TimerId timer) {
    MutexLock lock(&mutex_);
    if (loop_ != nullptr) loop_->Cancel(timer);
  }

  // Before the loop goes.
  void Close() {
    MutexLock lock(&mutex_);
    loop_ = nullptr;
  }

 private:
  Mutex mutex_;
  EventLoop* loop_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_TIMERS_H_
