// Which frameworks have been asked to give back what they hold on agents that are to be maintained,
// and when they may be asked again.
#ifndef MESOSLIB_ALLOCATOR_INVERSE_OFFERS_H_
#define MESOSLIB_ALLOCATOR_INVERSE_OFFERS_H_

#include <map>
#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "mesos/allocator.h"
#include "mesos/ids.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos {

class InverseOffers {
 public:
  // Another unavailability than before: everybody is asked anew.
  void SetUnavailability(const AgentId& agent, const std::optional<v1::Unavailability>& when);
  void RemoveAgent(const AgentId& agent) { agents_.erase(agent); }
  void RemoveFramework(const FrameworkId& framework);

  // `holders`: the active frameworks that hold something on an agent.
  std::vector<InverseAllocation> Make(
      absl::Time now,
      absl::FunctionRef<std::vector<FrameworkId>(const AgentId&)> holders);
  // NotFound where none is out.
  absl::Status TakeBack(const FrameworkId& framework, const AgentId& agent, absl::Time again);

 private:
  struct Asked {
    bool out = false;
    absl::Time again = absl::InfinitePast();
  };
  struct OfAgent {
    v1::Unavailability unavailability;
    std::map<FrameworkId, Asked> asked;
  };

  std::map<AgentId, OfAgent> agents_;  // Those with an unavailability.
};

}  // namespace mesos

#endif  // MESOSLIB_ALLOCATOR_INVERSE_OFFERS_H_
