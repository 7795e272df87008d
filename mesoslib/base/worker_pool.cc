#include "mesoslib/base/worker_pool.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace mesos {

WorkerPool::WorkerPool(absl::string_view name, int threads) : name_(name.substr(0, 15)) {
  for (int i = 0; i < std::max(threads, 1); ++i) {
    threads_.emplace_back([this] { Work(); });
  }
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
  pthread_setname_np(pthread_self(), name_.c_str());
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
