// QuotaManager: the roles' quotas. What is accepted is in force at once, in the allocator, and is
// told to nobody before it is in the registry:
//
//                allocator accepts               registry has it
//   Update, Set ------------------> in force ----------------------> configured, and answered
//   Remove            |                 |
//                     v refuses         v cannot be written
//                 answered           the term ends; the next one has what the registry has
//
// Each update is checked against all that were accepted before it, answered or not, and the
// registry is written in the same order; so they cannot undo each other, whoever waits for what.
#ifndef MESOSLIB_MASTER_QUOTA_MANAGER_H_
#define MESOSLIB_MASTER_QUOTA_MANAGER_H_

#include <map>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "mesos/allocator.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/master/ledger.h"
#include "mesoslib/master/offer_manager.h"
#include "mesoslib/master/owed_answer.h"
#include "mesoslib/master/registrar.h"
#include "mesoslib/master/role_accounts.h"

namespace mesos::master {

class QuotaManager {
 public:
  using Quotas = std::map<std::string, Quota>;
  using Done = OwedAnswer::Done;

  QuotaManager(Allocator* allocator, Ledger* ledger, Registrar* registrar, OfferManager* offers,
               Logger log)
      : allocator_(allocator), ledger_(ledger), registrar_(registrar), offers_(offers), log_(log) {}

  // What the registry has, before there are agents. An error: the allocator cannot keep it.
  absl::Status Recover(Quotas quotas);

  // Replaces the quotas of these roles, all or none; an empty one removes a role's. The answer:
  // FailedPrecondition, unless `force`: guarantees exceed what there is, or a role consumes more
  // than its new limit, offers aside; Unimplemented: the allocator knows no quota.
  void Update(const Quotas& quotas, bool force, Done done);
  // The older calls. InvalidArgument, as in Mesos: the role has a quota already, or has none.
  void Set(const std::string& role, const Quota& quota, bool force, Done done);
  void Remove(const std::string& role, Done done);

  // The quotas that are in the registry.
  const Quotas& configured() const { return configured_; }

  // The allocator forgets them.
  void EmptyAllocator();

 private:
  absl::Status Accept(const Quotas& quotas, bool force);
  // Rescinds offers to roles that would exceed their new limits by accepting them.
  void RescindAboveLimits(const Quotas& quotas);
  // Rescinds offers to others until enough is free for what the roles are guaranteed.
  void RescindForGuarantees(const Quotas& quotas);

  Allocator* const allocator_;
  Ledger* const ledger_;
  Registrar* const registrar_;
  OfferManager* const offers_;
  const Logger log_;
  Quotas in_force_;
  Quotas configured_;
  Lifetime lifetime_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_QUOTA_MANAGER_H_
