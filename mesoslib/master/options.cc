#include "mesoslib/master/options.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "mesos/roles.h"
#include "mesos/version.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/uuid.h"
#include "mesoslib/master/policy_validation.h"

namespace mesos::master {
namespace {

// "10.0.0.1" as MasterInfo has it: the four bytes in network order, read as a number of this host.
std::optional<uint32_t> PackIp(const std::string& ip) {
  const std::vector<absl::string_view> parts = absl::StrSplit(ip, '.');
  if (parts.size() != 4) return std::nullopt;
  uint32_t packed = 0;
  for (int i = 0; i < 4; ++i) {
    uint32_t byte = 0;
    if (!absl::SimpleAtoi(parts[i], &byte) || byte > 255) return std::nullopt;
    packed |= byte << (8 * i);
  }
  return packed;
}

}  // namespace

absl::Status ValidateOptions(const MasterOptions& options) {
  auto positive = [](absl::string_view name, absl::Duration value) -> absl::Status {
    if (value > absl::ZeroDuration()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat(
        "MasterOptions::", name, " is ", absl::FormatDuration(value), "; expected more than zero"));
  };
  RETURN_IF_ERROR(positive("allocation_interval", options.allocation_interval));
  RETURN_IF_ERROR(positive("offer_timeout", options.offer_timeout));
  RETURN_IF_ERROR(positive("agent_ping_timeout", options.agent_ping_timeout));
  RETURN_IF_ERROR(positive("agent_reregister_timeout", options.agent_reregister_timeout));
  RETURN_IF_ERROR(positive("heartbeat_interval", options.heartbeat_interval));
  RETURN_IF_ERROR(positive("allocator_recovery_timeout", options.allocator_recovery_timeout));
  if (options.allocation_interval == absl::InfiniteDuration()) {
    return absl::InvalidArgumentError("MasterOptions::allocation_interval is infinite");
  }
  if (options.hostname.empty()) {
    return absl::InvalidArgumentError("MasterOptions::hostname is empty");
  }
  if (PackIp(options.ip) == std::nullopt && !absl::StrContains(options.ip, ':')) {
    return absl::InvalidArgumentError(absl::StrCat("MasterOptions::ip is ", Quoted(options.ip),
                                                   "; expected an IPv4 or IPv6 address"));
  }
  if (options.max_agent_ping_timeouts < 1) {
    return absl::InvalidArgumentError(absl::StrCat("MasterOptions::max_agent_ping_timeouts is ",
                                                   options.max_agent_ping_timeouts,
                                                   "; expected at least 1"));
  }
  if (options.port < 0 || options.port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("MasterOptions::port is ", options.port, "; expected 0 to 65535"));
  }
  if (options.grpc_port < 0 || options.grpc_port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("MasterOptions::grpc_port is ", options.grpc_port, "; expected 0 to 65535"));
  }
  RETURN_IF_ERROR(positive("registry_fetch_timeout", options.registry_fetch_timeout));
  RETURN_IF_ERROR(positive("registry_store_timeout", options.registry_store_timeout));
  RETURN_IF_ERROR(positive("registry_gc_interval", options.registry_gc_interval));
  RETURN_IF_ERROR(positive("registry_max_agent_age", options.registry_max_agent_age));
  if (!(options.recovery_agent_removal_limit >= 0 && options.recovery_agent_removal_limit <= 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("MasterOptions::recovery_agent_removal_limit is ",
                     options.recovery_agent_removal_limit, "; expected 0 to 1"));
  }
  if (options.agent_removal_rate_limit.has_value()) {
    const AgentRemovalRate& rate = *options.agent_removal_rate_limit;
    RETURN_IF_ERROR(positive("agent_removal_rate_limit", rate.interval));
    if (rate.agents < 1 || rate.interval == absl::InfiniteDuration()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "MasterOptions::agent_removal_rate_limit is ", rate.agents, "/",
          absl::FormatDuration(rate.interval), "; expected at least 1 in a finite interval"));
    }
  }
  for (const std::string& role : options.roles) {
    RETURN_IF_ERROR(Annotate(ValidateRole(role), "MasterOptions::roles"));
  }
  for (const auto& [role, weight] : options.weights) {
    v1::WeightInfo info;
    info.set_role(role);
    info.set_weight(weight);
    RETURN_IF_ERROR(ValidateWeight("MasterOptions::weights", info));
  }
  return absl::OkStatus();
}

absl::Status ValidateDependencies(const MasterDependencies& dependencies) {
  auto missing = [](absl::string_view name) {
    return absl::InvalidArgumentError(absl::StrCat("MasterDependencies::", name, " is null"));
  };
  if (dependencies.loop == nullptr) return missing("loop");
  if (dependencies.random == nullptr) return missing("random");
  if (dependencies.registry == nullptr) return missing("registry");
  if (dependencies.allocator == nullptr) return missing("allocator");
  return absl::OkStatus();
}

v1::MasterInfo MakeInfo(const MasterOptions& options, Random* random) {
  v1::MasterInfo info;
  info.set_id(NewUuidText(random));
  info.set_ip(PackIp(options.ip).value_or(0));
  info.set_port(options.port);
  info.set_pid(absl::StrCat("master@", options.ip, ":", options.port));
  info.set_hostname(options.hostname);
  info.set_version(MESOS_VERSION);
  info.mutable_address()->set_hostname(options.hostname);
  info.mutable_address()->set_ip(options.ip);
  info.mutable_address()->set_port(options.port);
  if (options.domain.has_value()) *info.mutable_domain() = *options.domain;
  info.add_capabilities()->set_type(v1::MasterInfo::Capability::AGENT_UPDATE);
  info.add_capabilities()->set_type(v1::MasterInfo::Capability::AGENT_DRAINING);
  info.add_capabilities()->set_type(v1::MasterInfo::Capability::QUOTA_V2);
  return info;
}

}  // namespace mesos::master
