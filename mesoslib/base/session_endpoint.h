// SessionEndpoint: the in-process endpoint of a component that lives on a loop. Whoever opens a
// session gets a handle that posts to the loop; the component sees numbered sessions, on its loop
// only. A handle may outlive the component: its calls are answered Unavailable then.
#ifndef MESOSLIB_BASE_SESSION_ENDPOINT_H_
#define MESOSLIB_BASE_SESSION_ENDPOINT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "mesos/endpoint.h"
#include "mesos/event_loop.h"
#include "mesoslib/base/loop_door.h"
#include "mesoslib/base/message_times.h"

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

  // Where it is kept how long calls wait and take, and of which kind a call is.
  struct Meter {
    std::shared_ptr<MessageTimes> times;
    size_t (*kind_of)(const Call&);
  };

  SessionEndpoint(EventLoop* loop, Handlers handlers, std::optional<Meter> meter = std::nullopt)
      : loop_(loop),
        handlers_(std::move(handlers)),
        meter_(std::move(meter)),
        door_(std::make_shared<Door>(loop, this)) {}
  ~SessionEndpoint() override { Close(); }

  // Nothing reaches the component any more. On its loop.
  void Close() { door_->Close(); }

  std::unique_ptr<Session<Call>> Open(std::shared_ptr<Sink<Event>> sink, Peer peer) override {
    const Id id = next_id_++;
    door_->Post([id, sink = std::move(sink), peer = std::move(peer)](Self* self) mutable {
      if (self == nullptr) return sink->Closed(Stopped());
      self->handlers_.open(id, std::move(sink), std::move(peer));
    });
    return std::make_unique<Handle>(door_, id, meter_);
  }

 private:
  using Self = SessionEndpoint;
  using Door = LoopDoor<Self>;

  static absl::Status Stopped() { return absl::UnavailableError("the peer has stopped"); }

  class Handle final : public Session<Call> {
   public:
    Handle(std::shared_ptr<Door> door, Id id, const std::optional<Meter>& meter)
        : door_(std::move(door)), id_(id), meter_(meter) {}
    ~Handle() override {
      door_->Post([id = id_](Self* self) {
        if (self != nullptr) self->handlers_.close(id);
      });
    }

    void Send(Call call, Done done) override {
      if (!meter_.has_value()) {
        door_->Post([id = id_, call = std::move(call), done = std::move(done)](Self* self) mutable {
          Take(self, id, std::move(call), std::move(done));
        });
        return;
      }
      meter_->times->Waits();
      door_->PostTimed([id = id_, call = std::move(call), done = std::move(done)](
                           Self* self, absl::Time posted) mutable {
        if (self == nullptr) return Take(self, id, std::move(call), std::move(done));
        MessageTimes::Turn turn(self->meter_->times, self->meter_->kind_of(call), posted,
                                self->loop_);
        Take(self, id, std::move(call), std::move(done));
      });
    }

   private:
    static void Take(Self* self, Id id, Call call, Done done) {
      if (self != nullptr) {
        self->handlers_.call(id, std::move(call), std::move(done));
      } else if (done != nullptr) {
        done(Stopped());
      }
    }

    const std::shared_ptr<Door> door_;
    const Id id_;
    const std::optional<Meter> meter_;
  };

  EventLoop* const loop_;  // Used on the loop only, where it is there.
  Handlers handlers_;
  const std::optional<Meter> meter_;
  const std::shared_ptr<Door> door_;
  std::atomic<Id> next_id_{1};
};

}  // namespace mesos

#endif  // MESOSLIB_BASE_SESSION_ENDPOINT_H_
