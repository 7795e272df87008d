// WorkerPool: threads for work that blocks, so that an event loop need not.
//
//   pool->Run([loop, reply = lifetime_.Guard(...)]() mutable {
//     Result result = ReadTheDisk();
//     loop->Post([...] { reply(result); });
//   });
#ifndef MESOSLIB_BASE_WORKER_POOL_H_
#define MESOSLIB_BASE_WORKER_POOL_H_

#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mesoslib/base/mutex.h"

namespace mesos {

class WorkerPool {
 public:
  using Job = absl::AnyInvocable<void()>;

  // `threads` is at least 1. `name` is the threads' name, of which Linux keeps 15 bytes.
  // ResourceExhausted: the system gives no thread.
  static absl::StatusOr<std::unique_ptr<WorkerPool>> Create(absl::string_view name, int threads);

  // Waits for the jobs that are running; those that are not are destroyed without running.
  ~WorkerPool();

  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Runs `job` on one of the threads. Jobs start in the order they came. Any thread.
  void Run(Job job);

 private:
  WorkerPool() = default;
  void Work();
  Job Take();

  Mutex mutex_;
  Condition wake_;
  std::deque<Job> jobs_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace mesos

#endif  // MESOSLIB_BASE_WORKER_POOL_H_
