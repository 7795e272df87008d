#include "mesoslib/master/machine_api.h"

#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mesoslib/base/ids_validation.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/master/task_states.h"

namespace mesos::master {
namespace {

using OperatorCall = v1::master::Call;

constexpr int64_t kNanosPerSecond = 1'000'000'000;
constexpr int64_t kMaxSeconds = std::numeric_limits<int64_t>::max() / kNanosPerSecond - 1;

absl::Status Missing(absl::string_view field) {
  return absl::InvalidArgumentError(absl::StrCat(field, " is missing"));
}

absl::StatusOr<v1::DrainConfig> ReadConfig(const OperatorCall::DrainAgent& drain) {
  v1::DrainConfig config;
  if (drain.mark_gone()) config.set_mark_gone(true);
  if (!drain.has_max_grace_period()) return config;
  const auto& grace = drain.max_grace_period();
  if (grace.seconds() < 0 || grace.seconds() > kMaxSeconds || grace.nanos() < 0 ||
      grace.nanos() >= kNanosPerSecond) {
    return absl::InvalidArgumentError(absl::StrCat(
        "drain_agent.max_grace_period is ", grace.seconds(), " seconds and ", grace.nanos(),
        " nanos; expected 0 to ", kMaxSeconds, " seconds and 0 to 999999999 nanos"));
  }
  config.mutable_max_grace_period()->set_nanoseconds(grace.seconds() * kNanosPerSecond +
                                                     grace.nanos());
  return config;
}

}  // namespace

bool MachineApi::Answers(OperatorCall::Type type) {
  switch (type) {
    case OperatorCall::UPDATE_MAINTENANCE_SCHEDULE:
    case OperatorCall::START_MAINTENANCE:
    case OperatorCall::STOP_MAINTENANCE:
    case OperatorCall::DRAIN_AGENT:
    case OperatorCall::DEACTIVATE_AGENT:
    case OperatorCall::REACTIVATE_AGENT:
      return true;
    default:
      return false;
  }
}

void MachineApi::Call(const OperatorCall& call, Done done) {
  switch (call.type()) {
    case OperatorCall::UPDATE_MAINTENANCE_SCHEDULE:
      if (!call.update_maintenance_schedule().has_schedule()) {
        return done(Missing("update_maintenance_schedule.schedule"));
      }
      return maintenance_->Replace("update_maintenance_schedule.schedule",
                                   call.update_maintenance_schedule().schedule(), std::move(done));
    case OperatorCall::START_MAINTENANCE:
      return maintenance_->Start("start_maintenance.machines", call.start_maintenance().machines(),
                                 std::move(done));
    case OperatorCall::STOP_MAINTENANCE:
      return maintenance_->Stop("stop_maintenance.machines", call.stop_maintenance().machines(),
                                std::move(done));
    case OperatorCall::DRAIN_AGENT:
      return Drain(call.drain_agent(), std::move(done));
    case OperatorCall::DEACTIVATE_AGENT: {
      const v1::AgentID& id = call.deactivate_agent().agent_id();
      absl::Status valid = CheckAgent("deactivate_agent.agent_id", id);
      if (!valid.ok()) return done(std::move(valid));
      return drains_->Deactivate(AgentId(id.value()), std::move(done));
    }
    default: {
      const v1::AgentID& id = call.reactivate_agent().agent_id();
      absl::Status valid = CheckAgent("reactivate_agent.agent_id", id);
      if (!valid.ok()) return done(std::move(valid));
      return drains_->Reactivate(AgentId(id.value()), std::move(done));
    }
  }
}

absl::Status MachineApi::CheckAgent(absl::string_view field, const v1::AgentID& agent) const {
  const AgentId id(agent.value());
  RETURN_IF_ERROR(ValidateId(field, id.value()));
  switch (agents_->StandingOf(id)) {
    case AgentManager::Standing::kPresent:
      return absl::OkStatus();
    case AgentManager::Standing::kChanging:
      return absl::FailedPreconditionError(
          absl::StrCat(field, " is ", Quoted(id.value()),
                       ", an agent that is being removed or coming back; ask again"));
    default:
      return absl::InvalidArgumentError(
          absl::StrCat(field, " is ", Quoted(id.value()),
                       "; expected an agent that is registered, expected back after a failover, or "
                       "unreachable"));
  }
}

void MachineApi::Drain(const OperatorCall::DrainAgent& drain, Done done) {
  absl::StatusOr<v1::DrainConfig> config = ReadConfig(drain);
  absl::Status valid = CheckAgent("drain_agent.agent_id", drain.agent_id());
  if (valid.ok()) valid = config.status();
  if (!valid.ok()) return done(std::move(valid));
  drains_->Drain(AgentId(drain.agent_id().value()), *std::move(config), std::move(done));
}

}  // namespace mesos::master
