// SessionEndpoint: the in-process endpoint of a component that lives on a loop. Whoever opens a
// session gets a handle that posts to the loop; the component sees numbered sessions, on its loop
// only. A handle may outlive the component, and is deaf then.
#ifndef MESOSLIB_BASE_SESSION_ENDPOINT_H_
#define MESOSLIB_BASE_SESSION_ENDPOINT_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "mesos/endpoint.h"
#include "mesos/event_loop.h"
#include "mesoslib/base/mutex.h"

namespace mesos {

template <typename Call, typename Event>
class SessionEndpoint final : public Endpoint<Call, Event> {
 public:
  using Id = uint64_t;
  using Done = typename Session<Call>::Done;

  // What the component does; called on its loop, until Close() has returned.
  struct Handlers {
    absl::AnyInvocable<void(Id, std::shared_ptr<Sink<Event>>, Peer)> open;
    absl::AnyInvocable<void(Id, Call, Done)> call;
    absl::AnyInvocable<void(Id)> close;
  };

  SessionEndpoint(EventLoop* loop, Handlers handlers)
      : gate_(std::make_shared<Gate>(loop, std::move(handlers))) {}
  ~SessionEndpoint() override { Close(); }

  // Nothing reaches the component any more. On its loop.
  void Close() { gate_->Close(); }

  std::unique_ptr<Session<Call>> Open(std::shared_ptr<Sink<Event>> sink, Peer peer) override {
    const Id id = gate_->NewId();
    gate_->Post([id, sink = std::move(sink), peer = std::move(peer)](Handlers& handlers) mutable {
      handlers.open(id, std::move(sink), std::move(peer));
    });
    return std::make_unique<Handle>(gate_, id);
  }

 private:
  // Stands between the handles and the component: closed, it lets nothing through.
  class Gate : public std::enable_shared_from_this<Gate> {
   public:
    Gate(EventLoop* loop, Handlers handlers) : loop_(loop), handlers_(std::move(handlers)) {}

    Id NewId() {
      MutexLock lock(&mutex_);
      return next_id_++;
    }

    template <typename Visit>
    bool Post(Visit visit) {
      MutexLock lock(&mutex_);
      if (loop_ == nullptr) return false;
      loop_->Post([self = this->shared_from_this(), visit = std::move(visit)]() mutable {
        // Closing happens on the loop: what is open now stays so while this runs.
        if (self->open()) visit(self->handlers_);
      });
      return true;
    }

    // On the loop.
    void Close() {
      MutexLock lock(&mutex_);
      loop_ = nullptr;
    }

   private:
    bool open() {
      MutexLock lock(&mutex_);
      return loop_ != nullptr;
    }

    Mutex mutex_;
    EventLoop* loop_ ABSL_GUARDED_BY(mutex_);
    Id next_id_ ABSL_GUARDED_BY(mutex_) = 1;
    Handlers handlers_;  // Used on the loop.
  };

  class Handle final : public Session<Call> {
   public:
    Handle(std::shared_ptr<Gate> gate, Id id) : gate_(std::move(gate)), id_(id) {}
    ~Handle() override {
      gate_->Post([id = id_](Handlers& handlers) { handlers.close(id); });
    }

    void Send(Call call, Done done) override {
      gate_->Post(
          [id = id_, call = std::move(call), done = std::move(done)](Handlers& handlers) mutable {
            handlers.call(id, std::move(call), std::move(done));
          });
    }

   private:
    const std::shared_ptr<Gate> gate_;
    const Id id_;
  };

  const std::shared_ptr<Gate> gate_;
};

}  // namespace mesos

#endif  // MESOSLIB_BASE_SESSION_ENDPOINT_H_
