// Endpoint, Session and Sink: the narrow waist. Whatever crosses a border between two components is
// a Call sent on a Session and an Event delivered to a Sink, over every transport alike:
//
//                      Open(sink, peer)
//     framework  ---------------------------->  master.schedulers()
//                 <-- Session<Call>: Send(call), destroyed to close
//                 --> Sink<Event>:   Deliver(event)..., Closed(reason)
//
//   template <typename Event>
//   class Listener : public mesos::Sink<Event> {
//     void Deliver(Event event) override { /* Post it to the listener's loop. */ }
//     void Closed(absl::Status reason) override { /* Unavailable: try again. */ }
//   };
//
//   template <typename Call, typename Event>
//   void Say(mesos::Endpoint<Call, Event>* endpoint, Call call) {
//     auto session = endpoint->Open(std::make_shared<Listener<Event>>(), mesos::Peer());
//     session->Send(std::move(call), [](absl::Status /*taken*/) {});
//   }  // The session is closed.
//
// In process the master's own endpoint is used; rpc offers the same endpoint across machines; a
// simulation wraps an endpoint to delay, drop and cut. No transport has rules of its own.
//
// Threads: everything may be called from any thread and returns at once. Order is kept in both
// directions. A Sink is called from the peer's thread: it must not block, and posts to its own
// loop.
// Ownership: who opens a session owns it; the sink is shared, and held by the other side until the
// session ends. A session of a component in process may outlive the component, one of a gRPC
// endpoint is destroyed before the endpoint.
// Errors: a call's `done` hears whether it was taken, Closed why the session has ended.
#ifndef MESOS_ENDPOINT_H_
#define MESOS_ENDPOINT_H_

#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"

namespace mesos::v1::scheduler {
class Call;
class Event;
}  // namespace mesos::v1::scheduler
namespace mesos::v1::executor {
class Call;
class Event;
}  // namespace mesos::v1::executor
namespace mesos::internal {
class AgentMessage;
class MasterMessage;
}  // namespace mesos::internal

namespace mesos {

// Who is at the other end, as far as the transport knows.
struct Peer {
  std::string principal;  // Empty: not authenticated.
  std::string address;    // "ip:port" or "in-process"; for people only.
};

// What one side hears. Held by the other side until the session ends.
template <typename Event>
class Sink {
 public:
  virtual ~Sink() = default;

  virtual void Deliver(Event event) = 0;

  // The session has ended: nothing is delivered any more. Called at most once, and not when the
  // session's owner destroyed it. Unavailable: the connection is lost, try again; other codes: the
  // peer refused, and says why.
  virtual void Closed(absl::Status reason) = 0;
};

// What one side may say. Destroying it closes the session; nothing is delivered for long after that
// (a Deliver that is running may still finish).
template <typename Call>
class Session {
 public:
  using Done = absl::AnyInvocable<void(absl::Status)>;

  virtual ~Session() = default;

  // `done`, if given, hears once whether the peer took the call: InvalidArgument (malformed),
  // FailedPrecondition (not subscribed), PermissionDenied, Unavailable (not connected, or not
  // leading), Unimplemented. What becomes of an accepted call is told by events. May be called on
  // any thread.
  virtual void Send(Call call, Done done = nullptr) = 0;
};

template <typename Call, typename Event>
class Endpoint {
 public:
  virtual ~Endpoint() = default;

  // Never fails by itself: if no connection comes about, the sink hears Closed(Unavailable).
  virtual std::unique_ptr<Session<Call>> Open(std::shared_ptr<Sink<Event>> sink, Peer peer) = 0;
};

using SchedulerEndpoint = Endpoint<v1::scheduler::Call, v1::scheduler::Event>;
using ExecutorEndpoint = Endpoint<v1::executor::Call, v1::executor::Event>;
using AgentEndpoint = Endpoint<internal::AgentMessage, internal::MasterMessage>;

}  // namespace mesos

#endif  // MESOS_ENDPOINT_H_
