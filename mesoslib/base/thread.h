// StartThread: how the library makes every thread of its own. A host's signal handlers never run on
// one, and a system that gives no thread is an error, not an exception.
//
//   ASSIGN_OR_RETURN(thread_, StartThread("state-store", [this] { Work(); }));
//
// SignalsBlocked: the same for the threads that somebody else's library starts when it is called.
#ifndef MESOSLIB_BASE_THREAD_H_
#define MESOSLIB_BASE_THREAD_H_

#include <signal.h>

#include <thread>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mesos {

// While this lives, the calling thread and the threads it starts block all signals but those that a
// fault or a profiler sends to the thread itself.
class SignalsBlocked {
 public:
  SignalsBlocked();
  ~SignalsBlocked();
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

// Runs `body` on a new thread called `name` (Linux keeps 15 bytes), which blocks the signals that
// SignalsBlocked does. ResourceExhausted: the system gives no thread.
absl::StatusOr<std::thread> StartThread(absl::string_view name, absl::AnyInvocable<void()> body);

}  // namespace mesos

#endif  // MESOSLIB_BASE_THREAD_H_
