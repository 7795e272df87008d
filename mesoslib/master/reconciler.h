// Reconciler: tells a framework what the master knows of its tasks (part B9 of Mesos's v1 API).
//
//   the task is known                                  its latest state
//   its agent was known before a failover,
//     or no agent is named and some are not back yet   no answer: too early to tell
//   its agent is registered                            TASK_GONE
//   its agent is unreachable                           TASK_UNREACHABLE, since when
//   its agent is gone for good                         TASK_GONE_BY_OPERATOR
//   otherwise                                          TASK_UNKNOWN
#ifndef MESOSLIB_MASTER_RECONCILER_H_
#define MESOSLIB_MASTER_RECONCILER_H_

#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/master/agent_manager.h"
#include "mesoslib/master/ledger.h"
#include "mesoslib/master/task_manager.h"

namespace mesos::master {

class Reconciler {
 public:
  Reconciler(EventLoop* loop, Ledger* ledger, TaskManager* tasks, AgentManager* agents)
      : loop_(loop), ledger_(ledger), tasks_(tasks), agents_(agents) {}

  // Without tasks: all the framework has.
  void Reconcile(Framework* framework, const v1::scheduler::Call::Reconcile& reconcile);

  // `agent` may be empty.
  void ReconcileTask(Framework* framework, const TaskId& task, const AgentId& agent);

 private:
  void SendKnown(const Framework& framework, const Task& task);

  EventLoop* const loop_;
  Ledger* const ledger_;
  TaskManager* const tasks_;
  AgentManager* const agents_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_RECONCILER_H_
