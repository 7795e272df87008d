// Notification: something has happened; once. As Abseil's, but ThreadSanitizer sees through it.
#ifndef MESOSLIB_BASE_NOTIFICATION_H_
#define MESOSLIB_BASE_NOTIFICATION_H_

#include <chrono>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "mesoslib/base/mutex.h"

namespace mesos {

class Notification {
 public:
  void Notify() {
    // Under the lock: the waiter may destroy this as soon as it sees the news.
    MutexLock lock(&mutex_);
    notified_ = true;
    changed_.NotifyAll();
  }

  bool HasBeenNotified() const {
    MutexLock lock(&mutex_);
    return notified_;
  }

  void WaitForNotification() const {
    MutexLock lock(&mutex_);
    while (!notified_) changed_.Wait(&mutex_);
  }

  // False: not within `timeout`.
  bool WaitForNotificationWithTimeout(absl::Duration timeout) const {
    const auto deadline = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(timeout);
    MutexLock lock(&mutex_);
    while (!notified_ && std::chrono::steady_clock::now() < deadline) {
      changed_.WaitUntil(&mutex_, deadline);
    }
    return notified_;
  }

 private:
  mutable Mutex mutex_;
  mutable Condition changed_;
  bool notified_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace mesos

#endif  // MESOSLIB_BASE_NOTIFICATION_H_
