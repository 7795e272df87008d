// RoleAccounts: how much the roles have, counted over all agents in one pass. A snapshot: it holds
// as long as the ledger does not change, and only that long may be asked.
#ifndef MESOSLIB_MASTER_ROLE_ACCOUNTS_H_
#define MESOSLIB_MASTER_ROLE_ACCOUNTS_H_

#include <map>
#include <utility>

#include "absl/strings/string_view.h"
#include "mesos/resource_quantities.h"
#include "mesos/resources.h"
#include "mesoslib/master/ledger.h"

namespace mesos::master {

class RoleAccounts {
 public:
  // Costs as much as there are agents.
  explicit RoleAccounts(const Ledger& ledger);

  // What counts against the role's quota, as in mesos/allocator.h, but for what is only offered:
  // what is reserved to it and to the roles below, and what these use beside.
  ResourceQuantities Consumed(absl::string_view role) const;
  // What would count beside that if offers that are out were accepted.
  ResourceQuantities Offered(absl::string_view role) const;
  // Unreserved on agents that are connected, and neither used nor offered.
  const ResourceQuantities& free() const { return free_; }

  // What of `resources`, allocated to a role below `role` or to itself, counts against its quota
  // without being reserved to it.
  static ResourceQuantities Countable(absl::string_view role, const Resources& resources);

 private:
  // By the role that it is allocated and the one that it is reserved to; "*": unreserved.
  using Held = std::map<std::pair<absl::string_view, absl::string_view>, ResourceQuantities>;

  static void Add(const Resources& resources, Held* held);
  static ResourceQuantities Sum(const Held& held, absl::string_view role);

  std::map<absl::string_view, ResourceQuantities> reserved_;
  Held used_;
  Held offered_;
  ResourceQuantities free_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_ROLE_ACCOUNTS_H_
