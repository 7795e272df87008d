// Acceptor: turns accepted offers into tasks, reservations and volumes. The offers must all be the
// framework's, of one agent and one role; the operations are applied in order to what the offers
// hold, so that each finds what those before it have made. What is left over is declined under the
// call's filters; what operations have made of it may be offered again at once.
#ifndef MESOSLIB_MASTER_ACCEPTOR_H_
#define MESOSLIB_MASTER_ACCEPTOR_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/master/ledger.h"
#include "mesoslib/master/offer_manager.h"
#include "mesoslib/master/operation_manager.h"
#include "mesoslib/master/task_manager.h"
#include "mesoslib/master/task_validation.h"

namespace mesos::master {

class Acceptor {
 public:
  Acceptor(Ledger* ledger, OfferManager* offers, TaskManager* tasks, OperationManager* operations)
      : ledger_(ledger), offers_(offers), tasks_(tasks), operations_(operations) {}

  void Accept(Framework* framework, v1::scheduler::Call::Accept accept);

 private:
  struct Stock;  // What is left of the accepted offers.

  absl::StatusOr<Stock> TakeOffers(Framework* framework, const v1::scheduler::Call::Accept& accept);
  void Perform(Stock* stock, v1::Offer::Operation operation);
  // Makes other resources of what is left.
  absl::Status Apply(Stock* stock, v1::Offer::Operation operation);
  void GiveBack(const Stock& stock, absl::Duration refuse);
  void Launch(Stock* stock, v1::Offer::Operation::Launch launch);
  void LaunchGroup(Stock* stock, v1::Offer::Operation::LaunchGroup launch);
  void Record(Stock* stock, v1::TaskInfo* task, LaunchResources resources,
              const v1::ExecutorInfo* executor);
  void RejectTasks(const Framework& framework, const v1::Offer::Operation& operation,
                   const StatusFields& fields);
  void RejectAll(const Framework& framework, const v1::scheduler::Call::Accept& accept,
                 const StatusFields& fields, v1::OperationState state);

  Ledger* const ledger_;
  OfferManager* const offers_;
  TaskManager* const tasks_;
  OperationManager* const operations_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_ACCEPTOR_H_
