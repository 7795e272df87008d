// MaintenanceManager: keeps the operator's plan for the machines (see maintenance_plan.h for the
// states they are in) and sees to it that agents are treated accordingly:
//
//   DRAINING  what is offered of the agent says when it will be unavailable, and whoever holds
//             something there is asked to give it back
//   DOWN      the agent is removed, and no agent there may register
//
// A change is in the registry before anybody hears of it. Each is checked against all that were
// accepted before, answered or not, and the registry is written in the same order.
#ifndef MESOSLIB_MASTER_MAINTENANCE_MANAGER_H_
#define MESOSLIB_MASTER_MAINTENANCE_MANAGER_H_

#include <functional>

#include "absl/status/statusor.h"
#include "mesos/endpoint.h"
#include "mesos/v1/maintenance/maintenance.pb.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/master/inverse_offer_manager.h"
#include "mesoslib/master/ledger.h"
#include "mesoslib/master/maintenance_plan.h"
#include "mesoslib/master/offer_manager.h"
#include "mesoslib/master/owed_answer.h"
#include "mesoslib/master/registrar.h"

namespace mesos::master {

class MaintenanceManager {
 public:
  using Done = OwedAnswer::Done;

  // `remove`: an agent's machine is down now; the agent is told to end, and leaves the books.
  MaintenanceManager(Ledger* ledger, Registrar* registrar, OfferManager* offers,
                     InverseOfferManager* inverse, Logger log, std::function<void(Agent*)> remove)
      : ledger_(ledger),
        registrar_(registrar),
        offers_(offers),
        inverse_(inverse),
        log_(log),
        remove_(std::move(remove)) {}

  // What the registry has, before there are agents.
  void Recover(MaintenancePlan plan);

  // What may be done is in maintenance_plan.h; `field` begins the errors.
  void Replace(absl::string_view field, const v1::maintenance::Schedule& schedule, Done done);
  void Start(absl::string_view field, const MaintenancePlan::MachineIds& machines, Done done);
  void Stop(absl::string_view field, const MaintenancePlan::MachineIds& machines, Done done);

  const MaintenancePlan& plan() const { return current_; }
  v1::maintenance::ClusterStatus Status() const;

  // An error: no agent of that kind may register, for its machine is DOWN.
  absl::Status CheckUp(const v1::AgentInfo& info, const Peer& peer) const;
  // Writes into the record what the plan says of an agent that comes into the books.
  void Describe(Agent* agent) const;

 private:
  // In force once it is durable.
  void Accept(absl::StatusOr<MaintenancePlan> plan, Done done);
  void Apply(MaintenancePlan plan);
  const MaintenancePlan::Machine* MachineOf(const Agent& agent) const;

  Ledger* const ledger_;
  Registrar* const registrar_;
  OfferManager* const offers_;
  InverseOfferManager* const inverse_;
  const Logger log_;
  const std::function<void(Agent*)> remove_;
  MaintenancePlan accepted_;
  MaintenancePlan current_;  // What the registry has.
  Lifetime lifetime_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_MAINTENANCE_MANAGER_H_
