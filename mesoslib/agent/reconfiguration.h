// What may change of an agent between two of its lives.
#ifndef MESOSLIB_AGENT_RECONFIGURATION_H_
#define MESOSLIB_AGENT_RECONFIGURATION_H_

#include "absl/status/status.h"
#include "mesos/agent.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::agent {

// FailedPrecondition: the policy has it that `after` is not the same agent as `before`. It names
// the field and both of its values, and says how to go on.
absl::Status CheckReconfiguration(ReconfigurationPolicy policy, const v1::AgentInfo& before,
                                  const v1::AgentInfo& after);

}  // namespace mesos::agent

#endif  // MESOSLIB_AGENT_RECONFIGURATION_H_
