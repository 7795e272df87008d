#include "mesoslib/base/thread.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/base/config.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

TEST(ThreadTest, HasItsNameCutToWhatLinuxKeeps) {
  std::string name;
  std::thread thread = StartThread("a-name-of-twenty-one", [&] {
                         char buffer[32];
                         pthread_getname_np(pthread_self(), buffer, sizeof(buffer));
                         name = buffer;
                       }).value();
  thread.join();
  EXPECT_EQ(name, "a-name-of-twent");
}

TEST(ThreadTest, LeavesSignalsToTheHostAndFaultsToTheirThread) {
  sigset_t before, inside, after;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  std::thread thread =
      StartThread("test", [&] { pthread_sigmask(SIG_SETMASK, nullptr, &inside); }).value();
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  thread.join();
  for (int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGUSR1, SIGUSR2, SIGALRM, SIGPIPE}) {
    EXPECT_TRUE(sigismember(&inside, signal)) << signal;
  }
  for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGPROF}) {
    EXPECT_FALSE(sigismember(&inside, signal)) << signal;
  }
  for (int signal = 1; signal < 32; ++signal) {
    EXPECT_EQ(sigismember(&before, signal), sigismember(&after, signal)) << signal;
  }
}

// A stack that no machine has room for stands for a limit, which root would not feel. In a child,
// for the size is the process's.
TEST(ThreadTest, ASystemThatGivesNoThreadIsAnError) {
#if defined(ABSL_HAVE_ADDRESS_SANITIZER) || defined(ABSL_HAVE_THREAD_SANITIZER)
  GTEST_SKIP() << "a sanitizer allocates more than the stack for a thread, and aborts";
#endif
  const pid_t child = fork();
  if (child == 0) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, size_t{1} << 50);
    pthread_setattr_default_np(&attributes);
    absl::StatusOr<std::thread> thread = StartThread("test", [] {});
    if (thread.ok()) thread->join();
    _exit(absl::IsResourceExhausted(thread.status()) ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace mesos
