#include "mesoslib/master/registry_entries.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/master/maintenance_plan.h"
#include "mesoslib/master/policy_validation.h"

namespace mesos::master {
namespace {

constexpr absl::string_view kCapabilities[] = {"AGENT_UPDATE", kQuotaCapability,
                                               kDrainingCapability};

template <typename Message>
absl::Status Parse(const std::string& value, Message* message) {
  if (value.empty()) return absl::DataLossError("it is empty");
  if (!message->ParseFromString(value)) {
    return absl::DataLossError("it is no message of its kind: cut short, or overwritten");
  }
  if (message->format() > kRegistryFormat) {
    return absl::DataLossError(absl::StrCat("it has format ", message->format(),
                                            " of a newer master; this one knows ",
                                            kRegistryFormat));
  }
  return absl::OkStatus();
}

absl::Status ParseAgent(absl::string_view id, const std::string& value, v1::AgentInfo* info) {
  internal::RegisteredAgent registered;
  RETURN_IF_ERROR(Parse(value, &registered));
  *info = std::move(*registered.mutable_agent());
  if (info->hostname().empty()) return absl::DataLossError("agent.hostname is missing");
  if (info->has_id() && info->id().value() != id) {
    return absl::DataLossError(
        absl::StrCat("agent.id is ", Quoted(info->id().value()), "; expected ", Quoted(id)));
  }
  return absl::OkStatus();
}

absl::Status ParseAbsent(const std::string& value, absl::Time* since) {
  internal::AbsentAgent absent;
  RETURN_IF_ERROR(Parse(value, &absent));
  if (!absent.since().has_nanoseconds()) return absl::DataLossError("since is missing");
  *since = absl::FromUnixNanos(absent.since().nanoseconds());
  return absl::OkStatus();
}

absl::Status ParseDeactivated(const std::string& value, internal::DeactivatedAgent* agent) {
  RETURN_IF_ERROR(Parse(value, agent));
  if (!agent->has_drain_info()) return absl::OkStatus();
  const v1::DrainState state = agent->drain_info().state();
  if (state != v1::DRAINING && state != v1::DRAINED) {
    return absl::DataLossError(absl::StrCat("drain_info.state is ", v1::DrainState_Name(state),
                                            "; expected DRAINING or DRAINED"));
  }
  const int64_t grace = agent->drain_info().config().max_grace_period().nanoseconds();
  if (grace >= 0) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("drain_info.config.max_grace_period is ", grace,
                                          " nanoseconds; expected zero or more"));
}

// An entry's role is said by its key and in it.
absl::Status CheckRole(absl::string_view field, absl::string_view role,
                       absl::string_view expected) {
  if (role == expected) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat(field, ".role is ", Quoted(role), "; expected ", Quoted(expected)));
}

absl::Status ParseQuota(absl::string_view role, const std::string& value, Quota* quota) {
  internal::RoleQuota stored;
  RETURN_IF_ERROR(Parse(value, &stored));
  RETURN_IF_ERROR(CheckRole("config", stored.config().role(), role));
  ASSIGN_OR_RETURN(*quota, ReadQuotaConfig("config", stored.config()));
  if (quota->empty()) return absl::DataLossError("it has neither guarantees nor limits");
  return absl::OkStatus();
}

absl::Status ParseWeight(absl::string_view role, const std::string& value, double* weight) {
  internal::RoleWeight stored;
  RETURN_IF_ERROR(Parse(value, &stored));
  RETURN_IF_ERROR(CheckRole("info", stored.info().role(), role));
  RETURN_IF_ERROR(ValidateWeight("info", stored.info()));
  *weight = stored.info().weight();
  return absl::OkStatus();
}

}  // namespace

std::string AdmittedEntry(const v1::AgentInfo& info) {
  internal::RegisteredAgent registered;
  *registered.mutable_agent() = info;
  registered.set_format(kRegistryFormat);
  return registered.SerializeAsString();
}

std::string AbsentEntry(absl::Time since) {
  internal::AbsentAgent absent;
  absent.mutable_since()->set_nanoseconds(absl::ToUnixNanos(since));
  absent.set_format(kRegistryFormat);
  return absent.SerializeAsString();
}

std::string DeactivatedEntry(internal::DeactivatedAgent agent) {
  agent.set_format(kRegistryFormat);
  return agent.SerializeAsString();
}

std::string MaintenanceEntry(internal::Maintenance maintenance) {
  maintenance.set_format(kRegistryFormat);
  return maintenance.SerializeAsString();
}

std::string QuotaEntry(const std::string& role, const Quota& quota) {
  internal::RoleQuota stored;
  WriteQuotaConfig(role, quota, stored.mutable_config());
  stored.set_format(kRegistryFormat);
  // Maps come in any order otherwise, and the same quota would be other bytes each time.
  std::string entry;
  {
    google::protobuf::io::StringOutputStream bytes(&entry);
    google::protobuf::io::CodedOutputStream stream(&bytes);
    stream.SetSerializationDeterministic(true);
    stored.SerializeToCodedStream(&stream);
  }
  return entry;
}

std::string WeightEntry(const std::string& role, double weight) {
  internal::RoleWeight stored;
  stored.mutable_info()->set_role(role);
  stored.mutable_info()->set_weight(weight);
  stored.set_format(kRegistryFormat);
  return stored.SerializeAsString();
}

bool Require(absl::string_view capability, bool needed, internal::Registry* header) {
  auto* capabilities = header->mutable_minimum_capabilities();
  const auto end = std::remove(capabilities->begin(), capabilities->end(), capability);
  const bool was_needed = end != capabilities->end();
  capabilities->erase(end, capabilities->end());
  if (needed) header->add_minimum_capabilities(std::string(capability));
  return needed != was_needed;
}

absl::Status RegistryReader::Read(const StateStore::Snapshot& snapshot,
                                  const std::string& registry_id,
                                  const std::map<std::string, double>& weights) {
  snapshot_ = &snapshot;
  RETURN_IF_ERROR(ReadHeader(snapshot, registry_id));
  for (const auto& [key, value] : snapshot.entries) {
    if (absl::Status read = ReadEntry(key, value); !read.ok()) {
      RETURN_IF_ERROR(SetAside(key, value, read));
    }
  }
  AdoptWeights(weights);
  WriteHeader();
  return absl::OkStatus();
}

void RegistryReader::AdoptWeights(const std::map<std::string, double>& weights) {
  auto had = [&](const std::string& keys) {
    auto first = snapshot_->entries.lower_bound(keys);
    return first != snapshot_->entries.end() && absl::StartsWith(first->first, keys);
  };
  // What is set aside was an operator's will, too.
  if (had(std::string(kWeightKeys)) || had(absl::StrCat(kDamagedKeys, kWeightKeys))) return;
  for (const auto& [role, weight] : weights) {
    contents_.weights.emplace(role, weight);
    mutations_.push_back({absl::StrCat(kWeightKeys, role), WeightEntry(role, weight)});
  }
}

absl::Status RegistryReader::ReadHeader(const StateStore::Snapshot& snapshot,
                                        const std::string& registry_id) {
  internal::Registry& header = header_;
  auto stored = snapshot.entries.find(std::string(kHeaderKey));
  if (stored != snapshot.entries.end()) {
    absl::Status read = Parse(stored->second, &header);
    if (read.ok() && header.registry_id().empty()) {
      read = absl::DataLossError("registry_id is missing");
    }
    if (!read.ok()) RETURN_IF_ERROR(SetAside(stored->first, stored->second, read));
    for (const std::string& needed : header.minimum_capabilities()) {
      bool known = false;
      for (absl::string_view capability : kCapabilities) known |= needed == capability;
      if (known) continue;
      return absl::FailedPreconditionError(
          absl::StrCat("the registry needs a master that is capable of ", Quoted(needed),
                       ", which this one is not; start a newer one"));
    }
  }
  if (header.registry_id().empty()) header.set_registry_id(registry_id);
  header.set_format(kRegistryFormat);
  contents_.term.set_registry_id(header.registry_id());
  return absl::OkStatus();
}

void RegistryReader::WriteHeader() {
  Require(kQuotaCapability, !contents_.quotas.empty(), &header_);
  Require(kDrainingCapability, !contents_.deactivated.empty(), &header_);
  auto stored = snapshot_->entries.find(std::string(kHeaderKey));
  std::string value = header_.SerializeAsString();
  if (stored == snapshot_->entries.end() || stored->second != value) {
    mutations_.push_back({std::string(kHeaderKey), std::move(value)});
  }
}

absl::Status RegistryReader::ReadEntry(absl::string_view key, const std::string& value) {
  if (key == kLeaderKey) {
    v1::MasterInfo leader;
    if (value.empty() || !leader.ParseFromString(value)) {
      return absl::DataLossError("it is no MasterInfo");
    }
  } else if (key == kMaintenanceKey) {
    internal::Maintenance maintenance;
    RETURN_IF_ERROR(Parse(value, &maintenance));
    ASSIGN_OR_RETURN(contents_.maintenance, MaintenancePlan::Read(maintenance));
  } else if (absl::ConsumePrefix(&key, kDeactivatedKeys)) {
    internal::DeactivatedAgent agent;
    RETURN_IF_ERROR(ParseDeactivated(value, &agent));
    contents_.deactivated.emplace(AgentId(std::string(key)), std::move(agent));
  } else if (absl::ConsumePrefix(&key, kAdmittedKeys)) {
    v1::AgentInfo info;
    RETURN_IF_ERROR(ParseAgent(key, value, &info));
    contents_.admitted.emplace(AgentId(std::string(key)), std::move(info));
  } else if (absl::ConsumePrefix(&key, kUnreachableKeys)) {
    absl::Time since;
    RETURN_IF_ERROR(ParseAbsent(value, &since));
    contents_.unreachable.emplace(AgentId(std::string(key)), since);
  } else if (absl::ConsumePrefix(&key, kGoneKeys)) {
    absl::Time since;
    RETURN_IF_ERROR(ParseAbsent(value, &since));
    contents_.gone.emplace(AgentId(std::string(key)), since);
  } else if (absl::ConsumePrefix(&key, kQuotaKeys)) {
    Quota quota;
    RETURN_IF_ERROR(ParseQuota(key, value, &quota));
    contents_.quotas.emplace(std::string(key), std::move(quota));
  } else if (absl::ConsumePrefix(&key, kWeightKeys)) {
    double weight = 1;
    RETURN_IF_ERROR(ParseWeight(key, value, &weight));
    contents_.weights.emplace(std::string(key), weight);
  }
  return absl::OkStatus();
}

std::string RegistryReader::Salvage(absl::string_view key) {
  if (key == kHeaderKey) return "the registry may have a new name";
  if (key == kMaintenanceKey) return "no machine is to be maintained";
  if (absl::ConsumePrefix(&key, kDeactivatedKeys)) {
    // Rather out of service than offered against an operator's will.
    contents_.deactivated.emplace(AgentId(std::string(key)), internal::DeactivatedAgent());
    mutations_.push_back(
        {absl::StrCat(kDeactivatedKeys, key), DeactivatedEntry(internal::DeactivatedAgent())});
    return absl::StrCat("agent ", key, " stays deactivated; whether it was drained is lost");
  }
  if (absl::ConsumePrefix(&key, kAdmittedKeys)) {
    return absl::StrCat("agent ", key,
                        " is not expected back, but is admitted again when it comes");
  }
  if (absl::ConsumePrefix(&key, kUnreachableKeys)) {
    contents_.unreachable.emplace(AgentId(std::string(key)), now_);
    mutations_.push_back({absl::StrCat(kUnreachableKeys, key), AbsentEntry(now_)});
    return absl::StrCat("agent ", key, " stays unreachable; since when is lost");
  }
  if (absl::ConsumePrefix(&key, kGoneKeys)) {
    contents_.gone.emplace(AgentId(std::string(key)), now_);
    mutations_.push_back({absl::StrCat(kGoneKeys, key), AbsentEntry(now_)});
    return absl::StrCat("agent ", key, " stays gone; since when is lost");
  }
  if (absl::ConsumePrefix(&key, kQuotaKeys)) {
    return absl::StrCat("role ", Quoted(key), " has neither guarantees nor limits");
  }
  if (absl::ConsumePrefix(&key, kWeightKeys))
    return absl::StrCat("role ", Quoted(key), " weighs 1");
  return "who led before is lost";
}

absl::Status RegistryReader::SetAside(const std::string& key, const std::string& value,
                                      const absl::Status& problem) {
  const std::string what =
      absl::StrCat("the registry's entry ", Quoted(key), " is damaged: ", problem.message());
  if (strict_) {
    return absl::DataLossError(
        absl::StrCat(what, "; without --registry_strict it would be set aside"));
  }
  std::string kept = absl::StrCat(kDamagedKeys, key);
  // One that was set aside before stays too.
  for (int n = 2; snapshot_->entries.contains(kept); ++n) {
    kept = absl::StrCat(kDamagedKeys, key, "~", n);
  }
  mutations_.push_back({kept, value});
  mutations_.push_back({key, std::nullopt});
  const std::string lost = Salvage(key);
  log_.Error(what, "; it is kept as ", Quoted(kept), ". ", lost,
             ". To have it back, repair that entry and put it in its place while no master runs");
  return absl::OkStatus();
}

}  // namespace mesos::master
