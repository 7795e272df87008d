// What frameworks have refused, and until when: one filter holds back, for one leaf (a framework in
// a role) on one agent, every offer that is contained in what was refused.
#ifndef MESOSLIB_ALLOCATOR_OFFER_FILTERS_H_
#define MESOSLIB_ALLOCATOR_OFFER_FILTERS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/container/inlined_vector.h"
#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "mesos/resources.h"
#include "mesoslib/allocator/fair_share_tree.h"

namespace mesos {

using AgentIndex = uint32_t;
inline constexpr AgentIndex kNoAgent = UINT32_MAX;

class OfferFilters {
 public:
  // `refused` carries no allocation role.
  void Add(NodeIndex leaf, AgentIndex agent, Resources refused, absl::Time expiry);

  // For offers that are another each time.
  static constexpr uint64_t kNoVersion = UINT64_MAX;

  // Whether an offer is held back. `contained` tells whether it is contained in what was
  // refused, and is asked only where that is not known from before: `version` changes whenever
  // another offer would be made.
  bool IsFiltered(NodeIndex leaf, AgentIndex agent, uint64_t version,
                  absl::FunctionRef<bool(const Resources& refused)> contained);

  // When the first of those that may hold back offers to this leaf there expires.
  absl::Time FirstExpiry(NodeIndex leaf, AgentIndex agent) const;

  void RemoveLeaf(NodeIndex leaf);
  void RemoveAgent(AgentIndex agent);
  // Offers to this leaf are made up differently from now on.
  void ForgetVerdicts(NodeIndex leaf);

  // Drops what has expired, which holds until then, and names the agents concerned in the order of
  // expiry.
  void Expire(absl::Time now, absl::FunctionRef<void(AgentIndex)> expired);

  size_t size() const { return live_; }
  // Names the leaves that have any, and how many.
  void ForEachLeaf(absl::FunctionRef<void(NodeIndex, size_t)> visit) const;

 private:
  struct Filter {
    uint64_t id;
    absl::Time expiry;
    std::shared_ptr<const Resources> refused;
    uint64_t version = 0;  // For which `holds` is known; 0: for none.
    bool holds = false;
  };
  using Filters = absl::InlinedVector<Filter, 1>;
  struct Expiry {
    absl::Time time;
    uint64_t id;
    NodeIndex leaf;
    AgentIndex agent;
  };
  struct OfAgent {
    absl::flat_hash_map<NodeIndex, Filters> by_leaf;
    std::shared_ptr<const Resources> last_refused;  // Most refuse the same: it is kept once.
  };

  struct OfLeaf {
    absl::flat_hash_set<AgentIndex> agents;
    size_t live = 0;
  };

  static bool Later(const Expiry& a, const Expiry& b);
  // There are fewer.
  void CountDropped(NodeIndex leaf, size_t dropped);
  // How many were.
  static size_t DropContained(Filters& filters, const Resources& refused, absl::Time expiry);
  bool RemoveOne(const Expiry& expiry);
  void Compact();

  std::vector<OfAgent> agents_;
  std::vector<OfLeaf> leaves_;
  // A heap, the first to expire on top; may name filters that are gone.
  std::vector<Expiry> queue_;
  size_t live_ = 0;
  uint64_t next_id_ = 1;
};

}  // namespace mesos

#endif  // MESOSLIB_ALLOCATOR_OFFER_FILTERS_H_
