// OperatorApi: answers the operator's calls from the books. Reads change nothing; writes go to the
// managers.
#ifndef MESOSLIB_MASTER_OPERATOR_API_H_
#define MESOSLIB_MASTER_OPERATOR_API_H_

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "mesos/allocator.h"
#include "mesos/endpoint.h"
#include "mesos/v1/master/master.pb.h"
#include "mesoslib/master/agent_manager.h"
#include "mesoslib/master/framework_manager.h"
#include "mesoslib/master/inverse_offer_manager.h"
#include "mesoslib/master/ledger.h"
#include "mesoslib/master/machine_api.h"
#include "mesoslib/master/meters.h"
#include "mesoslib/master/offer_manager.h"
#include "mesoslib/master/operation_api.h"
#include "mesoslib/master/operation_manager.h"
#include "mesoslib/master/policy_api.h"
#include "mesoslib/master/quota_manager.h"
#include "mesoslib/master/registrar.h"
#include "mesoslib/master/snapshots.h"

namespace mesos::master {

class OperatorApi {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<v1::master::Response>)>;

  OperatorApi(Snapshots* snapshots, EventLoop* loop, Ledger* ledger, OfferManager* offers,
              OperationManager* operations, FrameworkManager* frameworks, AgentManager* agents,
              const Allocator* allocator, QuotaManager* quotas, WeightManager* weights,
              DrainManager* drains, MaintenanceManager* maintenance, const Registrar* registrar,
              const Meters* meters)
      : snapshots_(snapshots),
        loop_(loop),
        created_(loop->Now()),
        ledger_(ledger),
        frameworks_(frameworks),
        agents_(agents),
        offers_(offers),
        allocator_(allocator),
        quotas_(quotas),
        tracked_operations_(operations),
        registrar_(registrar),
        meters_(meters),
        policy_(quotas, weights),
        machines_(agents, drains, maintenance),
        operations_(ledger, offers, operations) {}

  void Call(const v1::master::Call& call, const Peer& peer, Done done);

 private:
  using Written = absl::AnyInvocable<void(absl::Status)>;

  absl::StatusOr<v1::master::Response> Read(const v1::master::Call& call) const;
  absl::Status Teardown(const v1::master::Call& call);
  void MarkAgentGone(const v1::master::Call& call, Written done);

  void GetMaster(v1::master::Response::GetMaster* result) const;

  Snapshots* const snapshots_;
  EventLoop* const loop_;
  const absl::Time created_;
  Ledger* const ledger_;
  FrameworkManager* const frameworks_;
  AgentManager* const agents_;
  const OfferManager* const offers_;
  const Allocator* const allocator_;
  const QuotaManager* const quotas_;
  const OperationManager* const tracked_operations_;
  const Registrar* const registrar_;
  const Meters* const meters_;
  PolicyApi policy_;
  MachineApi machines_;
  OperationApi operations_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_OPERATOR_API_H_
