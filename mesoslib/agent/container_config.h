// What an agent asks the containerizer to run: environment, user, directory, resources.
#ifndef MESOSLIB_AGENT_CONTAINER_CONFIG_H_
#define MESOSLIB_AGENT_CONTAINER_CONFIG_H_

#include <string>

#include "absl/time/time.h"
#include "mesos/agent.h"
#include "mesos/containerizer.h"
#include "mesos/ids.h"
#include "mesos/resources.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/agent/executor.h"
#include "mesoslib/agent/task.h"

namespace mesos::agent {

// Of the environment the later wins: PATH, AgentOptions::executor_environment_variables, MESOS_*,
// and what the command itself names, which the containerizer adds.
ContainerConfig CommandContainer(const AgentOptions& options, const AgentId& agent,
                                 const v1::FrameworkInfo& framework, const Executor& executor,
                                 const Task& task);

// `resources`: the executor's and those of the tasks that wait for it.
ContainerConfig ExecutorContainer(const AgentOptions& options, const AgentId& agent,
                                  const v1::FrameworkInfo& framework, const Executor& executor,
                                  Resources resources);

// "5secs", "15mins", "1500ms": the largest unit that is exact.
std::string DurationText(absl::Duration duration);

// How long the executor has to end by itself.
absl::Duration ShutdownGrace(const AgentOptions& options, const v1::ExecutorInfo& executor);

absl::Duration FromProto(const v1::DurationInfo& duration);

}  // namespace mesos::agent

#endif  // MESOSLIB_AGENT_CONTAINER_CONFIG_H_
