// Mutation: deliberate bugs, one at a time, by which the simulation's tests show that they would
// find such a bug. Off everywhere else; nothing outside this library can switch one on.
//
//   if (Mutated(Mutation::kForgetRescind)) return;
#ifndef MESOSLIB_BASE_MUTATION_H_
#define MESOSLIB_BASE_MUTATION_H_

#include <atomic>

namespace mesos {

enum class Mutation {
  kNone,
  kForgetAcknowledgement,    // The master does not pass an acknowledgement on.
  kForgetRescind,            // A framework is not told that an offer is void.
  kReturnWholeOffer,         // Also what tasks were launched with is free again.
  kReleaseTwice,             // A task's resources are given back twice.
  kAdmitGone,                // An agent that was marked gone may come back.
  kKeepLeading,              // A master goes on when it is told that it leads no more.
  kForgetReportedTask,       // A returning agent's first task does not get into the books.
  kForgetEndedFramework,     // A returning agent is not told of frameworks that have ended.
  kLaunchBeforeCheckpoint,   // A task is started before it is written down.
  kForwardBeforeCheckpoint,  // An update is sent before it is written down.
  kNeverRetry,               // An update is sent once.
  kForgetRecoveredEnd,       // A restarted agent does not wait for the containers it found.
  kForgetUnacknowledged,     // An executor does not repeat its updates to a restarted agent.
};

namespace internal {
inline constinit std::atomic<Mutation> active_mutation = Mutation::kNone;
}  // namespace internal

inline bool Mutated(Mutation mutation) {
  return internal::active_mutation.load(std::memory_order_relaxed) == mutation;
}

// On as long as it lives; one at a time.
class ScopedMutation {
 public:
  explicit ScopedMutation(Mutation mutation) { internal::active_mutation = mutation; }
  ScopedMutation(const ScopedMutation&) = delete;
  ScopedMutation& operator=(const ScopedMutation&) = delete;
  ~ScopedMutation() { internal::active_mutation = Mutation::kNone; }
};

}  // namespace mesos

#endif  // MESOSLIB_BASE_MUTATION_H_
