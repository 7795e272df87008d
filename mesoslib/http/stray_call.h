// A call that comes outside of any subscribed stream. What is to be said to that is known to its
// receiver: it hears the call on a session of its own, on which nobody is subscribed.
#ifndef MESOSLIB_HTTP_STRAY_CALL_H_
#define MESOSLIB_HTTP_STRAY_CALL_H_

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "mesos/endpoint.h"

namespace mesos::http {

template <typename Event>
class DeafSink final : public Sink<Event> {
 public:
  void Deliver(Event /*event*/) override {}
  void Closed(absl::Status /*reason*/) override {}
};

template <typename Call, typename Event>
void SendStray(Endpoint<Call, Event>* endpoint, Peer peer, Call call,
               typename Session<Call>::Done done) {
  endpoint->Open(std::make_shared<DeafSink<Event>>(), std::move(peer))
      ->Send(std::move(call), std::move(done));
}

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_STRAY_CALL_H_
