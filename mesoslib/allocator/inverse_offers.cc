#include "mesoslib/allocator/inverse_offers.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace mesos {

void InverseOffers::SetUnavailability(const AgentId& agent,
                                      const std::optional<v1::Unavailability>& when) {
  if (!when) {
    agents_.erase(agent);
    return;
  }
  auto [it, inserted] = agents_.try_emplace(agent);
  if (!inserted &&
      it->second.unavailability.SerializeAsString() == when->SerializeAsString()) {
    return;
  }
  it->second.unavailability = *when;
  it->second.asked.clear();
}

void InverseOffers::RemoveFramework(const FrameworkId& framework) {
  for (auto& [id, agent] : agents_) agent.asked.erase(framework);
}

std::vector<InverseAllocation> InverseOffers::Make(
    absl::Time now, absl::FunctionRef<std::vector<FrameworkId>(const AgentId&)> holders) {
  std::vector<InverseAllocation> made;
  for (auto& [id, agent] : agents_) {
    for (const FrameworkId& framework : holders(id)) {
      Asked& asked = agent.asked[framework];
      if (asked.out || asked.again > now) continue;
      asked.out = true;
      made.push_back({framework, id, agent.unavailability});
    }
  }
  return made;
}

absl::Status InverseOffers::TakeBack(const FrameworkId& framework, const AgentId& agent,
                                     absl::Time again) {
  auto of_agent = agents_.find(agent);
  if (of_agent != agents_.end()) {
    auto asked = of_agent->second.asked.find(framework);
    if (asked != of_agent->second.asked.end() && asked->second.out) {
      asked->second = Asked{false, again};
      return absl::OkStatus();
    }
  }
  return absl::NotFoundError(absl::StrCat("no inverse offer of agent ", agent.value(),
                                          " is out to framework ", framework.value()));
}

}  // namespace mesos
