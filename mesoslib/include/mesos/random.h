// Random: where a component takes chance from, so that a simulation can replay it.
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
