// WeightManager: the roles' weights. As with quotas (quota_manager.h), what is accepted is in force
// in the allocator at once, and told to nobody before it is in the registry.
#ifndef MESOSLIB_MASTER_WEIGHT_MANAGER_H_
#define MESOSLIB_MASTER_WEIGHT_MANAGER_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "mesos/allocator.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/master/ledger.h"
#include "mesoslib/master/offer_manager.h"
#include "mesoslib/master/owed_answer.h"
#include "mesoslib/master/registrar.h"

namespace mesos::master {

class WeightManager {
 public:
  using Weights = std::map<std::string, double>;
  using Done = OwedAnswer::Done;

  WeightManager(Allocator* allocator, Ledger* ledger, Registrar* registrar, OfferManager* offers,
                Logger log)
      : allocator_(allocator), ledger_(ledger), registrar_(registrar), offers_(offers), log_(log) {}

  // What the registry has. An error: the allocator cannot keep it.
  absl::Status Recover(Weights weights);

  // Replaces the weights of these roles. All offers are rescinded if a framework has one of these
  // roles or one below: they were made by the old ones. Unimplemented: the allocator knows none.
  void Update(const Weights& weights, Done done);

  // Those in the registry: only what somebody has set.
  const Weights& configured() const { return configured_; }
  // 1 unless it was set.
  double Of(const std::string& role) const;

  // The allocator forgets them.
  void EmptyAllocator();

 private:
  void RescindIfActive(const Weights& weights);

  Allocator* const allocator_;
  Ledger* const ledger_;
  Registrar* const registrar_;
  OfferManager* const offers_;
  const Logger log_;
  Weights in_force_;
  Weights configured_;
  Lifetime lifetime_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_WEIGHT_MANAGER_H_
