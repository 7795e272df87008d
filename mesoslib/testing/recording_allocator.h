// RecordingAllocator: another allocator that remembers what it is told of quotas and weights, and
// answers what a test wants. Quotas are not enforced.
#ifndef MESOSLIB_TESTING_RECORDING_ALLOCATOR_H_
#define MESOSLIB_TESTING_RECORDING_ALLOCATOR_H_

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "mesos/allocator.h"

namespace mesos {

class RecordingAllocator final : public Allocator {
 public:
  using Quotas = std::map<std::string, Quota>;
  using Weights = std::map<std::string, double>;

  // `below` decides who is offered what.
  explicit RecordingAllocator(std::unique_ptr<Allocator> below) : below_(std::move(below)) {}

  // -- How it behaves --

  // Asked at each update of quotas; where it is an error, nothing changes.
  std::function<absl::Status(const Quotas& quotas, bool force)> on_quotas;
  std::function<absl::Status(const Weights& weights)> on_weights;
  absl::StatusOr<AllocationExplanation> explanation = absl::UnimplementedError("not set");

  // -- What it heard --

  Quotas quotas;             // In force.
  Weights weights;           // Likewise.
  std::vector<bool> forced;  // Of each update of quotas.
  size_t agents_at_last_update = 0;

  // Allocator.
  absl::Status AddFramework(const FrameworkId& id, FrameworkAllocationState state) override {
    return below_->AddFramework(id, std::move(state));
  }
  absl::Status UpdateFramework(const FrameworkId& id, FrameworkAllocationState state) override {
    return below_->UpdateFramework(id, std::move(state));
  }
  absl::Status RemoveFramework(const FrameworkId& id) override {
    return below_->RemoveFramework(id);
  }
  absl::Status AddAgent(const AgentId& id, AgentAllocationState state,
                        const std::vector<Allocation>& allocations) override {
    ++agents_;
    return below_->AddAgent(id, std::move(state), allocations);
  }
  absl::Status UpdateAgent(const AgentId& id, AgentAllocationState state) override {
    return below_->UpdateAgent(id, std::move(state));
  }
  absl::Status RemoveAgent(const AgentId& id) override {
    --agents_;
    return below_->RemoveAgent(id);
  }
  absl::Status Suppress(const FrameworkId& id, const std::set<std::string>& roles) override {
    return below_->Suppress(id, roles);
  }
  absl::Status Revive(const FrameworkId& id, const std::set<std::string>& roles) override {
    return below_->Revive(id, roles);
  }
  absl::Status Recover(const Allocation& allocation) override {
    return below_->Recover(allocation);
  }
  absl::Status Decline(const Allocation& allocation, absl::Duration refuse,
                       absl::Time now) override {
    return below_->Decline(allocation, refuse, now);
  }
  absl::Status Transform(const Allocation& before, const Resources& after) override {
    return below_->Transform(before, after);
  }
  std::vector<Allocation> Allocate(absl::Time now, bool batch) override {
    return below_->Allocate(now, batch);
  }
  bool HasChanges() const override { return below_->HasChanges(); }

  absl::Status UpdateWeights(const Weights& changes) override {
    if (on_weights != nullptr) {
      if (absl::Status refused = on_weights(changes); !refused.ok()) return refused;
    }
    for (const auto& [role, weight] : changes) weights[role] = weight;
    return below_->UpdateWeights(changes);
  }
  absl::Status UpdateQuotas(const Quotas& changes, bool force) override {
    forced.push_back(force);
    agents_at_last_update = agents_;
    if (on_quotas != nullptr) {
      if (absl::Status refused = on_quotas(changes, force); !refused.ok()) return refused;
    }
    for (const auto& [role, quota] : changes) {
      quotas[role] = quota;
      if (quota.empty()) quotas.erase(role);
    }
    return absl::OkStatus();
  }
  absl::StatusOr<AllocationExplanation> Explain(const FrameworkId&, absl::Time) override {
    return explanation;
  }

 private:
  const std::unique_ptr<Allocator> below_;
  size_t agents_ = 0;
};

}  // namespace mesos

#endif  // MESOSLIB_TESTING_RECORDING_ALLOCATOR_H_
