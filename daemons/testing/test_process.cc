#include "daemons/testing/test_process.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "gtest/gtest.h"

namespace mesos {
namespace {

constexpr int64_t kPatienceMs = 30'000;

int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::vector<char*> Pointers(std::vector<std::string>* texts) {
  std::vector<char*> pointers;
  for (std::string& text : *texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Between fork and exec.
[[noreturn]] void Become(int program, int output, uid_t uid, char** arguments, char** environment) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  if (uid != geteuid() && (setgroups(0, nullptr) != 0 || setgid(uid) != 0 || setuid(uid) != 0)) {
    _exit(125);
  }
  if (uid != 0) prctl(PR_SET_PDEATHSIG, SIGKILL);  // setuid has cleared it.
  if (chdir("/") == 0) fexecve(program, arguments, environment);
  _exit(126);
}

}  // namespace

std::unique_ptr<TestProcess> TestProcess::Start(const std::string& program,
                                                std::vector<std::string> arguments, uid_t uid,
                                                std::vector<std::string> environment) {
  const int file = open(program.c_str(), O_RDONLY | O_CLOEXEC);
  EXPECT_GE(file, 0) << program << ": " << strerror(errno);
  int pipes[2];
  EXPECT_EQ(pipe2(pipes, O_CLOEXEC), 0);
  arguments.insert(arguments.begin(), program);
  environment.push_back("PATH=/usr/bin:/bin");
  std::vector<char*> argument_pointers = Pointers(&arguments);
  std::vector<char*> environment_pointers = Pointers(&environment);
  const pid_t pid = fork();
  if (pid == 0) {
    Become(file, pipes[1], uid, argument_pointers.data(), environment_pointers.data());
  }
  close(pipes[1]);
  close(file);
  return std::unique_ptr<TestProcess>(new TestProcess(pid, pipes[0]));
}

TestProcess::~TestProcess() {
  if (!reaped_) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(fd_);
}

bool TestProcess::Read(int64_t deadline_ms) {
  pollfd readable = {fd_, POLLIN, 0};
  const int64_t left = std::max<int64_t>(0, deadline_ms - NowMs());
  if (poll(&readable, 1, static_cast<int>(left)) != 1) return false;
  char buffer[4096];
  const ssize_t size = read(fd_, buffer, sizeof(buffer));
  if (size <= 0) return false;
  output_.append(buffer, static_cast<size_t>(size));
  return true;
}

std::string TestProcess::WaitFor(const std::string& text) {
  const int64_t deadline = NowMs() + kPatienceMs;
  while (true) {
    const size_t begin = output_.find(text);
    const size_t end = begin == std::string::npos ? begin : output_.find('\n', begin);
    if (end != std::string::npos) {
      return output_.substr(begin + text.size(), end - begin - text.size());
    }
    if (Read(deadline)) continue;
    ADD_FAILURE() << "no line with '" << text << "' in:\n" << output_;
    return "<none>";
  }
}

int TestProcess::WaitForExit() {
  const int64_t deadline = NowMs() + kPatienceMs;
  // What it has started may keep its output open, so the end of it is not waited for.
  int status = 0;
  pid_t ended = 0;
  while ((ended = waitpid(pid_, &status, WNOHANG)) == 0 && NowMs() < deadline) {
    if (!Read(std::min(deadline, NowMs() + 20))) poll(nullptr, 0, 1);
  }
  while (Read(0)) {
  }
  if (ended != pid_) {
    ADD_FAILURE() << "it does not end; its output:\n" << output_;
    return -1;
  }
  reaped_ = true;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool TestProcess::HasEnded() const {
  siginfo_t info = {};
  return reaped_ ||
         (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
          info.si_pid == pid_);
}

void TestProcess::Signal(int number) { kill(pid_, number); }

int TestProcess::lines() const {
  return static_cast<int>(std::count(output_.begin(), output_.end(), '\n'));
}

}  // namespace mesos
