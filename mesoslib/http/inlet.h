// Inlet: the way of a streamed request body from its connection, on one thread, to its handler, on
// any. What the handler has not asked for waits here; when that is much, the connection stops to
// read.
//
// Threads: Read may be called from any thread, the rest from the connection's, where the handler is
// called back, too. No lock is held then.
#ifndef MESOSLIB_HTTP_INLET_H_
#define MESOSLIB_HTTP_INLET_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/http/exchange.h"
#include "mesoslib/http/outlet.h"

namespace mesos::http {

class Inlet final : public BodyReader, public std::enable_shared_from_this<Inlet> {
 public:
  explicit Inlet(std::shared_ptr<Outlet::Waker> waker) : waker_(std::move(waker)) {}

  void Read(Next next) override;

  // The connection's side.
  void Add(std::string bytes);
  // Nothing follows; an error takes the place of what follows. The first end counts.
  void End(absl::Status status);
  bool IsFull();

 private:
  // Calls the handler back if it waits and there is something for it.
  void Deliver();

  const std::shared_ptr<Outlet::Waker> waker_;

  Mutex mutex_;
  Next next_ ABSL_GUARDED_BY(mutex_);
  std::string waiting_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_INLET_H_
