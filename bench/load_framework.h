// LoadFramework: a scheduler that fills every offer with equal small tasks until it has launched as
// many as it should, and counts what comes back.
#ifndef BENCH_LOAD_FRAMEWORK_H_
#define BENCH_LOAD_FRAMEWORK_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "mesos/endpoint.h"
#include "mesos/event_loop.h"
#include "mesos/random.h"
#include "mesos/scheduler.h"

namespace mesos::bench {

class LoadFramework final : public Scheduler {
 public:
  struct Options {
    std::string name = "load";
    int64_t tasks = 1;          // How many to launch.
    int64_t at_once = 1 << 30;  // How many may be under way at a time.
    std::string resources = "cpus:1;mem:64";
    std::string command = "true";
  };

  // Lives on `loop`, where `done` is called when all tasks have run (with `until_running`, when all
  // are running).
  LoadFramework(Options options, EventLoop* loop, Random* random, SchedulerEndpoint* master,
                std::function<void()> done, bool until_running = false);

  void Start() { driver_->Start().IgnoreError(); }

  int64_t failed() const { return failed_; }
  // From the launch until TASK_RUNNING was heard, of each task.
  const std::vector<absl::Duration>& start_times() const { return start_times_; }

  void ResourceOffers(SchedulerDriver& driver, const std::vector<v1::Offer>& offers) override;
  void StatusUpdate(SchedulerDriver& driver, const v1::TaskStatus& status) override;

 private:
  int64_t Fill(const v1::Offer& offer, std::vector<v1::TaskInfo>* tasks);

  const Options options_;
  EventLoop* const loop_;
  const std::function<void()> done_;
  const bool until_running_;
  int64_t cpus_millis_ = 0;
  int64_t mem_millis_ = 0;
  v1::TaskInfo prototype_;
  int64_t launched_ = 0;
  int64_t running_ = 0;
  int64_t ended_ = 0;
  int64_t failed_ = 0;
  absl::flat_hash_map<std::string, absl::Time> launch_times_;
  std::vector<absl::Duration> start_times_;
  std::unique_ptr<SchedulerDriver> driver_;
};

}  // namespace mesos::bench

#endif  // BENCH_LOAD_FRAMEWORK_H_
