// Whether the simulation's net is tight: each deliberate bug is found within 500 seeds.
#include "mesoslib/base/mutation.h"

#include <cstdint>
#include <string>

#include "gtest/gtest.h"
#include "mesoslib/sim/scenario.h"

namespace mesos::sim {
namespace {

struct Bug {
  Mutation mutation;
  const char* name;
};

class MutationTest : public ::testing::TestWithParam<Bug> {};

TEST_P(MutationTest, IsFound) {
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    ScenarioResult result;
    {
      const ScopedMutation bug(GetParam().mutation);
      result = RunScenario(seed, {.trace_lines = 1});
    }
    if (result.status.ok()) continue;
    ASSERT_TRUE(RunScenario(seed, {.trace_lines = 1}).status.ok()) << seed;
    RecordProperty("seed", std::to_string(seed));
    std::printf("found with seed %d: %s\n", static_cast<int>(seed),
                std::string(result.status.message()).c_str());
    return;
  }
  FAIL() << "500 seeds went well in spite of it";
}

INSTANTIATE_TEST_SUITE_P(
    Bugs, MutationTest,
    ::testing::Values(Bug{Mutation::kForgetAcknowledgement, "ForgetAcknowledgement"},
                      Bug{Mutation::kForgetRescind, "ForgetRescind"},
                      Bug{Mutation::kReturnWholeOffer, "ReturnWholeOffer"},
                      Bug{Mutation::kReleaseTwice, "ReleaseTwice"},
                      Bug{Mutation::kAdmitGone, "AdmitGone"},
                      Bug{Mutation::kKeepLeading, "KeepLeading"},
                      Bug{Mutation::kForgetReportedTask, "ForgetReportedTask"},
                      Bug{Mutation::kForgetEndedFramework, "ForgetEndedFramework"},
                      Bug{Mutation::kLaunchBeforeCheckpoint, "LaunchBeforeCheckpoint"},
                      Bug{Mutation::kForwardBeforeCheckpoint, "ForwardBeforeCheckpoint"},
                      Bug{Mutation::kNeverRetry, "NeverRetry"},
                      Bug{Mutation::kForgetRecoveredEnd, "ForgetRecoveredEnd"},
                      Bug{Mutation::kForgetUnacknowledged, "ForgetUnacknowledged"}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace mesos::sim
