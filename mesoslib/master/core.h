// Core: what a master is while it leads: the managers, wired together, and the calls routed to
// them. It lives for one term, from the recovery of the registry on; of a former term nothing is
// left but the counters of ids.
#ifndef MESOSLIB_MASTER_CORE_H_
#define MESOSLIB_MASTER_CORE_H_

#include <functional>
#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "mesos/endpoint.h"
#include "mesos/event_loop.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/master.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/master/acceptor.h"
#include "mesoslib/master/agent_manager.h"
#include "mesoslib/master/changes.h"
#include "mesoslib/master/drain_manager.h"
#include "mesoslib/master/framework_manager.h"
#include "mesoslib/master/id_counters.h"
#include "mesoslib/master/inverse_offer_manager.h"
#include "mesoslib/master/ledger.h"
#include "mesoslib/master/maintenance_manager.h"
#include "mesoslib/master/meters.h"
#include "mesoslib/master/offer_manager.h"
#include "mesoslib/master/operation_manager.h"
#include "mesoslib/master/operator_api.h"
#include "mesoslib/master/quota_manager.h"
#include "mesoslib/master/reconciler.h"
#include "mesoslib/master/registrar.h"
#include "mesoslib/master/snapshots.h"
#include "mesoslib/master/task_manager.h"
#include "mesoslib/master/weight_manager.h"

namespace mesos::master {

class Core {
 public:
  using SchedulerCall = v1::scheduler::Call;

  // `lost`: the term is over, and why: the registry is another master's, or cannot be written, or
  // too many agents are missing. Posted; nothing is offered, written or answered any more.
  // `started`: when the master was made, by the wall clock.
  Core(const MasterOptions& options, const MasterDependencies& dependencies,
       const v1::MasterInfo& info, absl::Time started, IdCounters* counters, const Meters* meters,
       std::function<void(absl::Status)> lost);
  // Closes all sessions, and empties the allocator.
  ~Core();

  // Takes the registry over; then it serves. `done` is posted.
  void Recover(absl::AnyInvocable<void(absl::Status)> done);

  bool serving() const { return serving_; }

  // Why sessions are closed when the core is destroyed.
  void set_farewell(absl::Status farewell) { farewell_ = std::move(farewell); }

  void OpenScheduler(SessionId id, std::shared_ptr<SchedulerSink> sink, Peer peer);
  absl::Status Receive(SessionId session, SchedulerCall call);
  void CloseScheduler(SessionId id);

  void OpenAgent(SessionId id, std::shared_ptr<AgentSink> sink, Peer peer);
  void Receive(SessionId session, internal::AgentMessage message);
  void CloseAgent(SessionId id);

  void OpenChanges(SessionId id, std::shared_ptr<Changes::ChangeSink> sink);
  absl::Status Receive(SessionId session, const v1::master::Call& call);
  void CloseChanges(SessionId id);

  void CallOperator(const v1::master::Call& call, const Peer& peer, Master::Called done);
  void GetState(Master::StateTaken done) { snapshots_.Take(std::move(done)); }
  absl::StatusOr<AllocationExplanation> ExplainOffers(const FrameworkId& framework) const;

  // The allocator has been told of something that concerns all.
  void LookForOffers() { offers_.Trigger(); }

  absl::Status Check() const { return ledger_.Check(); }
  Snapshots& snapshots() { return snapshots_; }

 private:
  absl::Status Act(Framework* framework, SchedulerCall call);
  void Kill(Framework* framework, const SchedulerCall::Kill& kill);
  absl::Status Request(Framework* framework, const SchedulerCall::Request& request);
  absl::Status Suppress(Framework* framework, const SchedulerCall& call);
  void ShutdownExecutor(Framework* framework, const SchedulerCall::Shutdown& shutdown);
  void SendMessage(Framework* framework, SchedulerCall::Message message);
  void Lose(const absl::Status& why);
  absl::Status TakeUp(Registrar::Contents contents);

  EventLoop* const loop_;
  Random* const random_;
  Allocator* const allocator_;
  const absl::Duration recovery_timeout_;
  const Logger log_;
  const std::function<void(absl::Status)> lost_;
  const v1::MasterInfo& info_;
  bool serving_ = false;
  absl::Status farewell_;

  Changes changes_;
  Ledger ledger_;
  InverseOfferManager inverse_offers_;
  OfferManager offers_;
  TaskManager tasks_;
  FrameworkManager frameworks_;
  OperationManager operations_;
  Registrar registrar_;
  QuotaManager quotas_;
  WeightManager weights_;
  DrainManager drains_;
  MaintenanceManager maintenance_;
  AgentManager agents_;
  Acceptor acceptor_;
  Reconciler reconciler_;
  Snapshots snapshots_;
  OperatorApi operator_api_;
  Lifetime lifetime_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_CORE_H_
