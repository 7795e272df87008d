// SessionEndpoint: the in-process endpoint of a component that lives on a loop. Whoever opens a
// session gets a handle that posts to the loop; the component sees numbered sessions, on its loop
// only. A handle may outlive the component: its calls are answered Unavailable then.
#ifndef MESOSLIB_BASE_SESSION_ENDPOINT_H_
#define MESOSLIB_BASE_SESSION_ENDPOINT_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "mesos/endpoint.h"
#include "mesos/event_loop.h"
#include "mesoslib/base/loop_door.h"

namespace mesos {

template <typename Call, typename Event>
class SessionEndpoint final : public Endpoint<Call, Event> {
 public:
  // From 1 on; 0 names none.
  using Id = uint64_t;
  using Done = typename Session<Call>::Done;

  // What the component does; called on its loop, until Close() has returned. `done` may be null.
  struct Handlers {
    absl::AnyInvocable<void(Id, std::shared_ptr<Sink<Event>>, Peer)> open;
    absl::AnyInvocable<void(Id, Call, Done)> call;
    absl::AnyInvocable<void(Id)> close;
  };

  SessionEndpoint(EventLoop* loop, Handlers handlers)
      : handlers_(std::move(handlers)), door_(std::make_shared<Door>(loop, &handlers_)) {}
  ~SessionEndpoint() override { Close(); }

  // Nothing reaches the component any more. On its loop.
  void Close() { door_->Close(); }

  std::unique_ptr<Session<Call>> Open(std::shared_ptr<Sink<Event>> sink, Peer peer) override {
    const Id id = next_id_++;
    door_->Post([id, sink = std::move(sink), peer = std::move(peer)](Handlers* handlers) mutable {
      if (handlers == nullptr) return sink->Closed(Stopped());
      handlers->open(id, std::move(sink), std::move(peer));
    });
    return std::make_unique<Handle>(door_, id);
  }

 private:
  using Door = LoopDoor<Handlers>;

  static absl::Status Stopped() { return absl::UnavailableError("the peer has stopped"); }

  class Handle final : public Session<Call> {
   public:
    Handle(std::shared_ptr<Door> door, Id id) : door_(std::move(door)), id_(id) {}
    ~Handle() override {
      door_->Post([id = id_](Handlers* handlers) {
        if (handlers != nullptr) handlers->close(id);
      });
    }

    void Send(Call call, Done done) override {
      door_->Post(
          [id = id_, call = std::move(call), done = std::move(done)](Handlers* handlers) mutable {
            if (handlers != nullptr) {
              handlers->call(id, std::move(call), std::move(done));
            } else if (done != nullptr) {
              done(Stopped());
            }
          });
    }

   private:
    const std::shared_ptr<Door> door_;
    const Id id_;
  };

  Handlers handlers_;
  const std::shared_ptr<Door> door_;
  std::atomic<Id> next_id_{1};
};

}  // namespace mesos

#endif  // MESOSLIB_BASE_SESSION_ENDPOINT_H_
