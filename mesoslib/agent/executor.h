// Executor: what runs a framework's tasks on this agent, and those tasks. A command task has one of
// its own, named like the task, which is no process: the agent plays it.
//
//                 process started            subscribed
//   kStarting ------------------> kRegistering -------> kRunning
//      |  |                          |                   |   |
//      |  +--------------------------|-------------------+   |      (a command task runs
//      |   process started (command) |                   ^   |       without registering)
//      |                             v                   |   v
//      |                         kTerminating <--------------+      told to end
//      v          ended              v                       v
//   kTerminated <--------------------+-----------------------+
#ifndef MESOSLIB_AGENT_EXECUTOR_H_
#define MESOSLIB_AGENT_EXECUTOR_H_

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "mesos/ids.h"
#include "mesos/resources.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/agent/task.h"

namespace mesos::agent {

class Executor {
 public:
  enum class State { kStarting, kRegistering, kRunning, kTerminating, kTerminated };

  // Tasks that are handed over together: one, or a group.
  struct Batch {
    // kWriting: not yet durable. kCovered: the container has the resources for it.
    enum class Stage { kWriting, kDurable, kCovered };

    std::vector<TaskId> tasks;
    bool group = false;
    Stage stage = Stage::kWriting;
  };

  struct Spec {
    v1::ExecutorInfo info;
    Resources resources;  // The executor's own, without the tasks'.
    bool command_task = false;
    ContainerId container;
    std::string directory;
  };

  explicit Executor(Spec spec) : spec_(std::move(spec)) {}
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  ExecutorId id() const { return ExecutorId(spec_.info.executor_id().value()); }
  const v1::ExecutorInfo& info() const { return spec_.info; }
  bool command_task() const { return spec_.command_task; }
  const ContainerId& container() const { return spec_.container; }
  const std::string& directory() const { return spec_.directory; }
  State state() const { return state_; }

  // FailedPrecondition: the picture above has no such arrow.
  absl::Status Move(State to);
  bool alive() const { return state_ != State::kTerminating && state_ != State::kTerminated; }

  // -- Tasks. Pointers are valid until the task is removed. --

  // Null: there is one with that id.
  Task* AddTask(std::unique_ptr<Task> task);
  Task* FindTask(const TaskId& id);
  const std::map<TaskId, std::unique_ptr<Task>>& tasks() const { return tasks_; }
  // Of which nothing terminal has been said, in the order of their ids.
  std::vector<TaskId> LiveTasks() const;
  // Null: no such task.
  std::unique_ptr<Task> RemoveTask(const TaskId& id);

  // -- Batches that wait until the executor can take them, in order --

  void Enqueue(Batch batch) { queue_.push_back(std::move(batch)); }
  std::deque<Batch>& queue() { return queue_; }
  // The batch with this task, taken off the queue; empty where it is not queued.
  Batch Withdraw(const TaskId& task);

  // What it holds: its own resources and those of its live tasks; nothing once it has ended.
  Resources Allocated() const;

  // -- Tasks that have ended and were acknowledged, for people; the latest few --

  static constexpr size_t kMaxCompletedTasks = 200;
  void Complete(v1::Task task);
  const std::deque<v1::Task>& completed_tasks() const { return completed_tasks_; }

 private:
  const Spec spec_;
  State state_ = State::kStarting;
  std::map<TaskId, std::unique_ptr<Task>> tasks_;
  std::deque<Batch> queue_;
  std::deque<v1::Task> completed_tasks_;
};

absl::string_view ToString(Executor::State state);

}  // namespace mesos::agent

#endif  // MESOSLIB_AGENT_EXECUTOR_H_
