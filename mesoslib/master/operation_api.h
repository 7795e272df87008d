// OperationApi: the operator's calls that reserve resources and make volumes, and that ask for
// operations. Offers that stand in the way are rescinded first, but only where that helps.
#ifndef MESOSLIB_MASTER_OPERATION_API_H_
#define MESOSLIB_MASTER_OPERATION_API_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "mesos/v1/master/master.pb.h"
#include "mesoslib/master/ledger.h"
#include "mesoslib/master/offer_manager.h"
#include "mesoslib/master/operation_manager.h"

namespace mesos::master {

class OperationApi {
 public:
  OperationApi(Ledger* ledger, OfferManager* offers, OperationManager* operations)
      : ledger_(ledger), offers_(offers), operations_(operations) {}

  // Whether a call of this type is for Call().
  static bool Answers(v1::master::Call::Type type);

  // OK once the books have changed and the agent has been asked. InvalidArgument: the call makes no
  // sense, or names no agent there is; FailedPrecondition: the resources are not there, or somebody
  // uses them, or the agent is disconnected. `principal`: of who calls; empty: none.
  absl::Status Call(const v1::master::Call& call, absl::string_view principal);

  void GetOperations(v1::master::Response::GetOperations* result) const;

 private:
  // In the order of their ids, until `wanted` is free.
  void RescindFor(const Resources& wanted, Agent* agent);

  Ledger* const ledger_;
  OfferManager* const offers_;
  OperationManager* const operations_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_OPERATION_API_H_
