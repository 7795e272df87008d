// Hosts that are not what one might expect: guest_host makes itself one and runs a cluster; here is
// seen to it that it lives, finds nothing wrong, and that nothing is printed.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "mesoslib/guest/hosted_cluster.h"

namespace mesos {
namespace {

constexpr char kProgram[] = "mesoslib/guest/guest_host";

struct Ended {
  int wait_status = -1;
  std::string output;  // stdout and stderr.
};

Ended RunHost(const std::vector<std::string>& arguments) {
  const int output = memfd_create("output", MFD_CLOEXEC);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    // Tests are run with whatever the one who runs them has; a host begins with the defaults.
    for (int number : {SIGPIPE, SIGCHLD, SIGINT}) signal(number, SIG_DFL);
    execv(kProgram, argv.data());
    _exit(127);
  }
  Ended ended;
  waitpid(child, &ended.wait_status, 0);
  lseek(output, 0, SEEK_SET);
  char buffer[4096];
  ssize_t size;
  while ((size = read(output, buffer, sizeof(buffer))) > 0) {
    ended.output.append(buffer, static_cast<size_t>(size));
  }
  close(output);
  return ended;
}

class GuestHostTest : public ::testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  // Where locales can be made, a German one is: its numbers have commas.
  static void SetUpTestSuite() {
    locales_ = new TestFolder();
    const std::string make = absl::StrCat("localedef -i de_DE -f UTF-8 ", locales_->path(),
                                          "/de_DE.UTF-8 >/dev/null 2>&1");
    if (system(make.c_str()) == 0) setenv("LOCPATH", locales_->path().c_str(), 1);
  }
  static void TearDownTestSuite() { delete locales_; }

  static TestFolder* locales_;
};
TestFolder* GuestHostTest::locales_ = nullptr;

TEST_P(GuestHostTest, IsServedWellAndLeftAsItWas) {
  const auto& [mode, transport] = GetParam();
  const TestFolder folder;
  const Ended ended = RunHost({kProgram, mode, transport, folder.path()});
  EXPECT_EQ(ended.wait_status, 0);
  EXPECT_EQ(ended.output, "");
  EXPECT_EQ(ReadWholeFile(absl::StrCat(folder.path(), "/report")), "");
}

// Not over gRPC, which cannot do without its threads.
TEST(GuestHostLimitTest, ASystemThatGivesNoMoreThreadsIsAnError) {
  const TestFolder folder;
  const Ended ended = RunHost({kProgram, "few-threads", "in-process", folder.path()});
  EXPECT_EQ(ended.wait_status, 0);
  EXPECT_EQ(ended.output, "");
  EXPECT_EQ(ReadWholeFile(absl::StrCat(folder.path(), "/report")), "");
}

INSTANTIATE_TEST_SUITE_P(
    Hosts, GuestHostTest,
    ::testing::Combine(::testing::Values("ordinary", "many-files", "closed-stdio",
                                         "blocked-signals", "handled-signals", "ignored-sigchld",
                                         "no-zombies", "impatient-parent", "ignored-sigpipe",
                                         "umask-0", "umask-0777", "nobody-umask-0777", "german",
                                         "elsewhere"),
                       ::testing::Values("in-process", "grpc")),
    [](const auto& info) {
      return absl::StrReplaceAll(
          absl::StrCat(std::get<0>(info.param), "_", std::get<1>(info.param)), {{"-", "_"}});
    });

}  // namespace
}  // namespace mesos
