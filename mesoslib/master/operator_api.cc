#include "mesoslib/master/operator_api.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mesos/version.h"
#include "mesoslib/base/ids_validation.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/master/allocation_metrics.h"
#include "mesoslib/master/metrics.h"
#include "mesoslib/master/task_states.h"

namespace mesos::master {
namespace {

using OperatorCall = v1::master::Call;
using v1::master::Response;

void FrameworkToProto(const Framework& framework, Response::GetFrameworks::Framework* proto) {
  *proto->mutable_framework_info() = framework.info;
  proto->set_active(framework.connected());
  proto->set_connected(framework.connected());
  proto->set_recovered(framework.recovered);
  auto set = [](absl::Time time, auto field) {
    if (time != absl::InfinitePast()) SetTime(time, field());
  };
  set(framework.registered_time, [&] { return proto->mutable_registered_time(); });
  set(framework.reregistered_time, [&] { return proto->mutable_reregistered_time(); });
  set(framework.unregistered_time, [&] { return proto->mutable_unregistered_time(); });
  Resources allocated;
  for (const Task* task : framework.tasks.InOrder()) {
    if (task->holds_resources) allocated += task->resources;
  }
  allocated.ToProto(proto->mutable_allocated_resources());
  Resources offered;
  for (const Offer* offer : framework.offers.InOrder()) {
    offered += offer->resources;
    v1::Offer* listed = proto->add_offers();
    listed->mutable_id()->set_value(offer->id.value());
    listed->mutable_framework_id()->set_value(framework.id.value());
    listed->mutable_agent_id()->set_value(offer->agent->id.value());
    listed->set_hostname(offer->agent->info.hostname());
    listed->mutable_allocation_info()->set_role(offer->role);
    offer->resources.ToProto(listed->mutable_resources());
  }
  offered.ToProto(proto->mutable_offered_resources());
  if (framework.said_constraints.role_constraints_size() > 0) {
    *proto->mutable_offer_constraints() = framework.said_constraints;
  }
}

}  // namespace

void OperatorApi::GetMaster(Response::GetMaster* result) const {
  *result->mutable_master_info() = info_;
  result->set_start_time(absl::ToDoubleSeconds(start_time_ - absl::UnixEpoch()));
  result->set_elected_time(result->start_time());
}

void OperatorApi::GetAgents(Response::GetAgents* result) const {
  for (const Agent* agent : ledger_->agents().InOrder()) {
    Response::GetAgents::Agent* proto = result->add_agents();
    *proto->mutable_agent_info() = agent->info;
    agent->total.ToProto(proto->mutable_agent_info()->mutable_resources());
    MachineApi::Describe(*agent, proto);
    proto->set_version(agent->version);
    proto->set_pid(absl::StrCat("slave(1)@", agent->peer.address));
    SetTime(agent->registered_time, proto->mutable_registered_time());
    if (agent->reregistered_time != absl::InfinitePast()) {
      SetTime(agent->reregistered_time, proto->mutable_reregistered_time());
    }
    agent->total.ToProto(proto->mutable_total_resources());
    agent->used.ToProto(proto->mutable_allocated_resources());
    agent->offered.ToProto(proto->mutable_offered_resources());
    for (const auto& capability : agent->capability_list) *proto->add_capabilities() = capability;
  }
  for (const auto& [id, info] : agents_->recovered()) *result->add_recovered_agents() = info;
}

void OperatorApi::GetFrameworks(Response::GetFrameworks* result) const {
  for (const auto& [id, framework] : ledger_->frameworks()) {
    Response::GetFrameworks::Framework* proto = result->add_frameworks();
    FrameworkToProto(*framework, proto);
    inverse_offers_->List(*framework, proto->mutable_inverse_offers());
  }
  for (const auto& framework : frameworks_->completed()) {
    FrameworkToProto(*framework, result->add_completed_frameworks());
  }
}

void OperatorApi::GetExecutors(Response::GetExecutors* result) const {
  for (const Agent* agent : ledger_->agents().InOrder()) {
    for (const auto& [key, executor] : agent->executors) {
      Response::GetExecutors::Executor* proto = result->add_executors();
      *proto->mutable_executor_info() = executor.info;
      proto->mutable_agent_id()->set_value(agent->id.value());
    }
  }
}

void OperatorApi::GetTasks(Response::GetTasks* result) const {
  auto add = [&](const Framework& framework) {
    for (const Task* task : framework.tasks.InOrder()) TaskToProto(*task, result->add_tasks());
    for (const auto& [age, task] : framework.unreachable_tasks.by_age()) {
      TaskToProto(*task, result->add_unreachable_tasks());
    }
    for (const auto& task : framework.completed_tasks) {
      TaskToProto(*task, result->add_completed_tasks());
    }
  };
  for (const auto& [id, framework] : ledger_->frameworks()) add(*framework);
  for (const auto& framework : frameworks_->completed()) add(*framework);
}

absl::StatusOr<Response> OperatorApi::Read(const OperatorCall& call) const {
  Response response;
  switch (call.type()) {
    case OperatorCall::GET_HEALTH:
      response.set_type(Response::GET_HEALTH);
      response.mutable_get_health()->set_healthy(true);
      return response;
    case OperatorCall::GET_VERSION:
      response.set_type(Response::GET_VERSION);
      response.mutable_get_version()->mutable_version_info()->set_version(MESOS_VERSION);
      return response;
    case OperatorCall::GET_METRICS:
      if (!call.has_get_metrics()) return absl::InvalidArgumentError("get_metrics is missing");
      response.set_type(Response::GET_METRICS);
      AddMetrics(*ledger_, *agents_, loop_->Now() - created_,
                 response.mutable_get_metrics()->mutable_metrics());
      AddAllocationMetrics(*ledger_, *offers_, *quotas_, *allocator_,
                           response.mutable_get_metrics()->mutable_metrics());
      return response;
    case OperatorCall::GET_MASTER:
      response.set_type(Response::GET_MASTER);
      GetMaster(response.mutable_get_master());
      return response;
    case OperatorCall::GET_AGENTS:
      response.set_type(Response::GET_AGENTS);
      GetAgents(response.mutable_get_agents());
      return response;
    case OperatorCall::GET_FRAMEWORKS:
      response.set_type(Response::GET_FRAMEWORKS);
      GetFrameworks(response.mutable_get_frameworks());
      return response;
    case OperatorCall::GET_EXECUTORS:
      response.set_type(Response::GET_EXECUTORS);
      GetExecutors(response.mutable_get_executors());
      return response;
    case OperatorCall::GET_TASKS:
      response.set_type(Response::GET_TASKS);
      GetTasks(response.mutable_get_tasks());
      return response;
    case OperatorCall::GET_OPERATIONS:
      response.set_type(Response::GET_OPERATIONS);
      operations_.GetOperations(response.mutable_get_operations());
      return response;
    case OperatorCall::GET_ROLES:
      response.set_type(Response::GET_ROLES);
      policy_.GetRoles(response.mutable_get_roles());
      return response;
    case OperatorCall::GET_QUOTA:
      response.set_type(Response::GET_QUOTA);
      policy_.GetQuota(response.mutable_get_quota());
      return response;
    case OperatorCall::GET_WEIGHTS:
      response.set_type(Response::GET_WEIGHTS);
      policy_.GetWeights(response.mutable_get_weights());
      return response;
    case OperatorCall::GET_MAINTENANCE_SCHEDULE:
      response.set_type(Response::GET_MAINTENANCE_SCHEDULE);
      machines_.GetSchedule(response.mutable_get_maintenance_schedule());
      return response;
    case OperatorCall::GET_MAINTENANCE_STATUS:
      response.set_type(Response::GET_MAINTENANCE_STATUS);
      machines_.GetStatus(response.mutable_get_maintenance_status());
      return response;
    case OperatorCall::GET_STATE:
      response.set_type(Response::GET_STATE);
      GetTasks(response.mutable_get_state()->mutable_get_tasks());
      GetExecutors(response.mutable_get_state()->mutable_get_executors());
      GetFrameworks(response.mutable_get_state()->mutable_get_frameworks());
      GetAgents(response.mutable_get_state()->mutable_get_agents());
      return response;
    default:
      return absl::UnimplementedError(absl::StrCat("this master does not answer the call ",
                                                   OperatorCall::Type_Name(call.type())));
  }
}

absl::Status OperatorApi::Teardown(const OperatorCall& call) {
  const FrameworkId id(call.teardown().framework_id().value());
  RETURN_IF_ERROR(ValidateId("teardown.framework_id", id.value()));
  Framework* framework = ledger_->FindFramework(id);
  if (framework == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("teardown.framework_id is ", Quoted(id.value()), ", which no framework has"));
  }
  frameworks_->Remove(framework);
  return absl::OkStatus();
}

void OperatorApi::MarkAgentGone(const v1::master::Call& call, Written done) {
  const AgentId id(call.mark_agent_gone().agent_id().value());
  if (absl::Status valid = ValidateId("mark_agent_gone.agent_id", id.value()); !valid.ok()) {
    return done(std::move(valid));
  }
  agents_->MarkGone(id, std::move(done));
}

void OperatorApi::Call(const v1::master::Call& call, const Peer& peer, Done done) {
  // Of a call that changes something.
  auto written = [&done] {
    return [done = std::move(done)](absl::Status status) mutable {
      if (status.ok()) {
        done(Response());
      } else {
        done(std::move(status));
      }
    };
  };
  if (!call.has_type()) return done(absl::InvalidArgumentError("type is missing"));
  if (OperationApi::Answers(call.type())) {
    return written()(operations_.Call(call, peer.principal));
  }
  if (MachineApi::Answers(call.type())) return machines_.Call(call, written());
  switch (call.type()) {
    case OperatorCall::TEARDOWN:
      return written()(Teardown(call));
    case OperatorCall::MARK_AGENT_GONE:
      return MarkAgentGone(call, written());
    case OperatorCall::UPDATE_QUOTA:
      return policy_.UpdateQuota(call, written());
    case OperatorCall::SET_QUOTA:
      return policy_.SetQuota(call, written());
    case OperatorCall::REMOVE_QUOTA:
      return policy_.RemoveQuota(call, written());
    case OperatorCall::UPDATE_WEIGHTS:
      return policy_.UpdateWeights(call, written());
    default:
      return done(Read(call));
  }
}

}  // namespace mesos::master
