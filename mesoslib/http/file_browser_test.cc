#include "mesoslib/http/file_browser.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos::http {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kSandbox[] = "/slaves/S/frameworks/F/executors/E/runs/C";

class FileBrowserTest : public testing::Test {
 protected:
  FileBrowserTest()
      : home_(fs::path(testing::TempDir()) /
              absl::StrCat(testing::UnitTest::GetInstance()->current_test_info()->name(), "-",
                           getpid())),
        sandbox_(home_.string() + kSandbox) {
    fs::create_directories(sandbox_);
    fs::create_directory_symlink("C", sandbox_.parent_path() / "latest");
    Write(home_ / "secret", "secret");
    Write(sandbox_ / "stdout", "hello\n");
  }
  ~FileBrowserTest() override { fs::remove_all(home_); }

  static void Write(const fs::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
  }
  absl::Status ReadError(const std::string& path) { return files_.Read(path, 0, 10).status(); }
  std::vector<std::string> Names(const std::string& path) {
    std::vector<std::string> names;
    const auto list = files_.List(path);
    EXPECT_TRUE(list.ok()) << list.status();
    if (!list.ok()) return {};
    for (const auto& info : *list) names.push_back(info.path());
    return names;
  }

  const fs::path home_;
  const fs::path sandbox_;
  const FileBrowser files_{{{"/slaves", {(home_ / "slaves").string(), 7}},
                            {"/frameworks", {(home_ / "slaves/S/frameworks").string(), 5}},
                            {"/log", {(home_ / "secret").string()}}}};
};

TEST_F(FileBrowserTest, ASandboxIsListedByAnyOfItsPaths) {
  fs::create_directory(sandbox_ / "data");
  for (const std::string& path :
       {std::string(kSandbox), std::string("/slaves/S/frameworks/F/executors/E/runs/latest"),
        std::string("/frameworks/F/executors/E/runs/latest"),
        std::string("//slaves/./S/frameworks/F/executors/E/runs/latest//")}) {
    const auto list = files_.List(path);
    ASSERT_TRUE(list.ok()) << list.status();
    ASSERT_EQ(list->size(), 2u);
    EXPECT_THAT((*list)[0].path(), testing::EndsWith("/data"));
    EXPECT_TRUE(S_ISDIR((*list)[0].mode()));
    EXPECT_THAT((*list)[1].path(), testing::EndsWith("/stdout"));
    EXPECT_TRUE(S_ISREG((*list)[1].mode()));
    EXPECT_EQ((*list)[1].size(), 6u);
    EXPECT_EQ((*list)[1].nlink(), 1);
    EXPECT_GT((*list)[1].mtime().nanoseconds(), 1'000'000'000'000'000'000);
    if (geteuid() == 0) {
      EXPECT_EQ((*list)[1].uid(), "root");
      EXPECT_EQ((*list)[1].gid(), "root");
    }
  }
  EXPECT_THAT(Names("/slaves/S"), ElementsAre("/slaves/S/frameworks"));
  // The agent's own symlink leads where a browser may go on.
  const auto runs = files_.List("/slaves/S/frameworks/F/executors/E/runs");
  ASSERT_TRUE(runs.ok());
  EXPECT_TRUE(S_ISDIR(runs->back().mode()));
}

TEST_F(FileBrowserTest, APageIsReadFromAnywhere) {
  const std::string path = absl::StrCat(kSandbox, "/stdout");
  const auto page = files_.Read(path, 1, 3);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->data, "ell");
  EXPECT_EQ(page->size, 6u);
  EXPECT_EQ(files_.Read(path, 4, UINT64_MAX)->data, "o\n");
  EXPECT_EQ(files_.Read(path, 6, 10)->data, "");
  EXPECT_EQ(files_.Read(path, UINT64_MAX, UINT64_MAX)->data, "");
  EXPECT_EQ(files_.Read(path, 2, 0)->data, "");
  EXPECT_EQ(files_.Read("/log", 0, 10)->data, "secret");
  Write(sandbox_ / "large", std::string(1 << 20, 'x'));
  const auto large = files_.Read(absl::StrCat(kSandbox, "/large"), 5, 1 << 20);
  EXPECT_EQ(large->data.size(), 65536u);
  EXPECT_EQ(large->size, 1u << 20);
}

TEST_F(FileBrowserTest, WhatIsNotThereOrNoFileIsSaid) {
  EXPECT_TRUE(absl::IsNotFound(ReadError("/nowhere")));
  EXPECT_TRUE(absl::IsNotFound(ReadError("/slavesS")));
  EXPECT_TRUE(absl::IsNotFound(ReadError("/")));
  EXPECT_TRUE(absl::IsNotFound(ReadError("/slaves/T/x")));
  EXPECT_TRUE(absl::IsNotFound(ReadError(absl::StrCat(kSandbox, "/stdout/x"))));
  EXPECT_TRUE(absl::IsNotFound(files_.List(absl::StrCat(kSandbox, "/x")).status()));
  for (const std::string& path :
       {std::string(), std::string("slaves"), std::string("/slaves\0/S", 10),
        absl::StrCat("/slaves/", std::string(5000, 'x')),
        absl::StrCat("/slaves/", std::string(300, 'x')), std::string(kSandbox)}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ReadError(path))) << path << ReadError(path);
  }
  const absl::Status list = files_.List(absl::StrCat(kSandbox, "/stdout")).status();
  EXPECT_TRUE(absl::IsInvalidArgument(list));
  EXPECT_THAT(std::string(list.message()), HasSubstr("expected that of a directory"));
}

TEST_F(FileBrowserTest, Case32_NoSymlinkLeadsOut) {
  fs::create_symlink("/etc/shadow", sandbox_ / "absolute");
  fs::create_symlink("../../../../../../../../secret", sandbox_ / "up");
  fs::create_symlink("/proc/self/root", sandbox_ / "magic");
  fs::create_symlink("/", sandbox_ / "root");
  fs::create_symlink("loop", sandbox_ / "loop");
  fs::create_symlink(home_.string() + std::string(kSandbox) + "/stdout", sandbox_ / "self");
  fs::create_directories(sandbox_ / "data");
  fs::create_symlink("../stdout", sandbox_ / "data/inside");
  for (const char* name : {"absolute", "up", "magic/etc/shadow", "root/etc/shadow", "loop", "self",
                           "data/../../C/stdout"}) {
    const absl::Status status = ReadError(absl::StrCat(kSandbox, "/", name));
    EXPECT_TRUE(absl::IsPermissionDenied(status) || absl::IsInvalidArgument(status))
        << name << ": " << status;
  }
  EXPECT_TRUE(absl::IsPermissionDenied(files_.List(absl::StrCat(kSandbox, "/root")).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(ReadError("/slaves/../secret")));
  EXPECT_EQ(files_.Read(absl::StrCat(kSandbox, "/data/inside"), 0, 9)->data, "hello\n");
  // They are listed as what they are, and nothing is told of what they lead to.
  const auto list = files_.List(kSandbox);
  ASSERT_TRUE(list.ok());
  EXPECT_TRUE(S_ISLNK(list->front().mode())) << list->front().path();
}

TEST_F(FileBrowserTest, Case32_OneSandboxDoesNotLeadIntoAnother) {
  const fs::path other = home_ / "slaves/S/frameworks/G/executors/E/runs/D";
  fs::create_directories(other);
  Write(other / "stdout", "private");
  fs::create_symlink("../../../../../G/executors/E/runs/D/stdout", sandbox_ / "neighbour");
  ASSERT_TRUE(fs::exists(sandbox_ / "neighbour"));
  EXPECT_TRUE(absl::IsPermissionDenied(ReadError(absl::StrCat(kSandbox, "/neighbour"))));
}

TEST_F(FileBrowserTest, Case32_OnlyRegularFilesAreOpened) {
  ASSERT_EQ(mkfifo((sandbox_ / "fifo").c_str(), 0600), 0);
  EXPECT_TRUE(absl::IsInvalidArgument(ReadError(absl::StrCat(kSandbox, "/fifo"))));
  EXPECT_TRUE(absl::IsInvalidArgument(files_.List(absl::StrCat(kSandbox, "/fifo")).status()));
  if (mknod((sandbox_ / "null").c_str(), S_IFCHR | 0600, makedev(1, 3)) == 0) {
    EXPECT_TRUE(absl::IsInvalidArgument(ReadError(absl::StrCat(kSandbox, "/null"))));
  }
  // Whoever waits at the other end of a pipe was not let in: nobody has opened it.
  EXPECT_LT(open((sandbox_ / "fifo").c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC), 0);
  EXPECT_EQ(errno, ENXIO);
}

// What stands at a path changes all the time; no read hangs, and none tells the secret.
TEST_F(FileBrowserTest, Case32_WhatIsSwappedMeanwhileDoesNotHelp) {
  const fs::path target = sandbox_ / "target";
  const fs::path spare = sandbox_ / "spare";
  std::atomic<bool> over{false};
  std::thread swapper([&] {
    for (int turn = 0; !over; ++turn) {
      fs::remove(spare);
      if (turn % 3 == 0) Write(spare, "plain");
      if (turn % 3 == 1) fs::create_symlink(home_ / "secret", spare);
      if (turn % 3 == 2 && mkfifo(spare.c_str(), 0600) != 0) abort();
      fs::rename(spare, target);
    }
  });
  int plain = 0;
  for (int i = 0; i < 3000 || (plain == 0 && i < 300'000); ++i) {
    const auto page = files_.Read(absl::StrCat(kSandbox, "/target"), 0, 100);
    if (!page.ok()) continue;
    ASSERT_TRUE(page->data == "plain" || page->data.empty()) << page->data;
    if (!page->data.empty()) ++plain;
  }
  over = true;
  swapper.join();
  EXPECT_GT(plain, 0);
}

}  // namespace
}  // namespace mesos::http
