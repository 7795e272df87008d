// LiveCount: how many streams and sessions still exist, so that their owner can wait for them.
#ifndef MESOSLIB_RPC_LIVE_COUNT_H_
#define MESOSLIB_RPC_LIVE_COUNT_H_

#include <chrono>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "mesoslib/base/mutex.h"

namespace mesos {

class LiveCount {
 public:
  // Counts until it is destroyed.
  class Hold {
   public:
    explicit Hold(std::shared_ptr<LiveCount> count) : count_(std::move(count)) { count_->Add(1); }
    Hold(Hold&& other) = default;
    Hold& operator=(Hold&&) = delete;
    ~Hold() {
      if (count_ != nullptr) count_->Add(-1);
    }

   private:
    std::shared_ptr<LiveCount> count_;
  };

  // Whether none is left; waits for that at most this long.
  bool WaitUntilZero(std::chrono::steady_clock::duration timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    MutexLock lock(&mutex_);
    while (count_ > 0 && std::chrono::steady_clock::now() < deadline) {
      zero_.WaitUntil(&mutex_, deadline);
    }
    return count_ == 0;
  }

 private:
  void Add(int n) {
    MutexLock lock(&mutex_);
    count_ += n;
    if (count_ == 0) zero_.NotifyAll();
  }

  Mutex mutex_;
  Condition zero_;
  int count_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace mesos

#endif  // MESOSLIB_RPC_LIVE_COUNT_H_
