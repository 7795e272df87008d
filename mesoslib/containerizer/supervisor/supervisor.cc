#include "mesoslib/containerizer/supervisor/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>

#include "mesoslib/containerizer/supervisor/launch_plan.h"
#include "mesoslib/containerizer/supervisor/proc.h"
#include "mesoslib/containerizer/supervisor/task.h"

namespace mesos {
namespace {

// Only SIGKILL and SIGSTOP reach a supervisor: other signals stay pending for ever. The task gets
// the dispositions from here, and an empty mask.
// The kernel's own calls: the C library's leave out the signals that it uses itself.
void ResetSignals() {
  const uint64_t all = ~uint64_t{0};
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, nullptr, sizeof(all));
  const uint64_t default_action[4] = {};  // Handler, flags, restorer, mask.
  for (int number = 1; number < NSIG; ++number) {
    syscall(SYS_rt_sigaction, number, default_action, nullptr, sizeof(uint64_t));
  }
}

// Lets go of everything of the host's that came along.
void Detach() {
  setsid();
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_SET_DUMPABLE, 0);  // No process of the task's user attaches to it.
  prctl(PR_SET_NAME, "mesos-container");
  const int null = open("/dev/null", O_RDWR);
  for (int fd = 0; null >= 0 && fd <= STDERR_FILENO; ++fd) dup2(null, fd);
  if (null > STDERR_FILENO) close(null);
  umask(022);
  if (chdir("/") != 0) return;
}

bool ReadAll(int fd, char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t count = recv(fd, bytes, size, 0);
    if (count <= 0) return false;
    bytes += count;
    size -= static_cast<size_t>(count);
  }
  return true;
}

bool ReadPlan(int control, LaunchPlan* plan) {
  uint32_t size = 0;
  if (!ReadAll(control, reinterpret_cast<char*>(&size), sizeof(size))) return false;
  if (size > kMaxPlanBytes) return false;
  const std::unique_ptr<char[]> bytes(new char[size]);
  return ReadAll(control, bytes.get(), size) && DecodePlan(bytes.get(), size, plan);
}

// A file for output that is a plain file of the sandbox's own: no link to, or pipe from, somewhere
// else. It belongs to the task's user.
int OpenOutput(int sandbox, const char* name, const LaunchPlan& plan) {
  const int fd = openat(sandbox, name,
                        O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
  if (fd < 0) return -1;
  struct stat info;
  if (fstat(fd, &info) != 0) return -1;
  if (!S_ISREG(info.st_mode) || info.st_nlink != 1) {
    errno = EMLINK;
    return -1;
  }
  if (plan.switch_user && fchown(fd, plan.user.uid, plan.user.gid) != 0) return -1;
  return fcntl(fd, F_SETFL, O_APPEND) == 0 ? fd : -1;
}

// Opens what the task needs. kNone: all is there.
LaunchStep OpenFiles(const LaunchPlan& plan, int runtime_dir, Task* task) {
  task->pid_file = openat(runtime_dir, "pid", O_WRONLY | O_APPEND | O_CLOEXEC);
  if (task->pid_file < 0) return LaunchStep::kPidFile;
  task->sandbox = open(plan.sandbox.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (task->sandbox < 0) return LaunchStep::kSandbox;
  task->stdout_file = OpenOutput(task->sandbox, "stdout", plan);
  if (task->stdout_file < 0) return LaunchStep::kStdout;
  task->stderr_file = OpenOutput(task->sandbox, "stderr", plan);
  if (task->stderr_file < 0) return LaunchStep::kStderr;
  for (const std::string& path : plan.cgroups) {
    const int file = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (file < 0) return LaunchStep::kCgroup;
    task->cgroup_files.push_back(file);
  }
  return LaunchStep::kNone;
}

void CloseFiles(const Task& task) {
  for (int fd : task.cgroup_files) close(fd);
  for (int fd : {task.pid_file, task.sandbox, task.stdout_file, task.stderr_file}) {
    if (fd >= 0) close(fd);
  }
}

LaunchReport Launch(const LaunchPlan& plan, int runtime_dir) {
  Task task = PrepareTask(plan);
  LaunchReport report;
  report.failed = OpenFiles(plan, runtime_dir, &task);
  if (report.failed == LaunchStep::kNone) {
    report = StartTask(task);
  } else {
    report.error = errno;
  }
  CloseFiles(task);
  return report;
}

// Waits for the task, taking in what others leave behind meanwhile.
int WaitForTask(pid_t task) {
  int status = 0;
  while (true) {
    const pid_t pid = waitpid(-1, &status, __WALL);
    if (pid == task || (pid < 0 && errno != EINTR)) return status;
  }
}

// All descendants end up as children here, so none is left when there is no child left. When a
// killed child's own children have come here, that child's end has been noticed: each round reaches
// those that the one before has set free.
void KillTheRest() {
  pid_t ended = waitpid(-1, nullptr, __WALL | WNOHANG);
  while (ended >= 0 || errno == EINTR) {
    if (ended == 0) {
      SignalDescendants(getpid(), SIGKILL);
      ended = waitpid(-1, nullptr, __WALL);
    } else {
      ended = waitpid(-1, nullptr, __WALL | WNOHANG);
    }
  }
}

// The file is there as a whole or not at all.
void WriteStatus(int runtime_dir, int status) {
  const int fd = openat(runtime_dir, "status.new",
                        O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0) return;
  char text[16];
  const int size = snprintf(text, sizeof(text), "%d\n", status);
  const bool written = write(fd, text, static_cast<size_t>(size)) == size;
  if (close(fd) == 0 && written) renameat(runtime_dir, "status.new", runtime_dir, "status");
}

[[noreturn]] void EndLike(int status) {
  if (WIFEXITED(status)) _exit(WEXITSTATUS(status));
  const int number = WTERMSIG(status);
  const rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, number);
  sigprocmask(SIG_UNBLOCK, &only, nullptr);
  kill(getpid(), number);
  _exit(128 + number);
}

}  // namespace

int Supervise(int control) {
  ResetSignals();
  Detach();
  LaunchReport report;
  int runtime_dir = -1;
  {
    LaunchPlan plan;
    if (!ReadPlan(control, &plan)) return 1;
    runtime_dir = open(plan.runtime_dir.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (runtime_dir >= 0) {
      report = Launch(plan, runtime_dir);
    } else {
      report.failed = LaunchStep::kRuntimeDir;
      report.error = errno;
    }
  }
  send(control, &report, sizeof(report), MSG_NOSIGNAL);
  close(control);
  if (report.failed != LaunchStep::kNone) return 1;
  const int status = WaitForTask(report.task_pid);
  KillTheRest();
  WriteStatus(runtime_dir, status);
  EndLike(status);
}

int SupervisorMain(int argc, char** argv) {
  if (argc == 3 && strcmp(argv[1], "launch") == 0) {
    char* end;
    const long control = strtol(argv[2], &end, 10);  // NOLINT(runtime/int): strtol's type.
    struct stat info;
    if (*end == '\0' && control > STDERR_FILENO && fstat(static_cast<int>(control), &info) == 0 &&
        S_ISSOCK(info.st_mode)) {
      return Supervise(static_cast<int>(control));
    }
  }
  static constexpr char kUsage[] =
      "mesos-containerizer: the process that watches over a container's task. A containerizer "
      "starts it, as\n  mesos-containerizer launch <descriptor of a socket>\n";
  const ssize_t ignored = write(STDERR_FILENO, kUsage, sizeof(kUsage) - 1);
  return ignored < 0 ? 2 : 2;
}

}  // namespace mesos
