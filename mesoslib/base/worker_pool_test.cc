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
  WorkerPool pool("test", 1);
  for (int i = 0; i < 100; ++i) pool.Run([&seen, i] { seen.push_back(i); });
  pool.Run([&done] { done.Notify(); });
  done.WaitForNotification();
  ASSERT_EQ(seen.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(seen[i], i);
}

TEST(WorkerPoolTest, AsManyJobsRunAtOnceAsThereAreThreads) {
  absl::BlockingCounter running(3);
  Notification go;
  WorkerPool pool("test", 3);
  for (int i = 0; i < 3; ++i) {
    pool.Run([&] {
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
  auto pool = std::make_unique<WorkerPool>("test", 1);
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
