// Containerizer: starts processes in containers, watches them, ends them. The agent decides what
// runs; the containerizer knows how.
//
//   auto loop = mesos::CreateThreadEventLoop("agent").value();
//   auto containerizer =
//       mesos::CreateMesosContainerizer({.runtime_dir = "/run/mesos"}, {loop.get()}).value();
//   loop->Post([&] {
//     containerizer->Recover({}, [&](absl::Status) {
//       mesos::ContainerConfig config;
//       config.command.set_value("echo hello");
//       config.directory = "/tmp/sandbox";
//       const mesos::ContainerId id("c1");
//       containerizer->Launch(id, config, [](absl::Status /*started*/) {});
//       containerizer->Wait(id, [](absl::StatusOr<mesos::ContainerTermination> /*end*/) {});
//     });
//   });
//
// Threads: all methods are called on the agent's loop and return at once; the work is done
// elsewhere (on a bounded pool of threads). Callbacks run exactly once, on that loop, never before
// the call returns, and not after the containerizer is destroyed.
// Ownership: the loop and the log must outlive it. Destroying it, on the loop or on any other
// thread while the loop runs, leaves its containers running: their supervisors record how they end,
// and Recover finds them again.
// Errors: each callback hears of its own; see the methods.
#ifndef MESOS_CONTAINERIZER_H_
#define MESOS_CONTAINERIZER_H_

#include <sys/types.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesos/event_loop.h"
#include "mesos/export.h"
#include "mesos/ids.h"
#include "mesos/log.h"
#include "mesos/resources.h"
#include "mesos/v1/mesos.pb.h"
#include "mesos/version.h"

namespace mesos {

// What is to run.
struct ContainerConfig {
  v1::CommandInfo command;
  std::optional<v1::ContainerInfo> container;
  // The persistent volumes among them are found in the sandbox, under their container_path.
  Resources resources;
  // The sandbox, an absolute path: made by Launch, owned by `user`; the process starts there, and
  // its output goes to the files stdout and stderr in it.
  std::string directory;
  // Persistent volumes of the root disk are below it, in Mesos's layout; an absolute path. May be
  // empty where there are none.
  std::string work_dir;
  // The account to run under; empty: the account of this process. Only root may name another.
  std::string user;
  // The whole environment, but for what `command.environment` adds or replaces.
  std::map<std::string, std::string> environment;
};

// How a container ended.
struct ContainerTermination {
  // As wait(2) gives it. None: not known (the supervisor itself was killed).
  std::optional<int> wait_status;
  // Set when the containerizer ended the container, and why.
  std::optional<v1::TaskState> state;
  std::optional<v1::TaskStatus::Reason> reason;
  std::string message;  // For people.
};

class MESOS_EXPORT Containerizer {
 public:
  using Done = absl::AnyInvocable<void(absl::Status)>;
  using WaitDone = absl::AnyInvocable<void(absl::StatusOr<ContainerTermination>)>;

  virtual ~Containerizer() = default;

  // Takes up again the containers in `known`, which ran under an earlier instance (also those that
  // have ended meanwhile: Wait tells how), and destroys all others that instance left behind.
  // Called once, before anything else.
  virtual void Recover(std::vector<ContainerId> known, Done done) = 0;

  // Makes the sandbox and starts the command. OK: the process has been started (its exec
  // succeeded). AlreadyExists: the id is in use. InvalidArgument: the config asks for what is not
  // on offer, the message says what. Otherwise the command could not be started, and nothing is
  // left running.
  virtual void Launch(ContainerId id, ContainerConfig config, Done done) = 0;

  // The container's resources are now `resources`.
  virtual void Update(ContainerId id, Resources resources, Done done) = 0;

  // Hears how the container ended, when it has; may be called several times, also by latecomers
  // until the container is forgotten (when Destroy has been answered or it ended and was waited
  // for). NotFound: no such container.
  virtual void Wait(ContainerId id, WaitDone done) = 0;

  // Sends `signal` (as kill(2) numbers them) to the container's processes. NotFound: no such
  // container, or it has ended.
  virtual void Kill(ContainerId id, int signal, Done done) = 0;

  // Ends every process of the container at once; the answer comes when all are gone.
  virtual void Destroy(ContainerId id, WaitDone done) = 0;

  // What the container uses now. NotFound: no such container, or it has ended.
  virtual void Usage(ContainerId id,
                     absl::AnyInvocable<void(absl::StatusOr<v1::ResourceStatistics>)> done) = 0;

  // Its processes and addresses, as status updates carry them.
  virtual void Status(ContainerId id,
                      absl::AnyInvocable<void(absl::StatusOr<v1::ContainerStatus>)> done) = 0;

  // Makes the directory of a persistent volume, an absolute path, and those above it. OK also where
  // it is there.
  virtual void CreateVolume(std::string path, Done done) = 0;

  // Removes all that is in the directory of a persistent volume, without following any symlink, and
  // unless `keep` the directory itself. OK also where there is none. May take long; what was
  // interrupted or has failed is done by doing it again.
  virtual void DestroyVolume(std::string path, bool keep, Done done) = 0;
};

struct MesosContainerizerOptions {
  // What keeps a container's processes together. Containers that were launched with one of them are
  // destroyed or found by it only.
  enum class Launcher {
    kPosix,  // Sessions. No rights are needed.
    kLinux,  // Cgroups, of version 1 or 2, which only root's processes leave. Needs root.
  };

  // Where the state of running containers is kept, an absolute path; best on a filesystem cleared
  // at reboot. Made if it does not exist.
  std::string runtime_dir;
  // Threads that do the blocking work; at least 1.
  int worker_threads = 2;
  // How long Destroy waits for killed processes to vanish before it reports DeadlineExceeded. More
  // than zero.
  absl::Duration destroy_timeout = absl::Seconds(60);
  Launcher launcher = Launcher::kPosix;
  // Of kLinux: the cgroup below which containers have theirs. It is this containerizer's alone:
  // what it finds there and does not know is destroyed.
  std::string cgroups_root = "mesos";
  // What containers are kept from, by Mesos's names: posix/cpu and posix/mem, which only count;
  // cgroups/cpu, cgroups/mem and cgroups/pids, of version 1, which need kLinux.
  std::vector<std::string> isolation;
  // Of cgroups/cpu: nobody gets more CPU time than what is allocated, also where some is idle.
  bool cgroups_enable_cfs = false;
};

struct ContainerizerDependencies {
  EventLoop* loop = nullptr;  // The agent's.
  LogSink* log = nullptr;     // May be null.
};

// Containers are processes of the machine, as any others, but for what `isolation` names.
// InvalidArgument names the option or the dependency that is missing or makes no sense;
// AlreadyExists: cgroups_root is another's; otherwise what the system refused.
MESOS_EXPORT absl::StatusOr<std::unique_ptr<Containerizer>> CreateMesosContainerizer(
    MesosContainerizerOptions options, ContainerizerDependencies dependencies,
    HeaderVersion headers = {});

}  // namespace mesos

#endif  // MESOS_CONTAINERIZER_H_
