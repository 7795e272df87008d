// Random histories: whatever happens, nothing is lost, nothing is given twice, a round leaves nothing
// that anybody would take, and all offers are those of the slow and obvious allocator.
#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/base/config.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "mesos/roles.h"
#include "mesoslib/allocator/reference_allocator.h"
#include "mesoslib/allocator/testing.h"

namespace mesos {
namespace {

#if defined(ABSL_HAVE_THREAD_SANITIZER) || defined(ABSL_HAVE_ADDRESS_SANITIZER)
constexpr int kSeeds = 8;
constexpr int kSteps = 1000;
#else
constexpr int kSeeds = 200;
constexpr int kSteps = 10'000;
#endif
constexpr int kFrameworks = 5;
constexpr int kAgents = 6;

const char* const kRoles[] = {"*", "eng", "eng/web", "eng/web/blue", "sci", "ops/night"};
const char* const kTotals[] = {
    "cpus:8;mem:64;ports:[1-100]",
    "cpus:4;mem:32;cpus(eng):4;mem(eng):16",
    "cpus:2;mem:8;cpus(eng/web):1;cpus(sci):3;disk:100",
    "cpus:1;mem:100;disk(ops):10",
    "cpus:4;mem:16;gpus:1",
    R"([{"name": "cpus", "type": "SCALAR", "scalar": {"value": 3}},
        {"name": "mem", "type": "SCALAR", "scalar": {"value": 24}},
        {"name": "cpus", "type": "SCALAR", "scalar": {"value": 2}, "revocable": {}}])",
};
constexpr int kTotalsCount = 6;

// Of the disk that is reserved to ops on some agents. The nth volume is shared where n is odd.
Resources Volume(int n) {
  return R(absl::StrCat(R"([{"name": "disk", "type": "SCALAR", "scalar": {"value": 4},
      "reservations": [{"type": "STATIC", "role": "ops"}], )",
                        n % 2 == 1 ? R"("shared": {}, )" : "",
                        R"("disk": {"persistence": {"id": "v)", n,
                        R"("}, "volume": {"container_path": "d", "mode": "RW"}}}])"));
}

// By hostname.
class OnlyHost final : public OfferConstraints {
 public:
  explicit OnlyHost(std::string role) : role_(std::move(role)) {}
  bool Allow(absl::string_view role, const v1::AgentInfo& agent) const override {
    return role != role_ || agent.hostname() != "host1";
  }
  std::string Explain(absl::string_view, const v1::AgentInfo&) const override { return "host1"; }

 private:
  const std::string role_;
};

class History {
 public:
  explicit History(int seed) : random_(seed) {
    AllocatorOptions options;
    options.min_allocatable_resources = {Q("cpus:0.5"), Q("mem:4")};
    allocator_ = std::make_unique<HierarchicalAllocator>(options);
    reference_ = std::make_unique<ReferenceAllocator>(options);
  }

  void Step() {
    switch (Pick(18)) {
      case 0:
        return AddOrRemoveFramework();
      case 1:
        return AddOrRemoveAgent();
      case 2:
        return UpdateFramework();
      case 3:
        return UpdateAgent();
      case 4:
        return SuppressOrRevive();
      case 5:
        return UpdateWeights();
      case 6:
        return Pick(2) == 0 ? Reserve() : CreateOrDestroy();
      case 7:
        return ForceALook();
      case 8:
      case 9:
      case 10:
        return RunRound();
      case 11:
        return UpdateQuotas();
      case 12:
        return Pick(3) == 0 ? UpdateWhitelist() : Request();
      default:
        return GiveBack();
    }
  }

  void Check(bool thoroughly) {
    if (thoroughly) {
      ASSERT_EQ(absl::OkStatus(), allocator_->CheckInvariants());
    }
    std::map<AgentId, Resources> held;
    for (const Allocation& allocation : held_) {
      held[allocation.agent] += allocation.resources.NonShared();
    }
    for (auto& [agent, resources] : held) {
      resources.Unallocate();
      ASSERT_TRUE(shrunk_.contains(agent) || totals_.at(agent).Contains(resources))
          << agent << " has " << totals_.at(agent) << " and gave " << resources;
    }
  }

  size_t offers() const { return offers_; }
  size_t volumes() const { return volumes_; }

 private:
  // Both are told the same.
  void Do(absl::FunctionRef<absl::Status(Allocator&)> tell) {
    ASSERT_EQ(absl::OkStatus(), tell(*allocator_));
    ASSERT_EQ(absl::OkStatus(), tell(*reference_));
  }

  // Which order agents without a choice among takers come in is not part of the rules.
  std::vector<Allocation> Allocate(bool batch) {
    std::vector<Allocation> offers = allocator_->Allocate(now_, batch);
    std::vector<std::string> made = Describe(offers);
    std::vector<std::string> expected = Describe(reference_->Allocate(now_, batch));
    std::sort(made.begin(), made.end());
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(made, expected);
    return offers;
  }

  int Pick(int n) { return static_cast<int>(random_() % n); }
  FrameworkId AnyFramework() { return FrameworkId(absl::StrCat("f", Pick(kFrameworks))); }
  AgentId AnyAgent() { return AgentId(absl::StrCat("a", Pick(kAgents))); }

  FrameworkAllocationState AnyState() {
    FrameworkAllocationState state = InRoles({});
    for (const char* role : kRoles) {
      if (Pick(3) == 0) state.roles.insert(role);
      if (Pick(6) == 0 && state.roles.contains(role)) state.suppressed_roles.insert(role);
      if (Pick(6) == 0) state.min_allocatable_resources[role] = {Q("cpus:2;mem:2")};
    }
    if (Pick(4) == 0) state.offer_constraints = std::make_shared<OnlyHost>(kRoles[Pick(6)]);
    for (auto capability : {v1::FrameworkInfo::Capability::SHARED_RESOURCES,
                            v1::FrameworkInfo::Capability::REVOCABLE_RESOURCES}) {
      if (Pick(2) == 0) state.capabilities.push_back(capability);
    }
    state.active = Pick(6) != 0;
    return state;
  }

  void AddOrRemoveFramework() {
    const FrameworkId id = AnyFramework();
    if (frameworks_.contains(id)) {
      Do([&](Allocator& allocator) { return allocator.RemoveFramework(id); });
      frameworks_.erase(id);
    } else {
      frameworks_[id] = AnyState();
      Do([&](Allocator& allocator) { return allocator.AddFramework(id, frameworks_[id]); });
    }
  }

  void UpdateFramework() {
    const FrameworkId id = AnyFramework();
    if (!frameworks_.contains(id)) return;
    frameworks_[id] = AnyState();
    Do([&](Allocator& allocator) { return allocator.UpdateFramework(id, frameworks_[id]); });
  }

  void AddOrRemoveAgent() {
    const AgentId id = AnyAgent();
    if (totals_.contains(id)) {
      if (Pick(3) != 0) return;
      Do([&](Allocator& allocator) { return allocator.RemoveAgent(id); });
      totals_.erase(id);
      shrunk_.erase(id);
      std::erase_if(held_, [&](const Allocation& allocation) { return allocation.agent == id; });
      return;
    }
    totals_[id] = R(kTotals[Pick(kTotalsCount)]);
    std::vector<Allocation> known;
    if (Pick(2) == 0) {
      const std::string role = kRoles[Pick(6)];
      known.push_back({AnyFramework(), id, role, AllocatedTo(role, R("cpus:1;mem:4"))});
      held_.push_back(known.back());
    }
    Do([&](Allocator& allocator) { return allocator.AddAgent(id, With(totals_[id]), known); });
  }

  void UpdateAgent() {
    const AgentId id = AnyAgent();
    if (!totals_.contains(id)) return;
    AgentAllocationState state = With(Pick(3) == 0 ? R(kTotals[Pick(kTotalsCount)]) : totals_[id]);
    state.active = Pick(5) != 0;
    if (Pick(3) == 0) state.info.set_hostname(absl::StrCat("host", Pick(2)));
    if (!(state.total == totals_[id])) shrunk_.insert(id);
    totals_[id] = state.total;
    Do([&, &id = id](Allocator& allocator) { return allocator.UpdateAgent(id, state); });
  }

  void SuppressOrRevive() {
    const FrameworkId id = AnyFramework();
    if (!frameworks_.contains(id)) return;
    std::set<std::string> roles;
    for (const std::string& role : frameworks_[id].roles) {
      if (Pick(2) == 0) roles.insert(role);
    }
    const bool suppress = Pick(3) == 0;
    Do([&](Allocator& allocator) {
      return suppress ? allocator.Suppress(id, roles) : allocator.Revive(id, roles);
    });
  }

  void UpdateWeights() {
    const std::map<std::string, double> weights = {{kRoles[Pick(6)], 0.5 * (1 + Pick(5))}};
    Do([&](Allocator& allocator) { return allocator.UpdateWeights(weights); });
  }

  void UpdateQuotas() {
    Quota quota;
    if (Pick(4) != 0) {
      if (Pick(2) == 0) quota.guarantees.Set("cpus", 500 * Pick(20));
      if (Pick(2) == 0) quota.guarantees.Set("mem", 1000 * Pick(40));
      if (Pick(2) == 0) quota.limits["cpus"] = quota.guarantees.Millis("cpus") + 700 * Pick(10);
      if (Pick(3) == 0) quota.limits["mem"] = quota.guarantees.Millis("mem") + 1000 * Pick(40);
    }
    const std::map<std::string, Quota> quotas = {{kRoles[1 + Pick(5)], quota}};
    if (quota.empty()) {
      quotas_.erase(quotas.begin()->first);
    } else {
      quotas_[quotas.begin()->first] = quota;
    }
    Do([&](Allocator& allocator) { return allocator.UpdateQuotas(quotas, true); });
  }

  void Request() {
    const FrameworkId id = AnyFramework();
    if (!frameworks_.contains(id)) return;
    for (const std::string& role : frameworks_[id].roles) {
      if (Pick(3) != 0) continue;
      const ResourceQuantities wanted =
          Pick(2) == 0 ? ResourceQuantities() : Q(absl::StrCat("cpus:", Pick(5)));
      Do([&](Allocator& allocator) { return allocator.Request(id, role, wanted); });
    }
  }

  void Reserve() {
    if (held_.empty()) return;
    Allocation& allocation = held_[Pick(static_cast<int>(held_.size()))];
    const Resources plain = AllocatedTo(allocation.role, R("cpus:0.5"));
    if (allocation.role == "*" || !allocation.resources.Contains(plain)) return;
    const Resources reserved =
        AllocatedTo(allocation.role, R(absl::StrCat("cpus(", allocation.role, "):0.5")));
    Allocation before = allocation;
    before.resources = plain;
    const absl::Status status = allocator_->Transform(before, reserved);
    if (!status.ok()) {
      ASSERT_TRUE(shrunk_.contains(allocation.agent)) << status;
      return;
    }
    ASSERT_EQ(absl::OkStatus(), reference_->Transform(before, reserved));
    allocation.resources -= plain;
    allocation.resources += reserved;
    totals_[allocation.agent] -= R("cpus:0.5");
    totals_[allocation.agent] += R(absl::StrCat("cpus(", allocation.role, "):0.5"));
  }

  void CreateOrDestroy() {
    const Resources volume = Volume(Pick(6));
    const size_t start = held_.empty() ? 0 : Pick(static_cast<int>(held_.size()));
    for (size_t i = 0; i < held_.size(); ++i) {
      Allocation& allocation = held_[(start + i) % held_.size()];
      if (allocation.resources.ScalarMillis("disk") > 0) return Change(allocation, volume);
    }
  }

  void Change(Allocation& allocation, const Resources& created) {
    const Resources disk = R("disk(ops):4");
    const bool destroy = allocation.resources.Contains(AllocatedTo(allocation.role, created));
    const Resources gone = destroy ? created : disk;
    const Resources come = destroy ? disk : created;
    if (!allocation.resources.Contains(AllocatedTo(allocation.role, gone))) return;
    if (destroy ? IsHeldTwice(allocation.agent, created)
                : totals_[allocation.agent].Contains(created)) {
      return;
    }
    const Allocation before = {allocation.framework, allocation.agent, allocation.role,
                               AllocatedTo(allocation.role, gone)};
    const Resources after = AllocatedTo(allocation.role, come);
    const absl::Status status = allocator_->Transform(before, after);
    if (!status.ok()) {
      ASSERT_TRUE(shrunk_.contains(allocation.agent)) << status;
      return;
    }
    ASSERT_EQ(absl::OkStatus(), reference_->Transform(before, after));
    allocation.resources -= before.resources;
    allocation.resources += after;
    totals_[allocation.agent] -= gone;
    totals_[allocation.agent] += come;
    ++volumes_;
  }

  bool IsHeldTwice(const AgentId& agent, const Resources& volume) const {
    int copies = 0;
    for (const Allocation& allocation : held_) {
      if (allocation.agent != agent) continue;
      Resources held = allocation.resources;
      held.Unallocate();
      for (; held.Contains(volume); held -= volume) ++copies;
    }
    return copies > 1;
  }

  void UpdateWhitelist() {
    std::optional<std::set<std::string>> hostnames;
    if (Pick(3) == 0) hostnames = std::set<std::string>{"host1", "other"};
    Do([&](Allocator& allocator) { return allocator.UpdateWhitelist(hostnames); });
  }

  void RunRound() {
    now_ += absl::Milliseconds(Pick(1500));
    const bool batch = Pick(2) == 0;
    const bool changes = allocator_->HasChanges();
    std::vector<Allocation> offers = Allocate(batch);
    ASSERT_TRUE(batch || changes || offers.empty());
    Keep(offers);
    ExpectNothingLeft(batch);
  }

  // What is shared is offered in every round.
  static bool IsAllShared(const std::vector<Allocation>& offers) {
    return std::all_of(offers.begin(), offers.end(), [](const Allocation& offer) {
      return offer.resources.NonShared().empty();
    });
  }

  // Where quotas are set, one round may leave room that the next one finds: what is reserved above a
  // role counts for its guarantee.
  void ExpectNothingLeft(bool batch) {
    std::vector<Allocation> more = Allocate(batch);
    for (int round = 0; round < kAgents && !quotas_.empty() && !IsAllShared(more); ++round) {
      Keep(more);
      more = Allocate(batch);
    }
    ASSERT_TRUE(IsAllShared(more));
    Keep(more);
  }

  void Keep(const std::vector<Allocation>& offers) {
    offers_ += offers.size();
    for (const Allocation& offer : offers) {
      ASSERT_TRUE(frameworks_.contains(offer.framework));
      ASSERT_TRUE(frameworks_[offer.framework].active);
      ASSERT_TRUE(frameworks_[offer.framework].roles.contains(offer.role));
      held_.push_back(offer);
    }
    for (const Allocation& offer : offers) ExpectWithinLimits(offer);
  }

  // Added up from what was told and offered, without either allocator.
  void ExpectWithinLimits(const Allocation& offer) {
    for (const auto& [role, quota] : quotas_) {
      if (!IsSubroleOf(offer.role, role)) continue;
      for (const auto& [name, limit] : quota.limits) {
        if (CountsFor(role, name, offer.resources) == 0) continue;
        ASSERT_LE(Consumed(role, name), limit) << role << " " << name << " " << Describe(offer);
      }
    }
  }

  // Of what is held in the role or below it.
  static int64_t CountsFor(const std::string& role, const std::string& name,
                           const Resources& held) {
    const Resources counted = held.NonRevocable().Filter([&](const ResourceEntry& entry) {
      return entry.IsUnreserved() || !IsSubroleOf(entry.reservation_role(), role);
    });
    return counted.ScalarMillis(name);
  }

  int64_t Consumed(const std::string& role, const std::string& name) const {
    int64_t consumed = 0;
    for (const auto& [id, total] : totals_) {
      const Resources reserved = total.NonRevocable().Filter([&](const ResourceEntry& entry) {
        return !entry.IsUnreserved() && IsSubroleOf(entry.reservation_role(), role);
      });
      consumed += reserved.ScalarMillis(name);
    }
    for (const Allocation& allocation : held_) {
      if (IsSubroleOf(allocation.role, role)) {
        consumed += CountsFor(role, name, allocation.resources);
      }
    }
    return consumed;
  }

  // After a batch round, looking at every agent anew finds nothing more.
  void ForceALook() {
    Keep(Allocate(true));
    for (const auto& [id, total] : totals_) {
      AgentAllocationState state = With(total);
      state.active = false;
      Do([&, &id = id](Allocator& allocator) { return allocator.UpdateAgent(id, state); });
    }
    Keep(Allocate(true));
    for (const auto& [id, total] : totals_) {
      Do([&, &id = id, &total = total](Allocator& allocator) {
        return allocator.UpdateAgent(id, With(total));
      });
    }
    Keep(Allocate(true));
    ExpectNothingLeft(true);
    for (const auto& [id, total] : totals_) {
      AgentAllocationState state = With(total);
      state.active = false;
      Do([&, &id = id](Allocator& allocator) { return allocator.UpdateAgent(id, state); });
      Do([&, &id = id, &total = total](Allocator& allocator) {
        return allocator.UpdateAgent(id, With(total));
      });
    }
    std::vector<Allocation> more = Allocate(false);
    ASSERT_TRUE(IsAllShared(more));
    Keep(more);
  }

  // What is shared is offered without end.
  void GiveBack() {
    GiveBackSome();
    while (held_.size() > 60) GiveBackSome();
  }

  // Some of what one offer or task holds, recovered or declined.
  void GiveBackSome() {
    if (held_.empty()) return;
    const size_t i = Pick(static_cast<int>(held_.size()));
    Allocation part = held_[i];
    if (Pick(2) == 0) {
      const Resources kept = AllocatedTo(part.role, R("cpus:0.7;mem:3"));
      if (part.resources.Contains(kept)) part.resources -= kept;
    }
    const absl::Duration refuse = absl::Milliseconds(500 * Pick(10));
    const bool recover = Pick(2) == 0;
    Do([&](Allocator& allocator) {
      return recover ? allocator.Recover(part) : allocator.Decline(part, refuse, now_);
    });
    held_[i].resources -= part.resources;
    if (held_[i].resources.empty()) {
      std::swap(held_[i], held_.back());
      held_.pop_back();
    }
  }

  std::mt19937 random_;
  std::unique_ptr<HierarchicalAllocator> allocator_;
  std::unique_ptr<ReferenceAllocator> reference_;
  absl::Time now_ = absl::UnixEpoch();
  std::map<FrameworkId, FrameworkAllocationState> frameworks_;
  std::map<AgentId, Resources> totals_;
  std::map<std::string, Quota> quotas_;
  std::set<AgentId> shrunk_;      // Those that may hold more than they have.
  std::vector<Allocation> held_;
  size_t offers_ = 0;
  size_t volumes_ = 0;  // Created or destroyed.
};

class RandomHistoryTest : public ::testing::TestWithParam<int> {};

TEST_P(RandomHistoryTest, ConservesResourcesAndLeavesNothingThatIsWanted) {
  History history(GetParam());
  for (int step = 0; step < kSteps && !HasFailure(); ++step) {
    SCOPED_TRACE(step);
    history.Step();
    history.Check(step % 8 == 0);
  }
  EXPECT_GT(history.offers(), 50u);
  // Shorter ones may make none.
  EXPECT_GE(history.volumes(), kSteps == 10'000 ? 1u : 0u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomHistoryTest, ::testing::Range(1, kSeeds + 1));

}  // namespace
}  // namespace mesos
