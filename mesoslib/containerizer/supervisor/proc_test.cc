#include "mesoslib/containerizer/supervisor/proc.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "gtest/gtest.h"

namespace mesos {
namespace {

// A child that waits to be killed; with `own_group` in a process group of its own from the start.
pid_t SpawnSleeper(bool own_group = false) {
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  if (own_group) posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  char name[] = "sleep";
  char duration[] = "1000";
  char* argv[] = {name, duration, nullptr};
  pid_t pid = -1;
  EXPECT_EQ(posix_spawn(&pid, "/bin/sleep", nullptr, &attributes, argv, environ), 0);
  posix_spawnattr_destroy(&attributes);
  return pid;
}

TEST(ProcTest, AProcessIsReadWithItsParentAndStartTime) {
  ProcStat stat;
  ASSERT_TRUE(ReadProcStat(getpid(), &stat));
  EXPECT_EQ(stat.pid, getpid());
  EXPECT_EQ(stat.parent, getppid());
  EXPECT_EQ(stat.group, getpgrp());
  EXPECT_EQ(stat.session, getsid(0));
  EXPECT_EQ(stat.state, 'R');
  EXPECT_GE(stat.threads, 1u);
  EXPECT_GT(stat.resident_pages, 0u);
  EXPECT_GT(stat.start_time, 0u);
}

TEST(ProcTest, AProcessCannotLieAboutItselfByItsName) {
  ProcStat stat;
  ASSERT_TRUE(
      ParseProcStat("12 (a) R 1 1 1 (b\n) S 7 8 9 0 -1 4194560 1 2 3 4 50 60 70 80 20 0 3 "
                    "0 123456 1000 42 18446744073709551615 1 1",
                    &stat));
  EXPECT_EQ(stat.pid, 12);
  EXPECT_EQ(stat.state, 'S');
  EXPECT_EQ(stat.parent, 7);
  EXPECT_EQ(stat.group, 8);
  EXPECT_EQ(stat.session, 9);
  EXPECT_EQ(stat.user_ticks, 50u);
  EXPECT_EQ(stat.system_ticks, 60u);
  EXPECT_EQ(stat.children_user_ticks, 70u);
  EXPECT_EQ(stat.children_system_ticks, 80u);
  EXPECT_EQ(stat.threads, 3u);
  EXPECT_EQ(stat.start_time, 123456u);
  EXPECT_EQ(stat.resident_pages, 42u);
}

TEST(ProcTest, TextThatIsNoStatIsRefused) {
  ProcStat stat;
  EXPECT_FALSE(ParseProcStat("", &stat));
  EXPECT_FALSE(ParseProcStat("12 (a) S 7", &stat));
  EXPECT_FALSE(ReadProcStat(-1, &stat));
}

TEST(ProcTest, ChildrenAreFound) {
  const pid_t child = SpawnSleeper();
  const std::vector<pid_t> children = ReadChildren(getpid());
  EXPECT_EQ(std::count(children.begin(), children.end(), child), 1);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

TEST(ProcTest, DescendantsAreSignalledButForOneGroup) {
  const pid_t spared = SpawnSleeper(/*own_group=*/true);
  const pid_t signalled = SpawnSleeper();
  EXPECT_EQ(SignalDescendants(getpid(), SIGKILL, spared), 1);
  int status = 0;
  ASSERT_EQ(waitpid(signalled, &status, 0), signalled);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(waitpid(spared, &status, WNOHANG), 0);
  EXPECT_EQ(SignalDescendants(getpid(), SIGKILL), 1);
  EXPECT_EQ(waitpid(spared, &status, 0), spared);
}

}  // namespace
}  // namespace mesos
