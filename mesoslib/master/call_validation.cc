#include "mesoslib/master/call_validation.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "mesos/resources.h"
#include "mesos/roles.h"
#include "mesos/values.h"
#include "mesoslib/base/ids_validation.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/uuid.h"
#include "mesoslib/master/label_validation.h"

namespace mesos::master {
namespace {

using v1::scheduler::Call;

absl::Status Missing(absl::string_view field) {
  return absl::InvalidArgumentError(absl::StrCat(field, " is missing"));
}

absl::Status RequireUuid(absl::string_view field, const std::string& uuid) {
  if (IsUuidBytes(uuid)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(field, " is ", Quoted(uuid), "; expected the 16 bytes of a UUID"));
}

absl::Status ValidateSubscribe(const Call& call) {
  if (!call.has_subscribe()) return Missing("subscribe");
  if (!call.subscribe().has_framework_info()) return Missing("subscribe.framework_info");
  const v1::FrameworkInfo& info = call.subscribe().framework_info();
  if (call.framework_id().value() != info.id().value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("framework_id is ", Quoted(call.framework_id().value()),
                     " but subscribe.framework_info.id is ", Quoted(info.id().value()),
                     "; expected both or none, and equal"));
  }
  return absl::OkStatus();
}

absl::Status ValidateAcknowledge(const Call::Acknowledge& acknowledge) {
  RETURN_IF_ERROR(ValidateId("acknowledge.agent_id", acknowledge.agent_id().value()));
  RETURN_IF_ERROR(ValidateId("acknowledge.task_id", acknowledge.task_id().value()));
  return RequireUuid("acknowledge.uuid", acknowledge.uuid());
}

// What a call of this type must carry.
absl::Status ValidateBody(const Call& call) {
  switch (call.type()) {
    case Call::ACCEPT:
      return call.has_accept() ? absl::OkStatus() : Missing("accept");
    case Call::DECLINE:
      return call.has_decline() ? absl::OkStatus() : Missing("decline");
    case Call::ACCEPT_INVERSE_OFFERS:
      return call.has_accept_inverse_offers() ? absl::OkStatus() : Missing("accept_inverse_offers");
    case Call::DECLINE_INVERSE_OFFERS:
      return call.has_decline_inverse_offers() ? absl::OkStatus()
                                               : Missing("decline_inverse_offers");
    case Call::KILL:
      if (!call.has_kill()) return Missing("kill");
      return ValidateId("kill.task_id", call.kill().task_id().value());
    case Call::SHUTDOWN:
      if (!call.has_shutdown()) return Missing("shutdown");
      RETURN_IF_ERROR(ValidateId("shutdown.agent_id", call.shutdown().agent_id().value()));
      return ValidateId("shutdown.executor_id", call.shutdown().executor_id().value());
    case Call::ACKNOWLEDGE:
      if (!call.has_acknowledge()) return Missing("acknowledge");
      return ValidateAcknowledge(call.acknowledge());
    case Call::RECONCILE:
      if (!call.has_reconcile()) return Missing("reconcile");
      for (const Call::Reconcile::Task& task : call.reconcile().tasks()) {
        RETURN_IF_ERROR(ValidateId("reconcile.tasks.task_id", task.task_id().value()));
      }
      return absl::OkStatus();
    case Call::MESSAGE:
      if (!call.has_message()) return Missing("message");
      RETURN_IF_ERROR(ValidateId("message.agent_id", call.message().agent_id().value()));
      return ValidateId("message.executor_id", call.message().executor_id().value());
    case Call::REQUEST:
      return call.has_request() ? absl::OkStatus() : Missing("request");
    case Call::UPDATE_FRAMEWORK:
      if (!call.has_update_framework()) return Missing("update_framework");
      if (!call.update_framework().has_framework_info()) {
        return Missing("update_framework.framework_info");
      }
      return absl::OkStatus();
    case Call::ACKNOWLEDGE_OPERATION_STATUS:
      if (!call.has_acknowledge_operation_status()) return Missing("acknowledge_operation_status");
      RETURN_IF_ERROR(ValidateId("acknowledge_operation_status.operation_id",
                                 call.acknowledge_operation_status().operation_id().value()));
      return RequireUuid("acknowledge_operation_status.uuid",
                         call.acknowledge_operation_status().uuid());
    case Call::RECONCILE_OPERATIONS:
      if (!call.has_reconcile_operations()) return Missing("reconcile_operations");
      for (const auto& operation : call.reconcile_operations().operations()) {
        RETURN_IF_ERROR(ValidateId("reconcile_operations.operations.operation_id",
                                   operation.operation_id().value()));
      }
      return absl::OkStatus();
    case Call::TEARDOWN:
    case Call::REVIVE:
    case Call::SUPPRESS:
      return absl::OkStatus();
    case Call::SUBSCRIBE:
      return ValidateSubscribe(call);
    case Call::UNKNOWN:
      break;
  }
  return absl::UnimplementedError(
      absl::StrCat("type is ", Call::Type_Name(call.type()), "; expected a call of the v1 API"));
}

absl::StatusOr<std::set<std::string>> RolesOf(const v1::FrameworkInfo& info) {
  bool multi_role = false;
  for (const auto& capability : info.capabilities()) {
    multi_role |= capability.type() == v1::FrameworkInfo::Capability::MULTI_ROLE;
  }
  if (!multi_role) {
    if (info.roles_size() > 0) {
      return absl::InvalidArgumentError(
          "framework_info.roles is set; expected framework_info.role, or the capability "
          "MULTI_ROLE");
    }
    return std::set<std::string>{info.role()};
  }
  if (info.has_role()) {
    return absl::InvalidArgumentError(
        absl::StrCat("framework_info.role is ", Quoted(info.role()),
                     "; expected framework_info.roles, for the framework has MULTI_ROLE"));
  }
  if (static_cast<size_t>(info.roles_size()) > kMaxRolesOfFramework) {
    return absl::InvalidArgumentError(absl::StrCat("framework_info.roles names ", info.roles_size(),
                                                   " roles; expected at most ",
                                                   kMaxRolesOfFramework));
  }
  std::set<std::string> roles;
  for (const std::string& role : info.roles()) {
    if (!roles.insert(role).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("framework_info.roles names ", Quoted(role), " twice"));
    }
  }
  return roles;
}

absl::Status ValidateOfferFilters(const v1::FrameworkInfo& info,
                                  const std::set<std::string>& roles) {
  for (const auto& [role, filters] : info.offer_filters()) {
    if (!roles.contains(role)) {
      return absl::InvalidArgumentError(absl::StrCat("framework_info.offer_filters names the role ",
                                                     Quoted(role),
                                                     ", which the framework does not have"));
    }
    for (const auto& listed : filters.min_allocatable_resources().quantities()) {
      for (const auto& [name, scalar] : listed.quantities()) {
        absl::StatusOr<int64_t> millis = MillisFromDouble(scalar.value());
        if (!millis.ok() || *millis < 0) {
          return absl::InvalidArgumentError(
              absl::StrCat("framework_info.offer_filters[", role, "] wants ", scalar.value(), " ",
                           Quoted(name), "; expected a finite number, not negative"));
        }
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateCall(const Call& call) {
  if (!call.has_type()) return Missing("type");
  // To subscribe with an empty id is to subscribe without one.
  if (call.type() != Call::SUBSCRIBE || !call.framework_id().value().empty()) {
    RETURN_IF_ERROR(ValidateId("framework_id", call.framework_id().value()));
  }
  return ValidateBody(call);
}

absl::StatusOr<std::set<std::string>> ValidateFrameworkInfo(const v1::FrameworkInfo& info,
                                                            const std::set<std::string>& allowed) {
  if (!info.has_user()) return Missing("framework_info.user");
  if (!info.has_name()) return Missing("framework_info.name");
  if (!info.id().value().empty())
    RETURN_IF_ERROR(ValidateId("framework_info.id", info.id().value()));
  if (!std::isfinite(info.failover_timeout()) || info.failover_timeout() < 0) {
    return absl::InvalidArgumentError(absl::StrCat("framework_info.failover_timeout is ",
                                                   info.failover_timeout(),
                                                   "; expected seconds, finite and not negative"));
  }
  RETURN_IF_ERROR(ValidateLabels("framework_info.labels", info.labels()));
  ASSIGN_OR_RETURN(std::set<std::string> roles, RolesOf(info));
  for (const std::string& role : roles) {
    RETURN_IF_ERROR(Annotate(ValidateRole(role), "framework_info"));
    if (!allowed.empty() && !allowed.contains(role)) {
      return absl::InvalidArgumentError(absl::StrCat("role ", Quoted(role),
                                                     " is not allowed here; allowed are ",
                                                     absl::StrJoin(allowed, ", ")));
    }
  }
  RETURN_IF_ERROR(ValidateOfferFilters(info, roles));
  return roles;
}

absl::StatusOr<std::set<std::string>> ValidateSuppressedRoles(
    const google::protobuf::RepeatedPtrField<std::string>& suppressed,
    const std::set<std::string>& roles) {
  std::set<std::string> result;
  for (const std::string& role : suppressed) {
    if (!roles.contains(role)) {
      return absl::InvalidArgumentError(absl::StrCat("suppressed_roles names ", Quoted(role),
                                                     ", which the framework does not have"));
    }
    result.insert(role);
  }
  return result;
}

absl::Duration RefuseDuration(const v1::Filters& filters) {
  constexpr absl::Duration kLongest = absl::Hours(365 * 24);
  const double seconds = filters.refuse_seconds();
  if (std::isnan(seconds) || seconds < 0) return absl::Seconds(5);
  return std::min(absl::Seconds(seconds), kLongest);
}

absl::Duration FailoverTimeout(const v1::FrameworkInfo& info) {
  return absl::Seconds(info.failover_timeout());
}

}  // namespace mesos::master
