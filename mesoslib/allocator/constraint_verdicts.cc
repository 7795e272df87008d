#include "mesoslib/allocator/constraint_verdicts.h"

namespace mesos {

bool ConstraintVerdicts::Allow(const OfferConstraints& constraints, NodeIndex leaf,
                               absl::string_view role, AgentIndex agent,
                               const v1::AgentInfo& info) {
  std::vector<Verdict>& verdicts = leaves_[leaf];
  if (agent >= verdicts.size()) verdicts.resize(agent + 1);
  Verdict& verdict = verdicts[agent];
  if (verdict == Verdict::kUnknown) {
    verdict = constraints.Allow(role, info) ? Verdict::kAllowed : Verdict::kRuledOut;
  }
  return verdict == Verdict::kAllowed;
}

void ConstraintVerdicts::ForgetAgent(AgentIndex agent) {
  for (auto& [leaf, verdicts] : leaves_) {
    if (agent < verdicts.size()) verdicts[agent] = Verdict::kUnknown;
  }
}

}  // namespace mesos
