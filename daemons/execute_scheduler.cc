#include "daemons/execute_scheduler.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "mesos/resources.h"
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

ExecuteScheduler::ExecuteScheduler(EventLoop* loop, ExecuteTasks work,
                                   std::optional<absl::Duration> kill_after)
    : loop_(loop), work_(std::move(work)), kill_after_(kill_after) {}

void ExecuteScheduler::Registered(SchedulerDriver&, const v1::FrameworkID& id,
                                  const v1::MasterInfo&) {
  framework_ = id;
  Say(absl::StrCat("subscribed as framework ", Quote(id.value())));
}

void ExecuteScheduler::Disconnected(SchedulerDriver&) { Say("lost the master"); }

void ExecuteScheduler::Reregistered(SchedulerDriver& driver, const v1::MasterInfo&) {
  Say("subscribed again");
  if (!launched_) return;
  std::vector<v1::TaskStatus> asked;
  for (const v1::TaskInfo& task : work_.tasks) {
    if (ended_.contains(task.task_id().value())) continue;
    v1::TaskStatus& status = asked.emplace_back();
    *status.mutable_task_id() = task.task_id();
    *status.mutable_agent_id() = task.agent_id();
  }
  driver.ReconcileTasks(asked).IgnoreError();
}

bool ExecuteScheduler::Fits(const v1::Offer& offer) const {
  absl::StatusOr<Resources> offered = Resources::FromProto(offer.resources());
  if (!offered.ok()) return false;
  offered->Unallocate();
  return offered->Contains(work_.resources);
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
  for (v1::TaskInfo& task : work_.tasks) *task.mutable_agent_id() = offer.agent_id();
  if (work_.executor.has_value()) {
    v1::Offer::Operation operation;
    operation.set_type(v1::Offer::Operation::LAUNCH_GROUP);
    auto* launch = operation.mutable_launch_group();
    *launch->mutable_executor() = *work_.executor;
    *launch->mutable_executor()->mutable_framework_id() = framework_;
    *launch->mutable_task_group()->mutable_tasks() = {work_.tasks.begin(), work_.tasks.end()};
    driver.AcceptOffers({offer.id()}, {operation}).IgnoreError();
  } else {
    driver.LaunchTasks({offer.id()}, work_.tasks).IgnoreError();
  }
  driver.SuppressOffers().IgnoreError();
  for (const v1::TaskInfo& task : work_.tasks) {
    Say(absl::StrCat("launched task ", Quote(task.task_id().value()), " on agent ",
                     Quote(offer.agent_id().value()), " at ", absl::CHexEscape(offer.hostname())));
  }
}

void ExecuteScheduler::StatusUpdate(SchedulerDriver& driver, const v1::TaskStatus& status) {
  const std::string& id = status.task_id().value();
  const bool ours =
      std::any_of(work_.tasks.begin(), work_.tasks.end(),
                  [&](const v1::TaskInfo& task) { return task.task_id().value() == id; });
  if (!ours || ended_.contains(id) || finished_.HasBeenNotified()) return;
  Print(status);
  driver.AcknowledgeStatusUpdate(status).IgnoreError();
  if (status.state() == v1::TASK_RUNNING && kill_after_.has_value()) {
    loop_->PostAt(loop_->Now() + *std::exchange(kill_after_, std::nullopt), [this, &driver] {
      if (finished_.HasBeenNotified()) return;
      for (const v1::TaskInfo& task : work_.tasks) driver.KillTask(task.task_id()).IgnoreError();
    });
  }
  if (!IsTerminal(status.state())) return;
  ended_.insert(id);
  if (status.state() != v1::TASK_FINISHED) failed_ = true;
  if (ended_.size() == work_.tasks.size()) End(driver);
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
