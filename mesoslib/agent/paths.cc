#include "mesoslib/agent/paths.h"

#include "absl/strings/str_cat.h"

namespace mesos::agent {

std::string SandboxPath(absl::string_view work_dir, const AgentId& agent,
                        const FrameworkId& framework, const ExecutorId& executor,
                        const ContainerId& container) {
  while (work_dir.size() > 1 && work_dir.back() == '/') work_dir.remove_suffix(1);
  return absl::StrCat(work_dir == "/" ? "" : work_dir, "/slaves/", agent.value(), "/frameworks/",
                      framework.value(), "/executors/", executor.value(), "/runs/",
                      container.value());
}

}  // namespace mesos::agent
