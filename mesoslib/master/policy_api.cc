#include "mesoslib/master/policy_api.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/master/policy_validation.h"

namespace mesos::master {
namespace {

using OperatorCall = v1::master::Call;
using v1::master::Response;

absl::Status Doubled(absl::string_view field, absl::string_view role) {
  return absl::InvalidArgumentError(
      absl::StrCat(field, ".role is ", Quoted(role), " once more; expected each role once"));
}

absl::StatusOr<QuotaManager::Quotas> ReadQuotas(const OperatorCall& call) {
  if (!call.has_update_quota()) return absl::InvalidArgumentError("update_quota is missing");
  QuotaManager::Quotas quotas;
  for (int i = 0; i < call.update_quota().quota_configs_size(); ++i) {
    const v1::quota::QuotaConfig& config = call.update_quota().quota_configs(i);
    const std::string field = absl::StrCat("update_quota.quota_configs[", i, "]");
    ASSIGN_OR_RETURN(Quota quota, ReadQuotaConfig(field, config));
    if (!quotas.emplace(config.role(), std::move(quota)).second) {
      return Doubled(field, config.role());
    }
  }
  return quotas;
}

absl::StatusOr<WeightManager::Weights> ReadWeights(const OperatorCall& call) {
  if (!call.has_update_weights()) return absl::InvalidArgumentError("update_weights is missing");
  WeightManager::Weights weights;
  for (int i = 0; i < call.update_weights().weight_infos_size(); ++i) {
    const v1::WeightInfo& info = call.update_weights().weight_infos(i);
    const std::string field = absl::StrCat("update_weights.weight_infos[", i, "]");
    RETURN_IF_ERROR(ValidateWeight(field, info));
    if (!weights.emplace(info.role(), info.weight()).second) return Doubled(field, info.role());
  }
  return weights;
}

}  // namespace

// -- Changes --

void PolicyApi::UpdateQuota(const OperatorCall& call, Done done) {
  absl::StatusOr<QuotaManager::Quotas> quotas = ReadQuotas(call);
  if (!quotas.ok()) return done(quotas.status());
  quotas_->Update(*quotas, call.update_quota().force(), std::move(done));
}

void PolicyApi::SetQuota(const OperatorCall& call, Done done) {
  const v1::quota::QuotaRequest& request = call.set_quota().quota_request();
  if (!call.set_quota().has_quota_request()) {
    return done(absl::InvalidArgumentError("set_quota.quota_request is missing"));
  }
  absl::StatusOr<Quota> quota = ReadQuotaRequest("set_quota.quota_request", request);
  if (!quota.ok()) return done(quota.status());
  quotas_->Set(request.role(), *quota, request.force(), std::move(done));
}

void PolicyApi::RemoveQuota(const OperatorCall& call, Done done) {
  const std::string& role = call.remove_quota().role();
  if (absl::Status valid = ValidateQuotaRole("remove_quota.role", role); !valid.ok()) {
    return done(std::move(valid));
  }
  quotas_->Remove(role, std::move(done));
}

void PolicyApi::UpdateWeights(const OperatorCall& call, Done done) {
  absl::StatusOr<WeightManager::Weights> weights = ReadWeights(call);
  if (!weights.ok()) return done(weights.status());
  weights_->Update(*weights, std::move(done));
}

// -- Reads --

void PolicyApi::GetQuota(Response::GetQuota* result) const {
  v1::quota::QuotaStatus* status = result->mutable_status();
  for (const auto& [role, quota] : quotas_->configured()) {
    WriteQuotaConfig(role, quota, status->add_configs());
    // The older form has nothing to say of limits.
    if (!quota.guarantees.empty()) WriteQuotaInfo(role, quota, status->add_infos());
  }
}

void PolicyApi::GetWeights(Response::GetWeights* result) const {
  for (const auto& [role, weight] : weights_->configured()) {
    v1::WeightInfo* info = result->add_weight_infos();
    info->set_role(role);
    info->set_weight(weight);
  }
}

}  // namespace mesos::master
