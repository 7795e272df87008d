#include <chrono>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "mesos/event_loop.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/thread.h"
#include "mesoslib/base/timer_queue.h"

namespace mesos {
namespace {

class ThreadEventLoop final : public EventLoop {
 public:
  ThreadEventLoop() : start_(absl::Now()), steady_start_(std::chrono::steady_clock::now()) {}

  // Before anybody else has this loop.
  absl::Status Start(absl::string_view name) {
    ASSIGN_OR_RETURN(thread_, StartThread(name, [this] { Run(); }));
    return absl::OkStatus();
  }

  ~ThreadEventLoop() override {
    if (!thread_.joinable()) return;
    {
      MutexLock lock(&mutex_);
      stopping_ = true;
    }
    wake_.NotifyOne();
    thread_.join();
  }

  absl::Time Now() const override {
    return start_ + absl::FromChrono(std::chrono::steady_clock::now() - steady_start_);
  }

  absl::Time WallTime() const override { return absl::Now(); }

  void Post(Callback callback) override {
    bool wake;
    {
      MutexLock lock(&mutex_);
      wake = posted_.empty() && waiting_;
      posted_.push_back(std::move(callback));
    }
    if (wake) wake_.NotifyOne();
  }

  TimerId PostAt(absl::Time when, Callback callback) override {
    TimerId id;
    bool wake;
    {
      MutexLock lock(&mutex_);
      wake = waiting_ && when < timers_.NextDeadline();
      id = timers_.Add(when, std::move(callback));
    }
    if (wake) wake_.NotifyOne();
    return id;
  }

  void Cancel(TimerId timer) override {
    Callback cancelled;  // Destroyed after the lock: its destructor may use the loop.
    MutexLock lock(&mutex_);
    cancelled = timers_.Cancel(timer);
  }

  bool InLoop() const override { return std::this_thread::get_id() == thread_.get_id(); }

 private:
  void Run() {
    std::vector<Callback> batch;
    absl::Time now;
    while (TakeWork(&batch, &now)) {
      for (Callback& callback : batch) {
        if (Stopping()) break;
        callback();
        callback = nullptr;
      }
      batch.clear();
      while (Callback due = TakeDue(now)) due();
    }
    DropWork();
  }

  // Waits until there is something to do: all that was posted, which is taken, then the timers that
  // are due at `now`. False: the loop stops.
  bool TakeWork(std::vector<Callback>* batch, absl::Time* now) {
    MutexLock lock(&mutex_);
    while (!stopping_) {
      batch->swap(posted_);
      *now = Now();
      if (!batch->empty() || timers_.NextDeadline() <= *now) return true;
      waiting_ = true;
      absl::Time deadline = timers_.NextDeadline();
      if (deadline == absl::InfiniteFuture()) {
        wake_.Wait(&mutex_);
      } else {
        wake_.WaitUntil(&mutex_, steady_start_ + absl::ToChronoNanoseconds(deadline - start_));
      }
      waiting_ = false;
    }
    return false;
  }

  // One at a time: until its turn comes, another one may cancel it.
  Callback TakeDue(absl::Time now) {
    MutexLock lock(&mutex_);
    if (stopping_) return nullptr;
    return timers_.PopDue(now);
  }

  // Destroying a callback may post another one.
  void DropWork() {
    bool more = true;
    while (more) {
      std::vector<Callback> posted;
      TimerQueue timers;
      MutexLock lock(&mutex_);
      posted.swap(posted_);
      std::swap(timers, timers_);
      more = !posted.empty() || timers.NextDeadline() != absl::InfiniteFuture();
    }
  }

  bool Stopping() {
    MutexLock lock(&mutex_);
    return stopping_;
  }

  const absl::Time start_;
  const std::chrono::steady_clock::time_point steady_start_;

  Mutex mutex_;
  Condition wake_;
  std::vector<Callback> posted_ ABSL_GUARDED_BY(mutex_);
  TimerQueue timers_ ABSL_GUARDED_BY(mutex_);
  bool waiting_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<EventLoop>> CreateThreadEventLoop(absl::string_view name,
                                                                 HeaderVersion headers) {
  RETURN_IF_ERROR(CheckVersion(headers));
  auto loop = std::make_unique<ThreadEventLoop>();
  RETURN_IF_ERROR(loop->Start(name));
  return loop;
}

}  // namespace mesos
