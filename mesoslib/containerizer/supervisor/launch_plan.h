// LaunchPlan: what the supervisor is told to do, and LaunchReport: what it answers.
//
// The containerizer starts the supervisor with one end of a stream socket, and writes the plan into
// the other. Until the whole plan has arrived the supervisor does nothing that can be seen; if the
// socket closes before, it goes away. It answers with one LaunchReport and closes the socket.
//
// Uses nothing but the standard library: the supervisor links it.
#ifndef MESOSLIB_CONTAINERIZER_SUPERVISOR_LAUNCH_PLAN_H_
#define MESOSLIB_CONTAINERIZER_SUPERVISOR_LAUNCH_PLAN_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace mesos {

// The user to become, all of its groups included.
struct LaunchUser {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
};

struct LaunchRlimit {
  int resource = 0;  // RLIMIT_...
  uint64_t soft = 0;
  uint64_t hard = 0;
};

struct LaunchPlan {
  // Holds the file `pid`, to which the task's pid is added before it starts; gets the file
  // `status`.
  std::string runtime_dir;
  // The task's working directory; gets the files stdout and stderr.
  std::string sandbox;
  // What is executed; looked for along the PATH in `environment` if it has no slash.
  std::string executable;
  std::vector<std::string> arguments;    // argv, with argv[0].
  std::vector<std::string> environment;  // "NAME=value".
  // Files into which the task writes "0" before it is executed: it joins these cgroups. The
  // supervisor does not.
  std::vector<std::string> cgroups;
  std::vector<LaunchRlimit> rlimits;
  // Whether to become `user`; else the task runs as the supervisor does.
  bool switch_user = false;
  LaunchUser user;
};

// The longest plan that is read.
inline constexpr uint32_t kMaxPlanBytes = 64u << 20;

// A 4-byte length and that many bytes. No string may hold a NUL.
std::string EncodePlan(const LaunchPlan& plan);

// `bytes`: what follows the length. False: these bytes are no plan.
bool DecodePlan(const char* bytes, size_t size, LaunchPlan* plan);

// The step at which a launch failed.
enum class LaunchStep : int32_t {
  kNone = 0,  // The task has been started.
  kPlan,
  kRuntimeDir,
  kSandbox,
  kStdout,
  kStderr,
  kFork,
  kProcessGroup,
  kWorkingDirectory,
  kCgroup,
  kRlimit,
  kGroups,
  kUser,
  kPidFile,
  kExec,
};

struct LaunchReport {
  LaunchStep failed = LaunchStep::kNone;
  int32_t error = 0;  // errno of the failed step.
  int32_t task_pid = 0;
};

}  // namespace mesos

#endif  // MESOSLIB_CONTAINERIZER_SUPERVISOR_LAUNCH_PLAN_H_
