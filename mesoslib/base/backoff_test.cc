#include "mesoslib/base/backoff.h"

#include <memory>

#include "gtest/gtest.h"

namespace mesos {
namespace {

// Always draws the largest number.
class HighRandom final : public Random {
 public:
  uint64_t Next() override { return ~uint64_t{0}; }
};

TEST(BackoffTest, StartsAtOnceAndDoublesUpToTheMaximum) {
  HighRandom random;
  Backoff backoff(&random, absl::Seconds(1), absl::Seconds(5));
  EXPECT_EQ(backoff.Next(), absl::ZeroDuration());
  for (int limit : {1, 2, 4, 5, 5, 5}) {
    const absl::Duration pause = backoff.Next();
    EXPECT_LE(pause, absl::Seconds(limit));
    EXPECT_GT(pause, absl::Seconds(limit) - absl::Milliseconds(1));
  }
  backoff.Reset();
  EXPECT_EQ(backoff.Next(), absl::ZeroDuration());
}

TEST(BackoffTest, SpreadsThePauses) {
  auto random = CreateSeededRandom(1);
  double sum = 0;
  for (int i = 0; i < 1000; ++i) {
    const double fraction = RandomFraction(random.get());
    ASSERT_GE(fraction, 0);
    ASSERT_LT(fraction, 1);
    sum += fraction;
  }
  EXPECT_NEAR(sum / 1000, 0.5, 0.05);
}

}  // namespace
}  // namespace mesos
