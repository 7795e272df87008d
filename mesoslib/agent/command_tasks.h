// CommandTasks: runs tasks that are a command. The agent plays the executor: the container is the
// task, how it ends is how the task ends.
//
//            durable, volumes     started               ended
//   kWriting ---------> kStarting -------> kRunning -----------> FINISHED, FAILED, KILLED
//      |                  |  |  not started    | kill: SIGTERM, after the grace period destroyed
//      |                  |  +------------> FAILED (CONTAINER_LAUNCH_FAILED)
//      | kill             | kill: destroyed once it has started
//      +------------------+---------------> KILLED (TASK_KILLED_DURING_LAUNCH)
//
// Unlike Mesos's command executor this sends no TASK_STARTING and needs no resources of its own.
// Lives on the agent's loop.
#ifndef MESOSLIB_AGENT_COMMAND_TASKS_H_
#define MESOSLIB_AGENT_COMMAND_TASKS_H_

#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesos/agent.h"
#include "mesos/containerizer.h"
#include "mesos/ids.h"
#include "mesos/resources.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/agent/framework.h"
#include "mesoslib/agent/ledger.h"
#include "mesoslib/agent/operations.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"

namespace mesos::agent {

class CommandTasks {
 public:
  static constexpr absl::Duration kDefaultKillGrace = absl::Seconds(3);

  CommandTasks(const AgentOptions& options, EventLoop* loop, Random* random,
               Containerizer* containerizer, Ledger* ledger, Operations* operations, Logger log);
  CommandTasks(const CommandTasks&) = delete;
  CommandTasks& operator=(const CommandTasks&) = delete;
  ~CommandTasks();

  // A validated task with a command, whose id no executor of the framework has.
  void Launch(Framework& framework, v1::TaskInfo task, Resources resources);

  // The container of a recovered task, if the containerizer still has it, is watched again.
  void Recover(Framework& framework, Executor& executor);

  // Asks the task to end and makes it end after the grace period: that of `policy`, else of the
  // task, else 3 s. Of several the earliest end counts. Null: no policy.
  void Kill(Framework& framework, Executor& executor, const v1::KillPolicy* policy);

  // Ends it at once.
  void Destroy(Framework& framework, Executor& executor);
  // The same, and `report` says how it has ended. False: it is being ended already.
  bool Preempt(Executor& executor, TaskReport report);

  // Nothing is done any more; containers are left as they are.
  void Stop();

 private:
  enum class Phase { kWriting, kStarting, kRunning };
  struct Run {
    FrameworkId framework;
    ExecutorId executor;
    Phase phase = Phase::kWriting;
    bool killed = false;
    bool killed_during_launch = false;
    bool overtime = false;
    bool recovered = false;
    bool destroying = false;
    std::optional<TaskReport> verdict;  // What is said of its end, whatever that was.
    absl::Time grace_end = absl::InfiniteFuture();
    TimerId grace_timer = 0;
    TimerId completion_timer = 0;
  };
  struct Subject {
    Framework* framework = nullptr;
    Executor* executor = nullptr;
    Task* task = nullptr;  // Null: it is done with, but the container is not gone yet.
  };

  Run* FindRun(const ContainerId& container);
  Subject Find(const Run& run);
  void Start(const ContainerId& container);
  void Started(const ContainerId& container, const absl::Status& status);
  void Watch(const ContainerId& container);
  void Probe(const ContainerId& container);
  void Ended(const ContainerId& container, absl::StatusOr<ContainerTermination> termination);
  void LimitTime(const ContainerId& container, Run& run, const Task& task, absl::Duration passed);
  void AskToEnd(const ContainerId& container, Run& run, const Subject& subject);
  void EndBy(const ContainerId& container, Run& run, absl::Time end);
  void DestroyContainer(const ContainerId& container, Run& run);
  TaskReport Verdict(const Run& run, const Task& task,
                     const absl::StatusOr<ContainerTermination>& termination) const;
  void Finish(const ContainerId& container, TaskReport report);

  const AgentOptions& options_;
  EventLoop* const loop_;
  Random* const random_;
  Containerizer* const containerizer_;
  Ledger* const ledger_;
  Operations* const operations_;
  const Logger log_;
  std::map<ContainerId, Run> runs_;
  Lifetime lifetime_;
};

// How a command ended, from its wait status: FINISHED or FAILED, and a message for people.
TaskReport ReportOfExit(int wait_status);
// "exited with status 3", "terminated with signal SIGKILL".
std::string DescribeExit(int wait_status);

}  // namespace mesos::agent

#endif  // MESOSLIB_AGENT_COMMAND_TASKS_H_
