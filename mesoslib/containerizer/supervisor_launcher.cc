#include "mesoslib/containerizer/supervisor_launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/process_watcher.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/containerizer/supervisor/supervisor_image.h"

namespace mesos {
namespace {

constexpr size_t kChildStackBytes = 64 * 1024;

absl::Status SystemError(absl::string_view what, int error) {
  const std::string message = absl::StrCat(what, ": ", strerror(error));
  switch (error) {
    case EAGAIN:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOSPC:
    case EDQUOT:
      return absl::ResourceExhaustedError(message);
    default:
      return absl::FailedPreconditionError(message);
  }
}

// A host may have closed its standard descriptors: ours must not take their numbers, which the
// supervisor gives a meaning to.
absl::StatusOr<UniqueFd> AboveStandard(int fd, absl::string_view what) {
  if (fd < 0) return SystemError(what, errno);
  UniqueFd owned(fd);
  if (fd > STDERR_FILENO) return owned;
  UniqueFd moved(fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!moved.valid()) return SystemError(what, errno);
  return moved;
}

int MakeMemfd() {
#ifdef MFD_EXEC
  constexpr unsigned kExec = MFD_EXEC;
#else
  constexpr unsigned kExec = 0x10;  // Linux 6.3: says that executing is meant.
#endif
  const int fd = memfd_create("mesos-containerizer", MFD_CLOEXEC | MFD_ALLOW_SEALING | kExec);
  if (fd >= 0 || errno != EINVAL) return fd;
  return memfd_create("mesos-containerizer", MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

// An orphan from the start: a process of ours starts it and ends at once. A host that waits for any
// child never meets a supervisor, gets no SIGCHLD from it, and has no zombie of it when nobody here
// watches any more.
struct SpawnArguments {
  int image;
  int control;
  char** argv;
  char** envp;
  void* stack_top;  // The supervisor's; the one between has the other.
  pid_t pid = -1;
  int pidfd = -1;
  int error = 0;  // Of the clone where pid is -1, otherwise of the exec; 0: it runs.
};

// Both run in the host's memory while the calling thread stands still: only system calls, and no
// sanitizer's bookkeeping. The signals stay blocked: no handler of the host's runs here.
__attribute__((no_sanitize("address", "thread", "undefined"))) int SupervisorChild(void* data) {
  SpawnArguments* arguments = static_cast<SpawnArguments*>(data);
  // Nothing of the host's but the socket goes along, whatever the host forgot to mark.
  syscall(SYS_close_range, 3u, ~0u, 4u /* CLOSE_RANGE_CLOEXEC */);
  syscall(SYS_fcntl, arguments->control, F_SETFD, 0);
  syscall(SYS_execveat, arguments->image, "", arguments->argv, arguments->envp, AT_EMPTY_PATH);
  arguments->error = errno;
  syscall(SYS_exit, 127);
  return 0;
}

// Shares the host's descriptors, so that the pidfd is the host's.
__attribute__((no_sanitize("address", "thread", "undefined"))) int ChildBetween(void* data) {
  SpawnArguments* arguments = static_cast<SpawnArguments*>(data);
  arguments->pid =
      clone(SupervisorChild, arguments->stack_top, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD,
            arguments, &arguments->pidfd);
  if (arguments->pid < 0) arguments->error = errno;
  syscall(SYS_exit, 0);
  return 0;
}

// The kernel's own call: also the signals that the C library keeps for itself are held back.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    const uint64_t all = ~uint64_t{0};
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &saved_, sizeof(all));
  }
  ~AllSignalsBlocked() {
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &saved_, nullptr, sizeof(saved_));
  }

 private:
  uint64_t saved_ = 0;
};

struct Spawned {
  pid_t pid;
  UniqueFd pidfd;
};

absl::StatusOr<Spawned> Spawn(int image, int control) {
  std::string control_text = absl::StrCat(control);
  char name[] = "mesos-containerizer";
  char command[] = "launch";
  char* argv[] = {name, command, control_text.data(), nullptr};
  char* envp[] = {nullptr};
  const std::unique_ptr<char[]> stacks(new char[2 * kChildStackBytes]);
  char* const top = reinterpret_cast<char*>(
      reinterpret_cast<uintptr_t>(stacks.get() + 2 * kChildStackBytes) & ~uintptr_t{15});
  SpawnArguments arguments = {image, control, argv, envp, top - kChildStackBytes};
  pid_t between;
  int error;
  {
    AllSignalsBlocked blocked;
    // Without a signal at its end: the host does not hear of this one either.
    between = clone(ChildBetween, top, CLONE_VM | CLONE_VFORK | CLONE_FILES, &arguments);
    error = errno;
  }
  if (between < 0) return SystemError("cannot start a supervisor", error);
  while (waitpid(between, nullptr, __WCLONE) < 0 && errno == EINTR) {
  }
  if (arguments.pid < 0) return SystemError("cannot start a supervisor", arguments.error);
  Spawned spawned{arguments.pid, UniqueFd(arguments.pidfd)};
  if (arguments.error != 0) {
    return SystemError("cannot execute the supervisor", arguments.error);
  }
  return spawned;
}

// Ended, or about to: waits for it.
void KillAndWait(const UniqueFd& pidfd) {
  syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0);
  pollfd wait = {pidfd.get(), POLLIN, 0};
  while (poll(&wait, 1, -1) < 0 && errno == EINTR) {
  }
  ReapChild(pidfd.get());  // A host may be the one that takes in orphans.
}

absl::Status SendPlan(int control, const LaunchPlan& plan) {
  const std::string bytes = EncodePlan(plan);
  if (bytes.size() > kMaxPlanBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("command and environment have ", bytes.size(), " bytes, too many"));
  }
  size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t count = send(control, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return SystemError("cannot hand the plan to the supervisor", errno);
    sent += static_cast<size_t>(count);
  }
  return absl::OkStatus();
}

absl::StatusOr<LaunchReport> ReceiveReport(int control) {
  LaunchReport report;
  ssize_t count;
  do {
    count = recv(control, &report, sizeof(report), MSG_WAITALL);
  } while (count < 0 && errno == EINTR);
  if (count == static_cast<ssize_t>(sizeof(report))) return report;
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    return absl::DeadlineExceededError("the command could not be executed in time");
  }
  return absl::UnavailableError("the supervisor ended before it had started the command");
}

absl::Status StepError(const LaunchReport& report, const LaunchPlan& plan) {
  std::string what;
  switch (report.failed) {
    case LaunchStep::kNone:
      return absl::OkStatus();
    case LaunchStep::kPlan:
      what = "cannot read the plan";
      break;
    case LaunchStep::kRuntimeDir:
      what = absl::StrCat("cannot open ", plan.runtime_dir);
      break;
    case LaunchStep::kSandbox:
      what = absl::StrCat("cannot open the sandbox ", plan.sandbox);
      break;
    case LaunchStep::kStdout:
      what = absl::StrCat("cannot open ", plan.sandbox, "/stdout");
      break;
    case LaunchStep::kStderr:
      what = absl::StrCat("cannot open ", plan.sandbox, "/stderr");
      break;
    case LaunchStep::kFork:
      what = "cannot fork";
      break;
    case LaunchStep::kProcessGroup:
      what = "cannot make a process group";
      break;
    case LaunchStep::kWorkingDirectory:
      what = absl::StrCat("cannot enter ", plan.sandbox);
      break;
    case LaunchStep::kCgroup:
      what = "cannot join the container's cgroups";
      break;
    case LaunchStep::kRlimit:
      what = "cannot set container.rlimit_info";
      break;
    case LaunchStep::kGroups:
      what = "cannot take on the user's groups";
      break;
    case LaunchStep::kUser:
      what = absl::StrCat("cannot become uid ", plan.user.uid);
      break;
    case LaunchStep::kPidFile:
      what = absl::StrCat("cannot write ", plan.runtime_dir, "/pid");
      break;
    case LaunchStep::kExec:
      what = absl::StrCat("cannot execute ", Quoted(plan.executable));
      break;
  }
  return SystemError(what, report.error);
}

}  // namespace

void LaunchCancellation::Cancel() {
  MutexLock lock(&mutex_);
  cancelled_ = true;
  if (pidfd_ >= 0) syscall(SYS_pidfd_send_signal, pidfd_, SIGKILL, nullptr, 0);
}

bool LaunchCancellation::Begin(int pidfd) {
  MutexLock lock(&mutex_);
  pidfd_ = pidfd;
  return !cancelled_;
}

bool LaunchCancellation::End() {
  MutexLock lock(&mutex_);
  pidfd_ = -1;
  return cancelled_;
}

absl::StatusOr<SupervisorLauncher> SupervisorLauncher::Create() {
  ASSIGN_OR_RETURN(UniqueFd image, AboveStandard(MakeMemfd(), "cannot make a memfd"));
  absl::string_view program = SupervisorImage();
  while (!program.empty()) {
    const ssize_t count = write(image.get(), program.data(), program.size());
    if (count <= 0) return SystemError("cannot write the supervisor", errno);
    program.remove_prefix(static_cast<size_t>(count));
  }
  if (fcntl(image.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) !=
      0) {
    return SystemError("cannot seal the supervisor", errno);
  }
  return SupervisorLauncher(std::move(image));
}

absl::StatusOr<LaunchedSupervisor> SupervisorLauncher::Launch(
    const LaunchPlan& plan, absl::FunctionRef<absl::Status(pid_t)> spawned, absl::Duration timeout,
    LaunchCancellation* cancellation) const {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return SystemError("cannot make a socket", errno);
  }
  UniqueFd control(ends[0]);
  ASSIGN_OR_RETURN(UniqueFd theirs, AboveStandard(ends[1], "cannot make a socket"));
  const timeval limit = absl::ToTimeval(timeout);
  setsockopt(control.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  setsockopt(control.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));

  ASSIGN_OR_RETURN(Spawned supervisor, Spawn(image_.get(), theirs.get()));
  theirs.Reset();
  absl::Cleanup kill = [&supervisor] { KillAndWait(supervisor.pidfd); };
  if (!cancellation->Begin(supervisor.pidfd.get())) {
    cancellation->End();
    return absl::CancelledError("destroyed while being launched");
  }
  absl::StatusOr<LaunchReport> report = [&]() -> absl::StatusOr<LaunchReport> {
    RETURN_IF_ERROR(spawned(supervisor.pid));
    RETURN_IF_ERROR(SendPlan(control.get(), plan));
    return ReceiveReport(control.get());
  }();
  if (cancellation->End()) return absl::CancelledError("destroyed while being launched");
  if (!report.ok()) return report.status();
  RETURN_IF_ERROR(StepError(*report, plan));
  std::move(kill).Cancel();
  return LaunchedSupervisor{supervisor.pid, std::move(supervisor.pidfd), report->task_pid};
}

}  // namespace mesos
