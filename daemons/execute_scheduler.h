// The framework behind mesos-execute: launches one task, tells what becomes of it, and ends.
#ifndef DAEMONS_EXECUTE_SCHEDULER_H_
#define DAEMONS_EXECUTE_SCHEDULER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "mesos/event_loop.h"
#include "mesos/log.h"
#include "mesos/resources.h"
#include "mesos/scheduler.h"

namespace mesos {

// Lives on the driver's loop; finished() is for other threads. The driver outlives finished().
class ExecuteScheduler final : public Scheduler {
 public:
  // `task` lacks agent_id only. `kill_after` is counted from TASK_RUNNING.
  ExecuteScheduler(EventLoop* loop, v1::TaskInfo task, Resources resources,
                   std::optional<absl::Duration> kill_after);

  void Registered(SchedulerDriver& driver, const v1::FrameworkID& id,
                  const v1::MasterInfo& master) override;
  void Disconnected(SchedulerDriver& driver) override;
  void Reregistered(SchedulerDriver& driver, const v1::MasterInfo& master) override;
  void ResourceOffers(SchedulerDriver& driver, const std::vector<v1::Offer>& offers) override;
  void StatusUpdate(SchedulerDriver& driver, const v1::TaskStatus& status) override;
  void Error(SchedulerDriver& driver, const std::string& message) override;

  // Ends the framework, and with it the task. On the loop.
  void End(SchedulerDriver& driver);

  // Notified when there is nothing to wait for any more.
  absl::Notification& finished() { return finished_; }
  // After that: whether the task is TASK_FINISHED.
  bool succeeded() const { return succeeded_; }

 private:
  bool Fits(const v1::Offer& offer) const;
  void Launch(SchedulerDriver& driver, const v1::Offer& offer);
  void Print(const v1::TaskStatus& status) const;

  EventLoop* const loop_;
  v1::TaskInfo task_;
  const Resources resources_;
  std::optional<absl::Duration> kill_after_;  // Taken when the timer is set.
  bool launched_ = false;
  bool succeeded_ = false;
  absl::Notification finished_;
};

// Shows what the driver reports, each line once in a row: a master that is away is tried again and
// again.
class ExecuteLog final : public LogSink {
 public:
  void Log(LogLevel level, absl::string_view line) override;

 private:
  std::string last_;  // Only the driver's loop logs.
};

}  // namespace mesos

#endif  // DAEMONS_EXECUTE_SCHEDULER_H_
