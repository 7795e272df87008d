// Wire: a connection's bytes, as the connection sees them; a socket, or what a test puts in its
// place. It calls the connection's On... functions, on the connection's thread, never from within
// a call of its own.
#ifndef MESOSLIB_HTTP_WIRE_H_
#define MESOSLIB_HTTP_WIRE_H_

#include <cstddef>
#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace mesos::http {

class Wire {
 public:
  virtual ~Wire() = default;

  // Never goes back; its zero means nothing.
  virtual absl::Time Now() const = 0;
  // The time of day, as the Date field has it.
  virtual absl::string_view Date() = 0;

  // Sends what can be sent at once of the pieces, one after the other: how many bytes. Nothing: the
  // connection is broken.
  virtual std::optional<size_t> Send(absl::Span<const absl::string_view> pieces) = 0;
  // OnWritable() follows once, when more can be sent.
  virtual void AwaitWritable() = 0;
  // OnBytes(), OnEnd() and OnBroken() are called while this is on, as it is at first. One call more
  // may follow when it is turned off.
  virtual void SetReading(bool on) = 0;

  // Nothing more is sent; the peer sees the end.
  virtual void ShutdownSending() = 0;
  // The last call. `at_once`: what waits in the system to be sent is dropped, too.
  virtual void Close(bool at_once) = 0;
};

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_WIRE_H_
