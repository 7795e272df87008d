// MessageTimes: how long messages of each kind wait for a loop, and how long it is busy with them.
//
//   times->Waits();                                        // Any thread: one is posted.
//   loop->Post([times, loop, posted = loop->Now(), message] {
//     MessageTimes::Turn turn(times, KindOf(message), posted, loop);
//     ...                                                  // It is handled.
//   });
//
// Threads: Waits and waiting may be called on any; all else belongs to the loop.
#ifndef MESOSLIB_BASE_MESSAGE_TIMES_H_
#define MESOSLIB_BASE_MESSAGE_TIMES_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "mesos/event_loop.h"
#include "mesoslib/base/latency_histogram.h"

namespace mesos {

class MessageTimes {
 public:
  struct Kind {
    LatencyHistogram queue;
    LatencyHistogram run;
  };

  // Kinds are numbered from 0; what is beyond the last one counts as kind 0.
  explicit MessageTimes(size_t kinds) : kinds_(kinds) {}

  void Waits() { waiting_.fetch_add(1, std::memory_order_relaxed); }
  // One that was posted will not be handled.
  void Drops() { waiting_.fetch_sub(1, std::memory_order_relaxed); }
  // Posted, and not handled yet.
  int64_t waiting() const { return waiting_.load(std::memory_order_relaxed); }

  const std::vector<Kind>& kinds() const { return kinds_; }

  // While one message is handled. What handles it may destroy whoever keeps the times.
  class Turn {
   public:
    Turn(std::shared_ptr<MessageTimes> times, size_t kind, absl::Time posted, EventLoop* loop)
        : times_(std::move(times)), kind_(kind), loop_(loop), begin_(loop->Now()) {
      times_->Drops();
      times_->At(kind_).queue.Add(begin_ - posted);
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() { times_->At(kind_).run.Add(loop_->Now() - begin_); }

   private:
    const std::shared_ptr<MessageTimes> times_;
    const size_t kind_;
    EventLoop* const loop_;
    const absl::Time begin_;
  };

 private:
  Kind& At(size_t kind) { return kinds_[kind < kinds_.size() ? kind : 0]; }

  std::atomic<int64_t> waiting_{0};
  std::vector<Kind> kinds_;
};

}  // namespace mesos

#endif  // MESOSLIB_BASE_MESSAGE_TIMES_H_
