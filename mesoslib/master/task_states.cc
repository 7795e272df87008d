#include "mesoslib/master/task_states.h"

#include <utility>

namespace mesos::master {

v1::TaskState StateFor(const Framework& framework, v1::TaskState state) {
  return framework.capabilities.partition_aware ? state : WithoutPartitions(state);
}

FrameworkCapabilities CapabilitiesOf(const v1::FrameworkInfo& info) {
  using Capability = v1::FrameworkInfo::Capability;
  FrameworkCapabilities capabilities;
  for (const Capability& capability : info.capabilities()) {
    switch (capability.type()) {
      case Capability::REVOCABLE_RESOURCES:
        capabilities.revocable_resources = true;
        break;
      case Capability::TASK_KILLING_STATE:
        capabilities.task_killing_state = true;
        break;
      case Capability::GPU_RESOURCES:
        capabilities.gpu_resources = true;
        break;
      case Capability::SHARED_RESOURCES:
        capabilities.shared_resources = true;
        break;
      case Capability::PARTITION_AWARE:
        capabilities.partition_aware = true;
        break;
      case Capability::MULTI_ROLE:
        capabilities.multi_role = true;
        break;
      case Capability::RESERVATION_REFINEMENT:
        capabilities.reservation_refinement = true;
        break;
      case Capability::REGION_AWARE:
        capabilities.region_aware = true;
        break;
      case Capability::UNKNOWN:
        break;
    }
  }
  return capabilities;
}

namespace {

// Copies what only some tasks have; null where there is nothing of it.
template <typename Info>
std::shared_ptr<const MasterState::TaskDetails> DetailsOf(const Info& info,
                                                          const std::string& user) {
  if (!info.has_labels() && !info.has_discovery() && !info.has_container() &&
      !info.has_health_check() && !info.has_kill_policy() && info.limits().empty() &&
      user.empty()) {
    return nullptr;
  }
  auto details = std::make_shared<MasterState::TaskDetails>();
  details->labels = info.labels();
  details->discovery = info.discovery();
  details->container = info.container();
  details->health_check = info.health_check();
  details->kill_policy = info.kill_policy();
  for (const auto& [name, limit] : info.limits()) details->limits[name] = limit.value();
  details->user = user;
  return details;
}

}  // namespace

std::unique_ptr<Task> NewTask(const v1::TaskInfo& info, const ExecutorId& executor,
                              Resources resources) {
  return std::make_unique<Task>(TaskDescription{
      TaskId(info.task_id().value()), info.name(), executor, AgentId(info.agent_id().value()),
      std::move(resources), DetailsOf(info, info.command().user())});
}

std::unique_ptr<Task> NewTask(const v1::Task& proto, const AgentId& agent, Resources resources,
                              std::shared_ptr<const MasterState::TaskDetails> details) {
  if (details == nullptr) details = DetailsOf(proto, proto.user());
  auto task = std::make_unique<Task>(TaskDescription{TaskId(proto.task_id().value()), proto.name(),
                                                     ExecutorId(proto.executor_id().value()), agent,
                                                     std::move(resources), std::move(details)});
  task->state = proto.has_status_update_state() ? proto.status_update_state() : proto.state();
  task->latest_state = proto.state();
  if (proto.statuses_size() > 0) {
    auto status = std::make_shared<v1::TaskStatus>(proto.statuses(proto.statuses_size() - 1));
    status->clear_data();
    task->status = std::move(status);
  }
  return task;
}

v1::TaskStatus MasterStatus(const Framework& framework, const TaskId& task, const AgentId& agent,
                            const StatusFields& fields, absl::Time now) {
  v1::TaskStatus status;
  status.mutable_task_id()->set_value(task.value());
  if (!agent.empty()) status.mutable_agent_id()->set_value(agent.value());
  status.set_state(StateFor(framework, fields.state));
  status.set_source(v1::TaskStatus::SOURCE_MASTER);
  status.set_reason(fields.reason);
  if (!fields.message.empty()) status.set_message(std::string(fields.message));
  status.set_timestamp(absl::ToDoubleSeconds(now - absl::UnixEpoch()));
  return status;
}

}  // namespace mesos::master
