// Which agents the offer constraints of a leaf (a framework in a role) allow: each is asked once,
// for constraints may hold regular expressions, and rounds ask again and again.
#ifndef MESOSLIB_ALLOCATOR_CONSTRAINT_VERDICTS_H_
#define MESOSLIB_ALLOCATOR_CONSTRAINT_VERDICTS_H_

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "mesos/allocator.h"
#include "mesoslib/allocator/fair_share_tree.h"
#include "mesoslib/allocator/offer_filters.h"

namespace mesos {

class ConstraintVerdicts {
 public:
  // What `constraints`, which are the leaf's, say of offers for `role`, which is the leaf's.
  bool Allow(const OfferConstraints& constraints, NodeIndex leaf, absl::string_view role,
             AgentIndex agent, const v1::AgentInfo& info);

  // The leaf has other constraints, or is gone.
  void ForgetLeaf(NodeIndex leaf) { leaves_.erase(leaf); }
  // The agent has other attributes, or is gone. Costs as much as there are leaves with constraints.
  void ForgetAgent(AgentIndex agent);

 private:
  enum class Verdict : uint8_t { kUnknown, kAllowed, kRuledOut };

  // By agent; shorter than there are agents where the last were not asked for.
  absl::flat_hash_map<NodeIndex, std::vector<Verdict>> leaves_;
};

}  // namespace mesos

#endif  // MESOSLIB_ALLOCATOR_CONSTRAINT_VERDICTS_H_
