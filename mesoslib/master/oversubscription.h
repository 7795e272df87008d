// What an agent lends out besides what it has: see mesos/oversubscription.h. It is not in the
// registry, for the agent says it with each registration. Where it shrinks below what is in use the
// tasks go on: which of them has to give way is for the agent's QoS controller to say.
#ifndef MESOSLIB_MASTER_OVERSUBSCRIPTION_H_
#define MESOSLIB_MASTER_OVERSUBSCRIPTION_H_

#include "absl/status/statusor.h"
#include "mesos/resources.h"
#include "mesoslib/master/ledger.h"
#include "mesoslib/master/offer_manager.h"
#include "mesoslib/master/records.h"

namespace mesos::master {

// InvalidArgument: some are not revocable, or are allocated to a role, or make no sense.
absl::StatusOr<Resources> ReadOversubscribed(const Resources::ProtoList& protos);

// The agent lends out `lent` from now on, instead of what it did. Where that was more, offers with
// anything revocable are rescinded.
void SetOversubscribed(Agent* agent, Resources lent, Ledger* ledger, OfferManager* offers);

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_OVERSUBSCRIPTION_H_
