#include "mesoslib/base/process_watcher.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/thread.h"

namespace mesos {
namespace {

constexpr uint64_t kStopKey = 0;
constexpr idtype_t kPidfdType = static_cast<idtype_t>(3);  // P_PIDFD, which glibc 2.36 lacks.

absl::Status AddToEpoll(int epoll, int fd, uint64_t key) {
  epoll_event event = {};
  event.events = EPOLLIN | EPOLLONESHOT;
  event.data.u64 = key;
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("epoll_ctl: ", strerror(errno)));
}

}  // namespace

absl::StatusOr<uint64_t> ProcessStartTime(pid_t pid) {
  const UniqueFd file(open(absl::StrCat("/proc/", pid, "/stat").c_str(), O_RDONLY | O_CLOEXEC));
  char buffer[1024];
  const ssize_t size = file.valid() ? read(file.get(), buffer, sizeof(buffer)) : -1;
  const absl::string_view text(buffer, size > 0 ? static_cast<size_t>(size) : 0);
  // The name, which may hold anything, ends at the last parenthesis; field 3 follows.
  const size_t name_end = text.rfind(')');
  if (name_end != absl::string_view::npos && name_end + 2 < text.size()) {
    const std::vector<absl::string_view> fields = absl::StrSplit(text.substr(name_end + 2), ' ');
    uint64_t start_time;
    if (fields.size() > 19 && absl::SimpleAtoi(fields[19], &start_time)) return start_time;
  }
  return absl::NotFoundError(absl::StrCat("there is no process ", pid));
}

absl::StatusOr<UniqueFd> OpenProcess(pid_t pid, uint64_t start_time) {
  // In this order: once the pidfd is open, the process it stands for keeps its number until it is
  // reaped, and a number whose start time still fits was never given away.
  UniqueFd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd.valid()) {
    if (errno == ESRCH || errno == EINVAL) {
      return absl::NotFoundError(absl::StrCat("there is no process ", pid));
    }
    return absl::InternalError(absl::StrCat("pidfd_open of ", pid, ": ", strerror(errno)));
  }
  absl::StatusOr<uint64_t> actual = ProcessStartTime(pid);
  if (!actual.ok()) return actual.status();
  if (*actual != start_time) {
    return absl::NotFoundError(absl::StrCat("process ", pid, " started at tick ", *actual,
                                            ", not at ", start_time, ": it is another one"));
  }
  return pidfd;
}

std::optional<int> ReapChild(int pidfd) {
  siginfo_t info = {};
  if (waitid(kPidfdType, static_cast<id_t>(pidfd), &info, WEXITED | WNOHANG | __WALL) != 0 ||
      info.si_pid == 0) {
    return std::nullopt;
  }
  switch (info.si_code) {
    case CLD_EXITED:
      return W_EXITCODE(info.si_status & 0xff, 0);
    case CLD_DUMPED:
      return info.si_status | WCOREFLAG;
    default:
      return info.si_status;
  }
}

absl::StatusOr<std::unique_ptr<ProcessWatcher>> ProcessWatcher::Create() {
  UniqueFd epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return absl::InternalError(absl::StrCat("epoll_create: ", strerror(errno)));
  UniqueFd stop(eventfd(0, EFD_CLOEXEC));
  if (!stop.valid()) return absl::InternalError(absl::StrCat("eventfd: ", strerror(errno)));
  if (absl::Status added = AddToEpoll(epoll.get(), stop.get(), kStopKey); !added.ok()) {
    return added;
  }
  std::unique_ptr<ProcessWatcher> watcher(new ProcessWatcher(std::move(epoll), std::move(stop)));
  ASSIGN_OR_RETURN(watcher->thread_,
                   StartThread("process-watch", [self = watcher.get()] { self->Run(); }));
  return watcher;
}

ProcessWatcher::ProcessWatcher(UniqueFd epoll, UniqueFd stop)
    : epoll_(std::move(epoll)), stop_(std::move(stop)) {}

ProcessWatcher::~ProcessWatcher() {
  if (!thread_.joinable()) return;
  eventfd_write(stop_.get(), 1);
  thread_.join();
}

absl::Status ProcessWatcher::Watch(std::shared_ptr<const UniqueFd> pidfd, EventLoop* loop,
                                   Ended ended) {
  const int fd = pidfd->get();
  MutexLock lock(&mutex_);
  const uint64_t key = ++last_key_;
  if (absl::Status added = AddToEpoll(epoll_.get(), fd, key); !added.ok()) return added;
  watched_.emplace(key, Watched{std::move(pidfd), loop, std::move(ended)});
  return absl::OkStatus();
}

void ProcessWatcher::Run() {
  epoll_event events[64];
  while (true) {
    const int count = epoll_wait(epoll_.get(), events, 64, -1);
    for (int i = 0; i < count; ++i) {
      if (events[i].data.u64 == kStopKey) return;
      Report(events[i].data.u64);
    }
  }
}

void ProcessWatcher::Report(uint64_t key) {
  Watched watched;
  {
    MutexLock lock(&mutex_);
    auto found = watched_.find(key);
    if (found == watched_.end()) return;
    watched = std::move(found->second);
    watched_.erase(found);
  }
  // Others may hold the pidfd open, and then only this takes it out of the set.
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, watched.pidfd->get(), nullptr);
  const std::optional<int> status = ReapChild(watched.pidfd->get());
  watched.loop->Post([ended = std::move(watched.ended), status]() mutable { ended(status); });
}

}  // namespace mesos
