// Nemesis: does to a cluster what happens to clusters: kills, stops and restarts processes and
// machines, cuts and slows the network, breaks disks, sets clocks, takes the coordination service
// away. What it does follows from the world's seed alone.
#ifndef MESOSLIB_SIM_NEMESIS_H_
#define MESOSLIB_SIM_NEMESIS_H_

#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/sim/cluster.h"

namespace mesos::sim {

class Nemesis {
 public:
  explicit Nemesis(Cluster* cluster) : cluster_(cluster), world_(&cluster->world()) {}

  // Faults follow each other after pauses of up to `pause`, until Stop.
  void Start(absl::Duration longest_pause);
  // Ends everything that is wrong: what is cut is healed, what is stopped continues, what is full
  // has room. What is down comes back in its time.
  void Stop();

 private:
  void Next();
  void Strike();

  void CrashSomething();
  void PauseSomething();
  void CutSomething();
  void CutOffAHost();
  void SlowNetwork();
  void LosePower();
  void BreakDisk();
  void SetClock();
  void DisturbCoordination();
  void MarkAgentGone();
  void KillExecutor();
  void FailLaunches();

  // Any daemon; null: the one picked has no process at the moment.
  DaemonHost* AnyDaemon();
  int AnyHost();
  Disk* AnyDisk();
  void After(absl::Duration pause, absl::AnyInvocable<void()> callback);

  Cluster* const cluster_;
  World* const world_;
  absl::Duration longest_pause_;
  bool stopped_ = true;
  std::vector<std::shared_ptr<Process>> paused_;
  Lifetime lifetime_;
};

}  // namespace mesos::sim

#endif  // MESOSLIB_SIM_NEMESIS_H_
