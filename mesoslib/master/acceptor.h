// Acceptor: turns accepted offers into tasks. The offers must all be the framework's, of one agent
// and one role; the operations are applied in order to what the offers hold, and what is left over
// is declined under the call's filters.
#ifndef MESOSLIB_MASTER_ACCEPTOR_H_
#define MESOSLIB_MASTER_ACCEPTOR_H_

#include "mesos/internal/messages.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/master/ledger.h"
#include "mesoslib/master/offer_manager.h"
#include "mesoslib/master/task_manager.h"
#include "mesoslib/master/task_validation.h"

namespace mesos::master {

class Acceptor {
 public:
  Acceptor(Ledger* ledger, OfferManager* offers, TaskManager* tasks, Logger log)
      : ledger_(ledger), offers_(offers), tasks_(tasks), log_(log) {}

  void Accept(Framework* framework, v1::scheduler::Call::Accept accept);

 private:
  struct Stock;  // What is left of the accepted offers.

  absl::StatusOr<Stock> TakeOffers(Framework* framework, const v1::scheduler::Call::Accept& accept);
  void Launch(Stock* stock, v1::Offer::Operation::Launch launch);
  void LaunchGroup(Stock* stock, v1::Offer::Operation::LaunchGroup launch);
  void Record(Stock* stock, v1::TaskInfo* task, LaunchResources resources,
              const v1::ExecutorInfo* executor);
  void RefuseOperation(const Framework& framework, const v1::Offer::Operation& operation,
                       absl::string_view why);
  void RejectAll(const Framework& framework, const v1::scheduler::Call::Accept& accept,
                 const StatusFields& fields);

  Ledger* const ledger_;
  OfferManager* const offers_;
  TaskManager* const tasks_;
  const Logger log_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_ACCEPTOR_H_
