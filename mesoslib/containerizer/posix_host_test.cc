// The containerizer in processes that are not what one might expect.
#include <signal.h>
#include <sys/resource.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/containerizer/containerizer_fixture.h"

namespace mesos {
namespace {

using ::testing::HasSubstr;

class PosixHostTest : public ContainerizerFixture {};

TEST_F(PosixHostTest, ManyOpenFilesOfTheHostStayWithTheHost) {
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 12'000);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  // Without O_CLOEXEC, as a careless host would.
  std::vector<int> files;
  const int wanted = static_cast<int>(std::min<rlim_t>(limit.rlim_cur - 200, 10'000));
  while (static_cast<int>(files.size()) < wanted) {
    const int fd = open("/dev/null", O_RDONLY);
    ASSERT_GE(fd, 0);
    files.push_back(fd);
  }
  ASSERT_EQ(Run("a", Shell("exec ls /proc/self/fd")), 0);
  EXPECT_EQ(Output("a"), "0\n1\n2\n3\n");
  ASSERT_TRUE(Launch("b", Shell("exec sleep 1000")).ok());
  // The supervisor may still be about to close the socket on which it told of the launch.
  const std::string count = absl::StrCat("$(ls /proc/", SupervisorOf("b"), "/fd | wc -l)");
  const std::string list = absl::StrCat(
      "i=0; while [ ", count, " != 4 ] && [ $i -lt 500 ]; do i=$((i+1)); done; echo ", count);
  if (geteuid() == 0) {
    ASSERT_EQ(Run("c", Shell(list)), 0);
    EXPECT_EQ(Output("c"), "4\n");  // Its runtime directory, besides /dev/null.
  }
  for (int fd : files) close(fd);
}

TEST_F(PosixHostTest, AHostThatIgnoresSigchldHearsHowTasksEnd) {
  auto* old = signal(SIGCHLD, SIG_IGN);
  EXPECT_EQ(Run("a", Shell("sh -c 'exit 2'; exit $?")), W_EXITCODE(2, 0));
  ContainerConfig config = Shell("no-such-program");
  config.command.set_shell(false);
  EXPECT_THAT(std::string(Launch("b", config).message()), HasSubstr("No such file"));
  signal(SIGCHLD, old);
}

TEST_F(PosixHostTest, AHostWithoutStandardDescriptorsLaunchesTasks) {
  containerizer_.reset();
  int saved[3];
  for (int fd = 0; fd < 3; ++fd) {
    saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 100);
    close(fd);
  }
  Start();
  const int status = Run("a", Shell("cat; echo out; echo err >&2"));
  const int many = Run("b", Shell("exec ls /proc/self/fd"));
  containerizer_.reset();  // It has descriptors of those numbers.
  for (int fd = 0; fd < 3; ++fd) {
    dup2(saved[fd], fd);
    close(saved[fd]);
  }
  Start();
  EXPECT_EQ(status, 0);
  EXPECT_EQ(many, 0);
  EXPECT_EQ(Output("a"), "out\n");
  EXPECT_EQ(Output("b"), "0\n1\n2\n3\n");
}

TEST_F(PosixHostTest, AHostThatBlocksAllSignalsLaunchesTasksThatBlockNone) {
  containerizer_.reset();
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  Start();  // Its threads inherit the mask.
  EXPECT_EQ(Run("a", Shell("grep SigBlk /proc/self/status")), 0);
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  EXPECT_EQ(Output("a"), "SigBlk:\t0000000000000000\n");
}

TEST_F(PosixHostTest, TheHostsSignalHandlersAndMaskAreLeftAsTheyAre) {
  struct sigaction before, after;
  sigaction(SIGCHLD, nullptr, &before);
  ASSERT_EQ(Run("a", Shell("true")), 0);
  sigaction(SIGCHLD, nullptr, &after);
  EXPECT_EQ(before.sa_handler, after.sa_handler);
}

TEST_F(PosixHostTest, NoDescriptorsAreLeftOver) {
  auto count = [] {
    int open_files = 0;
    for (int fd = 0; fd < 1024; ++fd) open_files += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    return open_files;
  };
  containerizer_.reset();
  const int before = count();
  Start();
  for (int i = 0; i < 10; ++i) ASSERT_EQ(Run(absl::StrCat("a", i), Shell("true")), 0);
  ContainerConfig config = Shell("no-such-program");
  config.command.set_shell(false);
  ASSERT_FALSE(Launch("failing", config).ok());
  containerizer_.reset();
  EXPECT_EQ(count(), before);
  Start();
}

}  // namespace
}  // namespace mesos
