#include "mesoslib/master/policy_validation.h"

#include <cmath>
#include <cstdint>
#include <map>

#include "absl/strings/str_cat.h"
#include "google/protobuf/map.h"
#include "mesos/resources.h"
#include "mesos/roles.h"
#include "mesos/values.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"

namespace mesos::master {
namespace {

using Amounts = google::protobuf::Map<std::string, v1::Value::Scalar>;

absl::StatusOr<int64_t> ReadAmount(double value) {
  ASSIGN_OR_RETURN(const int64_t millis, MillisFromDouble(value));
  RETURN_IF_ERROR(ValidateScalarPrecision(value));
  return millis;
}

absl::StatusOr<std::map<std::string, int64_t>> ReadAmounts(absl::string_view field,
                                                           const Amounts& amounts) {
  // In the order of names, so that the same one of several mistakes is named each time.
  std::map<std::string, double> sorted;
  for (const auto& [name, scalar] : amounts) sorted.emplace(name, scalar.value());
  std::map<std::string, int64_t> read;
  for (const auto& [name, value] : sorted) {
    if (name.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat(field, " has a resource without a name; expected one such as 'cpus'"));
    }
    absl::StatusOr<int64_t> millis = ReadAmount(value);
    if (!millis.ok()) {
      return Annotate(millis.status(), absl::StrCat(field, "[", Quoted(name), "]"));
    }
    read.emplace(name, *millis);
  }
  return read;
}

// One of SET_QUOTA's.
absl::Status CheckGuarantee(const ResourceEntry& entry) {
  absl::string_view wrong;
  if (entry.type() != ResourceEntry::Type::kScalar) {
    wrong = "is no scalar";
  } else if (!entry.IsUnreserved()) {
    wrong = "is reserved";
  } else if (entry.disk() != nullptr) {
    wrong = "has disk info";
  } else if (entry.IsRevocable()) {
    wrong = "is revocable";
  } else if (entry.IsShared()) {
    wrong = "is shared";
  }
  if (wrong.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(Quoted(entry.ToString()), " ", wrong, "; expected a plain amount"));
}

}  // namespace

absl::Status ValidateQuotaRole(absl::string_view field, const std::string& role) {
  RETURN_IF_ERROR(Annotate(ValidateRole(role), field));
  if (role != kDefaultRole) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(field, " is '*', which cannot have a quota; expected any other role"));
}

absl::StatusOr<Quota> ReadQuotaConfig(absl::string_view field,
                                      const v1::quota::QuotaConfig& config) {
  RETURN_IF_ERROR(ValidateQuotaRole(absl::StrCat(field, ".role"), config.role()));
  ASSIGN_OR_RETURN(const auto guarantees,
                   ReadAmounts(absl::StrCat(field, ".guarantees"), config.guarantees()));
  Quota quota;
  ASSIGN_OR_RETURN(quota.limits, ReadAmounts(absl::StrCat(field, ".limits"), config.limits()));
  for (const auto& [name, millis] : guarantees) {
    auto limit = quota.limits.find(name);
    if (limit != quota.limits.end() && millis > limit->second) {
      return absl::InvalidArgumentError(
          absl::StrCat(field, ".guarantees[", Quoted(name), "] is ", FormatMillis(millis),
                       "; expected at most the limit, ", FormatMillis(limit->second)));
    }
    quota.guarantees.Set(name, millis);
  }
  return quota;
}

void WriteQuotaConfig(const std::string& role, const Quota& quota, v1::quota::QuotaConfig* config) {
  config->set_role(role);
  for (const auto& [name, millis] : quota.guarantees) {
    (*config->mutable_guarantees())[std::string(name.view())].set_value(MillisToDouble(millis));
  }
  for (const auto& [name, millis] : quota.limits) {
    (*config->mutable_limits())[name].set_value(MillisToDouble(millis));
  }
}

absl::StatusOr<Quota> ReadQuotaRequest(absl::string_view field,
                                       const v1::quota::QuotaRequest& request) {
  RETURN_IF_ERROR(ValidateQuotaRole(absl::StrCat(field, ".role"), request.role()));
  if (request.guarantee().empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(field, ".guarantee is empty; expected at least one resource"));
  }
  Quota quota;
  for (int i = 0; i < request.guarantee_size(); ++i) {
    const v1::Resource& listed = request.guarantee(i);
    const std::string where = absl::StrCat(field, ".guarantee[", i, "]");
    absl::StatusOr<Resources> resource = Resources::FromProto(listed);
    if (!resource.ok()) return Annotate(resource.status(), where);
    RETURN_IF_ERROR(Annotate(CheckGuarantee(*resource->begin()), where));
    absl::StatusOr<int64_t> millis = ReadAmount(listed.scalar().value());
    if (!millis.ok()) return Annotate(millis.status(), where);
    if (!quota.limits.emplace(listed.name(), *millis).second) {
      return absl::InvalidArgumentError(absl::StrCat(where, ".name is ", Quoted(listed.name()),
                                                     " once more; expected each name once"));
    }
    quota.guarantees.Set(listed.name(), *millis);
  }
  return quota;
}

void WriteQuotaInfo(const std::string& role, const Quota& quota, v1::quota::QuotaInfo* info) {
  info->set_role(role);
  for (const auto& [name, millis] : quota.guarantees) {
    Resources::Scalar(name.view(), millis).ToProto(info->mutable_guarantee());
  }
}

absl::Status ValidateWeight(absl::string_view field, const v1::WeightInfo& info) {
  RETURN_IF_ERROR(Annotate(ValidateRole(info.role()), absl::StrCat(field, ".role")));
  if (std::isfinite(info.weight()) && info.weight() > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(field, ".weight is ", info.weight(), "; expected a finite number above 0"));
}

}  // namespace mesos::master
