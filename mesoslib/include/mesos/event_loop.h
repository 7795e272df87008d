// EventLoop: where a component lives. Every master, agent and driver belongs to one loop; the loop
// runs one callback at a time, so the component needs no lock, and nothing that runs on it blocks.
//
//   std::unique_ptr<mesos::EventLoop> loop = mesos::CreateThreadEventLoop("master").value();
//   loop->Post([] { std::puts("on the loop"); });
//   loop->PostAt(loop->Now() + absl::Seconds(5), [] { std::puts("a timer"); });
//
// A host with a loop of its own implements this interface; a simulation implements it in virtual
// time. Callbacks run in the order they were posted; timers that are due run in the order of their
// deadlines and, where those are equal, of their creation.
//
// Threads: all methods may be called from any thread; callbacks run one at a time.
// Ownership: owns the callbacks it was given, until they have run or are cancelled. Whatever lives
// on a loop is destroyed before it.
// Errors: only the factory has any; a callback that throws ends the process.
#ifndef MESOS_EVENT_LOOP_H_
#define MESOS_EVENT_LOOP_H_

#include <cstdint>
#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mesos/export.h"
#include "mesos/version.h"

namespace mesos {

// Names a timer; 0 names none. Never used twice by one loop.
using TimerId = uint64_t;

class MESOS_EXPORT EventLoop {
 public:
  using Callback = absl::AnyInvocable<void()>;

  // Callbacks that have not run yet are destroyed without running.
  virtual ~EventLoop() = default;

  // A clock that never jumps: the wall clock when the loop was made plus the time that has passed
  // since. For deadlines and intervals. Any thread.
  virtual absl::Time Now() const = 0;

  // The wall clock, which an operator may set back. For timestamps that people read. Any thread.
  virtual absl::Time WallTime() const = 0;

  // Runs `callback` on the loop, after everything posted before. Never runs it before returning.
  // Any thread.
  virtual void Post(Callback callback) = 0;

  // Runs `callback` on the loop once Now() >= `when`. Any thread.
  virtual TimerId PostAt(absl::Time when, Callback callback) = 0;

  // The timer's callback is destroyed and will not run; unknown and already run timers are ignored.
  // On the loop this is certain; from another thread the callback may be running right now.
  virtual void Cancel(TimerId timer) = 0;

  // Whether the calling thread is the one that runs this loop's callbacks at the moment.
  virtual bool InLoop() const = 0;
};

// A loop with a thread of its own, which the destructor stops and joins (after the callback that is
// running). The destructor must not be called on the loop. `name` is the thread's name, of which
// Linux keeps 15 bytes. ResourceExhausted: the system gives no thread.
MESOS_EXPORT absl::StatusOr<std::unique_ptr<EventLoop>> CreateThreadEventLoop(
    absl::string_view name, HeaderVersion headers = {});

}  // namespace mesos

#endif  // MESOS_EVENT_LOOP_H_
