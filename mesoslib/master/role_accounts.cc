#include "mesoslib/master/role_accounts.h"

#include "mesos/roles.h"

namespace mesos::master {
namespace {

bool Counts(const ResourceEntry& entry) {
  return entry.type() == ResourceEntry::Type::kScalar && !entry.IsRevocable();
}

int64_t MillisOf(const ResourceEntry& entry) {
  // A shared resource is there once, however many hold it.
  return entry.IsShared() ? entry.millis() : entry.millis() * entry.copies();
}

ResourceQuantities Unreserved(const Resources& resources) {
  ResourceQuantities sum;
  for (const ResourceEntry& entry : resources) {
    if (Counts(entry) && entry.IsUnreserved()) sum.Add(entry.name(), MillisOf(entry));
  }
  return sum;
}

}  // namespace

RoleAccounts::RoleAccounts(const Ledger& ledger) {
  ledger.agents().ForEach([&](const Agent& agent) {
    Add(agent.used, &used_);
    Add(agent.offered, &offered_);
    for (const ResourceEntry& entry : agent.total) {
      if (!Counts(entry) || entry.IsUnreserved()) continue;
      reserved_[entry.reservation_role()].Add(entry.name(), MillisOf(entry));
    }
    if (!agent.connected()) return;
    free_ += Unreserved(agent.total) - (Unreserved(agent.used) + Unreserved(agent.offered));
  });
}

void RoleAccounts::Add(const Resources& resources, Held* held) {
  for (const ResourceEntry& entry : resources) {
    if (!Counts(entry)) continue;
    (*held)[{entry.allocation_role(), entry.reservation_role()}].Add(entry.name(), MillisOf(entry));
  }
}

ResourceQuantities RoleAccounts::Sum(const Held& held, absl::string_view role) {
  ResourceQuantities sum;
  for (const auto& [roles, quantities] : held) {
    const auto& [allocation, reservation] = roles;
    if (IsSubroleOf(allocation, role) && !IsSubroleOf(reservation, role)) sum += quantities;
  }
  return sum;
}

ResourceQuantities RoleAccounts::Consumed(absl::string_view role) const {
  ResourceQuantities sum = Sum(used_, role);
  for (const auto& [reservation, quantities] : reserved_) {
    if (IsSubroleOf(reservation, role)) sum += quantities;
  }
  return sum;
}

ResourceQuantities RoleAccounts::Offered(absl::string_view role) const {
  return Sum(offered_, role);
}

ResourceQuantities RoleAccounts::Countable(absl::string_view role, const Resources& resources) {
  Held held;
  Add(resources, &held);
  return Sum(held, role);
}

}  // namespace mesos::master
