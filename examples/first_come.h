// FirstCome: an allocator of one's own, as small as can be: whoever came first is offered all that
// is free. It knows nothing of shares, quotas and reservations. See custom_allocator.cc.
#ifndef EXAMPLES_FIRST_COME_H_
#define EXAMPLES_FIRST_COME_H_

#include <algorithm>
#include <list>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "mesos/allocator.h"

class FirstCome final : public mesos::Allocator {
 public:
  using Allocation = mesos::Allocation;
  using FrameworkId = mesos::FrameworkId;
  using AgentId = mesos::AgentId;
  using Framework = mesos::FrameworkAllocationState;

  absl::Status AddFramework(const FrameworkId& id, Framework state) override {
    if (!frameworks_.emplace(id, std::move(state)).second) return absl::AlreadyExistsError("");
    queue_.push_back(id);
    return Changed(true);
  }
  absl::Status UpdateFramework(const FrameworkId& id, Framework state) override {
    if (frameworks_.contains(id)) frameworks_[id] = std::move(state);
    return Changed(frameworks_.contains(id));
  }
  absl::Status RemoveFramework(const FrameworkId& id) override {
    queue_.remove(id);
    return Changed(frameworks_.erase(id) > 0);
  }
  absl::Status AddAgent(const AgentId& id, mesos::AgentAllocationState state,
                  const std::vector<Allocation>& allocations) override {
    if (agents_.contains(id)) return absl::AlreadyExistsError("");
    agents_[id].state = std::move(state);
    for (const Allocation& held : allocations) agents_[id].held += held.resources;
    return Changed(true);
  }
  absl::Status UpdateAgent(const AgentId& id, mesos::AgentAllocationState state) override {
    if (agents_.contains(id)) agents_[id].state = std::move(state);
    return Changed(agents_.contains(id));
  }
  absl::Status RemoveAgent(const AgentId& id) override { return Changed(agents_.erase(id) > 0); }
  absl::Status Suppress(const FrameworkId& id, const std::set<std::string>&) override {
    if (frameworks_.contains(id)) frameworks_[id].suppressed_roles = frameworks_[id].roles;
    return Changed(frameworks_.contains(id));
  }
  absl::Status Revive(const FrameworkId& id, const std::set<std::string>&) override {
    for (auto& [agent_id, agent] : agents_) agent.refused.erase(id);
    if (frameworks_.contains(id)) frameworks_[id].suppressed_roles.clear();
    return Changed(frameworks_.contains(id));
  }

  absl::Status Recover(const Allocation& freed) override {
    if (agents_.contains(freed.agent)) agents_[freed.agent].held -= freed.resources;
    return Changed(agents_.contains(freed.agent));
  }
  absl::Status Decline(const Allocation& offer, absl::Duration refuse, absl::Time now) override {
    if (!agents_.contains(offer.agent)) return absl::NotFoundError("");
    agents_[offer.agent].held -= offer.resources;
    agents_[offer.agent].refused[offer.framework] = now + refuse;
    return absl::OkStatus();  // Others are asked in the next batch round.
  }
  absl::Status Transform(const Allocation& before, const mesos::Resources& after) override {
    if (!agents_.contains(before.agent)) return absl::NotFoundError("");
    Agent& agent = agents_[before.agent];
    agent.held = agent.held - before.resources + after;
    agent.state.total = agent.state.total - Unallocated(before.resources) + Unallocated(after);
    return absl::OkStatus();
  }

  std::vector<Allocation> Allocate(absl::Time now, bool) override {
    std::vector<Allocation> offers;
    for (auto& [id, agent] : agents_) {
      mesos::Resources free = agent.state.total - Unallocated(agent.held);
      auto takes = [&, &refused = agent.refused](const FrameworkId& id) {
        const Framework& state = frameworks_[id];
        return state.active && state.suppressed_roles.empty() && !state.roles.empty() &&
               refused[id] <= now;
      };
      auto next = std::find_if(queue_.begin(), queue_.end(), takes);
      if (next == queue_.end() || !agent.state.active || free.empty()) continue;
      const std::string& role = *frameworks_[*next].roles.begin();
      free.Allocate(role);
      agent.held += free;
      offers.push_back({*next, id, role, std::move(free)});
    }
    changed_ = false;
    return offers;
  }
  bool HasChanges() const override { return changed_; }

 private:
  struct Agent {
    mesos::AgentAllocationState state;
    mesos::Resources held;
    std::map<FrameworkId, absl::Time> refused;  // Until then.
  };

  static mesos::Resources Unallocated(mesos::Resources resources) {
    resources.Unallocate();
    return resources;
  }
  absl::Status Changed(bool known) {
    changed_ |= known;
    return known ? absl::OkStatus() : absl::NotFoundError("");
  }

  std::list<FrameworkId> queue_;  // Those who came first are first.
  std::map<FrameworkId, Framework> frameworks_;
  std::map<AgentId, Agent> agents_;
  bool changed_ = false;
};

#endif  // EXAMPLES_FIRST_COME_H_
