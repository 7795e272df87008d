// Ledger: what the agent runs, what it has written down, and what it has said about it. Frameworks,
// executors and tasks come and go here only, each together with its checkpoint; runners
// (CommandTasks, CustomExecutors) start and end containers and tell the ledger what happened.
//
//   Admit -> AddExecutor -> AddTask -> WhenDurable -> ... Report(RUNNING) ... Report(FINISHED)
//     -> (acknowledged: the task goes) -> ExecutorEnded (with its last task the executor goes;
//        with the last executor and update, the framework)
//
// What goes, goes within Acknowledge, ExecutorEnded or Shutdown...: references and pointers to
// tasks, executors and frameworks are good until one of these is called. Lives on the agent's loop.
#ifndef MESOSLIB_AGENT_LEDGER_H_
#define MESOSLIB_AGENT_LEDGER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "mesos/event_loop.h"
#include "mesos/ids.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/random.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/agent/checkpointer.h"
#include "mesoslib/agent/counters.h"
#include "mesoslib/agent/framework.h"
#include "mesoslib/agent/status_updates.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"

namespace mesos::agent {

// What the agent itself says about a task.
struct TaskReport {
  v1::TaskState state = v1::TASK_STAGING;
  std::optional<v1::TaskStatus::Reason> reason;
  std::string message;
  v1::TaskStatus::Source source = v1::TaskStatus::SOURCE_AGENT;
  std::optional<ContainerId> container;
};

class Ledger {
 public:
  struct Options {
    size_t max_completed_frameworks = 50;
    size_t max_completed_executors_per_framework = 150;
  };
  struct Dependencies {
    EventLoop* loop = nullptr;
    Random* random = nullptr;
    Checkpointer* checkpointer = nullptr;
    Logger log{nullptr};
    StatusUpdates::Forward forward;
  };

  Ledger(Options options, Dependencies dependencies);
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  void set_agent_id(AgentId id) { agent_id_ = std::move(id); }
  const AgentId& agent_id() const { return agent_id_; }

  Frameworks& frameworks() { return frameworks_; }
  const Frameworks& frameworks() const { return frameworks_; }
  StatusUpdates& updates() { return updates_; }
  const StatusUpdates& updates() const { return updates_; }

  // Set while the agent is drained: tasks that are killed tell why.
  void set_drain(std::optional<v1::DrainConfig> drain) { drain_ = std::move(drain); }

  // Everybody counts what he does.
  Counters& counters() { return counters_; }
  const Counters& counters() const { return counters_; }

  // -- Coming --

  // The framework with `info`, which it now has; made where there is none.
  Framework& Admit(const v1::FrameworkInfo& info);
  // Only a framework that is here takes over `info`.
  void UpdateFramework(const v1::FrameworkInfo& info);
  // Null: there is one with that id.
  Executor* AddExecutor(Framework& framework, Executor::Spec spec);
  // Null: the executor has one with that id.
  Task* AddTask(Framework& framework, Executor& executor, v1::TaskInfo info, Resources resources);
  // Once a restarted agent would find all of that. At once for frameworks that do not checkpoint.
  void WhenDurable(const Framework& framework, absl::AnyInvocable<void()> done);

  // -- What happens to a task --

  // Nothing where the task has ended already, or has never been here and the framework is
  // terminating. The task need not be known: `executor` may be null or not have it.
  void Report(Framework& framework, Executor* executor, const TaskId& task, TaskReport report);
  // The same for every live task of the executor.
  void ReportAll(Framework& framework, Executor& executor, const TaskReport& report);
  // An executor's own word, complete but for agent_id, executor_id and source. `durable` runs once
  // it need not be repeated. A non-OK status says why it was not taken up; `durable` runs all the
  // same.
  absl::Status Update(Framework& framework, Executor& executor, v1::TaskStatus status,
                      StatusUpdates::Durable durable);
  // For a task of a framework that may not be here; in memory only.
  void ReportUnknown(const FrameworkId& framework, const TaskId& task, TaskReport report);

  // -- Going --

  void Acknowledge(const FrameworkId& framework, const TaskId& task, absl::string_view uuid) {
    updates_.Acknowledge(framework, task, uuid);
  }
  // Its container is no more, or never was.
  void ExecutorEnded(Framework& framework, Executor& executor);
  // The framework is terminating from now on, and its updates are of no use to anybody. It goes
  // with its last executor, or now.
  void ShutdownFramework(Framework& framework);
  // It goes, unless there is an executor or an update.
  void RemoveIfIdle(const FrameworkId& framework);

  // Every framework is shut down; `done` runs on the loop when no executor is left.
  void ShutdownAll(absl::AnyInvocable<void()> done);
  // `done` runs on the loop when no framework is left: nothing runs, and all is acknowledged. Null:
  // nobody waits for that any more.
  void WhenEmpty(absl::AnyInvocable<void()> done);

  // -- Recovery: puts back what was checkpointed --

  Framework& Recover(const RecoveredFramework& recovered);

 private:
  absl::Status TakeUpdate(Framework& framework, Executor& executor, v1::TaskStatus status,
                          StatusUpdates::Durable durable);
  // What it says is news to the task, where it says OK.
  absl::Status Apply(const v1::TaskStatus& status, Task* task);
  // What is killed while the agent is drained is killed for that.
  void ExplainDrain(const Framework& framework, v1::TaskStatus* status) const;
  v1::TaskStatus MakeStatus(const TaskId& task, const ExecutorId& executor, TaskReport report);
  void CheckEmpty();
  void UpdateAcknowledged(const FrameworkId& framework, const TaskId& task);
  void RemoveTask(Framework& framework, Executor& executor, const TaskId& task);
  void RemoveExecutor(Framework& framework, Executor& executor);
  void RecoverExecutor(Framework& framework, const ExecutorId& id,
                       const RecoveredFramework& recovered);

  const Options options_;
  EventLoop* const loop_;
  Random* const random_;
  Checkpointer* const checkpointer_;
  const Logger log_;
  AgentId agent_id_;
  std::optional<v1::DrainConfig> drain_;
  Frameworks frameworks_;
  StatusUpdates updates_;
  absl::AnyInvocable<void()> emptied_;
  Counters counters_;
  Lifetime lifetime_;
};

}  // namespace mesos::agent

#endif  // MESOSLIB_AGENT_LEDGER_H_
