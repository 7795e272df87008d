#include "mesoslib/base/worker_pool.h"

#include <atomic>
#include <memory>
#include <set>
#include <vector>

#include "absl/synchronization/barrier.h"
#include "absl/synchronization/blocking_counter.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/base/notification.h"

namespace mesos {
namespace {

TEST(WorkerPoolTest, OneThreadRunsJobsInTheirOrder) {
  std::vector<int> seen;
  Notification done;
  std::unique_ptr<WorkerPool> pool = WorkerPool::Create("test", 1).value();
  for (int i = 0; i < 100; ++i) pool->Run([&seen, i] { seen.push_back(i); });
  pool->Run([&done] { done.Notify(); });
  done.WaitForNotification();
  ASSERT_EQ(seen.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(seen[i], i);
}

TEST(WorkerPoolTest, AsManyJobsRunAtOnceAsThereAreThreads) {
  absl::BlockingCounter running(3);
  Notification go;
  std::unique_ptr<WorkerPool> pool = WorkerPool::Create("test", 3).value();
  for (int i = 0; i < 3; ++i) {
    pool->Run([&] {
      running.DecrementCount();
      go.WaitForNotification();
    });
  }
  running.Wait();  // Would not return if a job waited for another.
  go.Notify();
}

TEST(WorkerPoolTest, TheDestructorWaitsForRunningJobsAndDropsTheOthers) {
  std::atomic<int> ran = 0;
  Notification started, go;
  auto held = std::make_shared<int>(1);
  auto pool = WorkerPool::Create("test", 1).value();
  pool->Run([&] {
    started.Notify();
    go.WaitForNotification();
    ++ran;
  });
  started.WaitForNotification();
  pool->Run([&ran, held] { ++ran; });
  EXPECT_EQ(held.use_count(), 2);
  std::thread destroyer([&pool] { pool.reset(); });
  while (held.use_count() == 2) std::this_thread::yield();  // The queue has been dropped.
  go.Notify();
  destroyer.join();
  EXPECT_EQ(ran, 1);
}

}  // namespace
}  // namespace mesos
