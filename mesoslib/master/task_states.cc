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
std::unique_ptr<TaskDetails> DetailsOf(const Info& info) {
  if (!info.has_labels() && !info.has_discovery() && !info.has_container() &&
      !info.has_health_check() && !info.has_kill_policy() && info.limits().empty()) {
    return nullptr;
  }
  auto details = std::make_unique<TaskDetails>();
  details->labels = info.labels();
  details->discovery = info.discovery();
  details->container = info.container();
  details->health_check = info.health_check();
  details->kill_policy = info.kill_policy();
  details->limits = info.limits();
  return details;
}

}  // namespace

std::unique_ptr<Task> NewTask(const v1::TaskInfo& info, const ExecutorId& executor,
                              Resources resources) {
  auto task = std::make_unique<Task>();
  task->id = TaskId(info.task_id().value());
  task->name = info.name();
  task->executor = executor;
  task->agent_id = AgentId(info.agent_id().value());
  task->resources = std::move(resources);
  task->details = DetailsOf(info);
  if (info.command().has_user()) {
    if (task->details == nullptr) task->details = std::make_unique<TaskDetails>();
    task->details->user = info.command().user();
  }
  return task;
}

std::unique_ptr<Task> NewTask(const v1::Task& proto, Resources resources) {
  auto task = std::make_unique<Task>();
  task->id = TaskId(proto.task_id().value());
  task->name = proto.name();
  task->executor = ExecutorId(proto.executor_id().value());
  task->agent_id = AgentId(proto.agent_id().value());
  task->resources = std::move(resources);
  task->state = proto.has_status_update_state() ? proto.status_update_state() : proto.state();
  task->latest_state = proto.state();
  task->details = DetailsOf(proto);
  if (proto.has_user()) {
    if (task->details == nullptr) task->details = std::make_unique<TaskDetails>();
    task->details->user = proto.user();
  }
  if (proto.statuses_size() > 0) {
    task->status = std::make_unique<v1::TaskStatus>(proto.statuses(proto.statuses_size() - 1));
    task->status->clear_data();
  }
  return task;
}

void TaskToProto(const Task& task, v1::Task* proto) {
  proto->set_name(task.name);
  proto->mutable_task_id()->set_value(task.id.value());
  proto->mutable_framework_id()->set_value(task.framework->id.value());
  if (!task.executor.empty()) proto->mutable_executor_id()->set_value(task.executor.value());
  proto->mutable_agent_id()->set_value(task.agent_id.value());
  proto->set_state(task.latest_state);
  task.resources.ToProto(proto->mutable_resources());
  if (task.status != nullptr) {
    *proto->add_statuses() = *task.status;
    proto->set_status_update_state(task.state);
    if (task.status->has_uuid()) proto->set_status_update_uuid(task.status->uuid());
  }
  if (task.details != nullptr) {
    const TaskDetails& details = *task.details;
    if (details.labels.labels_size() > 0) *proto->mutable_labels() = details.labels;
    if (details.discovery.has_visibility()) *proto->mutable_discovery() = details.discovery;
    if (details.container.has_type()) *proto->mutable_container() = details.container;
    if (details.health_check.ByteSizeLong() > 0) {
      *proto->mutable_health_check() = details.health_check;
    }
    if (details.kill_policy.has_grace_period()) *proto->mutable_kill_policy() = details.kill_policy;
    *proto->mutable_limits() = details.limits;
    if (!details.user.empty()) proto->set_user(details.user);
  }
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

void SetTime(absl::Time time, v1::TimeInfo* proto) {
  proto->set_nanoseconds(absl::ToUnixNanos(time));
}

}  // namespace mesos::master
