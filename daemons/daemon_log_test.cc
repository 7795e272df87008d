#include "daemons/daemon_log.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class DaemonLogTest : public testing::Test {
 protected:
  DaemonLogTest()
      : folder_(absl::StrCat(testing::TempDir(), "/daemon-log-", getpid(), "-",
                             testing::UnitTest::GetInstance()->current_test_info()->name())) {}
  ~DaemonLogTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<DaemonLog> Open(std::string least, std::chrono::seconds buffered = {}) {
    auto log = DaemonLog::Open({.name = "daemon",
                                .to_stderr = false,
                                .least = std::move(least),
                                .folder = folder_,
                                .buffered = buffered,
                                .now = [this] { return now_; }});
    EXPECT_TRUE(log.ok()) << log.status();
    return *std::move(log);
  }
  std::string Text(const DaemonLog& log) const {
    std::ifstream file(*log.file());
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  const std::string folder_;
  absl::Time now_ = absl::FromUnixSeconds(1'000'000);
};

TEST_F(DaemonLogTest, TheLevelIsRaisedForAWhileAndReverts) {
  const auto log = Open("WARNING");
  log->Log(LogLevel::kInfo, "before");
  log->Log(LogLevel::kWarning, "warned");
  EXPECT_EQ(log->level(), 0u);
  log->Set(2, absl::Minutes(10));
  EXPECT_EQ(log->level(), 2u);
  log->Log(LogLevel::kInfo, "meanwhile");
  now_ += absl::Minutes(10) - absl::Nanoseconds(1);
  EXPECT_EQ(log->level(), 2u);
  now_ += absl::Nanoseconds(1);
  EXPECT_EQ(log->level(), 0u);
  log->Log(LogLevel::kInfo, "after");
  log->Set(1, absl::InfiniteDuration());
  log->Set(0, absl::Minutes(1));  // Takes its place.
  log->Log(LogLevel::kInfo, "lowered");
  const std::string text = Text(*log);
  EXPECT_THAT(text, HasSubstr("warned"));
  EXPECT_THAT(text, HasSubstr("meanwhile"));
  for (const char* silent : {"before", "after", "lowered"}) {
    EXPECT_THAT(text, Not(HasSubstr(silent)));
  }
}

TEST_F(DaemonLogTest, LinesMayWaitForTheFileButErrorsDoNot) {
  const auto log = Open("INFO", std::chrono::seconds(3600));
  log->Log(LogLevel::kInfo, "waits");
  EXPECT_EQ(Text(*log), "");
  log->Log(LogLevel::kError, "broken");
  EXPECT_THAT(Text(*log), HasSubstr("waits"));
  EXPECT_THAT(Text(*log), HasSubstr("broken"));
}

TEST_F(DaemonLogTest, WhatIsWrongIsNamed) {
  const auto level = DaemonLog::Open({.name = "daemon", .least = "LOUD"});
  EXPECT_THAT(std::string(level.status().message()), HasSubstr("--logging_level is 'LOUD'"));
  const auto folder = DaemonLog::Open({.name = "daemon", .folder = "/proc/nothing"});
  EXPECT_THAT(std::string(folder.status().message()), HasSubstr("--log_dir: cannot write /proc"));
}

}  // namespace
}  // namespace mesos
