// The framework behind mesos-execute: launches its tasks, tells what becomes of them, and ends.
#ifndef DAEMONS_EXECUTE_SCHEDULER_H_
#define DAEMONS_EXECUTE_SCHEDULER_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "daemons/execute_flags.h"
#include "mesos/event_loop.h"
#include "mesos/log.h"
#include "mesos/scheduler.h"

namespace mesos {

// Lives on the driver's loop; finished() is for other threads. The driver outlives finished().
class ExecuteScheduler final : public Scheduler {
 public:
  // `kill_after` is counted from the first TASK_RUNNING.
  ExecuteScheduler(EventLoop* loop, ExecuteTasks work, std::optional<absl::Duration> kill_after);

  void Registered(SchedulerDriver& driver, const v1::FrameworkID& id,
                  const v1::MasterInfo& master) override;
  void Disconnected(SchedulerDriver& driver) override;
  void Reregistered(SchedulerDriver& driver, const v1::MasterInfo& master) override;
  void ResourceOffers(SchedulerDriver& driver, const std::vector<v1::Offer>& offers) override;
  void StatusUpdate(SchedulerDriver& driver, const v1::TaskStatus& status) override;
  void Error(SchedulerDriver& driver, const std::string& message) override;

  // Ends the framework, and with it the tasks. On the loop.
  void End(SchedulerDriver& driver);

  // Notified when there is nothing to wait for any more.
  absl::Notification& finished() { return finished_; }
  // After that: whether each task is TASK_FINISHED.
  bool succeeded() const { return !failed_ && ended_.size() == work_.tasks.size(); }

 private:
  bool Fits(const v1::Offer& offer) const;
  void Launch(SchedulerDriver& driver, const v1::Offer& offer);
  void Print(const v1::TaskStatus& status) const;

  EventLoop* const loop_;
  ExecuteTasks work_;
  std::optional<absl::Duration> kill_after_;  // Taken when the timer is set.
  v1::FrameworkID framework_;
  bool launched_ = false;
  std::set<std::string> ended_;  // Tasks, by id.
  bool failed_ = false;          // One of them.
  absl::Notification finished_;
};

// Shows what the driver reports, each line once: a master that is away is tried again and again.
class ExecuteLog final : public LogSink {
 public:
  void Log(LogLevel level, absl::string_view line) override;

 private:
  std::set<std::string> said_;  // Only the driver's loop logs.
};

}  // namespace mesos

#endif  // DAEMONS_EXECUTE_SCHEDULER_H_
