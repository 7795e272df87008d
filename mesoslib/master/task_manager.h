// TaskManager: what happens to tasks once they are launched: updates go up, acknowledgements and
// kills go down, and what has ended is kept as history.
//
// A terminal task stays in the books until its framework has acknowledged the terminal update, but
// holds no resources any more.
#ifndef MESOSLIB_MASTER_TASK_MANAGER_H_
#define MESOSLIB_MASTER_TASK_MANAGER_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <string>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "mesos/event_loop.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/master/ledger.h"
#include "mesoslib/master/offer_manager.h"
#include "mesoslib/master/task_states.h"

namespace mesos::master {

class TaskManager {
 public:
  struct Options {
    size_t max_completed_tasks_per_framework;
    size_t max_unreachable_tasks_per_framework;
  };

  TaskManager(Options options, EventLoop* loop, Ledger* ledger, OfferManager* offers, Logger log)
      : options_(options), loop_(loop), ledger_(ledger), offers_(offers), log_(log) {}

  // An agent tells of its task.
  void Update(Agent* agent, internal::AgentMessage::StatusUpdate update);

  void Acknowledge(Framework* framework, const v1::scheduler::Call::Acknowledge& acknowledge);

  // False: nobody knows the task; the caller answers as for a reconciliation.
  bool Kill(Framework* framework, const v1::scheduler::Call::Kill& kill);

  // The master itself ends the task: the framework hears the state, and the task becomes history.
  void End(Task* task, const StatusFields& fields);

  // The same without a word to the framework.
  void EndSilently(Task* task, v1::TaskState state);

  // The task's agent is unreachable: it holds no resources, but may come back.
  void MakeUnreachable(Task* task, absl::Time since);

  // What is still unreachable of an agent that is back without it, or will not come back: it has
  // ended so. A framework that took it for lost hears nothing new.
  void EndUnreachable(const AgentId& agent, const StatusFields& fields);

  // Nobody remembers the unreachable agent any more.
  void ForgetAgent(const AgentId& agent) { stranded_.erase(agent); }

  // An ended task that is not in the books any more, for its agent has forgotten it: nobody repeats
  // its last update, so that is told once again, and not waited for.
  void Conclude(std::unique_ptr<Task> task);

  // An update for a task that never came into the books.
  void Reject(const Framework& framework, const TaskId& task, const AgentId& agent,
              const StatusFields& fields);

  // To the framework, if it is connected.
  void Send(const Framework& framework, v1::TaskStatus status);

 private:
  void AcknowledgeTo(Agent* agent, const FrameworkId& framework, const TaskId& task,
                     const std::string& uuid);
  // The last update of the task is acknowledged.
  void CountLatency(Task* task);
  void Remember(Framework* framework, std::unique_ptr<Task> task);

  const Options options_;
  EventLoop* const loop_;
  Ledger* const ledger_;
  OfferManager* const offers_;
  const Logger log_;
  // Whose tasks were made unreachable with an agent, by agent.
  absl::btree_map<AgentId, absl::btree_set<FrameworkId>> stranded_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_TASK_MANAGER_H_
