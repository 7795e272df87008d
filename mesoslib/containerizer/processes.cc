#include "mesoslib/containerizer/processes.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "mesoslib/base/unique_fd.h"
#include "mesoslib/containerizer/supervisor/proc.h"

namespace mesos {
namespace {

void SendToPidfd(int pidfd, int signal) {
  syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0);
}

bool SupervisorLives(const ContainerPids& pids) {
  ProcStat stat;
  return ReadProcStat(pids.supervisor, &stat) && stat.start_time == pids.supervisor_start_time &&
         stat.state != 'Z';
}

// The task's number and group are its own as long as the supervisor has not reaped it.
bool TaskLives(const ContainerPids& pids) {
  ProcStat stat;
  return pids.task != 0 && SupervisorLives(pids) && ReadProcStat(pids.task, &stat) &&
         stat.parent == pids.supervisor && stat.state != 'Z';
}

struct Killed {
  pid_t pid;
  UniqueFd pidfd;
};

std::vector<Killed> KillMembers(pid_t session) {
  std::vector<Killed> killed;
  ProcStat stat;
  for (pid_t pid : ReadAllPids()) {
    if (!ReadProcStat(pid, &stat) || stat.session != session || stat.state == 'Z') continue;
    UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    if (!pidfd.valid() || !ReadProcStat(pid, &stat) || stat.session != session) continue;
    SendToPidfd(pidfd.get(), SIGKILL);
    killed.push_back({pid, std::move(pidfd)});
  }
  return killed;
}

void Add(const ProcStat& stat, v1::ResourceStatistics* statistics) {
  const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  statistics->set_cpus_user_time_secs(
      statistics->cpus_user_time_secs() +
      static_cast<double>(stat.user_ticks + stat.children_user_ticks) / ticks);
  statistics->set_cpus_system_time_secs(
      statistics->cpus_system_time_secs() +
      static_cast<double>(stat.system_ticks + stat.children_system_ticks) / ticks);
}

}  // namespace

absl::Status SignalContainer(const ContainerPids& pids, int signal) {
  if (!TaskLives(pids)) return absl::NotFoundError("the container has ended");
  // The group at once: no member can slip away by forking.
  const bool sent = kill(-pids.task, signal) == 0;
  const int error = errno;
  const int others = SignalDescendants(pids.supervisor, signal, pids.task);
  if (sent || others > 0 || error == ESRCH) return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrCat(
      "cannot send signal ", signal, " to process group ", pids.task, ": ", strerror(error)));
}

void KillContainer(const ContainerPids& pids, int supervisor_pidfd) {
  if (!SupervisorLives(pids)) return;
  SignalDescendants(pids.supervisor, SIGKILL);
  // No task yet: the next instant there may be one, and it dies with its supervisor.
  if (pids.task == 0) SendToPidfd(supervisor_pidfd, SIGKILL);
  // A task of the same user may have stopped it.
  SendToPidfd(supervisor_pidfd, SIGCONT);
}

absl::Status KillSession(const ContainerPids& pids, absl::Duration timeout) {
  const pid_t session = pids.supervisor;
  if (session <= 1) return absl::OkStatus();
  // The number stays taken while the session has members. If a process has it that is not the
  // supervisor, then the session is gone, and the one of that number is somebody else's.
  ProcStat leader;
  if (ReadProcStat(session, &leader) && leader.start_time != pids.supervisor_start_time) {
    return absl::OkStatus();
  }
  const absl::Time deadline = absl::Now() + timeout;
  std::vector<Killed> killed;
  // New members can only come from old ones, so after a round that finds none there are none.
  while (!(killed = KillMembers(session)).empty()) {
    for (const Killed& process : killed) {
      const absl::Duration left = deadline - absl::Now();
      pollfd wait = {process.pidfd.get(), POLLIN, 0};
      if (left <= absl::ZeroDuration() ||
          poll(&wait, 1, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1) == 0) {
        return absl::DeadlineExceededError(absl::StrCat("process ", process.pid, " is still there ",
                                                        absl::FormatDuration(timeout),
                                                        " after it was killed"));
      }
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::ResourceStatistics> MeasureContainer(const ContainerPids& pids) {
  v1::ResourceStatistics statistics;
  ProcStat stat;
  if (!SupervisorLives(pids) || !ReadProcStat(pids.supervisor, &stat)) {
    return absl::NotFoundError("the container has ended");
  }
  // The supervisor's own work does not count; what its reaped children did does.
  stat.user_ticks = stat.system_ticks = 0;
  Add(stat, &statistics);
  uint32_t processes = 0;
  uint64_t threads = 0, pages = 0;
  std::vector<pid_t> pending = ReadChildren(pids.supervisor);
  while (!pending.empty()) {
    const pid_t pid = pending.back();
    pending.pop_back();
    if (!ReadProcStat(pid, &stat)) continue;
    Add(stat, &statistics);
    ++processes;
    threads += stat.threads;
    pages += stat.resident_pages;
    for (pid_t child : ReadChildren(pid)) pending.push_back(child);
  }
  const uint64_t bytes = pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  statistics.set_processes(processes);
  statistics.set_threads(static_cast<uint32_t>(threads));
  statistics.set_mem_rss_bytes(bytes);
  statistics.set_mem_total_bytes(bytes);
  return statistics;
}

}  // namespace mesos
