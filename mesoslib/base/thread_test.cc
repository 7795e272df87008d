#include "mesoslib/base/thread.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

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

// In a child, whose limit cannot hurt anybody. Address space is what limits root too.
TEST(ThreadTest, ASystemThatGivesNoThreadIsAnError) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer needs the address space that this test takes away";
#endif
  const pid_t child = fork();
  if (child == 0) {
    const rlimit none = {1 << 20, 1 << 20};
    setrlimit(RLIMIT_AS, &none);
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
