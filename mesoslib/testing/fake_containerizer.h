// FakeContainerizer: containers that do nothing, for tests of what uses a Containerizer. They run
// until the test ends them, a SIGTERM or a Destroy comes. It may serve one agent after another:
// what runs goes on when an agent goes, as it would in reality.
#ifndef MESOSLIB_TESTING_FAKE_CONTAINERIZER_H_
#define MESOSLIB_TESTING_FAKE_CONTAINERIZER_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mesos/containerizer.h"
#include "mesos/event_loop.h"
#include "mesoslib/base/lifetime.h"

namespace mesos {

class FakeContainerizer final : public Containerizer {
 public:
  struct Container {
    ContainerConfig config;
    Resources resources;
    std::vector<int> signals;
    bool started = false;
    std::optional<ContainerTermination> termination;  // None: it runs.
    std::vector<WaitDone> waiting;
  };

  explicit FakeContainerizer(EventLoop* loop) : loop_(loop) {}

  // -- How it behaves --

  absl::Status recover_status;
  absl::Status launch_status;  // Of every launch from now on.
  absl::Status update_status;
  absl::Status destroy_status;
  bool instant = false;         // What is launched ends with status 0 at once.
  bool ignore_sigterm = false;  // Only Destroy ends a container.
  bool hold_destroys = false;   // Of a Destroy nothing is heard, and nothing comes.
  absl::Status volume_status;   // Of every volume that is made or destroyed from now on.
  bool hold_volumes = false;    // That is answered when ReleaseVolumes is called.
  v1::ResourceStatistics usage;  // Of every container.
  bool hold_usage = false;       // Of a Usage nothing is heard until ReleaseUsage is called.
  bool hold_launches = false;   // Launches are answered when ReleaseLaunches is called.

  void ReleaseLaunches();
  void ReleaseVolumes();
  void ReleaseUsage();
  // What has ended runs again, as if it had not.
  void RunAgain();
  // Ends a running container as wait(2) would tell.
  void End(const ContainerId& id, int wait_status);
  void End(const ContainerId& id, ContainerTermination termination);

  // -- What was asked of it --

  const std::map<ContainerId, Container>& containers() const { return containers_; }
  const Container& container(const ContainerId& id) const { return containers_.at(id); }
  std::vector<ContainerId> Running() const;
  // The latest container whose environment has this; empty where there is none.
  ContainerId FindByEnvironment(absl::string_view name, absl::string_view value) const;
  // "create <path>", "destroy <path>", "empty <path>", in the order they were asked for.
  const std::vector<std::string>& volumes() const { return volumes_; }
  int launches() const { return launches_; }
  int destroys() const { return destroys_; }
  const std::vector<ContainerId>& recovered() const { return recovered_; }

  // Containerizer.
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
  struct Launching {
    ContainerId id;
    Done done;
  };

  Container* FindRunning(const ContainerId& id);
  void AnswerVolume(Done done);
  void FinishLaunch(const ContainerId& id, Done done);
  template <typename Callback, typename Result>
  void Answer(Callback done, Result result);

  EventLoop* const loop_;
  std::map<ContainerId, Container> containers_;
  std::vector<ContainerId> order_;
  std::vector<Launching> held_;
  std::vector<std::string> volumes_;
  std::vector<Done> held_volumes_;
  std::vector<absl::AnyInvocable<void()>> held_usage_;
  std::vector<ContainerId> recovered_;
  int launches_ = 0;
  int destroys_ = 0;
  Lifetime lifetime_;
};

}  // namespace mesos

#endif  // MESOSLIB_TESTING_FAKE_CONTAINERIZER_H_
