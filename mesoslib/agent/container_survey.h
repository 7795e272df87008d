// SurveyContainers: adds to a list of containers what each is and uses, as far as the containerizer
// says so in time.
#ifndef MESOSLIB_AGENT_CONTAINER_SURVEY_H_
#define MESOSLIB_AGENT_CONTAINER_SURVEY_H_

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesos/containerizer.h"
#include "mesos/event_loop.h"
#include "mesos/v1/agent/agent.pb.h"

namespace mesos::agent {

// A container that is being ended may keep its answer for long; what others say is not held up.
inline constexpr absl::Duration kSurveyTimeout = absl::Seconds(5);

// On the loop. `response` is GET_CONTAINERS'. `done` runs once; where the containerizer is
// destroyed before that, with what is known by then.
void SurveyContainers(EventLoop* loop, Containerizer* containerizer, v1::agent::Response response,
                      absl::AnyInvocable<void(absl::StatusOr<v1::agent::Response>)> done);

}  // namespace mesos::agent

#endif  // MESOSLIB_AGENT_CONTAINER_SURVEY_H_
