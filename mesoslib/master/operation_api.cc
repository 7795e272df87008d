#include "mesoslib/master/operation_api.h"

#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "mesoslib/base/ids_validation.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/master/operation_validation.h"

namespace mesos::master {
namespace {

using OperatorCall = v1::master::Call;
using Operation = v1::Offer::Operation;

// What a call asks for, as an operation.
struct Asked {
  bool has_body;
  std::string agent;
  Operation operation;
};

Asked Reserve(const OperatorCall& call) {
  Asked asked{call.has_reserve_resources(), call.reserve_resources().agent_id().value(), {}};
  asked.operation.set_type(Operation::RESERVE);
  *asked.operation.mutable_reserve()->mutable_source() = call.reserve_resources().source();
  *asked.operation.mutable_reserve()->mutable_resources() = call.reserve_resources().resources();
  return asked;
}

Asked Unreserve(const OperatorCall& call) {
  Asked asked{call.has_unreserve_resources(), call.unreserve_resources().agent_id().value(), {}};
  asked.operation.set_type(Operation::UNRESERVE);
  *asked.operation.mutable_unreserve()->mutable_resources() =
      call.unreserve_resources().resources();
  return asked;
}

Asked Create(const OperatorCall& call) {
  Asked asked{call.has_create_volumes(), call.create_volumes().agent_id().value(), {}};
  asked.operation.set_type(Operation::CREATE);
  *asked.operation.mutable_create()->mutable_volumes() = call.create_volumes().volumes();
  return asked;
}

Asked Destroy(const OperatorCall& call) {
  Asked asked{call.has_destroy_volumes(), call.destroy_volumes().agent_id().value(), {}};
  asked.operation.set_type(Operation::DESTROY);
  *asked.operation.mutable_destroy()->mutable_volumes() = call.destroy_volumes().volumes();
  return asked;
}

Asked Grow(const OperatorCall& call) {
  Asked asked{call.has_grow_volume(), call.grow_volume().agent_id().value(), {}};
  asked.operation.set_type(Operation::GROW_VOLUME);
  *asked.operation.mutable_grow_volume()->mutable_volume() = call.grow_volume().volume();
  *asked.operation.mutable_grow_volume()->mutable_addition() = call.grow_volume().addition();
  return asked;
}

Asked Shrink(const OperatorCall& call) {
  Asked asked{call.has_shrink_volume(), call.shrink_volume().agent_id().value(), {}};
  asked.operation.set_type(Operation::SHRINK_VOLUME);
  *asked.operation.mutable_shrink_volume()->mutable_volume() = call.shrink_volume().volume();
  if (call.shrink_volume().has_subtract()) {
    *asked.operation.mutable_shrink_volume()->mutable_subtract() = call.shrink_volume().subtract();
  }
  return asked;
}

Asked Read(const OperatorCall& call) {
  switch (call.type()) {
    case OperatorCall::RESERVE_RESOURCES:
      return Reserve(call);
    case OperatorCall::UNRESERVE_RESOURCES:
      return Unreserve(call);
    case OperatorCall::CREATE_VOLUMES:
      return Create(call);
    case OperatorCall::DESTROY_VOLUMES:
      return Destroy(call);
    case OperatorCall::GROW_VOLUME:
      return Grow(call);
    default:
      return Shrink(call);
  }
}

absl::Status Conflict(const Resources& wanted, const Agent& agent, absl::string_view why) {
  return absl::FailedPreconditionError(
      absl::StrCat("conflict: ", wanted.ToString(), " of agent ", agent.id.value(), " ", why));
}

}  // namespace

bool OperationApi::Answers(OperatorCall::Type type) {
  switch (type) {
    case OperatorCall::RESERVE_RESOURCES:
    case OperatorCall::UNRESERVE_RESOURCES:
    case OperatorCall::CREATE_VOLUMES:
    case OperatorCall::DESTROY_VOLUMES:
    case OperatorCall::GROW_VOLUME:
    case OperatorCall::SHRINK_VOLUME:
      return true;
    default:
      return false;
  }
}

absl::Status OperationApi::Call(const OperatorCall& call, absl::string_view principal) {
  Asked asked = Read(call);
  const std::string name = absl::AsciiStrToLower(OperatorCall::Type_Name(call.type()));
  if (!asked.has_body) return absl::InvalidArgumentError(absl::StrCat(name, " is missing"));
  RETURN_IF_ERROR(ValidateId(absl::StrCat(name, ".agent_id"), asked.agent));
  Agent* agent = ledger_->FindAgent(AgentId(asked.agent));
  if (agent == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, ".agent_id is ", Quoted(asked.agent), ", which no agent has"));
  }
  RETURN_IF_ERROR(ValidateOperation(asked.operation, {*agent, nullptr, "", principal}));
  if (!agent->connected() || agent->leaving) {
    return absl::FailedPreconditionError(
        absl::StrCat("conflict: agent ", asked.agent, " is not connected"));
  }
  // What the operation takes of all that is there is what it would take of the part that is free.
  ASSIGN_OR_RETURN(const Resources after, agent->total.Apply(asked.operation));
  const Resources before = agent->total - after;
  Resources used = agent->used;
  used.Unallocate();
  if (!(agent->total - used).Contains(before)) return Conflict(before, *agent, "are in use");
  RescindFor(before, agent);
  if (!Ledger::FreeOn(*agent).Contains(before)) return Conflict(before, *agent, "are not free");
  ledger_->TransformFree(agent, before, after - agent->total);
  operations_->Send(nullptr, agent, std::move(asked.operation));
  offers_->Trigger();
  return absl::OkStatus();
}

void OperationApi::RescindFor(const Resources& wanted, Agent* agent) {
  for (Offer* offer : agent->offers.InOrder()) {
    const Resources missing = wanted - Ledger::FreeOn(*agent);
    if (missing.empty()) return;
    Resources offered = offer->resources;
    offered.Unallocate();
    if (missing - offered != missing) offers_->Rescind(offer);
  }
}

void OperationApi::GetOperations(v1::master::Response::GetOperations* result) const {
  for (const v1::Operation* operation : operations_->All()) {
    *result->add_operations() = *operation;
  }
}

}  // namespace mesos::master
