// SupervisorLauncher: starts supervisors and gives them their plans.
//
// The program is in this process's memory, sealed: there is no path to configure, and no task can
// overwrite what the next one will be started by (the class of CVE-2019-5736).
#ifndef MESOSLIB_CONTAINERIZER_SUPERVISOR_LAUNCHER_H_
#define MESOSLIB_CONTAINERIZER_SUPERVISOR_LAUNCHER_H_

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/base/unique_fd.h"
#include "mesoslib/containerizer/supervisor/launch_plan.h"

namespace mesos {

// Ends a launch from another thread. Shared by who launches and who may cancel.
class LaunchCancellation {
 public:
  // The launch fails with Cancelled; its supervisor is killed, and the task dies with it.
  void Cancel();

 private:
  friend class SupervisorLauncher;

  // The supervisor of the launch under way; false: it is cancelled already.
  bool Begin(int pidfd);
  // Before the descriptor is closed. Whether the launch was cancelled.
  bool End();

  Mutex mutex_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  int pidfd_ ABSL_GUARDED_BY(mutex_) = -1;
};

// A supervisor whose task has been started.
struct LaunchedSupervisor {
  pid_t pid = 0;
  UniqueFd pidfd;
  pid_t task = 0;
};

class SupervisorLauncher {
 public:
  // Puts the program into a sealed memfd.
  static absl::StatusOr<SupervisorLauncher> Create();

  // Starts a supervisor; calls `spawned` with its pid while it waits for its plan; hands over the
  // plan; waits until the task has been executed. If any of this fails, supervisor and task are
  // gone; what the task may have started by then is left (see KillSession).
  // Blocks, at most for `timeout` or until cancelled. Any thread.
  absl::StatusOr<LaunchedSupervisor> Launch(const LaunchPlan& plan,
                                            absl::FunctionRef<absl::Status(pid_t)> spawned,
                                            absl::Duration timeout,
                                            LaunchCancellation* cancellation) const;

 private:
  explicit SupervisorLauncher(UniqueFd image) : image_(std::move(image)) {}

  UniqueFd image_;
};

}  // namespace mesos

#endif  // MESOSLIB_CONTAINERIZER_SUPERVISOR_LAUNCHER_H_
