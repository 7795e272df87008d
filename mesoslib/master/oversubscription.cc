#include "mesoslib/master/oversubscription.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "mesoslib/base/status_macros.h"

namespace mesos::master {

absl::StatusOr<Resources> ReadOversubscribed(const Resources::ProtoList& protos) {
  absl::StatusOr<Resources> lent = Resources::FromProto(protos);
  if (!lent.ok()) return Annotate(lent.status(), "oversubscribed");
  for (const ResourceEntry& entry : *lent) {
    if (entry.IsRevocable() && entry.allocation_role().empty()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("oversubscribed has ", entry.ToString(),
                     ", expected revocable resources that are allocated to no role"));
  }
  return lent;
}

void SetOversubscribed(Agent* agent, Resources lent, Ledger* ledger, OfferManager* offers) {
  if (lent == agent->oversubscribed) return;
  if (!lent.Contains(agent->oversubscribed)) {
    for (Offer* offer : agent->offers.InOrder()) {
      if (!offer->resources.Revocable().empty()) offers->Rescind(offer);
    }
  }
  agent->total -= agent->oversubscribed;
  agent->total += lent;
  agent->oversubscribed = std::move(lent);
  ledger->UpdateAgent(agent);
  offers->Trigger();
}

}  // namespace mesos::master
