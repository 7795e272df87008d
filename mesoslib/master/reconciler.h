// Reconciler: tells a framework what the master knows of its tasks and operations (part B9 of
// Mesos's v1 API).
//
//                                         of a task                       of an operation
//   it is known                           its latest state                its latest status
//   its agent was known before a
//     failover, or no agent is named
//     and some are not back yet           no answer: too early to tell    OPERATION_RECOVERING
//   its agent is registered               TASK_GONE                       OPERATION_UNKNOWN
//   its agent is unreachable              TASK_UNREACHABLE, since when    OPERATION_UNREACHABLE
//   its agent is gone for good            TASK_GONE_BY_OPERATOR           .._GONE_BY_OPERATOR
//   otherwise                             TASK_UNKNOWN                    OPERATION_UNKNOWN
#ifndef MESOSLIB_MASTER_RECONCILER_H_
#define MESOSLIB_MASTER_RECONCILER_H_

#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/master/agent_manager.h"
#include "mesoslib/master/ledger.h"
#include "mesoslib/master/operation_manager.h"
#include "mesoslib/master/task_manager.h"

namespace mesos::master {

class Reconciler {
 public:
  Reconciler(EventLoop* loop, Ledger* ledger, TaskManager* tasks, OperationManager* operations,
             AgentManager* agents)
      : loop_(loop), ledger_(ledger), tasks_(tasks), operations_(operations), agents_(agents) {}

  // Without tasks: all the framework has.
  void Reconcile(Framework* framework, const v1::scheduler::Call::Reconcile& reconcile);

  // Without operations: all that are known of the framework and have an id.
  void ReconcileOperations(const Framework& framework,
                           const v1::scheduler::Call::ReconcileOperations& reconcile);

  // `agent` may be empty.
  void ReconcileTask(Framework* framework, const TaskId& task, const AgentId& agent);

 private:
  void SendKnown(const Framework& framework, const Task& task);
  void SendKnown(const Framework& framework, const v1::Operation& operation);
  v1::OperationState StateOfUnknown(const AgentId& agent) const;

  EventLoop* const loop_;
  Ledger* const ledger_;
  TaskManager* const tasks_;
  OperationManager* const operations_;
  AgentManager* const agents_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_RECONCILER_H_
