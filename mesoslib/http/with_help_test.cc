#include "mesoslib/http/with_help.h"

#include <deque>
#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "gtest/gtest.h"
#include "mesoslib/base/notification.h"
#include "mesoslib/base/worker_pool.h"

namespace mesos::http {
namespace {

class WithHelpTest : public ::testing::Test {
 protected:
  std::unique_ptr<WorkerPool> pool_ = WorkerPool::Create("help", 1).value();
  const Background background_ = [this](auto job) { pool_->Run(std::move(job)); };
};

TEST_F(WithHelpTest, HelpAndWorkRunAtOnce) {
  Notification helped;
  const int result = WithHelp(
      background_,
      [&] {
        helped.WaitForNotification();  // For ever, were there no help meanwhile.
        return 7;
      },
      [&](const std::atomic<bool>&) { helped.Notify(); });
  EXPECT_EQ(result, 7);
}

TEST_F(WithHelpTest, HelpThatIsNotOverIsToldAndAwaited) {
  Notification begun;
  bool ended = false;
  WithHelp(
      background_,
      [&] {
        begun.WaitForNotification();
        return 0;
      },
      [&](const std::atomic<bool>& over) {
        begun.Notify();
        while (!over) {
        }
        ended = true;
      });
  EXPECT_TRUE(ended) << "and what it looked at may go";
}

TEST_F(WithHelpTest, HelpThatComesTooLateIsNone) {
  std::deque<absl::AnyInvocable<void()>> jobs;
  bool helped = false;
  const int result = WithHelp([&](auto job) { jobs.push_back(std::move(job)); }, [] { return 7; },
                              [&](const std::atomic<bool>&) { helped = true; });
  EXPECT_EQ(result, 7);
  ASSERT_EQ(jobs.size(), 1u);
  jobs.front()();
  EXPECT_FALSE(helped);
}

TEST_F(WithHelpTest, NobodyNeedHelp) {
  EXPECT_EQ(WithHelp([](auto) { /* The background is stopping. */ }, [] { return 7; },
                     [](const std::atomic<bool>&) {}),
            7);
}

}  // namespace
}  // namespace mesos::http
