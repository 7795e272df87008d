// Framework: one framework's executors on this agent. Frameworks: all of them, and the latest that
// were here.
//
//                      ShutdownFramework
//   active ------------------------------------> terminating
//      |                                             |
//      |  no executor and no update is left          |  no executor is left
//      +---------------> (removed) <-----------------+
#ifndef MESOSLIB_AGENT_FRAMEWORK_H_
#define MESOSLIB_AGENT_FRAMEWORK_H_

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "mesos/ids.h"
#include "mesos/resources.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/agent/executor.h"

namespace mesos::agent {

struct CompletedExecutor {
  v1::ExecutorInfo info;
  bool command_task = false;
  std::vector<v1::Task> tasks;
};

class Framework {
 public:
  explicit Framework(v1::FrameworkInfo info) : info_(std::move(info)) {}
  Framework(const Framework&) = delete;
  Framework& operator=(const Framework&) = delete;

  FrameworkId id() const { return FrameworkId(info_.id().value()); }
  const v1::FrameworkInfo& info() const { return info_; }
  void set_info(v1::FrameworkInfo info) { info_ = std::move(info); }
  bool checkpoint() const { return info_.checkpoint(); }
  bool Has(v1::FrameworkInfo::Capability::Type capability) const;
  // `state`, or what stands for it for a framework that is not partition-aware.
  v1::TaskState Known(v1::TaskState state) const;

  // Nothing is launched any more, and nothing said.
  bool terminating() const { return terminating_; }
  void Terminate() { terminating_ = true; }

  // Null: there is one with that id.
  Executor* AddExecutor(std::unique_ptr<Executor> executor);
  Executor* FindExecutor(const ExecutorId& id);
  // Null: no executor here has it.
  Executor* FindExecutorOf(const TaskId& task);
  // A copy, for what is done to each may remove it.
  std::vector<ExecutorId> ExecutorIds() const;
  const std::map<ExecutorId, std::unique_ptr<Executor>>& executors() const { return executors_; }
  // Into the history, of which `max_completed` are kept.
  void CompleteExecutor(const ExecutorId& id, size_t max_completed);
  const std::deque<CompletedExecutor>& completed() const { return completed_; }

  Resources Allocated() const;

 private:
  v1::FrameworkInfo info_;
  bool terminating_ = false;
  std::map<ExecutorId, std::unique_ptr<Executor>> executors_;
  std::map<ExecutorId, Executor*> custom_;  // Of these, the few that are no command tasks.
  std::deque<CompletedExecutor> completed_;
};

class Frameworks {
 public:
  explicit Frameworks(size_t max_completed) : max_completed_(max_completed) {}

  Framework* Find(const FrameworkId& id);
  // One that was here before comes back with its history.
  Framework& Add(v1::FrameworkInfo info);
  void Complete(const FrameworkId& id);

  const std::map<FrameworkId, std::unique_ptr<Framework>>& all() const { return frameworks_; }
  const std::deque<std::unique_ptr<Framework>>& completed() const { return completed_; }

  // What is held by all executors and tasks.
  Resources Allocated() const;

 private:
  const size_t max_completed_;
  std::map<FrameworkId, std::unique_ptr<Framework>> frameworks_;
  std::deque<std::unique_ptr<Framework>> completed_;
};

}  // namespace mesos::agent

#endif  // MESOSLIB_AGENT_FRAMEWORK_H_
