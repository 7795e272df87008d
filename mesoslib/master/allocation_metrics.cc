#include "mesoslib/master/allocation_metrics.h"

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "mesos/resource_quantities.h"
#include "mesos/values.h"
#include "mesoslib/master/role_accounts.h"

namespace mesos::master {
namespace {

constexpr char kPrefix[] = "allocator/mesos/";

void AddRounds(const OfferManager::Rounds& rounds, MetricList* metrics) {
  AddMetric(absl::StrCat(kPrefix, "allocation_runs"), static_cast<double>(rounds.run.total()),
            metrics);
  AddTimer(absl::StrCat(kPrefix, "allocation_run"), rounds.run, metrics);
  AddTimer(absl::StrCat(kPrefix, "allocation_run_latency"), rounds.latency, metrics);
}

void AddResources(const Ledger& ledger, MetricList* metrics) {
  ResourceQuantities total, held;
  ledger.agents().ForEach([&](const Agent& agent) {
    total += ResourceQuantities::FromResources(agent.total);
    held += ResourceQuantities::FromResources(agent.used + agent.offered);
  });
  for (const auto& [name, millis] : total) {
    const std::string prefix = absl::StrCat(kPrefix, "resources/", name.view(), "/");
    AddMetric(prefix + "total", MillisToDouble(millis), metrics);
    AddMetric(prefix + "offered_or_allocated", MillisToDouble(held.Millis(name.view())), metrics);
  }
}

void AddQuotas(const Ledger& ledger, const QuotaManager& quotas, MetricList* metrics) {
  if (quotas.configured().empty()) return;
  const RoleAccounts accounts(ledger);
  for (const auto& [role, quota] : quotas.configured()) {
    const std::string prefix = absl::StrCat(kPrefix, "quota/roles/", role, "/resources/");
    auto add = [&](absl::string_view name, const char* what, int64_t millis) {
      AddMetric(absl::StrCat(prefix, name, "/", what), MillisToDouble(millis), metrics);
    };
    std::set<std::string> names;
    for (const auto& [name, millis] : quota.guarantees) {
      add(name.view(), "guarantee", millis);
      names.emplace(name.view());
    }
    for (const auto& [name, millis] : quota.limits) {
      add(name, "limit", millis);
      names.insert(name);
    }
    const ResourceQuantities consumed = accounts.Consumed(role);
    const ResourceQuantities offered = accounts.Offered(role);
    for (const std::string& name : names) {
      add(name, "consumed", consumed.Millis(name));
      add(name, "offered_or_allocated", consumed.Millis(name) + offered.Millis(name));
    }
  }
}

}  // namespace

void AddAllocationMetrics(const Ledger& ledger, const OfferManager& offers,
                          const QuotaManager& quotas, const Allocator& allocator,
                          MetricList* metrics) {
  AddRounds(offers.rounds(), metrics);
  AddResources(ledger, metrics);
  AddQuotas(ledger, quotas, metrics);
  for (const auto& [role, filters] : allocator.CountFilters()) {
    AddMetric(absl::StrCat(kPrefix, "offer_filters/roles/", role, "/active"),
              static_cast<double>(filters), metrics);
  }
}

}  // namespace mesos::master
