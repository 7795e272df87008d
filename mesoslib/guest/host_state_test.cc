#include "mesoslib/guest/host_state.h"

#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

using ::testing::HasSubstr;

class HostStateTest : public ::testing::Test {
 protected:
  std::string Change() const { return Difference(before_, TakeHostState()); }
  // When what was done has been undone.
  void ExpectNone() const { EXPECT_EQ(DifferenceOnceSettled(before_, absl::Seconds(10)), ""); }

  const HostState before_ = TakeHostState();
};

TEST_F(HostStateTest, SeesThreads) {
  absl::Notification begun, end;
  std::thread thread([&] {
    pthread_setname_np(pthread_self(), "extra");
    begun.Notify();
    end.WaitForNotification();
  });
  begun.WaitForNotification();  // Until then, all its signals are blocked.
  EXPECT_THAT(Change(), HasSubstr("is new: extra"));
  EXPECT_NE(ThreadsThatTakeSignals(TakeHostState(), before_), "");
  end.Notify();
  thread.join();
  ExpectNone();
}

TEST_F(HostStateTest, SeesChildrenAndZombies) {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  siginfo_t info;
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  EXPECT_THAT(Change(), HasSubstr("(zombie)"));
  waitpid(child, nullptr, 0);
  ExpectNone();
}

TEST_F(HostStateTest, SeesDescriptors) {
  const int fd = open("/dev/null", O_RDONLY);
  EXPECT_THAT(Change(), HasSubstr("is new: /dev/null"));
  close(fd);
  ExpectNone();
}

TEST_F(HostStateTest, SeesTimers) {
  itimerval value = {};
  value.it_value.tv_sec = 1000;
  setitimer(ITIMER_REAL, &value, nullptr);
  EXPECT_THAT(Change(), HasSubstr("timer interval timer 0 was , is armed"));
  value = {};
  setitimer(ITIMER_REAL, &value, nullptr);
  sigevent none = {};
  none.sigev_notify = SIGEV_NONE;
  timer_t timer;
  ASSERT_EQ(timer_create(CLOCK_MONOTONIC, &none, &timer), 0);
  if (access("/proc/self/timers", R_OK) == 0) {
    EXPECT_THAT(Change(), HasSubstr("timer posix was"));
  }
  timer_delete(timer);
  ExpectNone();
}

TEST_F(HostStateTest, SeesDispositionsAndTheMask) {
  auto* old = signal(SIGUSR1, SIG_IGN);
  EXPECT_THAT(Change(), HasSubstr("signal 10 was"));
  // Not by signal(), which sets flags and a restorer besides.
  struct sigaction action = {};
  action.sa_handler = old;
  sigaction(SIGUSR1, &action, nullptr);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &one, nullptr);
  EXPECT_THAT(Change(), HasSubstr("signal mask was"));
  pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
}

TEST_F(HostStateTest, SeesSettings) {
  const mode_t mask = umask(0123);
  EXPECT_THAT(Change(), HasSubstr("setting umask was"));
  umask(mask);
  char folder[4096];
  ASSERT_NE(getcwd(folder, sizeof(folder)), nullptr);
  ASSERT_EQ(chdir("/"), 0);
  EXPECT_THAT(Change(), HasSubstr("setting working directory was"));
  ASSERT_EQ(chdir(folder), 0);
  setenv("GUEST_TEST", "1", 1);
  EXPECT_THAT(Change(), HasSubstr("setting variable GUEST_TEST is new: 1"));
  unsetenv("GUEST_TEST");
  ExpectNone();
  if (setlocale(LC_ALL, "C.UTF-8") != nullptr) {
    EXPECT_THAT(Change(), HasSubstr("setting locale was C, is"));
    setlocale(LC_ALL, "C");
  }
}

}  // namespace
}  // namespace mesos
