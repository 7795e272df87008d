// Who is served is drawn in proportion to the weights.
#include <map>
#include <string>

#include "mesoslib/allocator/testing.h"

namespace mesos {
namespace {

class RandomSorterTest : public AllocatorTest {
 protected:
  // How often each was offered the only agent in so many rounds.
  std::map<std::string, int> Count(int rounds) {
    std::map<std::string, int> counts;
    for (int i = 0; i < rounds; ++i) {
      Batch();
      EXPECT_EQ(allocations_.size(), 1u);
      if (allocations_.empty()) return counts;
      ++counts[allocations_[0].framework.value()];
      Decline(allocations_[0], absl::ZeroDuration());
    }
    return counts;
  }
};

constexpr int kRounds = 12'000;
constexpr int kTolerance = 400;  // More than seven standard deviations.

TEST_F(RandomSorterTest, RolesAreServedInProportionToTheirWeights) {
  AllocatorOptions options;
  options.role_sorter = Sorter::kRandom;
  options.seed = 7;
  Create(options);
  for (const char* id : {"f1", "f2", "f3"}) AddFramework(id, InRoles({std::string("r") + id}));
  ASSERT_EQ(absl::OkStatus(), allocator_->UpdateWeights({{"rf2", 2}, {"rf3", 3}}));
  AddAgent("a", With("cpus:1"));
  std::map<std::string, int> counts = Count(kRounds);
  EXPECT_NEAR(counts["f1"], kRounds / 6, kTolerance);
  EXPECT_NEAR(counts["f2"], kRounds / 3, kTolerance);
  EXPECT_NEAR(counts["f3"], kRounds / 2, kTolerance);
}

TEST_F(RandomSorterTest, AnInnerRolesWeightIsDividedAmongThoseBelowIt) {
  AllocatorOptions options;
  options.role_sorter = Sorter::kRandom;
  Create(options);
  AddFramework("f1", InRoles({"eng/a"}));
  AddFramework("f2", InRoles({"eng/b"}));
  AddFramework("f3", InRoles({"ops"}));
  AddAgent("a", With("cpus:1"));
  std::map<std::string, int> counts = Count(kRounds);
  EXPECT_NEAR(counts["f1"], kRounds / 4, kTolerance);
  EXPECT_NEAR(counts["f2"], kRounds / 4, kTolerance);
  EXPECT_NEAR(counts["f3"], kRounds / 2, kTolerance);
}

TEST_F(RandomSorterTest, FrameworksOfARoleAreServedByChanceWhileRolesAreFairlyShared) {
  AllocatorOptions options;
  options.framework_sorter = Sorter::kRandom;
  Create(options);
  AddFramework("f1", InRoles({"a"}));
  AddFramework("f2", InRoles({"a"}));
  AddFramework("f3", InRoles({"b"}));
  AddAgent("a", With("cpus:1"));
  std::map<std::string, int> counts = Count(kRounds);
  EXPECT_NEAR(counts["f3"], kRounds / 2, 2) << "turn by turn";
  EXPECT_NEAR(counts["f1"], kRounds / 4, kTolerance);
}

TEST_F(RandomSorterTest, WhoWasAwayDoesNotCatchUp) {
  AllocatorOptions options;
  options.role_sorter = Sorter::kRandom;
  Create(options);
  AddFramework("f1", InRoles({"a"}));
  AddFramework("f2", InRoles({"b"}));
  AddAgent("a", With("cpus:1"));
  ASSERT_EQ(absl::OkStatus(), allocator_->Suppress(FrameworkId("f2"), {}));
  EXPECT_EQ(Count(1000)["f1"], 1000);
  ASSERT_EQ(absl::OkStatus(), allocator_->Revive(FrameworkId("f2"), {}));
  EXPECT_NEAR(Count(2000)["f2"], 1000, 200);
}

TEST_F(RandomSorterTest, ASeedSaysWhatChanceDoes) {
  std::string orders[3];
  for (int i = 0; i < 3; ++i) {
    AllocatorOptions options;
    options.role_sorter = Sorter::kRandom;
    options.seed = i / 2;
    Create(options);
    AddFramework("f1", InRoles({"a"}));
    AddFramework("f2", InRoles({"b"}));
    AddAgent("a", With("cpus:1"));
    for (int round = 0; round < 100; ++round) {
      Batch();
      ASSERT_EQ(allocations_.size(), 1u);
      orders[i] += allocations_[0].role;
      Decline(allocations_[0], absl::ZeroDuration());
    }
  }
  EXPECT_EQ(orders[0], orders[1]);
  EXPECT_NE(orders[0], orders[2]);
}

}  // namespace
}  // namespace mesos
