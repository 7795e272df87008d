// Plays many seeds of the simulation. A failure names the seed, says what was found wrong, and
// prints the last events; //mesoslib/sim:replay shows it again.
#include <cstdint>

#include "absl/base/config.h"
#include "gtest/gtest.h"
#include "mesoslib/sim/scenario.h"

namespace mesos::sim {
namespace {

#if defined(ABSL_HAVE_ADDRESS_SANITIZER) || defined(ABSL_HAVE_THREAD_SANITIZER)
constexpr uint64_t kSeeds = 40;  // Sanitized code takes ten times as long.
#else
constexpr uint64_t kSeeds = 600;
#endif
// So many tests, which run side by side.
constexpr uint64_t kParts = 20;

class SeedsTest : public ::testing::TestWithParam<uint64_t> {};

TEST_P(SeedsTest, NothingIsLostDoubledOrGivenTwice) {
  for (uint64_t seed = 1 + GetParam(); seed <= kSeeds; seed += kParts) {
    const ScenarioResult result = RunScenario(seed, {.trace_lines = 100});
    ASSERT_TRUE(result.status.ok()) << "seed " << seed << ": " << result.status.message() << "\n"
                                    << result.trace;
    ASSERT_GE(result.elapsed, absl::Minutes(10));
  }
}

INSTANTIATE_TEST_SUITE_P(All, SeedsTest, ::testing::Range<uint64_t>(0, kParts));

}  // namespace
}  // namespace mesos::sim
