#include "mesoslib/master/state_protos.h"

#include "absl/strings/str_cat.h"

namespace mesos::master {

void SetTime(absl::Time time, v1::TimeInfo* proto) {
  proto->set_nanoseconds(absl::ToUnixNanos(time));
}

void ToProto(const MasterState::Task& task, const FrameworkId& framework, v1::Task* proto) {
  const MasterState::TaskDescription& description = *task.description;
  proto->set_name(description.name);
  proto->mutable_task_id()->set_value(description.id.value());
  proto->mutable_framework_id()->set_value(framework.value());
  if (!description.executor.empty()) {
    proto->mutable_executor_id()->set_value(description.executor.value());
  }
  proto->mutable_agent_id()->set_value(description.agent.value());
  proto->set_state(task.state);
  description.resources.ToProto(proto->mutable_resources());
  if (task.status != nullptr) {
    *proto->add_statuses() = *task.status;
    proto->set_status_update_state(task.update_state);
    if (task.status->has_uuid()) proto->set_status_update_uuid(task.status->uuid());
  }
  if (description.details == nullptr) return;
  const MasterState::TaskDetails& details = *description.details;
  if (details.labels.labels_size() > 0) *proto->mutable_labels() = details.labels;
  if (details.discovery.has_visibility()) *proto->mutable_discovery() = details.discovery;
  if (details.container.has_type()) *proto->mutable_container() = details.container;
  if (details.health_check.ByteSizeLong() > 0) {
    *proto->mutable_health_check() = details.health_check;
  }
  if (details.kill_policy.has_grace_period()) *proto->mutable_kill_policy() = details.kill_policy;
  for (const auto& [name, limit] : details.limits) {
    (*proto->mutable_limits())[name].set_value(limit);
  }
  if (!details.user.empty()) proto->set_user(details.user);
}

void ToProto(const MasterState::Agent& agent, v1::master::Response::GetAgents::Agent* proto) {
  *proto->mutable_agent_info() = *agent.info;
  agent.total.ToProto(proto->mutable_agent_info()->mutable_resources());
  proto->set_active(agent.connected && !agent.deactivated);
  proto->set_deactivated(agent.deactivated);
  proto->set_version(agent.version);
  proto->set_pid(absl::StrCat("slave(1)@", agent.address));
  SetTime(agent.registered_time, proto->mutable_registered_time());
  if (agent.reregistered_time != absl::InfinitePast()) {
    SetTime(agent.reregistered_time, proto->mutable_reregistered_time());
  }
  agent.total.ToProto(proto->mutable_total_resources());
  agent.used.ToProto(proto->mutable_allocated_resources());
  agent.offered.ToProto(proto->mutable_offered_resources());
  for (const auto& capability : agent.capabilities) *proto->add_capabilities() = capability;
  if (agent.drain != nullptr) *proto->mutable_drain_info() = *agent.drain;
  if (agent.drain_start != absl::InfinitePast()) {
    SetTime(agent.drain_start, proto->mutable_estimated_drain_start_time());
  }
}

void DescribeToProto(const MasterState::Framework& framework,
                     v1::master::Response::GetFrameworks::Framework* proto) {
  *proto->mutable_framework_info() = *framework.info;
  proto->set_active(framework.connected);
  proto->set_connected(framework.connected);
  proto->set_recovered(framework.recovered);
  auto set = [](absl::Time time, auto field) {
    if (time != absl::InfinitePast()) SetTime(time, field());
  };
  set(framework.registered_time, [&] { return proto->mutable_registered_time(); });
  set(framework.reregistered_time, [&] { return proto->mutable_reregistered_time(); });
  set(framework.unregistered_time, [&] { return proto->mutable_unregistered_time(); });
  if (framework.offer_constraints != nullptr) {
    *proto->mutable_offer_constraints() = *framework.offer_constraints;
  }
}

}  // namespace mesos::master
