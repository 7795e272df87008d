// MasterHost and AgentHost: the machines of a simulated cluster with the daemons on them. A daemon
// that dies is started again after a while, as an init system would do.
#ifndef MESOSLIB_SIM_HOSTS_H_
#define MESOSLIB_SIM_HOSTS_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "mesos/agent.h"
#include "mesos/allocator.h"
#include "mesos/leader_election.h"
#include "mesos/master.h"
#include "mesoslib/sim/connection.h"
#include "mesoslib/sim/coordination.h"
#include "mesoslib/sim/disk.h"
#include "mesoslib/sim/lender.h"
#include "mesoslib/sim/machine.h"
#include "mesoslib/sim/network.h"
#include "mesoslib/sim/process.h"

namespace mesos::sim {

using AgentServer = Server<internal::AgentMessage, internal::MasterMessage>;
using SchedulerServer = Server<v1::scheduler::Call, v1::scheduler::Event>;
using ExecutorServer = Server<v1::executor::Call, v1::executor::Event>;

// What all hosts share.
struct Surroundings {
  World* world;
  Network* network;
  Tap* tap;
  Coordination* coordination;  // Null: one master, which leads by itself.
};

// A daemon's process: dies, is buried, and is started again.
class DaemonHost {
 public:
  DaemonHost(const Surroundings& around, std::string name, int host);
  virtual ~DaemonHost();

  const std::string& name() const { return name_; }
  int host() const { return host_; }
  // Null: it is down.
  const std::shared_ptr<Process>& process() const { return process_; }
  bool retired() const { return retired_; }
  bool running() const { return process_ != nullptr && process_->alive(); }

  void Start();
  // Kills the process; it starts again after `pause`.
  void Crash(absl::Duration pause);
  // The machine loses its power for `pause`.
  void PowerOff(absl::Duration pause);
  // It does not start any more.
  void Retire();

 protected:
  // Makes the daemon in `process()`.
  virtual void Build() = 0;
  // Destroys what Build has made; the process is dead.
  virtual void Bury() = 0;
  virtual void PowerLost() {}
  // The daemon has ended by itself, as a program does that exits.
  void Exits(const absl::Status& why);

  const Surroundings around_;

 private:
  class Undertaker;

  void Died();
  void StartLater(absl::Duration pause);

  const std::string name_;
  const int host_;
  std::shared_ptr<Process> process_;
  std::shared_ptr<Undertaker> undertaker_;
  bool off_ = false;
  bool retired_ = false;
  absl::Duration pause_ = absl::Seconds(1);
  uint64_t start_ = 0;
};

// Makes each master's allocator.
using AllocatorFactory = std::function<std::unique_ptr<Allocator>(const AllocatorOptions&)>;

class MasterHost final : public DaemonHost {
 public:
  // `allocator` null: the hierarchical one.
  MasterHost(const Surroundings& around, int host, MasterOptions options,
             AllocatorFactory allocator);
  ~MasterHost() override;

  // Null: it is down.
  Master* master() const { return master_.get(); }
  Disk& disk() { return disk_; }
  AgentServer agents() const;
  SchedulerServer schedulers() const;

 private:
  void Build() override;
  void Bury() override;

  MasterOptions options_;
  const AllocatorFactory make_allocator_;
  Disk disk_;
  std::shared_ptr<CoordinationClient> client_;
  std::shared_ptr<DiskStore> store_;
  std::unique_ptr<Allocator> allocator_;
  std::unique_ptr<Master> master_;
};

// Where the master that leads is reached by a process.
class Masters {
 public:
  explicit Masters(std::vector<std::unique_ptr<MasterHost>>* hosts) : hosts_(hosts) {}

  const std::vector<std::unique_ptr<MasterHost>>& hosts() const { return *hosts_; }
  // By its address, which is its host's number.
  MasterHost* Find(const v1::MasterInfo& info) const;

 private:
  std::vector<std::unique_ptr<MasterHost>>* const hosts_;
};

// The way of one process to the leading master.
template <typename Call, typename Event>
struct MasterRoute {
  std::shared_ptr<CoordinationClient> client;  // Null where there is one master only.
  std::unique_ptr<Endpoint<Call, Event>> endpoint;
};
MasterRoute<internal::AgentMessage, internal::MasterMessage> RouteForAgent(
    const Surroundings& around, Masters* masters, std::shared_ptr<Process> process);
MasterRoute<v1::scheduler::Call, v1::scheduler::Event> RouteForScheduler(
    const Surroundings& around, Masters* masters, std::shared_ptr<Process> process,
    Transport transport);

class AgentHost final : public DaemonHost {
 public:
  AgentHost(const Surroundings& around, Masters* masters, Machine::Owner* owner, int host,
            AgentOptions options);
  ~AgentHost() override;

  Agent* agent() const { return agent_.get(); }  // Null: it is down.
  Machine& machine() { return machine_; }
  const Machine& machine() const { return machine_; }
  AgentOptions& options() { return options_; }
  // It lends out at most these, revocable, from its next start on. Empty: nothing.
  void set_lendable(const Resources& lendable);
  ExecutorServer executors() const;

 private:
  void Build() override;
  void Bury() override;
  void PowerLost() override;

  Masters* const masters_;
  AgentOptions options_;
  Resources lendable_;
  Machine machine_;
  std::shared_ptr<DiskStore> store_;
  MasterRoute<internal::AgentMessage, internal::MasterMessage> route_;
  std::unique_ptr<Containerizer> containerizer_;
  std::unique_ptr<Lender> lender_;  // Null: it lends nothing.
  std::unique_ptr<Agent> agent_;
};

}  // namespace mesos::sim

#endif  // MESOSLIB_SIM_HOSTS_H_
