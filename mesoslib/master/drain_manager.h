// DrainManager: the agents that an operator has taken out of service. Nothing of them is offered;
// one that is drained also ends all that it runs.
//
//                  Drain                    no task is left there,
//    active ---------------> DRAINING -----------------------------> DRAINED --> gone, where that
//     |  ^                      ^          and all is acknowledged     |         was asked for
//     |  |  Reactivate          | Drain                                |
//     |  +------------------ deactivated                               |
//     |  |                      ^                                      |
//     |  |     Deactivate       |                                      |
//     +--+----------------------+                                      |
//        +-------------------------------------------------------------+
//                                   Reactivate
//
// Every arrow is in the registry before anybody hears of it. An agent stays in its state while it
// is disconnected or unreachable, and takes it up again when it is back, also with another master;
// the state goes with the agent itself.
#ifndef MESOSLIB_MASTER_DRAIN_MANAGER_H_
#define MESOSLIB_MASTER_DRAIN_MANAGER_H_

#include <functional>
#include <optional>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "mesos/event_loop.h"
#include "mesos/ids.h"
#include "mesos/internal/registry.pb.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/master/ledger.h"
#include "mesoslib/master/offer_manager.h"
#include "mesoslib/master/operation_manager.h"
#include "mesoslib/master/owed_answer.h"
#include "mesoslib/master/registrar.h"

namespace mesos::master {

class DrainManager {
 public:
  using Done = OwedAnswer::Done;
  using Deactivated = internal::DeactivatedAgent;

  // `mark_gone`: an agent is drained that was to be marked gone then.
  DrainManager(EventLoop* loop, Ledger* ledger, Registrar* registrar, OfferManager* offers,
               const OperationManager* operations, Logger log,
               std::function<void(const AgentId&)> mark_gone)
      : loop_(loop),
        ledger_(ledger),
        registrar_(registrar),
        offers_(offers),
        operations_(operations),
        log_(log),
        mark_gone_(std::move(mark_gone)) {}

  // What the registry has, before there are agents.
  void Recover(absl::btree_map<AgentId, Deactivated> agents);

  // The agent is registered, or expected back, or unreachable. All answer Unavailable while an
  // earlier change of the same agent is on its way to the registry.

  // Also for one that is drained already: the new configuration counts. InvalidArgument: the agent
  // does not know how to drain itself.
  void Drain(const AgentId& id, v1::DrainConfig config, Done done);
  // OK also where it was deactivated before.
  void Deactivate(const AgentId& id, Done done);
  // InvalidArgument: it is not deactivated, or its tasks have not ended yet.
  void Reactivate(const AgentId& id, Done done);

  // Writes into the record what the operator wants of an agent that comes into the books.
  void Describe(Agent* agent) const;
  // Something may have ended there; if it was the last, the agent is drained.
  void Look(Agent* agent);
  // The registry has forgotten it, and all that was wanted of it.
  void Forget(const AgentId& id);

 private:
  // The registry is written; then the record is as it says.
  void Write(const AgentId& id, Deactivated agent, Done done);
  void Refresh(const AgentId& id);
  absl::Status CheckSettled(const AgentId& id) const;
  void SendDrain(const Agent& agent) const;
  void MarkGoneLater(const AgentId& id);

  EventLoop* const loop_;
  Ledger* const ledger_;
  Registrar* const registrar_;
  OfferManager* const offers_;
  const OperationManager* const operations_;
  const Logger log_;
  const std::function<void(const AgentId&)> mark_gone_;
  absl::btree_map<AgentId, Deactivated> agents_;  // As the registry has them.
  absl::btree_set<AgentId> writing_;
  Lifetime lifetime_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_DRAIN_MANAGER_H_
