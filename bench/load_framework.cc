#include "bench/load_framework.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mesos/resources.h"

namespace mesos::bench {

LoadFramework::LoadFramework(Options options, EventLoop* loop, Random* random,
                             SchedulerEndpoint* master, std::function<void()> done,
                             bool until_running)
    : options_(std::move(options)),
      loop_(loop),
      done_(std::move(done)),
      until_running_(until_running) {
  const Resources resources = Resources::Parse(options_.resources).value();
  cpus_millis_ = resources.ScalarMillis("cpus");
  mem_millis_ = resources.ScalarMillis("mem");
  prototype_.set_name(options_.name);
  prototype_.mutable_command()->set_value(options_.command);
  resources.ToProto(prototype_.mutable_resources());
  v1::FrameworkInfo info;
  info.set_name(options_.name);
  info.set_user("");
  info.set_checkpoint(true);
  info.set_failover_timeout(60);
  driver_ = CreateSchedulerDriver({.framework = info}, {loop, random, master, this}).value();
}

int64_t LoadFramework::Fill(const v1::Offer& offer, std::vector<v1::TaskInfo>* tasks) {
  double cpus = 0;
  double mem = 0;
  for (const v1::Resource& resource : offer.resources()) {
    if (resource.name() == "cpus") cpus += resource.scalar().value();
    if (resource.name() == "mem") mem += resource.scalar().value();
  }
  int64_t room =
      std::min<int64_t>(cpus * 1000.0 / cpus_millis_ + 1e-6, mem * 1000.0 / mem_millis_ + 1e-6);
  room = std::min(room, options_.tasks - launched_);
  room = std::min(room, options_.at_once - (launched_ - ended_));
  for (int64_t i = 0; i < room; ++i) {
    v1::TaskInfo& task = tasks->emplace_back(prototype_);
    task.mutable_task_id()->set_value(absl::StrCat(options_.name, "-", launched_++));
    *task.mutable_agent_id() = offer.agent_id();
  }
  return room;
}

void LoadFramework::ResourceOffers(SchedulerDriver& driver, const std::vector<v1::Offer>& offers) {
  v1::Filters filters;
  filters.set_refuse_seconds(launched_ < options_.tasks ? 0 : 3600);
  std::vector<v1::TaskInfo> tasks;
  for (const v1::Offer& offer : offers) {
    tasks.clear();
    Fill(offer, &tasks);
    if (tasks.empty()) {
      driver.DeclineOffers({offer.id()}, filters).IgnoreError();
      continue;
    }
    const absl::Time now = loop_->Now();
    for (const v1::TaskInfo& task : tasks) launch_times_[task.task_id().value()] = now;
    driver.LaunchTasks({offer.id()}, tasks, filters).IgnoreError();
  }
}

void LoadFramework::StatusUpdate(SchedulerDriver&, const v1::TaskStatus& status) {
  if (status.state() == v1::TASK_STARTING) return;
  if (status.state() == v1::TASK_RUNNING) {
    auto launched = launch_times_.find(status.task_id().value());
    if (launched != launch_times_.end()) {
      start_times_.push_back(loop_->Now() - launched->second);
      launch_times_.erase(launched);
    }
    if (++running_ == options_.tasks && until_running_) done_();
    return;
  }
  if (status.state() != v1::TASK_FINISHED) ++failed_;
  if (++ended_ == options_.tasks) done_();
}

}  // namespace mesos::bench
