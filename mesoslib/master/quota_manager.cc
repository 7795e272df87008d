#include "mesoslib/master/quota_manager.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mesos/roles.h"
#include "mesos/values.h"
#include "mesoslib/base/status_macros.h"

namespace mesos::master {
namespace {

void Merge(const QuotaManager::Quotas& changes, QuotaManager::Quotas* quotas) {
  for (const auto& [role, quota] : changes) {
    if (quota.empty()) {
      quotas->erase(role);
    } else {
      quotas->insert_or_assign(role, quota);
    }
  }
}

ResourceQuantities Above(const ResourceQuantities& quantities,
                         const std::map<std::string, int64_t>& limits) {
  ResourceQuantities above;
  for (const auto& [name, limit] : limits) above.Set(name, quantities.Millis(name) - limit);
  return above;
}

bool Intersect(const ResourceQuantities& a, const ResourceQuantities& b) {
  return std::any_of(a.begin(), a.end(),
                     [&](const auto& quantity) { return b.Millis(quantity.name.view()) > 0; });
}

std::vector<Offer*> OffersByAge(const Ledger& ledger) {
  std::vector<Offer*> offers = ledger.offers().InOrder();
  std::sort(offers.begin(), offers.end(),
            [](const Offer* a, const Offer* b) { return Precedes(*a, *b); });
  return offers;
}

absl::Status CheckLimits(const RoleAccounts& accounts, const QuotaManager::Quotas& quotas) {
  for (const auto& [role, quota] : quotas) {
    const ResourceQuantities consumed = accounts.Consumed(role);
    const ResourceQuantities above = Above(consumed, quota.limits);
    if (above.empty()) continue;
    const absl::string_view name = above.begin()->name.view();
    return absl::FailedPreconditionError(absl::StrCat(
        "role ", Quoted(role), " consumes ", FormatMillis(consumed.Millis(name)), " of ", name,
        ", which is more than its new limit, ", FormatMillis(quota.limits.at(std::string(name))),
        "; with `force` it is set all the same"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status QuotaManager::Recover(Quotas quotas) {
  if (quotas.empty()) return absl::OkStatus();
  // Forced: the agents are yet to come back.
  RETURN_IF_ERROR(Annotate(allocator_->UpdateQuotas(quotas, /*force=*/true),
                           "the allocator refuses the quotas that are in the registry"));
  log_.Info(quotas.size(), " roles have quotas");
  in_force_ = quotas;
  configured_ = std::move(quotas);
  return absl::OkStatus();
}

void QuotaManager::EmptyAllocator() {
  if (in_force_.empty()) return;
  Quotas none;
  for (const auto& [role, quota] : in_force_) none.emplace(role, Quota());
  const absl::Status emptied = allocator_->UpdateQuotas(none, /*force=*/true);
  if (!emptied.ok()) log_.Error("the allocator keeps quotas: ", emptied.ToString());
}

// -- Updates --

absl::Status QuotaManager::Accept(const Quotas& quotas, bool force) {
  if (!force) RETURN_IF_ERROR(CheckLimits(RoleAccounts(*ledger_), quotas));
  absl::Status accepted = allocator_->UpdateQuotas(quotas, force);
  if (absl::IsFailedPrecondition(accepted)) {
    // It counts offers as if they were accepted already. They are no reason to refuse.
    RescindAboveLimits(quotas);
    accepted = allocator_->UpdateQuotas(quotas, force);
  }
  return accepted;
}

void QuotaManager::Update(const Quotas& quotas, bool force, Done done) {
  OwedAnswer answer(std::move(done));
  if (absl::Status accepted = Accept(quotas, force); !accepted.ok()) {
    return answer.Give(std::move(accepted));
  }
  Merge(quotas, &in_force_);
  RescindAboveLimits(quotas);
  registrar_->UpdateQuotas(quotas, lifetime_.Guard([this, quotas, answer = std::move(answer)](
                                                       const absl::Status& status) mutable {
    if (!status.ok()) return;  // The term is about to end.
    Merge(quotas, &configured_);
    RescindForGuarantees(quotas);
    answer.Give(status);
  }));
}

void QuotaManager::Set(const std::string& role, const Quota& quota, bool force, Done done) {
  if (in_force_.contains(role)) {
    return OwedAnswer(std::move(done))
        .Give(absl::InvalidArgumentError(absl::StrCat(
            "role ", Quoted(role), " has a quota already; remove it first, or use UPDATE_QUOTA")));
  }
  Update({{role, quota}}, force, std::move(done));
}

void QuotaManager::Remove(const std::string& role, Done done) {
  if (!in_force_.contains(role)) {
    return OwedAnswer(std::move(done))
        .Give(absl::InvalidArgumentError(absl::StrCat("role ", Quoted(role), " has no quota")));
  }
  Update({{role, Quota()}}, /*force=*/false, std::move(done));
}

// -- Offers --

void QuotaManager::RescindAboveLimits(const Quotas& quotas) {
  for (const auto& [role, quota] : quotas) {
    if (quota.limits.empty()) continue;
    const RoleAccounts accounts(*ledger_);
    ResourceQuantities above =
        Above(accounts.Consumed(role) + accounts.Offered(role), quota.limits);
    const std::vector<Offer*> offers = OffersByAge(*ledger_);
    // The latest first: the others have been thought about for longer.
    for (auto offer = offers.rbegin(); offer != offers.rend() && !above.empty(); ++offer) {
      const ResourceQuantities counted = RoleAccounts::Countable(role, (*offer)->resources);
      if (!Intersect(above, counted)) continue;
      above -= counted;
      offers_->Rescind(*offer);
    }
  }
}

void QuotaManager::RescindForGuarantees(const Quotas& quotas) {
  const RoleAccounts accounts(*ledger_);
  ResourceQuantities free = accounts.free();
  ResourceQuantities missing;
  for (const auto& [role, quota] : quotas) {
    const ResourceQuantities needed =
        quota.guarantees - (accounts.Consumed(role) + accounts.Offered(role));
    missing += needed - free;
    free -= needed;
  }
  if (missing.empty()) return;
  // The others' offers, those of roles that are guaranteed something last.
  auto below = [](const std::string& role, const Quotas& roles) {
    return std::any_of(roles.begin(), roles.end(), [&](const auto& entry) {
      return !entry.second.guarantees.empty() && IsSubroleOf(role, entry.first);
    });
  };
  std::vector<Offer*> offers = OffersByAge(*ledger_);
  std::erase_if(offers, [&](const Offer* offer) { return below(offer->role, quotas); });
  std::stable_partition(offers.begin(), offers.end(),
                        [&](const Offer* offer) { return !below(offer->role, in_force_); });
  for (Offer* offer : offers) {
    if (missing.empty()) return;
    const ResourceQuantities recovered =
        ResourceQuantities::FromResources(offer->resources.Unreserved().NonRevocable());
    if (!Intersect(missing, recovered)) continue;
    missing -= recovered;
    offers_->Rescind(offer);
  }
}

}  // namespace mesos::master
