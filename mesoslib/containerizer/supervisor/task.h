// The child that becomes the task.
//
// Uses nothing but the standard library: the supervisor links it.
#ifndef MESOSLIB_CONTAINERIZER_SUPERVISOR_TASK_H_
#define MESOSLIB_CONTAINERIZER_SUPERVISOR_TASK_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "mesoslib/containerizer/supervisor/launch_plan.h"

namespace mesos {

// The plan, and what the supervisor has opened for it: everything the child needs is ready before
// the fork.
struct Task {
  const LaunchPlan* plan = nullptr;
  std::vector<std::string> candidates;  // Paths to execute, in order.
  std::vector<char*> argv;
  std::vector<char*> shell_argv;  // For a script without an interpreter line: {"sh", path, ...}.
  std::vector<char*> envp;
  int sandbox = -1;
  int stdout_file = -1;
  int stderr_file = -1;
  int pid_file = -1;
  std::vector<int> cgroup_files;
  pid_t supervisor = 0;
};

// Fills in all but the descriptors.
Task PrepareTask(const LaunchPlan& plan);

// Starts the task. Returns when its exec has succeeded or failed (then the child is gone, and
// reaped). The caller has blocked all signals and set all dispositions to the default.
LaunchReport StartTask(const Task& task);

}  // namespace mesos

#endif  // MESOSLIB_CONTAINERIZER_SUPERVISOR_TASK_H_
