// The operator's questions to an agent, answered.
#ifndef MESOSLIB_AGENT_OPERATOR_CALLS_H_
#define MESOSLIB_AGENT_OPERATOR_CALLS_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesos/resources.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/agent/counters.h"
#include "mesoslib/agent/draining.h"
#include "mesoslib/agent/ledger.h"
#include "mesoslib/agent/operations.h"
#include "mesoslib/agent/oversubscription.h"

namespace mesos::agent {

struct AgentView {
  const v1::AgentInfo& info;
  const Ledger& ledger;
  const Operations& operations;
  const Resources& total;
  const Draining& draining;
  const Meters& meters;
  const Oversubscription& oversubscription;
  absl::Duration uptime;
  bool registered = false;
  uint64_t recovery_errors = 0;
  absl::Duration recovery_time;
  bool healthy = true;
  bool recovered = true;
};

// InvalidArgument names the field; Unimplemented the call; Unavailable: not recovered yet.
absl::StatusOr<v1::agent::Response> AnswerOperator(const v1::agent::Call& call,
                                                   const AgentView& agent);

}  // namespace mesos::agent

#endif  // MESOSLIB_AGENT_OPERATOR_CALLS_H_
