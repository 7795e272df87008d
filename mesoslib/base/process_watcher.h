// ProcessWatcher: tells when processes end. One thread waits for all of them on their pidfds: there
// is no SIGCHLD handler, no polling, and it does not matter whose children they are.
//
//   watcher->Watch(pidfd, loop, [](std::optional<int> wait_status) { ... });
#ifndef MESOSLIB_BASE_PROCESS_WATCHER_H_
#define MESOSLIB_BASE_PROCESS_WATCHER_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mesos/event_loop.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/base/unique_fd.h"

namespace mesos {

// The process `pid` if it is the one that started at `start_time` (field 22 of /proc/<pid>/stat).
// NotFound: that process has gone, even if another one has its number by now.
absl::StatusOr<UniqueFd> OpenProcess(pid_t pid, uint64_t start_time);

// Field 22 of /proc/<pid>/stat. NotFound: there is no such process.
absl::StatusOr<uint64_t> ProcessStartTime(pid_t pid);

// Reaps the child behind `pidfd` if it has ended. The status is as wait(2) gives it; none if the
// process has not ended, is no child of this process, or was reaped by someone else.
std::optional<int> ReapChild(int pidfd);

class ProcessWatcher {
 public:
  using Ended = absl::AnyInvocable<void(std::optional<int> wait_status)>;

  static absl::StatusOr<std::unique_ptr<ProcessWatcher>> Create();

  // Watching ends; callbacks that have been posted already still run.
  ~ProcessWatcher();

  ProcessWatcher(const ProcessWatcher&) = delete;
  ProcessWatcher& operator=(const ProcessWatcher&) = delete;

  // Calls `ended` on `loop`, once, when the process has ended: with its status if it was a child of
  // this process (which is reaped), else with none. Any thread.
  absl::Status Watch(std::shared_ptr<const UniqueFd> pidfd, EventLoop* loop, Ended ended);

 private:
  struct Watched {
    std::shared_ptr<const UniqueFd> pidfd;
    EventLoop* loop;
    Ended ended;
  };

  ProcessWatcher(UniqueFd epoll, UniqueFd stop);
  void Run();
  void Report(uint64_t key);

  const UniqueFd epoll_;
  const UniqueFd stop_;
  Mutex mutex_;
  uint64_t last_key_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<uint64_t, Watched> watched_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace mesos

#endif  // MESOSLIB_BASE_PROCESS_WATCHER_H_
