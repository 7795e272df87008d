// MesosContainerizer: containers are processes that a Launcher keeps together, with a supervisor.
//
//                 Launch                exec succeeded             supervisor ended
//   (no container) ----> kLaunching ----------------> kRunning ----------------------> kEnding
//         ^                  | launch failed,            | Recover finds it running       |
//         |                  | or destroyed              |                                | how it
//         |<-----------------+                           |                                v ended
//         |<------------------------------------------------------------------------- kEnded
//                               told to a Wait or Destroy: forgotten
//
// Destroy in kLaunching cancels the launch; in kRunning it kills the processes, and the way is the
// usual one. Blocking work runs on a pool of threads; a container has at most one job there.
#ifndef MESOSLIB_CONTAINERIZER_MESOS_CONTAINERIZER_H_
#define MESOSLIB_CONTAINERIZER_MESOS_CONTAINERIZER_H_

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "mesos/containerizer.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/process_watcher.h"
#include "mesoslib/base/unique_fd.h"
#include "mesoslib/base/worker_pool.h"
#include "mesoslib/containerizer/isolator.h"
#include "mesoslib/containerizer/launcher.h"
#include "mesoslib/containerizer/runtime_state.h"
#include "mesoslib/containerizer/supervisor_launcher.h"

namespace mesos {

class MesosContainerizer final : public Containerizer {
 public:
  MesosContainerizer(MesosContainerizerOptions options, ContainerizerDependencies dependencies,
                     RuntimeState state, SupervisorLauncher supervisors,
                     std::unique_ptr<Launcher> launcher,
                     std::vector<std::unique_ptr<Isolator>> isolators,
                     std::unique_ptr<ProcessWatcher> watcher, std::unique_ptr<WorkerPool> pool);

  // Any thread. Launches under way are cancelled; containers run on.
  ~MesosContainerizer() override;

  void Recover(std::vector<ContainerId> known, Done done) override;
  void Launch(ContainerId id, ContainerConfig config, Done done) override;
  void Update(ContainerId id, Resources resources, Done done) override;
  void Wait(ContainerId id, WaitDone done) override;
  void Kill(ContainerId id, int signal, Done done) override;
  void Destroy(ContainerId id, WaitDone done) override;
  void Usage(ContainerId id,
             absl::AnyInvocable<void(absl::StatusOr<v1::ResourceStatistics>)> done) override;
  void Status(ContainerId id,
              absl::AnyInvocable<void(absl::StatusOr<v1::ContainerStatus>)> done) override;
  void CreateVolume(std::string path, Done done) override;
  void DestroyVolume(std::string path, bool keep, Done done) override;

 private:
  enum class State { kLaunching, kRunning, kEnding, kEnded };

  struct Destroyer {
    WaitDone done;
    TimerId timeout;
  };

  struct Container {
    ContainerId id;
    State state = State::kLaunching;
    Resources resources;
    ContainerPids pids;                                // From kRunning on.
    std::shared_ptr<const UniqueFd> pidfd;             // The supervisor's; from kRunning on.
    std::shared_ptr<LaunchCancellation> cancellation;  // In kLaunching.
    std::set<const Isolator*> limited_by;              // Whose limit it has run into.
    ContainerTermination termination;                  // In kEnded.
    std::vector<WaitDone> waiters;
    std::vector<Destroyer> destroyers;
    bool busy = false;                     // A job is with the pool.
    std::deque<EventLoop::Callback> jobs;  // Each starts a job, or calls NextJob.
  };
  using ContainerPtr = std::shared_ptr<Container>;

  // Readable when the container has run into the isolator's limit.
  struct Limit {
    const Isolator* isolator;
    std::shared_ptr<const UniqueFd> reached;
  };

  struct Launched {
    ContainerPids pids;
    std::shared_ptr<const UniqueFd> pidfd;
    std::vector<Limit> limits;
  };

  // What Recover finds of a container.
  struct Found {
    ContainerId id;
    ContainerPids pids;
    std::shared_ptr<const UniqueFd> pidfd;  // None: it has ended.
    std::vector<Limit> limits;
    ContainerTermination termination;  // Where it has ended.
  };

  struct Recovery {
    int orphans = 0;  // Not gone yet.
    Done done;
  };

  // Posts: no caller is called back before it has returned, and none that destroys this object
  // pulls the ground from under us.
  template <typename F, typename T>
  void Answer(F done, T value);

  // Runs `work` on a thread, then `then` with its result on the loop.
  template <typename R>
  void Work(absl::AnyInvocable<R()> work, absl::AnyInvocable<void(R)> then);
  // The same, as a container's next job.
  template <typename R>
  void WorkFor(const ContainerPtr& container, absl::AnyInvocable<R()> work,
               absl::AnyInvocable<void(R)> then);
  void NextJob(const ContainerPtr& container);

  ContainerPtr Find(const ContainerId& id) const;
  absl::StatusOr<Launched> LaunchNow(const ContainerId& id, const ContainerConfig& config,
                                     LaunchPlan plan, LaunchCancellation* cancellation) const;
  void LaunchDone(const ContainerPtr& container, absl::StatusOr<Launched> launched, Done done);
  void LaunchFailed(const ContainerPtr& container, const absl::Status& error);
  absl::Status Run(const ContainerPtr& container, Launched launched);
  absl::Status Prepare(const ContainerId& id, const ContainerConfig& config,
                       LaunchPlan* plan) const;
  absl::StatusOr<std::vector<Limit>> Limits(const ContainerId& id) const;
  void LimitReached(const ContainerPtr& container, const Isolator* isolator);
  absl::Status Clean(const ContainerId& id, const ContainerPids& pids, bool orderly) const;
  void KillProcesses(const ContainerPtr& container);
  void DestroyTimedOut(const ContainerPtr& container, TimerId timer);
  void SupervisorEnded(const ContainerPtr& container);
  ContainerTermination HowItEnded(const ContainerId& id, const ContainerPids& pids,
                                  const std::set<const Isolator*>& limited_by) const;
  void KillAll(const ContainerId& id, const ContainerPids& pids, int pidfd) const;
  void CleanStrays(const absl::flat_hash_set<ContainerId>& listed) const;
  void Ended(const ContainerPtr& container, ContainerTermination termination);
  void Forget(const ContainerPtr& container);

  std::vector<Found> FindContainers(const absl::flat_hash_set<ContainerId>& known) const;
  Found FindContainer(const ContainerId& id) const;
  std::string SetAside(const ContainerId& id, absl::string_view file,
                       const absl::Status& damage) const;
  void TakeUp(Found found);
  void DestroyOrphan(Found found, std::shared_ptr<Recovery> recovery);

  const MesosContainerizerOptions options_;
  EventLoop* const loop_;
  const Logger log_;
  const RuntimeState state_;
  const SupervisorLauncher supervisors_;
  const std::unique_ptr<Launcher> launcher_;
  const std::vector<std::unique_ptr<Isolator>> isolators_;

  absl::flat_hash_map<ContainerId, ContainerPtr> containers_;
  // Forgotten, but with files that are kept a while: a restarted agent that had not yet recorded
  // how they ended asks again. Oldest first.
  std::deque<ContainerId> remembered_;
  absl::flat_hash_set<ContainerId> being_removed_;

  // Ends work that would take long.
  std::atomic<bool> stopping_ = false;
  const std::unique_ptr<WorkerPool> pool_;
  std::unique_ptr<ProcessWatcher> watcher_;
  std::optional<Lifetime> lifetime_;  // Last.
};

}  // namespace mesos

#endif  // MESOSLIB_CONTAINERIZER_MESOS_CONTAINERIZER_H_
