#include "mesoslib/base/latency_histogram.h"

#include "gtest/gtest.h"

namespace mesos {
namespace {

// The bucket that a histogram puts this one sample in.
size_t BucketOf(absl::Duration sample) {
  LatencyHistogram histogram;
  histogram.Add(sample);
  size_t bucket = 0;
  while (histogram.bucket(bucket) == 0) ++bucket;
  return bucket;
}

TEST(LatencyHistogramTest, ABoundBelongsToItsBucketAndWhatIsLongerToTheNext) {
  for (size_t i = 0; i < LatencyHistogram::kBounded; ++i) {
    EXPECT_EQ(BucketOf(LatencyHistogram::Bound(i)), i);
    EXPECT_EQ(BucketOf(LatencyHistogram::Bound(i) + absl::Nanoseconds(1)), i + 1);
  }
  EXPECT_EQ(LatencyHistogram::Bound(0), absl::Microseconds(1));
  EXPECT_EQ(LatencyHistogram::Bound(10), absl::Microseconds(1024));
}

TEST(LatencyHistogramTest, WhatNoClockShouldSayIsCountedAndDoesNoHarm) {
  EXPECT_EQ(BucketOf(absl::ZeroDuration()), 0u);
  EXPECT_EQ(BucketOf(absl::Nanoseconds(1)), 0u);
  EXPECT_EQ(BucketOf(-absl::Hours(1)), 0u);
  EXPECT_EQ(BucketOf(-absl::InfiniteDuration()), 0u);
  EXPECT_EQ(BucketOf(absl::InfiniteDuration()), LatencyHistogram::kBounded);
  LatencyHistogram histogram;
  histogram.Add(-absl::Hours(1));
  EXPECT_EQ(histogram.sum_ms(), 0);
}

TEST(LatencyHistogramTest, BoundsAreNamedExactly) {
  EXPECT_EQ(LatencyHistogram::BoundName(0), "0.001");
  EXPECT_EQ(LatencyHistogram::BoundName(10), "1.024");
  EXPECT_EQ(LatencyHistogram::BoundName(24), "16777.216");
}

TEST(LatencyHistogramTest, CountAndSumAreOfAllThereEverWere) {
  LatencyHistogram histogram;
  for (int i = 0; i < 5000; ++i) histogram.Add(absl::Milliseconds(2));
  histogram.Add(absl::Microseconds(500));
  EXPECT_EQ(histogram.count(), 5001u);
  EXPECT_DOUBLE_EQ(histogram.sum_ms(), 10000.5);
}

TEST(LatencyHistogramTest, PercentilesLieWithinTheirBucket) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.Percentile(0.5), 0);
  for (int i = 0; i < 90; ++i) histogram.Add(absl::Microseconds(100));
  for (int i = 0; i < 10; ++i) histogram.Add(absl::Milliseconds(50));
  EXPECT_GT(histogram.Percentile(0.5), 0.064);
  EXPECT_LE(histogram.Percentile(0.9), 0.128);
  EXPECT_GT(histogram.Percentile(0.91), 32.768);
  EXPECT_LE(histogram.Percentile(1), 65.536);
  LatencyHistogram slow;
  slow.Add(absl::Hours(1));
  EXPECT_EQ(slow.Percentile(0.5), absl::ToDoubleMilliseconds(LatencyHistogram::Bound(24)));
}

}  // namespace
}  // namespace mesos
