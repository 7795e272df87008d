#include "mesoslib/sim/observer.h"

#include "absl/strings/str_cat.h"

namespace mesos::sim {
namespace {

// By then an agent that lives has written down what it was told.
constexpr absl::Duration kWrittenDown = absl::Seconds(10);

}  // namespace

void Observer::TaskStarts(int host, const std::string& framework, const std::string& task) {
  const TaskName name(framework, task);
  world_->Log("host ", host, " runs ", task);
  if (!started_.insert(name).second) {
    auto elsewhere = running_.find(name);
    world_->Violation(absl::StrCat(
        "task ", task, " is started twice, now on host ", host,
        elsewhere == running_.end() ? "" : absl::StrCat("; it runs on host ", elsewhere->second)));
  }
  running_[name] = host;
}

void Observer::TaskEnds(const std::string& framework, const std::string& task) {
  running_.erase({framework, task});
}

void Observer::AgentSays(const Process& agent, const internal::AgentMessage& message) {
  last_active_[agent.id()] = world_->elapsed();
  std::vector<Update> heard = std::move(heard_[agent.id()]);
  heard_.erase(agent.id());
  if (!message.has_reregister() && !message.has_register_()) {
    // The first time counts.
    for (Update& update : heard) {
      acknowledged_.emplace(std::move(update), Acknowledged{agent.id(), world_->elapsed()});
    }
  }
  // What is not to be acknowledged has no uuid.
  if (message.status_update().status().uuid().empty()) return;
  const v1::TaskStatus& status = message.status_update().status();
  const TaskName task(message.status_update().framework_id().value(), status.task_id().value());
  // Whatever runs was written down before, or the framework does not want it to be.
  if (status.reason() == v1::TaskStatus::REASON_AGENT_RESTARTED && started_.count(task) > 0 &&
      checkpoints_[task.first] && shut_down_.count({agent.name(), task.first}) == 0) {
    world_->Violation(absl::StrCat(agent.name(), " does not know of task ", task.second,
                                   ", which it has started"));
  }
  auto found = acknowledged_.find({task, status.uuid()});
  if (found == acknowledged_.end()) return;
  const auto& [process, at] = found->second;
  // One that died before it had written the acknowledgement down does not know of it.
  const absl::Duration lived = last_active_[process] - at;
  if (lived > (process == agent.id() ? absl::ZeroDuration() : kWrittenDown)) {
    world_->Violation(absl::StrCat(agent.name(), " sends an update of task ",
                                   status.task_id().value(), " again that was acknowledged ",
                                   absl::FormatDuration(world_->elapsed() - at), " ago"));
  }
}

void Observer::AgentHears(const Process& agent, const internal::MasterMessage& message) {
  last_active_[agent.id()] = world_->elapsed();
  if (message.has_run_tasks()) {
    const v1::FrameworkInfo& framework = message.run_tasks().framework();
    checkpoints_[framework.id().value()] = framework.checkpoint();
  }
  if (message.has_shutdown_framework()) {
    shut_down_.insert({agent.name(), message.shutdown_framework().framework_id().value()});
  }
  if (message.has_acknowledge_update()) {
    const auto& acknowledged = message.acknowledge_update();
    const TaskName task(acknowledged.framework_id().value(), acknowledged.task_id().value());
    heard_[agent.id()].emplace_back(task, acknowledged.uuid());
  }
  const std::string& id = message.has_registered() ? message.registered().agent_id().value()
                                                   : message.reregistered().agent_id().value();
  if ((message.has_registered() || message.has_reregistered()) && IsGone(id)) {
    world_->Violation(absl::StrCat(agent.name(), " is admitted as ", id, ", which is gone"));
  }
}

}  // namespace mesos::sim
