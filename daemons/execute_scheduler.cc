#include "daemons/execute_scheduler.h"

#include <cstdio>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "mesos/task_states.h"

namespace mesos {
namespace {

// What does not fit now may fit soon; what is not needed any more is for others.
constexpr double kRefuseSeconds = 5;

constexpr size_t kMaxLogLines = 100;

// One line, now.
void Say(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

std::string Quote(const std::string& text) {
  return absl::StrCat("'", absl::CHexEscape(text), "'");
}

}  // namespace

ExecuteScheduler::ExecuteScheduler(EventLoop* loop, v1::TaskInfo task, Resources resources,
                                   std::optional<absl::Duration> kill_after)
    : loop_(loop),
      task_(std::move(task)),
      resources_(std::move(resources)),
      kill_after_(kill_after) {}

void ExecuteScheduler::Registered(SchedulerDriver&, const v1::FrameworkID& id,
                                  const v1::MasterInfo&) {
  Say(absl::StrCat("subscribed as framework ", Quote(id.value())));
}

void ExecuteScheduler::Disconnected(SchedulerDriver&) { Say("lost the master"); }

void ExecuteScheduler::Reregistered(SchedulerDriver& driver, const v1::MasterInfo&) {
  Say("subscribed again");
  if (!launched_) return;
  v1::TaskStatus asked;
  *asked.mutable_task_id() = task_.task_id();
  *asked.mutable_agent_id() = task_.agent_id();
  driver.ReconcileTasks({asked}).IgnoreError();
}

bool ExecuteScheduler::Fits(const v1::Offer& offer) const {
  absl::StatusOr<Resources> offered = Resources::FromProto(offer.resources());
  if (!offered.ok()) return false;
  offered->Unallocate();
  return offered->Contains(resources_);
}

void ExecuteScheduler::ResourceOffers(SchedulerDriver& driver,
                                      const std::vector<v1::Offer>& offers) {
  v1::Filters filters;
  filters.set_refuse_seconds(kRefuseSeconds);
  for (const v1::Offer& offer : offers) {
    if (!launched_ && Fits(offer)) {
      Launch(driver, offer);
    } else {
      driver.DeclineOffers({offer.id()}, filters).IgnoreError();
    }
  }
}

void ExecuteScheduler::Launch(SchedulerDriver& driver, const v1::Offer& offer) {
  launched_ = true;
  *task_.mutable_agent_id() = offer.agent_id();
  driver.LaunchTasks({offer.id()}, {task_}).IgnoreError();
  driver.SuppressOffers().IgnoreError();
  Say(absl::StrCat("launched task ", Quote(task_.task_id().value()), " on agent ",
                   Quote(offer.agent_id().value()), " at ", absl::CHexEscape(offer.hostname())));
}

void ExecuteScheduler::StatusUpdate(SchedulerDriver& driver, const v1::TaskStatus& status) {
  if (status.task_id().value() != task_.task_id().value() || finished_.HasBeenNotified()) return;
  Print(status);
  driver.AcknowledgeStatusUpdate(status).IgnoreError();
  if (status.state() == v1::TASK_RUNNING && kill_after_.has_value()) {
    loop_->PostAt(loop_->Now() + *std::exchange(kill_after_, std::nullopt), [this, &driver] {
      if (!finished_.HasBeenNotified()) driver.KillTask(task_.task_id()).IgnoreError();
    });
  }
  if (!IsTerminal(status.state())) return;
  succeeded_ = status.state() == v1::TASK_FINISHED;
  End(driver);
}

void ExecuteScheduler::End(SchedulerDriver& driver) {
  if (finished_.HasBeenNotified()) return;
  driver.Stop().IgnoreError();
  finished_.Notify();
}

void ExecuteScheduler::Print(const v1::TaskStatus& status) const {
  std::string line = absl::StrCat("task ", Quote(status.task_id().value()), " is ",
                                  v1::TaskState_Name(status.state()));
  if (status.has_source()) {
    absl::StrAppend(&line, ", says ", v1::TaskStatus::Source_Name(status.source()));
  }
  if (status.has_reason()) {
    absl::StrAppend(&line, ", ", v1::TaskStatus::Reason_Name(status.reason()));
  }
  if (!status.message().empty()) {
    absl::StrAppend(&line, ": ", absl::CHexEscape(status.message()));
  }
  Say(line);
}

void ExecuteScheduler::Error(SchedulerDriver& driver, const std::string& message) {
  std::fprintf(stderr, "mesos-execute: the master refuses: %s\n",
               absl::CHexEscape(message).c_str());
  End(driver);
}

void ExecuteLog::Log(LogLevel, absl::string_view line) {
  if (said_.size() >= kMaxLogLines || !said_.insert(std::string(line)).second) return;
  std::fprintf(stderr, "mesos-execute: %s\n", std::string(line).c_str());
}

}  // namespace mesos
