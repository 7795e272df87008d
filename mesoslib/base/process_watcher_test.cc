#include "mesoslib/base/process_watcher.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>

#include "gtest/gtest.h"
#include "mesos/event_loop.h"
#include "mesoslib/base/notification.h"

namespace mesos {
namespace {

pid_t SpawnShell(const char* command) {
  const pid_t pid = fork();
  if (pid == 0) {
    execl("/bin/sh", "sh", "-c", command, nullptr);
    _exit(127);
  }
  return pid;
}

std::shared_ptr<const UniqueFd> Pidfd(pid_t pid) {
  return std::make_shared<const UniqueFd>(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

class ProcessWatcherTest : public ::testing::Test {
 protected:
  // Watches and waits.
  std::optional<int> Watch(std::shared_ptr<const UniqueFd> pidfd) {
    Notification done;
    std::optional<int> result;
    EXPECT_TRUE(watcher_
                    ->Watch(std::move(pidfd), loop_.get(),
                            [&](std::optional<int> status) {
                              EXPECT_TRUE(loop_->InLoop());
                              result = status;
                              done.Notify();
                            })
                    .ok());
    done.WaitForNotification();
    return result;
  }

  std::unique_ptr<EventLoop> loop_ = CreateThreadEventLoop("test").value();
  std::unique_ptr<ProcessWatcher> watcher_ = *ProcessWatcher::Create();
};

TEST_F(ProcessWatcherTest, AChildsExitCodeIsToldOnTheLoopAndTheChildReaped) {
  const pid_t pid = SpawnShell("exit 7");
  const std::optional<int> status = Watch(Pidfd(pid));
  ASSERT_TRUE(status.has_value());
  EXPECT_TRUE(WIFEXITED(*status));
  EXPECT_EQ(WEXITSTATUS(*status), 7);
  EXPECT_EQ(waitpid(pid, nullptr, 0), -1);
}

TEST_F(ProcessWatcherTest, AChildsSignalIsTold) {
  const std::optional<int> status = Watch(Pidfd(SpawnShell("kill -9 $$")));
  ASSERT_TRUE(status.has_value());
  EXPECT_TRUE(WIFSIGNALED(*status));
  EXPECT_EQ(WTERMSIG(*status), SIGKILL);
}

TEST_F(ProcessWatcherTest, AProcessThatIsNoChildEndsWithoutStatus) {
  int pipe_fds[2];
  ASSERT_EQ(pipe(pipe_fds), 0);
  const pid_t parent = fork();
  if (parent == 0) {
    pid_t grandchild = fork();
    if (grandchild == 0) pause();
    if (write(pipe_fds[1], &grandchild, sizeof(grandchild)) < 0) _exit(1);
    _exit(0);
  }
  pid_t grandchild = 0;
  ASSERT_EQ(read(pipe_fds[0], &grandchild, sizeof(grandchild)),
            static_cast<ssize_t>(sizeof(grandchild)));
  waitpid(parent, nullptr, 0);
  std::shared_ptr<const UniqueFd> pidfd = Pidfd(grandchild);
  kill(grandchild, SIGKILL);
  EXPECT_EQ(Watch(pidfd), std::nullopt);
  close(pipe_fds[0]);
  close(pipe_fds[1]);
}

TEST_F(ProcessWatcherTest, AChildThatWasReapedBySomeoneElseEndsWithoutStatus) {
  const pid_t pid = SpawnShell("exit 7");
  std::shared_ptr<const UniqueFd> pidfd = Pidfd(pid);
  waitpid(pid, nullptr, 0);
  EXPECT_EQ(Watch(pidfd), std::nullopt);
}

TEST_F(ProcessWatcherTest, AWatcherGoesWhileProcessesRun) {
  const pid_t pid = SpawnShell("exec sleep 1000");
  bool called = false;
  ASSERT_TRUE(
      watcher_->Watch(Pidfd(pid), loop_.get(), [&](std::optional<int>) { called = true; }).ok());
  watcher_.reset();
  kill(pid, SIGKILL);
  int status;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  loop_.reset();
  EXPECT_FALSE(called);
}

TEST(OpenProcessTest, AProcessIsKnownByItsStartTime) {
  absl::StatusOr<uint64_t> start_time = ProcessStartTime(getpid());
  ASSERT_TRUE(start_time.ok());
  EXPECT_TRUE(OpenProcess(getpid(), *start_time).ok());
}

TEST(OpenProcessTest, AProcessWithTheSameNumberIsNotTakenForTheOldOne) {
  absl::StatusOr<uint64_t> start_time = ProcessStartTime(getpid());
  ASSERT_TRUE(start_time.ok());
  absl::StatusOr<UniqueFd> opened = OpenProcess(getpid(), *start_time + 1);
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kNotFound);
  EXPECT_NE(opened.status().message().find("another one"), absl::string_view::npos);
}

TEST(OpenProcessTest, NoProcessIsFoundWhereThereIsNone) {
  const pid_t pid = SpawnShell("exit 0");
  absl::StatusOr<uint64_t> start_time = ProcessStartTime(pid);
  ASSERT_TRUE(start_time.ok());
  waitpid(pid, nullptr, 0);
  EXPECT_EQ(OpenProcess(pid, *start_time).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(OpenProcess(-1, 0).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ProcessStartTime(pid).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace mesos
