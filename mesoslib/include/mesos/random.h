// Random: where a component takes chance from, so that a simulation can replay it.
//
//   std::unique_ptr<mesos::Random> random = mesos::CreateSeededRandom(42);
//   uint64_t first = random->Next();  // The same one each time.
//   std::printf("%llu\n", static_cast<unsigned long long>(first));
//
// Threads: one object is used by one thread at a time, so on one loop.
// Ownership: belongs to the host, and outlives every component it was given to.
// Errors: none.
#ifndef MESOS_RANDOM_H_
#define MESOS_RANDOM_H_

#include <cstdint>
#include <memory>

#include "mesos/export.h"

namespace mesos {

class MESOS_EXPORT Random {
 public:
  virtual ~Random() = default;

  // 64 uniformly distributed bits. Called on the loop of the component that holds this.
  virtual uint64_t Next() = 0;
};

// From the operating system's generator; good enough for identifiers that must not be guessed.
MESOS_EXPORT std::unique_ptr<Random> CreateSystemRandom();

// The same numbers for the same seed, on every machine.
MESOS_EXPORT std::unique_ptr<Random> CreateSeededRandom(uint64_t seed);

}  // namespace mesos

#endif  // MESOS_RANDOM_H_
