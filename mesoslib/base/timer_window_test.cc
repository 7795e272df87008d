#include "mesoslib/base/timer_window.h"

#include "gtest/gtest.h"

namespace mesos {
namespace {

TEST(TimerWindowTest, HasNothingToTellBeforeTheFirstSample) {
  const TimerWindow window;
  EXPECT_EQ(window.total(), 0u);
  EXPECT_FALSE(window.last().has_value());
  EXPECT_FALSE(window.Summarize().has_value());
}

TEST(TimerWindowTest, PercentilesLieBetweenSamples) {
  TimerWindow window;
  for (int i = 10; i >= 0; --i) window.Add(absl::Milliseconds(10 * i));
  const TimerWindow::Statistics statistics = window.Summarize().value();
  EXPECT_EQ(statistics.count, 11u);
  EXPECT_EQ(statistics.min, 0);
  EXPECT_EQ(statistics.max, 100);
  EXPECT_DOUBLE_EQ(statistics.p50, 50);
  EXPECT_DOUBLE_EQ(statistics.p95, 95);
  EXPECT_DOUBLE_EQ(statistics.p9999, 99.99);
  EXPECT_EQ(window.last(), 0);
}

TEST(TimerWindowTest, RemembersTheLastThousandAndCountsAll) {
  TimerWindow window;
  for (int i = 0; i < 1500; ++i) window.Add(absl::Milliseconds(i));
  EXPECT_EQ(window.total(), 1500u);
  EXPECT_EQ(window.last(), 1499);
  const TimerWindow::Statistics statistics = window.Summarize().value();
  EXPECT_EQ(statistics.count, TimerWindow::kSamples);
  EXPECT_EQ(statistics.min, 500);
  EXPECT_EQ(statistics.max, 1499);
}

}  // namespace
}  // namespace mesos
