// Where things lie below an agent's work_dir: Mesos's layout.
#ifndef MESOSLIB_AGENT_PATHS_H_
#define MESOSLIB_AGENT_PATHS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "mesos/ids.h"

namespace mesos::agent {

// work_dir/slaves/<agent>/frameworks/<framework>/executors/<executor>/runs/<container>. The ids
// have been validated: none is empty, "." or "..", or holds a slash, so the path stays below
// work_dir.
std::string SandboxPath(absl::string_view work_dir, const AgentId& agent,
                        const FrameworkId& framework, const ExecutorId& executor,
                        const ContainerId& container);

}  // namespace mesos::agent

#endif  // MESOSLIB_AGENT_PATHS_H_
