#include "daemons/whitelist_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/base/simulated_event_loop.h"

namespace mesos {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class RecordingLog final : public LogSink {
 public:
  void Log(LogLevel level, absl::string_view line) override {
    if (level == LogLevel::kWarning) warnings.emplace_back(line);
  }
  std::vector<std::string> warnings;
};

class WhitelistFileTest : public testing::Test {
 protected:
  WhitelistFileTest() {
    std::string folder = testing::TempDir() + "whitelist-XXXXXX";
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    path_ = folder + "/hosts";
  }

  void Write(const std::string& text) { std::ofstream(path_) << text; }

  absl::Status Open(const std::string& flag) {
    auto file =
        WhitelistFile::Open(flag, &loop_, &log_, [this](WhitelistFile::Hostnames hostnames) {
          told_.emplace_back(hostnames.begin(), hostnames.end());
        });
    if (file.ok()) file_ = *std::move(file);
    return file.status();
  }

  // What it has told since the last call.
  std::vector<std::vector<std::string>> Told() { return std::exchange(told_, {}); }

  std::string path_;
  SimulatedEventLoop loop_;
  RecordingLog log_;
  std::vector<std::vector<std::string>> told_;
  std::unique_ptr<WhitelistFile> file_;
};

TEST_F(WhitelistFileTest, AnEmptyFlagAndAStarNameNoFile) {
  EXPECT_FALSE(WhitelistFile::IsNamedBy(""));
  EXPECT_FALSE(WhitelistFile::IsNamedBy("*"));
  EXPECT_TRUE(WhitelistFile::IsNamedBy("/etc/hosts"));
}

TEST_F(WhitelistFileTest, OneHostnameALine) {
  Write("h2\n\n  h1\t\r\nh2\nh3");
  EXPECT_TRUE(Open(path_).ok());
  EXPECT_THAT(Told(), ElementsAre(ElementsAre("h1", "h2", "h3")));
  EXPECT_TRUE(Open("file://" + path_).ok());
  EXPECT_THAT(Told(), SizeIs(1));
}

TEST_F(WhitelistFileTest, ChangesAreFoundWithinFiveSeconds) {
  Write("h1\n");
  ASSERT_TRUE(Open(path_).ok());
  Told();
  loop_.Advance(absl::Seconds(20));
  EXPECT_THAT(Told(), IsEmpty()) << "nothing has changed";
  Write("h1\nh2\n");
  loop_.Advance(absl::Seconds(5));
  EXPECT_THAT(Told(), ElementsAre(ElementsAre("h1", "h2")));
  Write("");
  loop_.Advance(absl::Seconds(5));
  EXPECT_THAT(Told(), ElementsAre(IsEmpty()));
  EXPECT_THAT(log_.warnings, ElementsAre(HasSubstr("lists nobody")));
}

TEST_F(WhitelistFileTest, WhileItCannotBeReadTheLastListStays) {
  Write("h1\n");
  ASSERT_TRUE(Open(path_).ok());
  Told();
  std::filesystem::remove(path_);
  loop_.Advance(absl::Seconds(30));
  EXPECT_THAT(Told(), IsEmpty());
  EXPECT_THAT(log_.warnings, ElementsAre(AllOf(HasSubstr(path_), HasSubstr("No such file"),
                                               HasSubstr("the last list stays"))))
      << "once";
  Write("h2\n");
  loop_.Advance(absl::Seconds(5));
  EXPECT_THAT(Told(), ElementsAre(ElementsAre("h2")));
  std::filesystem::remove(path_);
  loop_.Advance(absl::Seconds(5));
  EXPECT_THAT(log_.warnings, SizeIs(2));
}

TEST_F(WhitelistFileTest, AFileThatCannotBeReadAtFirstIsAnErrorThatNamesIt) {
  absl::Status status = Open(path_);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("--whitelist: '" + path_ + "'"), HasSubstr("No such file"),
                    HasSubstr("expected a file with one hostname a line")));
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_THAT(std::string(Open(path_).message()), HasSubstr("it is no regular file"));
  std::filesystem::remove(path_);
  Write("");
  std::filesystem::resize_file(path_, (16 << 20) + 1);
  EXPECT_THAT(std::string(Open(path_).message()), HasSubstr("it has more than 16 MB"));
  EXPECT_THAT(Told(), IsEmpty());
}

TEST_F(WhitelistFileTest, NothingIsToldOnceItIsGone) {
  Write("h1\n");
  ASSERT_TRUE(Open(path_).ok());
  Told();
  file_ = nullptr;
  Write("h2\n");
  loop_.Advance(absl::Seconds(20));
  EXPECT_THAT(Told(), IsEmpty());
}

}  // namespace
}  // namespace mesos
