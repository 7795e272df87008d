// Why a framework is offered what it is.
#ifndef MESOSLIB_ALLOCATOR_EXPLAINER_H_
#define MESOSLIB_ALLOCATOR_EXPLAINER_H_

#include <string>

#include "mesos/allocator.h"
#include "mesoslib/allocator/agent_table.h"
#include "mesoslib/allocator/fair_share_tree.h"
#include "mesoslib/allocator/framework_table.h"
#include "mesoslib/allocator/offer_filters.h"
#include "mesoslib/allocator/offer_rules.h"
#include "mesoslib/allocator/quantities.h"
#include "mesoslib/allocator/quota_tree.h"

namespace mesos {

class Explainer {
 public:
  // Keeps references. `by_chance`: there is no order that lasts.
  Explainer(FairShareTree& tree, ResourceKinds& kinds, FrameworkTable& frameworks,
            AgentTable& agents, OfferFilters& filters, QuotaTree& quotas, OfferRules& rules,
            bool by_chance)
      : tree_(tree),
        kinds_(kinds),
        frameworks_(frameworks),
        agents_(agents),
        filters_(filters),
        quotas_(quotas),
        rules_(rules),
        by_chance_(by_chance) {}

  // `id` is known.
  AllocationExplanation Explain(const FrameworkId& id);

 private:
  AllocationExplanation::Role ExplainRole(const FrameworkId& id, NodeIndex leaf);
  std::string WhyIdle(const FrameworkId& id, const Leaf& leaf) const;
  void Rank(NodeIndex leaf, AllocationExplanation::Role* role);
  void GroupAgents(NodeIndex leaf, AllocationExplanation::Role* role);
  NoOfferReason Judge(NodeIndex leaf, AgentIndex agent);
  std::string Subject(NoOfferReason reason, NodeIndex leaf, AgentIndex agent);
  std::string Holders(const AgentRecord& agent) const;
  std::string ReservedTo(const AgentRecord& agent) const;
  std::string MissingCapabilities(const AgentRecord& agent, const Leaf& leaf) const;
  std::string LimitingRole(const AgentRecord& agent, const Leaf& leaf) const;
  std::string RolesInWant() const;

  FairShareTree& tree_;
  ResourceKinds& kinds_;
  FrameworkTable& frameworks_;
  AgentTable& agents_;
  OfferFilters& filters_;
  QuotaTree& quotas_;
  OfferRules& rules_;
  const bool by_chance_;
};

}  // namespace mesos

#endif  // MESOSLIB_ALLOCATOR_EXPLAINER_H_
