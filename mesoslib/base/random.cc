#include "mesos/random.h"

#include <memory>
#include <random>

namespace mesos {
namespace {

class SystemRandom final : public Random {
 public:
  uint64_t Next() override { return (uint64_t{device_()} << 32) | device_(); }

 private:
  std::random_device device_;
};

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : engine_(seed) {}
  uint64_t Next() override { return engine_(); }

 private:
  std::mt19937_64 engine_;  // Its numbers are fixed by the standard.
};

}  // namespace

std::unique_ptr<Random> CreateSystemRandom() { return std::make_unique<SystemRandom>(); }

std::unique_ptr<Random> CreateSeededRandom(uint64_t seed) {
  return std::make_unique<SeededRandom>(seed);
}

}  // namespace mesos
