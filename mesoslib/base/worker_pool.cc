#include "mesoslib/base/worker_pool.h"

#include <algorithm>
#include <utility>

#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/thread.h"

namespace mesos {

absl::StatusOr<std::unique_ptr<WorkerPool>> WorkerPool::Create(absl::string_view name,
                                                               int threads) {
  std::unique_ptr<WorkerPool> pool(new WorkerPool());
  for (int i = 0; i < std::max(threads, 1); ++i) {
    ASSIGN_OR_RETURN(std::thread thread, StartThread(name, [pool = pool.get()] { pool->Work(); }));
    pool->threads_.push_back(std::move(thread));
  }
  return pool;
}

WorkerPool::~WorkerPool() {
  std::deque<Job> dropped;  // Destroyed without the lock: what a job holds may do anything.
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    dropped.swap(jobs_);
  }
  wake_.NotifyAll();
  dropped.clear();
  for (std::thread& thread : threads_) thread.join();
}

void WorkerPool::Run(Job job) {
  {
    MutexLock lock(&mutex_);
    if (stopping_) return;
    jobs_.push_back(std::move(job));
  }
  wake_.NotifyOne();
}

void WorkerPool::Work() {
  while (Job job = Take()) job();
}

WorkerPool::Job WorkerPool::Take() {
  MutexLock lock(&mutex_);
  while (jobs_.empty()) {
    if (stopping_) return nullptr;
    wake_.Wait(&mutex_);
  }
  Job job = std::move(jobs_.front());
  jobs_.pop_front();
  return job;
}

}  // namespace mesos
