// Cluster: masters, agents and frameworks, unchanged, on simulated machines, and everything between
// them. See mesos/simulation.h, which is the public face of it.
#ifndef MESOSLIB_SIM_CLUSTER_H_
#define MESOSLIB_SIM_CLUSTER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "mesos/log.h"
#include "mesos/resources.h"
#include "mesos/simulation.h"
#include "mesoslib/sim/book.h"
#include "mesoslib/sim/coordination.h"
#include "mesoslib/sim/hosts.h"
#include "mesoslib/sim/load_framework.h"
#include "mesoslib/sim/network.h"
#include "mesoslib/sim/observer.h"
#include "mesoslib/sim/rogue_framework.h"
#include "mesoslib/sim/tap.h"
#include "mesoslib/sim/world.h"

namespace mesos::sim {

struct ClusterOptions {
  uint64_t seed = 1;
  int masters = 1;  // More than one: with a coordination service on a host of its own.
  int agents = 4;
  std::string resources = "cpus:4;mem:8192";  // Of each agent.
  // What each lends out besides, at most: revocable. See Lender.
  Resources lendable;
  std::vector<LoadPlan> frameworks;
  bool rogue = false;  // There is one framework more, which means harm.
  MasterOptions master;
  AgentOptions agent;
  AllocatorFactory allocator;  // Null: the hierarchical one.
  // The masters' books are added up every so many steps; 0: never.
  uint64_t check_interval = 1;
  size_t trace_lines = 500;
  LogSink* log = nullptr;  // What the components log; may be null.
};

// A framework's machine: its process dies and comes back.
class FrameworkHost final : public DaemonHost {
 public:
  FrameworkHost(const Surroundings& around, Masters* masters, int host, LoadPlan plan,
                std::string name);
  ~FrameworkHost() override;

  LoadFramework* framework() const { return framework_.get(); }  // Null: it is down.
  const LoadPlan& plan() const { return plan_; }
  Book& book() { return book_; }
  const Book& book() const { return book_; }
  void set_quiet(bool quiet);
  // A framework that the master refuses dies, and comes back, as another one where it must.
  void EndIfRefused();

 private:
  void Build() override;
  void Bury() override;

  Masters* const masters_;
  const LoadPlan plan_;
  const Transport transport_;
  Book book_;
  bool quiet_ = false;
  MasterRoute<v1::scheduler::Call, v1::scheduler::Event> route_;
  std::unique_ptr<LoadFramework> framework_;
};

// A machine with a framework that means harm.
class RogueHost final : public DaemonHost {
 public:
  RogueHost(const Surroundings& around, Masters* masters, int host,
            std::vector<const Book*> victims);
  ~RogueHost() override;

 private:
  void Build() override;
  void Bury() override;

  Masters* const masters_;
  const std::vector<const Book*> victims_;
  MasterRoute<v1::scheduler::Call, v1::scheduler::Event> route_;
  std::unique_ptr<RogueFramework> framework_;
};

// A machine with a program of the simulation's user.
class ProgramHost final : public DaemonHost {
 public:
  ProgramHost(const Surroundings& around, Masters* masters, int host, std::string name,
              Simulation::Program program);
  ~ProgramHost() override;

 private:
  void Build() override;
  void Bury() override;

  Masters* const masters_;
  const Simulation::Program program_;
  MasterRoute<v1::scheduler::Call, v1::scheduler::Event> route_;
  std::shared_ptr<void> running_;
};

class Cluster final : public Machine::Owner {
 public:
  explicit Cluster(ClusterOptions options);
  ~Cluster() override;

  // Runs until `duration` has passed; the first thing found wrong ends it.
  absl::Status Run(absl::Duration duration);

  // Frameworks launch nothing any more, and finish what they do; a rogue one goes.
  void Quiet();
  // Runs until frameworks, masters, agents and machines agree on what runs, at most for `limit`;
  // otherwise what they disagree on.
  absl::Status Converge(absl::Duration limit);
  // Ends all frameworks; nothing of them may be left anywhere within `limit`.
  absl::Status TearDown(absl::Duration limit);

  World& world() { return world_; }
  const World& world() const { return world_; }
  Network& network() { return network_; }
  Coordination& coordination() { return coordination_; }
  bool coordinated() const { return around_.coordination != nullptr; }
  Observer& observer() { return observer_; }
  const Observer& observer() const { return observer_; }
  Masters& masters() { return masters_; }
  const Surroundings& around() const { return around_; }
  std::vector<std::unique_ptr<MasterHost>>& master_hosts() { return master_hosts_; }
  std::vector<std::unique_ptr<AgentHost>>& agent_hosts() { return agent_hosts_; }
  std::vector<std::unique_ptr<FrameworkHost>>& framework_hosts() { return framework_hosts_; }
  // Programs and frameworks.
  std::vector<DaemonHost*> clients() const;
  std::vector<std::unique_ptr<ProgramHost>>& program_hosts() { return program_hosts_; }
  void AddProgram(std::string name, Simulation::Program program);
  // They are numbered from 0, the coordination service's, to this, exclusively.
  int hosts() const { return next_host_; }
  // Who leads by all that is known; null: nobody.
  MasterHost* leader();

  // Machine::Owner.
  void TaskStarts(Machine& machine, const std::string& framework, const std::string& task) override;
  void TaskEnds(const std::string& framework, const std::string& task) override;
  std::unique_ptr<ExecutorProcess> StartExecutor(
      Machine& machine, const ContainerConfig& config,
      absl::AnyInvocable<void(int wait_status)> ended) override;

 private:
  // A number for a further host.
  int NewHost() { return next_host_++; }
  void AfterStep();

  const ClusterOptions options_;
  World world_;
  Network network_;
  Observer observer_;
  Tap tap_;
  Coordination coordination_;
  const Surroundings around_;
  int next_host_ = 1;
  std::vector<std::unique_ptr<MasterHost>> master_hosts_;
  Masters masters_;
  std::vector<std::unique_ptr<AgentHost>> agent_hosts_;
  std::vector<std::unique_ptr<FrameworkHost>> framework_hosts_;
  std::vector<std::unique_ptr<ProgramHost>> program_hosts_;
  std::unique_ptr<RogueHost> rogue_;  // May be null.
};

}  // namespace mesos::sim

#endif  // MESOSLIB_SIM_CLUSTER_H_
