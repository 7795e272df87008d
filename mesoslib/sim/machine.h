// Machine: a simulated computer on which an agent runs: its disk, and its containers, which go on
// when the agent dies, and end when the machine does.
//
// What a container does is said by its command: "sleep 5" runs for five seconds, "exit 3" ends with
// that status, "sleep 5; exit 3" does both. An executor (a container that belongs to no task) is a
// process of its own with a real ExecutorDriver; each of its tasks does what its `data` says, in
// the same words.
#ifndef MESOSLIB_SIM_MACHINE_H_
#define MESOSLIB_SIM_MACHINE_H_

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mesos/containerizer.h"
#include "mesos/ids.h"
#include "mesos/resources.h"
#include "mesoslib/sim/disk.h"
#include "mesoslib/sim/process.h"
#include "mesoslib/sim/world.h"

namespace mesos::sim {

// What a command or a task's data asks for.
struct Work {
  absl::Duration duration;
  int exit_status = 0;
};
Work ParseWork(absl::string_view text);

// An executor's process; made by whoever knows how it reaches its agent.
class ExecutorProcess {
 public:
  virtual ~ExecutorProcess() = default;
  // SIGTERM and the like; SIGKILL is its destruction.
  virtual void Signal(int signal) = 0;
};

class Machine {
 public:
  struct Container {
    ContainerConfig config;
    std::string framework;
    std::string task;  // Empty: an executor.
    std::optional<ContainerTermination> termination;
    std::unique_ptr<ExecutorProcess> executor;
    TimerId timer = 0;
    uint64_t number = 0;
  };

  // What happens on it.
  class Owner {
   public:
    virtual ~Owner() = default;
    // A task's process begins to run, and is no more.
    virtual void TaskStarts(Machine& machine, const std::string& framework,
                            const std::string& task) = 0;
    virtual void TaskEnds(const std::string& framework, const std::string& task) = 0;
    // `ended` is called when the process ends by itself.
    virtual std::unique_ptr<ExecutorProcess> StartExecutor(
        Machine& machine, const ContainerConfig& config,
        absl::AnyInvocable<void(int wait_status)> ended) = 0;
  };

  Machine(World* world, Owner* owner, int host, Resources total)
      : world_(world), owner_(owner), host_(host), total_(std::move(total)) {}
  ~Machine();

  int host() const { return host_; }
  Disk& disk() { return disk_; }
  const Resources& total() const { return total_; }
  void set_total(Resources total) { total_ = std::move(total); }
  // What containers may hold besides, at most, because it is lent to them.
  void set_lendable(Resources lendable) { lendable_ = std::move(lendable); }
  std::string boot_id() const;
  // Under which the agent is registered, as it has written down.
  std::optional<std::string> agent_id() const;
  const std::map<ContainerId, Container>& containers() const { return containers_; }

  // All containers are gone, and nothing remembers how they ended.
  void Reboot();
  // Kills some executor, if there is one.
  void KillSomeExecutor();

  // Whether some launches fail from now on, in thousandths.
  uint64_t failing_launches = 0;

  // The containerizer of one life of the agent.
  std::unique_ptr<Containerizer> NewContainerizer(std::shared_ptr<Process> agent);

 private:
  friend class MachineContainerizer;

  // An error says why it could not be started.
  absl::Status Start(const ContainerId& id, ContainerConfig config);
  void End(const ContainerId& id, uint64_t number, int wait_status);
  // Nothing of it runs any more.
  void Stop(Container& container);
  void Signal(const ContainerId& id, int signal);
  void CheckResources();
  // The agent has been told how it ended.
  void Heard(const ContainerId& id);

  World* const world_;
  Owner* const owner_;
  const int host_;
  Resources total_;
  Resources lendable_;
  Disk disk_;
  int boots_ = 1;
  uint64_t started_ = 0;
  std::map<ContainerId, Container> containers_;
  std::deque<ContainerId> remembered_;
  class MachineContainerizer* containerizer_ = nullptr;  // Hears of ends.
};

}  // namespace mesos::sim

#endif  // MESOSLIB_SIM_MACHINE_H_
