// LoopSink: brings what a session hears from the peer's thread to the loop of the one who listens.
//
//   sink_ = std::make_shared<LoopSink<Event>>(loop, this);  // A LoopSink<Event>::Handler.
//   session_ = endpoint->Open(sink_, peer);
//   ...
//   sink_->Detach();   // before this, or the loop, goes
//   session_.reset();
//
// Events that arrive while the loop is busy cost one callback together.
#ifndef MESOSLIB_BASE_LOOP_SINK_H_
#define MESOSLIB_BASE_LOOP_SINK_H_

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "mesos/endpoint.h"
#include "mesos/event_loop.h"
#include "mesoslib/base/mutex.h"

namespace mesos {

template <typename Event>
class LoopSink final : public Sink<Event>, public std::enable_shared_from_this<LoopSink<Event>> {
 public:
  // Called on the loop, and never after Detach.
  class Handler {
   public:
    virtual ~Handler() = default;
    virtual void HandleEvent(Event event) = 0;
    // A call was not taken.
    virtual void HandleRefused(const absl::Status& reason) = 0;
    // Nothing follows.
    virtual void HandleClosed(const absl::Status& reason) = 0;
  };

  LoopSink(EventLoop* loop, Handler* handler) : loop_(loop), handler_(handler) {}

  // On the loop, also from within the handler. What has not been handled by then is dropped.
  void Detach() {
    handler_ = nullptr;
    Pending dropped;  // Destroyed after the lock is released.
    MutexLock lock(&mutex_);
    loop_ = nullptr;
    std::swap(dropped, pending_);
  }

  void Deliver(Event event) override {
    MutexLock lock(&mutex_);
    if (loop_ == nullptr) return;
    pending_.events.push_back(std::move(event));
    ScheduleDrain();
  }

  void Closed(absl::Status reason) override {
    MutexLock lock(&mutex_);
    if (loop_ == nullptr || pending_.closed.has_value()) return;
    pending_.closed = std::move(reason);
    ScheduleDrain();
  }

  // For a Session::Done: whether a call was taken. Any thread.
  void CallAnswered(absl::Status status) {
    if (status.ok()) return;
    MutexLock lock(&mutex_);
    if (loop_ == nullptr) return;
    pending_.refused.push_back(std::move(status));
    ScheduleDrain();
  }

 private:
  struct Pending {
    std::vector<Event> events;
    std::vector<absl::Status> refused;
    std::optional<absl::Status> closed;
  };

  void ScheduleDrain() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (scheduled_) return;
    scheduled_ = true;
    loop_->Post([self = this->shared_from_this()] { self->Drain(); });
  }

  // The handler may detach this at any time.
  void Drain() {
    Pending pending;
    {
      MutexLock lock(&mutex_);
      scheduled_ = false;
      std::swap(pending, pending_);
    }
    for (Event& event : pending.events) {
      if (handler_ == nullptr) return;
      handler_->HandleEvent(std::move(event));
    }
    for (const absl::Status& reason : pending.refused) {
      if (handler_ == nullptr) return;
      handler_->HandleRefused(reason);
    }
    if (pending.closed.has_value() && handler_ != nullptr) handler_->HandleClosed(*pending.closed);
  }

  Mutex mutex_;
  EventLoop* loop_ ABSL_GUARDED_BY(mutex_);  // Null: detached.
  Pending pending_ ABSL_GUARDED_BY(mutex_);
  bool scheduled_ ABSL_GUARDED_BY(mutex_) = false;

  Handler* handler_;  // The loop's.
};

}  // namespace mesos

#endif  // MESOSLIB_BASE_LOOP_SINK_H_
