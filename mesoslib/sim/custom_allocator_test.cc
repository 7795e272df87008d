// Nothing is lost, doubled or given twice under another allocator than the library's own: what the
// simulation checks is the master's to keep, whoever decides about offers.
#include <cstdint>
#include <memory>

#include "first_come.h"
#include "gtest/gtest.h"
#include "mesos/allocator.h"
#include "mesoslib/sim/scenario.h"

namespace mesos::sim {
namespace {

class CustomAllocatorTest : public ::testing::TestWithParam<uint64_t> {};

TEST_P(CustomAllocatorTest, NothingIsLostDoubledOrGivenTwice) {
  ScenarioOptions options;
  options.trace_lines = 100;
  int made = 0;
  options.allocator = [&made](const AllocatorOptions&) {
    ++made;
    return std::make_unique<FirstCome>();
  };
  const ScenarioResult result = RunScenario(GetParam(), options);
  EXPECT_TRUE(result.status.ok()) << result.status.message() << "\n" << result.trace;
  EXPECT_GT(made, 0);
  EXPECT_GT(result.tasks, 0u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, CustomAllocatorTest, ::testing::Range<uint64_t>(1, 31));

}  // namespace
}  // namespace mesos::sim
