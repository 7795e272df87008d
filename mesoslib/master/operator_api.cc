#include "mesoslib/master/operator_api.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mesos/version.h"
#include "mesoslib/base/ids_validation.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/master/allocation_metrics.h"
#include "mesoslib/master/metrics.h"

namespace mesos::master {
namespace {

using OperatorCall = v1::master::Call;
using v1::master::Response;

}  // namespace

void OperatorApi::GetMaster(Response::GetMaster* result) const {
  const Snapshots::About& about = snapshots_->about();
  *result->mutable_master_info() = about.master;
  result->set_start_time(absl::ToDoubleSeconds(about.start_time - absl::UnixEpoch()));
  result->set_elected_time(absl::ToDoubleSeconds(about.elected_time - absl::UnixEpoch()));
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
      AddMetrics({*ledger_, *frameworks_, *agents_, *tracked_operations_, *registrar_, *meters_,
                  loop_->Now() - created_},
                 response.mutable_get_metrics()->mutable_metrics());
      AddAllocationMetrics(*ledger_, *offers_, *quotas_, *allocator_,
                           response.mutable_get_metrics()->mutable_metrics());
      return response;
    case OperatorCall::GET_MASTER:
      response.set_type(Response::GET_MASTER);
      GetMaster(response.mutable_get_master());
      return response;
    case OperatorCall::GET_OPERATIONS:
      response.set_type(Response::GET_OPERATIONS);
      operations_.GetOperations(response.mutable_get_operations());
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
  if (IsAnsweredFromState(call)) return snapshots_->Answer(call, std::move(done));
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
