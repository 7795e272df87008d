#include "mesoslib/master/weight_manager.h"

#include <utility>

#include "mesos/roles.h"
#include "mesoslib/base/status_macros.h"

namespace mesos::master {
namespace {

void Merge(const WeightManager::Weights& changes, WeightManager::Weights* weights) {
  for (const auto& [role, weight] : changes) (*weights)[role] = weight;
}

}  // namespace

absl::Status WeightManager::Recover(Weights weights) {
  if (weights.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(Annotate(allocator_->UpdateWeights(weights),
                           "the allocator refuses the weights that are in the registry"));
  in_force_ = weights;
  configured_ = std::move(weights);
  return absl::OkStatus();
}

void WeightManager::EmptyAllocator() {
  if (in_force_.empty()) return;
  for (auto& [role, weight] : in_force_) weight = 1;
  const absl::Status emptied = allocator_->UpdateWeights(in_force_);
  if (!emptied.ok()) log_.Error("the allocator keeps weights: ", emptied.ToString());
}

double WeightManager::Of(const std::string& role) const {
  auto found = configured_.find(role);
  return found == configured_.end() ? 1 : found->second;
}

void WeightManager::Update(const Weights& weights, Done done) {
  OwedAnswer answer(std::move(done));
  if (absl::Status accepted = allocator_->UpdateWeights(weights); !accepted.ok()) {
    return answer.Give(std::move(accepted));
  }
  Merge(weights, &in_force_);
  registrar_->UpdateWeights(weights, lifetime_.Guard([this, weights, answer = std::move(answer)](
                                                         const absl::Status& status) mutable {
    if (!status.ok()) return;  // The term is about to end.
    Merge(weights, &configured_);
    RescindIfActive(weights);
    answer.Give(status);
  }));
}

void WeightManager::RescindIfActive(const Weights& weights) {
  auto touched = [&](const std::string& role) {
    if (weights.contains(role)) return true;
    for (absl::string_view above : AncestorsOf(role)) {
      if (weights.contains(std::string(above))) return true;
    }
    return false;
  };
  for (const auto& [id, framework] : ledger_->frameworks()) {
    for (const std::string& role : framework->roles) {
      if (!touched(role)) continue;
      for (Offer* offer : ledger_->offers().InOrder()) offers_->Rescind(offer);
      return;
    }
  }
}

}  // namespace mesos::master
