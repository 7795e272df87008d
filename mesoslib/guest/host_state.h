// HostState: what a process has and what it is set to, as far as a library that it links could
// change it. A test takes one before and one after, and asks for the difference.
//
//   const HostState before = TakeHostState();
//   ...
//   EXPECT_EQ(DifferenceOnceSettled(before, absl::Seconds(5)), "");
#ifndef MESOSLIB_GUEST_HOST_STATE_H_
#define MESOSLIB_GUEST_HOST_STATE_H_

#include <map>
#include <string>

#include "absl/time/time.h"

namespace mesos {

// Each is a name and what there is to say about it.
struct HostState {
  std::map<std::string, std::string> threads;      // By number, their names.
  std::map<std::string, std::string> children;     // By number, their names; zombies too.
  std::map<std::string, std::string> descriptors;  // By number, what they lead to, their flags.
  std::map<std::string, std::string> timers;       // POSIX timers and interval timers.
  std::map<std::string, std::string> signals;      // Dispositions; the calling thread's mask.
  std::map<std::string, std::string> settings;     // Folder, umask, locale, environment, limits.
};

HostState TakeHostState();

// What `after` has that `before` has not, and the other way round, a line each; empty: the same.
std::string Difference(const HostState& before, const HostState& after);

// The difference to now, as soon as there is none, and at `timeout` otherwise. For what ends by
// itself shortly after: a joined thread is listed until the kernel has done with it.
std::string DifferenceOnceSettled(const HostState& before, absl::Duration timeout);

// The threads among `state` that take a signal that the process is sent, except those of `others`.
std::string ThreadsThatTakeSignals(const HostState& state, const HostState& others);

}  // namespace mesos

#endif  // MESOSLIB_GUEST_HOST_STATE_H_
