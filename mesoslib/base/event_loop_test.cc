#include "mesos/event_loop.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/simulated_event_loop.h"

namespace mesos {
namespace {

using ::testing::ElementsAre;

TEST(ThreadEventLoopTest, ACancelledTimerDoesNotRunThoughItIsDue) {
  auto loop = CreateThreadEventLoop("test").value();
  std::vector<int> seen;
  RunOn(loop.get(), [&] {
    // All are due when the loop looks at its timers again.
    const absl::Time now = loop->Now();
    auto second = std::make_shared<TimerId>();
    loop->PostAt(now, [&, second] {
      seen.push_back(1);
      loop->Cancel(*second);
    });
    *second = loop->PostAt(now, [&] { seen.push_back(2); });
    loop->PostAt(now, [&] { seen.push_back(3); });
  });
  while (true) {
    RunOn(loop.get(), [] {});
    bool over = false;
    RunOn(loop.get(), [&] { over = seen.size() >= 2 && seen.back() == 3; });
    if (over) break;
  }
  EXPECT_THAT(seen, ElementsAre(1, 3));
}

TEST(ThreadEventLoopTest, RunsPostedCallbacksInOrderOnItsOwnThread) {
  auto loop = CreateThreadEventLoop("test").value();
  std::vector<int> seen;
  bool in_loop = false;
  for (int i = 0; i < 100; ++i) loop->Post([&seen, i] { seen.push_back(i); });
  RunOn(loop.get(), [&] { in_loop = loop->InLoop(); });
  EXPECT_TRUE(in_loop);
  EXPECT_FALSE(loop->InLoop());
  ASSERT_EQ(seen.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(seen[i], i);
}

TEST(ThreadEventLoopTest, RunsTimersInTheOrderOfTheirDeadlines) {
  auto loop = CreateThreadEventLoop("test").value();
  std::vector<std::string> seen;
  std::atomic<bool> done{false};
  const absl::Time now = loop->Now();
  loop->PostAt(now + absl::Milliseconds(20), [&] {
    seen.push_back("late");
    done = true;
  });
  loop->PostAt(now + absl::Milliseconds(1), [&] { seen.push_back("early"); });
  TimerId cancelled = loop->PostAt(now + absl::Milliseconds(5), [&] { seen.push_back("never"); });
  loop->Cancel(cancelled);
  loop->Cancel(cancelled);
  loop->Cancel(12345);
  while (!done) std::this_thread::yield();
  RunOn(loop.get(), [] {});
  EXPECT_THAT(seen, ElementsAre("early", "late"));
}

TEST(ThreadEventLoopTest, DestroysWhatDidNotRun) {
  auto held = std::make_shared<int>(1);
  auto loop = CreateThreadEventLoop("test").value();
  loop->PostAt(loop->Now() + absl::Hours(1), [held] {});
  EXPECT_EQ(held.use_count(), 2);
  loop.reset();
  EXPECT_EQ(held.use_count(), 1);
}

TEST(ThreadEventLoopTest, CallbacksMayPostWhileManyThreadsPost) {
  auto loop = CreateThreadEventLoop("test").value();
  int ran = 0;
  {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 1000; ++i) {
          loop->Post([&] {
            ++ran;
            loop->Post([&] { ++ran; });
          });
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  RunOn(loop.get(), [] {});
  RunOn(loop.get(), [] {});
  EXPECT_EQ(ran, 8000);
}

TEST(SimulatedEventLoopTest, TimeStandsStillUntilItIsAdvanced) {
  SimulatedEventLoop loop;
  const absl::Time start = loop.Now();
  std::vector<std::string> seen;
  loop.PostAt(start + absl::Seconds(2), [&] { seen.push_back("b"); });
  loop.PostAt(start + absl::Seconds(1), [&] {
    seen.push_back("a");
    EXPECT_EQ(loop.Now(), start + absl::Seconds(1));
    loop.Post([&] { seen.push_back("a2"); });
  });
  loop.PostAt(start + absl::Seconds(2), [&] { seen.push_back("c"); });
  loop.Settle();
  EXPECT_TRUE(seen.empty());
  loop.Advance(absl::Seconds(3));
  EXPECT_THAT(seen, ElementsAre("a", "a2", "b", "c"));
  EXPECT_EQ(loop.Now(), start + absl::Seconds(3));
  EXPECT_FALSE(loop.Step());
}

TEST(LifetimeTest, AGuardedCallbackDoesNothingOnceItsOwnerIsGone) {
  SimulatedEventLoop loop;
  int ran = 0;
  auto lifetime = std::make_unique<Lifetime>();
  loop.Post(lifetime->Guard([&] { ++ran; }));
  loop.Settle();
  loop.Post(lifetime->Guard([&] { ++ran; }));
  lifetime.reset();
  loop.Settle();
  EXPECT_EQ(ran, 1);
}

}  // namespace
}  // namespace mesos
