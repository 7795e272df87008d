// WithHelp: work that two threads may do, of which one waits for neither.
#ifndef MESOSLIB_HTTP_WITH_HELP_H_
#define MESOSLIB_HTTP_WITH_HELP_H_

#include <atomic>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/http/background.h"

namespace mesos::http {

// What `work()` returns. Meanwhile, where a thread of the background is free, `help(over)` does a
// part of the work from the other end there, until it has done all or `over` is true: it looks
// after each little while. Neither runs when this returns.
template <typename Work, typename Help>
auto WithHelp(const Background& background, Work work, Help help) {
  struct Shared {
    explicit Shared(Help what) : help(std::move(what)) {}
    Help help;
    std::atomic<bool> over{false};
    Mutex mutex;
    Condition ended;
    bool closed ABSL_GUARDED_BY(mutex) = false;
    bool helping ABSL_GUARDED_BY(mutex) = false;
  };
  const auto shared = std::make_shared<Shared>(std::move(help));
  background([shared] {
    {
      MutexLock lock(&shared->mutex);
      if (shared->closed) return;
      shared->helping = true;
    }
    shared->help(shared->over);
    MutexLock lock(&shared->mutex);
    shared->helping = false;
    shared->ended.NotifyAll();
  });
  auto result = work();
  shared->over = true;
  MutexLock lock(&shared->mutex);
  shared->closed = true;
  while (shared->helping) shared->ended.Wait(&shared->mutex);
  return result;
}

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_WITH_HELP_H_
