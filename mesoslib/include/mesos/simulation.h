// Simulation: a whole cluster in one thread and in virtual time: masters and agents as they are in
// production, on simulated machines, disks and networks. The same seed gives the same run every
// time, in every build; faults can be let loose on it. For tests of frameworks.
//
//   #include "mesos/scheduler.h"
//
//   void TestMyFramework(mesos::Scheduler* scheduler) {
//     auto simulation = mesos::CreateSimulation({.seed = 42, .agents = 10}).value();
//     simulation->AddProcess("my framework", [=](const mesos::SimulatedProcess& process) {
//       mesos::SchedulerDriverOptions options;
//       options.framework.set_name("my framework");
//       options.framework.set_user("nobody");
//       std::shared_ptr<mesos::SchedulerDriver> driver =
//           mesos::CreateSchedulerDriver(
//               options, {process.loop, process.random, process.master, scheduler})
//               .value();
//       driver->Start().IgnoreError();
//       return driver;  // Destroyed when the process dies; made anew when it starts again.
//     });
//     simulation->StartFaults(absl::Seconds(20));
//     if (!simulation->Run(absl::Minutes(10)).ok()) std::puts(simulation->Trace().c_str());
//   }
//
// What a task does is said by its command: "sleep 5" runs for five virtual seconds, "exit 3" ends
// with that status, "sleep 5; exit 3" does both; anything else ends at once, with status 0. Tasks
// with an executor of the framework's own say it in the same words in TaskInfo.data.
//
// Threads: one only; everything runs inside Run.
// Ownership: owns all it simulates. The log outlives it.
// Errors: Run answers Internal, saying what, where an invariant of the cluster is broken: resources
// given twice, a task started twice, an acknowledged update sent again. It stands still then.
#ifndef MESOS_SIMULATION_H_
#define MESOS_SIMULATION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesos/endpoint.h"
#include "mesos/event_loop.h"
#include "mesos/export.h"
#include "mesos/log.h"
#include "mesos/random.h"
#include "mesos/version.h"

namespace mesos {

struct SimulationOptions {
  uint64_t seed = 1;
  // At least 1; more than one elect a leader, through a coordination service that is simulated too.
  int masters = 3;
  int agents = 4;                                 // At least 1.
  std::string agent_resources = "cpus:4;mem:8192";  // Of each agent; text or JSON.
  size_t trace_lines = 500;                       // So many of the last events are kept; not 0.
  LogSink* log = nullptr;  // What the components log, with the virtual time; may be null.
};

// What lives in a simulated process may use, until it is destroyed.
struct SimulatedProcess {
  EventLoop* loop;
  Random* random;
  SchedulerEndpoint* master;  // The leading master's.
};

// A task that really runs, whatever anybody knows.
struct SimulatedTask {
  std::string framework_id;
  std::string task_id;
  std::string hostname;  // Of its agent.
};

class MESOS_EXPORT Simulation {
 public:
  // Makes what lives in a process; destroyed, after the process, when that has died.
  using Program = std::function<std::shared_ptr<void>(const SimulatedProcess&)>;

  virtual ~Simulation() = default;

  // A process on a machine of its own; started at once, and again whenever it has died. Its number,
  // from 0.
  virtual size_t AddProcess(const std::string& name, Program program) = 0;
  // Kills the process, which is started again after `pause`.
  virtual void Crash(size_t process, absl::Duration pause) = 0;

  // Lets `duration` pass, which is finite.
  virtual absl::Status Run(absl::Duration duration) = 0;
  // Virtual time since the beginning.
  virtual absl::Duration Elapsed() const = 0;

  // From now on one thing after the other goes wrong, at random, after pauses of up to
  // `longest_pause` (more than zero): processes crash and stop, machines lose their power, the
  // network is cut and slow, disks fail and fill up, clocks are set, the coordination service is
  // away.
  virtual void StartFaults(absl::Duration longest_pause) = 0;
  // Everything is mended; what is down comes up within a few minutes.
  virtual void StopFaults() = 0;

  virtual std::vector<SimulatedTask> RunningTasks() const = 0;

  // The last events, one a line.
  virtual std::string Trace() const = 0;
  // Of all events: two runs with the same hash were the same.
  virtual uint64_t TraceHash() const = 0;
};

// InvalidArgument names the option that makes no sense.
MESOS_EXPORT absl::StatusOr<std::unique_ptr<Simulation>> CreateSimulation(
    SimulationOptions options, HeaderVersion headers = {});

}  // namespace mesos

#endif  // MESOS_SIMULATION_H_
