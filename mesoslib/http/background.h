// Background: where work is done that would keep a master's or an agent's loop from its own, such
// as writing large messages as JSON.
#ifndef MESOSLIB_HTTP_BACKGROUND_H_
#define MESOSLIB_HTTP_BACKGROUND_H_

#include <functional>

#include "absl/functional/any_invocable.h"

namespace mesos::http {

// Runs a job later on a thread of its own, as WorkerPool::Run does, or destroys it unrun where it
// is stopping. Tests run it at once. Called on any thread; never blocks.
using Background = std::function<void(absl::AnyInvocable<void()>)>;

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_BACKGROUND_H_
