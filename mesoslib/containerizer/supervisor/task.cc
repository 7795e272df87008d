#include "mesoslib/containerizer/supervisor/task.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

namespace mesos {
namespace {

// Where a command without slash is looked for if the task has no PATH.
constexpr char kDefaultPath[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// As execvp(3) does; an empty directory in the list is the working directory.
std::vector<std::string> Candidates(const LaunchPlan& plan) {
  if (plan.executable.find('/') != std::string::npos) return {plan.executable};
  std::string path = kDefaultPath;
  for (const std::string& variable : plan.environment) {
    if (variable.compare(0, 5, "PATH=") == 0) path = variable.substr(5);
  }
  std::vector<std::string> candidates;
  size_t begin = 0;
  while (begin <= path.size()) {
    const size_t end = std::min(path.find(':', begin), path.size());
    const std::string directory = path.substr(begin, end - begin);
    candidates.push_back((directory.empty() ? "." : directory) + "/" + plan.executable);
    begin = end + 1;
  }
  return candidates;
}

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (const std::string& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// From here to the exec the child shares the supervisor's memory (vfork): it allocates nothing, and
// tells its failures by writing into the supervisor's report. Raw system calls where glibc would
// look at threads.
struct Child {
  const Task& task;
  LaunchReport* report;

  [[noreturn]] void Fail(LaunchStep step, int error) {
    report->failed = step;
    report->error = error;
    _exit(127);
  }

  void Require(bool done, LaunchStep step) {
    if (!done) Fail(step, errno);
  }

  void SetRlimits() {
    for (const LaunchRlimit& wanted : task.plan->rlimits) {
      const rlimit limit = {wanted.soft, wanted.hard};
      Require(setrlimit(static_cast<__rlimit_resource_t>(wanted.resource), &limit) == 0,
              LaunchStep::kRlimit);
    }
  }

  void SwitchUser() {
    if (!task.plan->switch_user) return;
    const LaunchUser& user = task.plan->user;
    Require(syscall(SYS_setgroups, user.groups.size(), user.groups.data()) == 0,
            LaunchStep::kGroups);
    Require(syscall(SYS_setresgid, user.gid, user.gid, user.gid) == 0, LaunchStep::kGroups);
    Require(syscall(SYS_setresuid, user.uid, user.uid, user.uid) == 0, LaunchStep::kUser);
  }

  // A task without supervisor would run on with nobody to tell how it ends.
  void DieWithSupervisor() {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != task.supervisor) _exit(127);
  }

  void JoinCgroups() {
    for (const int file : task.cgroup_files) {
      Require(write(file, "0", 1) == 1, LaunchStep::kCgroup);
    }
  }

  void RecordPid() {
    char text[16];
    size_t position = sizeof(text);
    text[--position] = '\n';
    for (unsigned pid = static_cast<unsigned>(getpid()); pid != 0; pid /= 10) {
      text[--position] = static_cast<char>('0' + pid % 10);
    }
    const size_t size = sizeof(text) - position;
    Require(write(task.pid_file, text + position, size) == static_cast<ssize_t>(size),
            LaunchStep::kPidFile);
  }

  [[noreturn]] void Exec() {
    int error = ENOENT;
    for (const std::string& path : task.candidates) {
      execve(path.c_str(), task.argv.data(), task.envp.data());
      if (errno == ENOEXEC) {
        char** argv = const_cast<char**>(task.shell_argv.data());
        argv[1] = const_cast<char*>(path.c_str());
        execve("/bin/sh", argv, task.envp.data());
      }
      if (errno == EACCES) error = EACCES;  // Unless a later directory has it: as execvp(3).
      if (errno != EACCES && errno != ENOENT && errno != ENOTDIR) Fail(LaunchStep::kExec, errno);
    }
    Fail(LaunchStep::kExec, error);
  }

  [[noreturn]] void Run() {
    Require(setpgid(0, 0) == 0, LaunchStep::kProcessGroup);
    RecordPid();  // Before limits, of which one may be on writing.
    JoinCgroups();
    Require(dup2(task.stdout_file, STDOUT_FILENO) >= 0, LaunchStep::kStdout);
    Require(dup2(task.stderr_file, STDERR_FILENO) >= 0, LaunchStep::kStderr);
    Require(fchdir(task.sandbox) == 0, LaunchStep::kWorkingDirectory);
    SetRlimits();
    SwitchUser();
    DieWithSupervisor();
    umask(022);
    syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    Exec();
  }
};

}  // namespace

Task PrepareTask(const LaunchPlan& plan) {
  Task task;
  task.plan = &plan;
  task.candidates = Candidates(plan);
  task.argv = Pointers(plan.arguments);
  task.shell_argv = {const_cast<char*>("sh"), nullptr};
  if (!plan.arguments.empty()) {
    task.shell_argv.insert(task.shell_argv.end(), task.argv.begin() + 1, task.argv.end());
  } else {
    task.shell_argv.push_back(nullptr);
  }
  task.envp = Pointers(plan.environment);
  task.supervisor = getpid();
  return task;
}

LaunchReport StartTask(const Task& task) {
  LaunchReport report;
  const pid_t pid = vfork();
  if (pid == 0) Child{task, &report}.Run();
  if (pid < 0) {
    report.failed = LaunchStep::kFork;
    report.error = errno;
    return report;
  }
  report.task_pid = pid;
  if (report.failed != LaunchStep::kNone) waitpid(pid, nullptr, 0);
  return report;
}

}  // namespace mesos
