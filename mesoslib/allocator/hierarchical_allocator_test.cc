#include "mesoslib/allocator/hierarchical_allocator.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "mesoslib/allocator/testing.h"

namespace mesos {
namespace {

using ::absl::StatusCode;
using FrameworkCapability = v1::FrameworkInfo::Capability;
using Texts = std::vector<std::string>;

class HierarchicalAllocatorTest : public AllocatorTest {
 protected:
  FrameworkAllocationState Capable(const std::string& role,
                                   std::vector<FrameworkCapability::Type> capabilities) {
    FrameworkAllocationState state;
    state.roles = {role};
    state.capabilities = std::move(capabilities);
    return state;
  }

  Resources FromJson(const std::string& json) { return R(json); }

  const FrameworkId f_{"f"};
  const AgentId a_{"a"};
};

// -- Offers

TEST_F(HierarchicalAllocatorTest, AnOfferHoldsAllThatIsFreeOnItsAgent) {
  AddFramework("f", InRoles({"eng"}));
  AddAgent("a", With("cpus:4;mem:4096;ports:[1-9]"));
  EXPECT_TRUE(allocator_->HasChanges());
  EXPECT_EQ(Triggered(), Texts{"f eng a cpus:4; mem:4096; ports:[1-9]"});
  EXPECT_EQ(allocations_[0].resources.AllocationRole(), "eng");
  EXPECT_FALSE(allocator_->HasChanges());
  EXPECT_EQ(Triggered(), Texts{});
  EXPECT_EQ(Batch(), Texts{});
}

TEST_F(HierarchicalAllocatorTest, TheClassicExample) {
  AddFramework("framework1", InRoles({"*"}));
  AddAgent("a", With("cpus:4;mem:4096"));
  ASSERT_EQ(Triggered(), Texts{"framework1 * a cpus:4; mem:4096"});
  const Allocation all = allocations_[0];
  AddFramework("framework2", InRoles({"*"}));
  EXPECT_EQ(Triggered(), Texts{});
  Decline(Part(all, "cpus:1;mem:1024"), absl::Seconds(5));
  EXPECT_EQ(Triggered(), Texts{});
  ASSERT_EQ(Batch(), Texts{"framework2 * a cpus:1; mem:1024"});
  Recover(Part(all, "cpus:2;mem:1024"));
  EXPECT_TRUE(allocator_->HasChanges());
  // Both hold as much memory as the other, and framework1 no more cpus: the one with fewer
  // allocations so far comes first, then the lower id.
  EXPECT_EQ(Triggered(), Texts{"framework2 * a cpus:2; mem:1024"});
}

TEST_F(HierarchicalAllocatorTest, AgentsAreServedInTheOrderInWhichTheyBecameFree) {
  AddAgent("z", With("cpus:1"));
  AddAgent("a", With("cpus:1"));
  AddAgent("m", With("cpus:1"));
  EXPECT_EQ(Triggered(), Texts{});
  AddFramework("f", InRoles({"*"}));
  EXPECT_EQ(Triggered(), (Texts{"f * z cpus:1", "f * a cpus:1", "f * m cpus:1"}));
  Recover(allocations_[2]);
  Recover(allocations_[0]);
  EXPECT_EQ(Triggered(), (Texts{"f * m cpus:1", "f * z cpus:1"}));
}

TEST_F(HierarchicalAllocatorTest, FrameworksOfOneRoleTakeTurns) {
  AddFramework("f1", InRoles({"*"}));
  AddFramework("f2", InRoles({"*"}));
  for (int i = 0; i < 4; ++i) AddAgent("a" + std::to_string(i), With("cpus:1"));
  EXPECT_EQ(Triggered(),
            (Texts{"f1 * a0 cpus:1", "f2 * a1 cpus:1", "f1 * a2 cpus:1", "f2 * a3 cpus:1"}));
}

TEST_F(HierarchicalAllocatorTest, AFrameworkInSeveralRolesIsOfferedInEach) {
  AddFramework("f", InRoles({"a", "b"}));
  AddAgent("a1", With("cpus:1"));
  AddAgent("a2", With("cpus:1"));
  EXPECT_EQ(Triggered(), (Texts{"f a a1 cpus:1", "f b a2 cpus:1"}));
}

TEST_F(HierarchicalAllocatorTest, MoreThanTheFewestFreshFrameworksAreServedByShare) {
  for (int i = 0; i < 30; ++i) AddAgent("a" + std::to_string(i), With("cpus:1"));
  EXPECT_EQ(Triggered(), Texts{});
  for (int i = 10; i < 40; ++i) AddFramework("f" + std::to_string(i), InRoles({"*"}));
  const Texts offers = Triggered();
  ASSERT_EQ(offers.size(), 30u);
  EXPECT_EQ(offers[0], "f10 * a0 cpus:1");
  EXPECT_EQ(offers[29], "f39 * a29 cpus:1");
}

// -- Filters

TEST_F(HierarchicalAllocatorTest, AFilterLivesAtLeastAnAllocationInterval) {
  AddFramework("f", InRoles({"*"}));
  AddAgent("a", With("cpus:1"));
  Triggered();
  now_ += absl::Milliseconds(500);
  Decline(allocations_[0], absl::Milliseconds(1));
  now_ -= absl::Milliseconds(500);
  EXPECT_EQ(Batch(), Texts{});
  EXPECT_EQ(Batch(), Texts{"f * a cpus:1"});
}

TEST_F(HierarchicalAllocatorTest, WithZeroRefuseThereIsNoFilter) {
  AddFramework("f", InRoles({"*"}));
  AddAgent("a", With("cpus:1"));
  Triggered();
  Decline(allocations_[0], absl::ZeroDuration());
  EXPECT_FALSE(allocator_->HasChanges());
  EXPECT_EQ(Triggered(), Texts{});
  EXPECT_EQ(Batch(), Texts{"f * a cpus:1"});
}

TEST_F(HierarchicalAllocatorTest, AFilterLivesAYearAtMost) {
  AddFramework("f", InRoles({"*"}));
  AddAgent("a", With("cpus:1"));
  Triggered();
  Decline(allocations_[0], absl::InfiniteDuration());
  now_ += absl::Hours(365 * 24) - absl::Seconds(2);
  EXPECT_EQ(Batch(), Texts{});
  EXPECT_EQ(Batch(), Texts{"f * a cpus:1"});
}

TEST_F(HierarchicalAllocatorTest, AFilterLetsThroughMoreThanWasRefused) {
  AddFramework("f", InRoles({"*"}));
  AddAgent("a", With("cpus:3"));
  Triggered();
  const Allocation all = allocations_[0];
  Decline(Part(all, "cpus:1"), absl::Hours(1));
  EXPECT_EQ(Batch(), Texts{});
  Recover(Part(all, "cpus:1"));
  EXPECT_EQ(Triggered(), Texts{"f * a cpus:2"});
  Decline(Part(all, "cpus:1"), absl::Seconds(5));
  EXPECT_EQ(Batch(), Texts{}) << "the first filter still holds what is now free";
}

TEST_F(HierarchicalAllocatorTest, AFilterIsForOneFrameworkInOneRoleOnOneAgent) {
  AddFramework("f", InRoles({"a", "b"}));
  AddFramework("g", InRoles({"a"}));
  AddAgent("a1", With("cpus:1"));
  ASSERT_EQ(Triggered(), Texts{"f a a1 cpus:1"});
  Decline(allocations_[0], absl::Hours(1));
  ASSERT_EQ(Batch(), Texts{"f b a1 cpus:1"});
  Decline(allocations_[0], absl::Hours(1));
  ASSERT_EQ(Batch(), Texts{"g a a1 cpus:1"});
  Decline(allocations_[0], absl::Hours(1));
  EXPECT_EQ(Batch(), Texts{});
  AddAgent("a2", With("cpus:1"));
  EXPECT_EQ(Triggered().size(), 1u);
}

TEST_F(HierarchicalAllocatorTest, FiltersAreCountedByRole) {
  AddFramework("f", InRoles({"eng", "ops"}));
  AddFramework("g", InRoles({"eng"}));
  AddAgent("a", With("cpus:1"));
  AddAgent("b", With("cpus:1"));
  EXPECT_TRUE(allocator_->CountFilters().empty());
  for (int i = 0; i < 3; ++i) {
    for (const Allocation& offer : Run(true)) Decline(offer, absl::Hours(1));
    now_ += absl::Seconds(1);
  }
  EXPECT_EQ(allocator_->CountFilters(), (std::map<std::string, size_t>{{"eng", 4}, {"ops", 2}}));
  ASSERT_TRUE(allocator_->Revive(f_, {"eng"}).ok());
  EXPECT_EQ(allocator_->CountFilters(), (std::map<std::string, size_t>{{"eng", 2}, {"ops", 2}}));
  ASSERT_TRUE(allocator_->RemoveAgent(a_).ok());
  EXPECT_EQ(allocator_->CountFilters(), (std::map<std::string, size_t>{{"eng", 1}, {"ops", 1}}));
  now_ += absl::Hours(1);
  Run(true);
  EXPECT_TRUE(allocator_->CountFilters().empty());
}

TEST_F(HierarchicalAllocatorTest, ReviveDropsTheFiltersOfItsRoles) {
  AddFramework("f", InRoles({"a", "b"}));
  AddAgent("a1", With("cpus:1"));
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(Batch().size(), 1u);
    Decline(allocations_[0], absl::Hours(1));
  }
  EXPECT_EQ(Batch(), Texts{});
  ASSERT_TRUE(allocator_->Revive(f_, {"b"}).ok());
  EXPECT_TRUE(allocator_->HasChanges());
  EXPECT_EQ(Triggered(), Texts{"f b a1 cpus:1"});
  Decline(allocations_[0], absl::Hours(1));
  ASSERT_TRUE(allocator_->Revive(f_, {}).ok());
  EXPECT_EQ(Triggered().size(), 1u);
}

TEST_F(HierarchicalAllocatorTest, DeactivationDropsFilters) {
  AddFramework("f", InRoles({"*"}));
  AddAgent("a", With("cpus:1"));
  Triggered();
  Decline(allocations_[0], absl::Hours(1));
  FrameworkAllocationState state = InRoles({"*"});
  state.active = false;
  ASSERT_TRUE(allocator_->UpdateFramework(f_, state).ok());
  EXPECT_EQ(Batch(), Texts{});
  state.active = true;
  ASSERT_TRUE(allocator_->UpdateFramework(f_, state).ok());
  EXPECT_EQ(Triggered(), Texts{"f * a cpus:1"});
}

TEST_F(HierarchicalAllocatorTest, NewAttributesOfAnAgentDropItsFilters) {
  AddFramework("f", InRoles({"*"}));
  AddAgent("a", With("cpus:1"));
  Triggered();
  Decline(allocations_[0], absl::Hours(1));
  AgentAllocationState state = With("cpus:1");
  ASSERT_TRUE(allocator_->UpdateAgent(a_, state).ok());
  EXPECT_EQ(Batch(), Texts{});
  state.info.add_attributes()->set_name("rack");
  ASSERT_TRUE(allocator_->UpdateAgent(a_, state).ok());
  EXPECT_EQ(Triggered(), Texts{"f * a cpus:1"});
}

TEST_F(HierarchicalAllocatorTest, ANewFrameworkIsServedAtOnceWhatOthersDeclined) {
  AddFramework("f", InRoles({"*"}));
  AddAgent("a", With("cpus:1"));
  Triggered();
  Decline(allocations_[0], absl::ZeroDuration());
  AddFramework("g", InRoles({"*"}));
  EXPECT_EQ(Triggered(), Texts{"g * a cpus:1"});
}

// -- Suppression, activity, minimums

TEST_F(HierarchicalAllocatorTest, SuppressedRolesAreOfferedNothing) {
  AddFramework("f", InRoles({"a", "b"}));
  ASSERT_TRUE(allocator_->Suppress(f_, {"a"}).ok());
  AddAgent("a1", With("cpus:1"));
  AddAgent("a2", With("cpus:1"));
  EXPECT_EQ(Triggered(), (Texts{"f b a1 cpus:1", "f b a2 cpus:1"}));
  Recover(allocations_[0]);
  ASSERT_TRUE(allocator_->Suppress(f_, {}).ok());
  EXPECT_EQ(Batch(), Texts{});
  ASSERT_TRUE(allocator_->Revive(f_, {"a"}).ok());
  EXPECT_EQ(Triggered(), Texts{"f a a1 cpus:1"});
}

TEST_F(HierarchicalAllocatorTest, RolesThatBeginSuppressedAreOfferedNothing) {
  FrameworkAllocationState state = InRoles({"a", "b"});
  state.suppressed_roles = {"a", "b"};
  AddFramework("f", state);
  AddAgent("a1", With("cpus:1"));
  EXPECT_EQ(Batch(), Texts{});
  state.suppressed_roles = {"a"};
  ASSERT_TRUE(allocator_->UpdateFramework(f_, state).ok());
  EXPECT_EQ(Triggered(), Texts{"f b a1 cpus:1"});
}

TEST_F(HierarchicalAllocatorTest, InactiveAgentsAreNotOffered) {
  AddFramework("f", InRoles({"*"}));
  AgentAllocationState state = With("cpus:1");
  state.active = false;
  AddAgent("a", state);
  EXPECT_EQ(Batch(), Texts{});
  state.active = true;
  ASSERT_TRUE(allocator_->UpdateAgent(a_, state).ok());
  EXPECT_EQ(Triggered(), Texts{"f * a cpus:1"});
  state.active = false;
  ASSERT_TRUE(allocator_->UpdateAgent(a_, state).ok());
  Recover(allocations_[0]);
  EXPECT_EQ(Batch(), Texts{});
}

TEST_F(HierarchicalAllocatorTest, OffersHoldTheMinimum) {
  AllocatorOptions options;
  options.min_allocatable_resources = {Q("cpus:1"), Q("mem:100")};
  Create(options);
  AddFramework("f", InRoles({"*"}));
  AddAgent("a1", With("cpus:0.9;mem:99"));
  AddAgent("a2", With("cpus:0.9;mem:100"));
  EXPECT_EQ(Triggered(), Texts{"f * a2 cpus:0.9; mem:100"});
  FrameworkAllocationState any = InRoles({"*"});
  any.min_allocatable_resources["*"] = {};
  AddFramework("any", any);
  EXPECT_EQ(Triggered(), Texts{"any * a1 cpus:0.9; mem:99"});
  Decline(allocations_[0], absl::ZeroDuration());
  any.min_allocatable_resources["*"] = {Q("gpus:1")};
  ASSERT_TRUE(allocator_->UpdateFramework(FrameworkId("any"), any).ok());
  EXPECT_EQ(Batch(), Texts{});
}

// -- Reservations

TEST_F(HierarchicalAllocatorTest, ReservedResourcesGoToTheirRoleAndThoseBelow) {
  AddFramework("other", InRoles({"other"}));
  AddFramework("above", InRoles({"eng"}));
  AddAgent("a", With("cpus(eng/web):2"));
  EXPECT_EQ(Triggered(), Texts{});
  AddFramework("below", InRoles({"eng/web/blue"}));
  ASSERT_EQ(Triggered(), Texts{"below eng/web/blue a cpus(eng/web):2"});
  Decline(allocations_[0], absl::Hours(1));
  AddFramework("same", InRoles({"eng/web"}));
  EXPECT_EQ(Triggered(), Texts{"same eng/web a cpus(eng/web):2"});
}

TEST_F(HierarchicalAllocatorTest, OneAgentsReservationsGoToSeveralRoles) {
  AddFramework("f1", InRoles({"one"}));
  AddFramework("f2", InRoles({"two"}));
  AddAgent("a", With("cpus:4;cpus(one):1;cpus(two):2;cpus(three):3"));
  EXPECT_EQ(Triggered(), (Texts{"f1 one a cpus:4; cpus(one):1", "f2 two a cpus(two):2"}));
}

TEST_F(HierarchicalAllocatorTest, RefinedReservationsNeedTheCapability) {
  const Resources refined = FromJson(R"([{"name": "cpus", "type": "SCALAR", "scalar": {"value": 1},
      "reservations": [{"type": "STATIC", "role": "eng"},
                       {"type": "DYNAMIC", "role": "eng/web"}]}])");
  AddFramework("old", Capable("eng/web", {FrameworkCapability::MULTI_ROLE}));
  AddAgent("a", With(refined + R("mem:1")));
  EXPECT_EQ(Triggered(), Texts{"old eng/web a mem:1"});
  AddFramework("new", InRoles({"eng/web"}));
  ASSERT_EQ(Triggered().size(), 1u);
  EXPECT_EQ(allocations_[0].framework, FrameworkId("new"));
}

TEST_F(HierarchicalAllocatorTest, RevocableResourcesNeedTheCapability) {
  const Resources revocable =
      FromJson(R"([{"name": "cpus", "type": "SCALAR", "scalar": {"value": 1}, "revocable": {}}])");
  AddFramework("f", InRoles({"*"}));
  AddAgent("a", With(revocable + R("mem:1")));
  EXPECT_EQ(Triggered(), Texts{"f * a mem:1"});
  AddFramework("r", Capable("*", {FrameworkCapability::REVOCABLE_RESOURCES}));
  ASSERT_EQ(Triggered().size(), 1u);
  EXPECT_EQ(allocations_[0].resources, AllocatedTo("*", revocable));
}

TEST_F(HierarchicalAllocatorTest, RevocableResourcesComeAndGoWithoutTouchingTheOthers) {
  const Resources two =
      FromJson(R"([{"name": "cpus", "type": "SCALAR", "scalar": {"value": 2}, "revocable": {}}])");
  AddFramework("r", Capable("*", {FrameworkCapability::REVOCABLE_RESOURCES}));
  AddAgent("a", With("cpus:4"));
  ASSERT_EQ(Triggered(), Texts{"r * a cpus:4"});
  ASSERT_TRUE(allocator_->UpdateAgent(a_, With(two + R("cpus:4"))).ok());
  ASSERT_EQ(Triggered().size(), 1u);
  const Allocation revocable = allocations_[0];
  EXPECT_EQ(revocable.resources, AllocatedTo("*", two)) << "the rest is held";
  Recover(revocable);
  ASSERT_EQ(Triggered().size(), 1u) << "what was recovered is offered again";
  EXPECT_EQ(allocations_[0].resources, AllocatedTo("*", two));
  ASSERT_TRUE(allocator_->UpdateAgent(a_, With("cpus:4")).ok());
  EXPECT_EQ(absl::OkStatus(), allocator_->CheckInvariants()) << "none is left, two are held";
  EXPECT_EQ(Batch(), Texts{});
  Recover(allocations_.empty() ? revocable : allocations_[0]);
  EXPECT_EQ(Batch(), Texts{}) << "what is no longer there is not offered again";
}

TEST_F(HierarchicalAllocatorTest, ReservationsWithOtherLabelsAreKeptApart) {
  auto reserved = [&](int cpus, const std::string& label) {
    return FromJson(R"([{"name": "cpus", "type": "SCALAR", "scalar": {"value": )" +
                    std::to_string(cpus) + R"(}, "reservations": [{"type": "DYNAMIC", "role": "r",
        "labels": {"labels": [{"key": "for", "value": ")" + label + R"("}]}}]}])");
  };
  AddFramework("f", InRoles({"r"}));
  AddAgent("a", With(reserved(2, "web") + reserved(3, "db")));
  ASSERT_EQ(Triggered().size(), 1u);
  EXPECT_EQ(allocations_[0].resources, AllocatedTo("r", reserved(2, "web") + reserved(3, "db")));
  const Allocation db = {f_, a_, "r", AllocatedTo("r", reserved(3, "db"))};
  EXPECT_EQ(allocator_->Recover({f_, a_, "r", AllocatedTo("r", reserved(5, "db"))}).code(),
            StatusCode::kInvalidArgument)
      << "what is reserved for the web is none of the database's";
  Recover(db);
  ASSERT_EQ(Triggered().size(), 1u);
  EXPECT_EQ(allocations_[0].resources, db.resources);
}

TEST_F(HierarchicalAllocatorTest, SharedResourcesAreOfferedAgainWhileInUse) {
  const Resources volume = FromJson(R"([{"name": "disk", "type": "SCALAR", "scalar": {"value": 5},
      "reservations": [{"type": "DYNAMIC", "role": "r", "principal": "p"}], "shared": {},
      "disk": {"persistence": {"id": "v"}, "volume": {"container_path": "d", "mode": "RW"}}}])");
  AddFramework("plain", InRoles({"r"}));
  AddFramework("s1", Capable("r", {FrameworkCapability::SHARED_RESOURCES}));
  AddFramework("s2", Capable("r", {FrameworkCapability::SHARED_RESOURCES}));
  AddAgent("a", With(volume + R("mem:2")));
  ASSERT_EQ(Triggered().size(), 2u) << "the volume once a round";
  EXPECT_EQ(Describe(allocations_[0]), "plain r a mem:2");
  EXPECT_EQ(allocations_[1].framework, FrameworkId("s1"));
  EXPECT_EQ(allocations_[1].resources, AllocatedTo("r", volume));
  ASSERT_EQ(Batch().size(), 1u);
  EXPECT_EQ(allocations_[0].framework, FrameworkId("s2"));
  Recover(allocations_[0]);
}

TEST_F(HierarchicalAllocatorTest, SharedVolumesAreCreatedUsedManyTimesAndDestroyed) {
  const Resources disk = R("disk(r):5");
  const Resources volume = FromJson(R"([{"name": "disk", "type": "SCALAR", "scalar": {"value": 5},
      "reservations": [{"type": "STATIC", "role": "r"}], "shared": {},
      "disk": {"persistence": {"id": "v"}, "volume": {"container_path": "d", "mode": "RW"}}}])");
  AddFramework("s", Capable("r", {FrameworkCapability::SHARED_RESOURCES}));
  AddAgent("a", With("disk(r):5;mem:2"));
  Triggered();
  const Allocation all = allocations_[0];
  const Allocation created = {all.framework, a_, "r", AllocatedTo("r", volume)};
  ASSERT_TRUE(allocator_->Transform({all.framework, a_, "r", AllocatedTo("r", disk)},
                                    created.resources)
                  .ok());
  ASSERT_EQ(Batch().size(), 1u) << "it is offered though it is held";
  EXPECT_EQ(allocations_[0].resources, created.resources);
  Recover(created);
  EXPECT_EQ(allocator_->Transform({all.framework, a_, "r",
                                   AllocatedTo("r", volume + volume)},
                                  AllocatedTo("r", disk))
                .code(),
            StatusCode::kInvalidArgument)
      << "one copy is held";
  ASSERT_TRUE(allocator_->Transform(created, AllocatedTo("r", disk)).ok());
  EXPECT_EQ(Batch(), Texts{}) << "disk that is held is not offered";
  Recover({all.framework, a_, "r", AllocatedTo("r", disk)});
  EXPECT_EQ(Triggered(), Texts{"s r a disk(r):5"});
}

TEST_F(HierarchicalAllocatorTest, WhatNobodyHoldsIsReservedByAnUpdateOfTheAgent) {
  AddFramework("f", InRoles({"eng"}));
  AddFramework("g", InRoles({"ops"}));
  AddAgent("a", With("cpus:4"));
  ASSERT_TRUE(allocator_->UpdateAgent(a_, With("cpus:1;cpus(ops):3")).ok());
  EXPECT_EQ(Triggered(), (Texts{"f eng a cpus:1", "g ops a cpus(ops):3"}));
}

TEST_F(HierarchicalAllocatorTest, MinimumsMayNameWhatNobodyHasYet) {
  FrameworkAllocationState picky = InRoles({"eng"});
  picky.min_allocatable_resources["eng"] = {Q("fpgas:1")};
  AddFramework("f", picky);
  AddAgent("a", With("cpus:4"));
  EXPECT_EQ(Triggered(), Texts{});
  AddAgent("b", With("cpus:4;fpgas:2"));
  EXPECT_EQ(Triggered(), Texts{"f eng b cpus:4; fpgas:2"});
}

// -- Who may have which agents

TEST_F(HierarchicalAllocatorTest, GpuAgentsAreKeptForThoseWhoCanUseThem) {
  AddFramework("f", InRoles({"*"}));
  AddAgent("a", With("cpus:1;gpus:1"));
  EXPECT_EQ(Triggered(), Texts{});
  AddFramework("g", Capable("*", {FrameworkCapability::GPU_RESOURCES}));
  EXPECT_EQ(Triggered(), Texts{"g * a cpus:1; gpus:1"});
  AllocatorOptions options;
  options.filter_gpu_resources = false;
  Create(options);
  AddFramework("f", InRoles({"*"}));
  AddAgent("a", With("cpus:1;gpus:1"));
  EXPECT_EQ(Triggered(), Texts{"f * a cpus:1; gpus:1"});
}

TEST_F(HierarchicalAllocatorTest, RemoteRegionsAreForRegionAwareFrameworks) {
  auto domain = [](const std::string& region) {
    v1::DomainInfo info;
    info.mutable_fault_domain()->mutable_region()->set_name(region);
    return info;
  };
  AllocatorOptions options;
  options.domain = domain("here");
  Create(options);
  AddFramework("f", InRoles({"*"}));
  AgentAllocationState near = With("cpus:1");
  *near.info.mutable_domain() = domain("here");
  AgentAllocationState far = With("cpus:2");
  *far.info.mutable_domain() = domain("there");
  AddAgent("far", far);
  AddAgent("near", near);
  AddAgent("nowhere", With("cpus:3"));
  EXPECT_EQ(Triggered(), (Texts{"f * near cpus:1", "f * nowhere cpus:3"}));
  AddFramework("aware", Capable("*", {FrameworkCapability::REGION_AWARE}));
  EXPECT_EQ(Triggered(), Texts{"aware * far cpus:2"});
}

TEST_F(HierarchicalAllocatorTest, OldAgentsAreNotOfferedToNewerKindsOfFrameworks) {
  AddFramework("multi", InRoles({"a"}));
  AddFramework("nested", Capable("a/b", {}));
  AgentAllocationState old = With("cpus:1");
  old.capabilities.clear();
  AddAgent("old", old);
  EXPECT_EQ(Triggered(), Texts{});
  AddFramework("single", Capable("a", {}));
  EXPECT_EQ(Triggered(), Texts{"single a old cpus:1"});
}

// -- Agents and frameworks change

TEST_F(HierarchicalAllocatorTest, AgentsThatGrowAreOfferedAtOnce) {
  AddFramework("f", InRoles({"*"}));
  AddAgent("a", With("cpus:1"));
  Triggered();
  ASSERT_TRUE(allocator_->UpdateAgent(a_, With("cpus:3;mem:1")).ok());
  EXPECT_EQ(Triggered(), Texts{"f * a cpus:2; mem:1"});
}

TEST_F(HierarchicalAllocatorTest, AgentsThatShrankOfferNothingUntilEnoughIsRecovered) {
  AddFramework("f", InRoles({"*"}));
  AddAgent("a", With("cpus:4"));
  Triggered();
  const Allocation all = allocations_[0];
  ASSERT_TRUE(allocator_->UpdateAgent(a_, With("cpus:2")).ok());
  Recover(Part(all, "cpus:1"));
  EXPECT_EQ(Batch(), Texts{});
  Recover(Part(all, "cpus:2"));
  EXPECT_EQ(Triggered(), Texts{"f * a cpus:1"});
}

TEST_F(HierarchicalAllocatorTest, WhatIsInUseOnANewAgentIsNotOffered) {
  AddAgent("b", With("cpus:1"));
  const Allocation known{FrameworkId("later"), a_, "r", AllocatedTo("r", R("cpus:3"))};
  ASSERT_TRUE(allocator_->AddAgent(a_, With("cpus:4"), {known, known}).ok());
  EXPECT_EQ(absl::OkStatus(), allocator_->CheckInvariants());
  ASSERT_TRUE(allocator_->Recover(known).ok());
  AddFramework("f", InRoles({"r"}));
  AddFramework("later", InRoles({"r"}));
  EXPECT_EQ(Triggered(), (Texts{"f r b cpus:1", "f r a cpus:1"}));
  Recover(known);
  EXPECT_EQ(Triggered(), Texts{"later r a cpus:3"});
}

TEST_F(HierarchicalAllocatorTest, ARemovedFrameworkHoldsItsResourcesUntilTheyAreRecovered) {
  AddFramework("f", InRoles({"*"}));
  AddAgent("a", With("cpus:1"));
  Triggered();
  const Allocation held = allocations_[0];
  ASSERT_TRUE(allocator_->RemoveFramework(f_).ok());
  EXPECT_EQ(allocator_->RemoveFramework(f_).code(), StatusCode::kNotFound);
  AddFramework("g", InRoles({"*"}));
  EXPECT_EQ(Batch(), Texts{});
  Recover(held);
  EXPECT_EQ(allocator_->Recover(held).code(), StatusCode::kNotFound);
  EXPECT_EQ(Triggered(), Texts{"g * a cpus:1"});
}

TEST_F(HierarchicalAllocatorTest, ARemovedAgentForgetsAllocationsAndFilters) {
  AddFramework("f", InRoles({"*"}));
  AddFramework("g", InRoles({"*"}));
  AddAgent("a", With("cpus:2"));
  Triggered();
  const Allocation held = Part(allocations_[0], "cpus:1");
  Decline(held, absl::Hours(1));
  ASSERT_TRUE(allocator_->RemoveAgent(a_).ok());
  EXPECT_EQ(allocator_->Recover(held).code(), StatusCode::kNotFound);
  AddAgent("a", With("cpus:1"));
  AddAgent("b", With("cpus:1"));
  EXPECT_EQ(Triggered(), (Texts{"g * a cpus:1", "f * b cpus:1"}));
}

TEST_F(HierarchicalAllocatorTest, ARoleThatIsLeftKeepsWhatIsHeldThere) {
  AddFramework("f", InRoles({"a", "b"}));
  AddAgent("a1", With("cpus:1"));
  ASSERT_EQ(Triggered(), Texts{"f a a1 cpus:1"});
  const Allocation held = allocations_[0];
  ASSERT_TRUE(allocator_->UpdateFramework(f_, InRoles({"b", "c"})).ok());
  Recover(held);
  EXPECT_EQ(Triggered(), Texts{"f b a1 cpus:1"});
}

TEST_F(HierarchicalAllocatorTest, OperationsTransformWhatIsHeldAndTheTotal) {
  AddFramework("f", InRoles({"eng"}));
  AddFramework("g", InRoles({"ops"}));
  AddAgent("a", With("cpus:4;mem:8"));
  Triggered();
  const Allocation all = allocations_[0];
  ASSERT_TRUE(
      allocator_->Transform(Part(all, "cpus:1"), AllocatedTo("eng", R("cpus(eng):1"))).ok());
  EXPECT_EQ(absl::OkStatus(), allocator_->CheckInvariants());
  Recover(Part(all, "cpus:3;cpus(eng):1;mem:8"));
  EXPECT_EQ(Triggered(), (Texts{"g ops a cpus:3; mem:8", "f eng a cpus(eng):1"}));
}

// -- Bad input

TEST_F(HierarchicalAllocatorTest, UnknownAndDoubledIdsAreRefused) {
  AddFramework("f", InRoles({"*"}));
  AddAgent("a", With("cpus:1"));
  EXPECT_EQ(allocator_->AddFramework(f_, InRoles({"*"})).code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(allocator_->AddAgent(a_, With("cpus:1"), {}).code(), StatusCode::kAlreadyExists);
  const FrameworkId g("g");
  const AgentId b("b");
  EXPECT_EQ(allocator_->UpdateFramework(g, InRoles({"*"})).code(), StatusCode::kNotFound);
  EXPECT_EQ(allocator_->RemoveFramework(g).code(), StatusCode::kNotFound);
  EXPECT_EQ(allocator_->Suppress(g, {}).code(), StatusCode::kNotFound);
  EXPECT_EQ(allocator_->Revive(g, {}).code(), StatusCode::kNotFound);
  EXPECT_EQ(allocator_->UpdateAgent(b, With("cpus:1")).code(), StatusCode::kNotFound);
  EXPECT_EQ(allocator_->RemoveAgent(b).code(), StatusCode::kNotFound);
  const Resources cpus = AllocatedTo("*", R("cpus:1"));
  EXPECT_EQ(allocator_->Recover({g, a_, "*", cpus}).code(), StatusCode::kNotFound);
  EXPECT_EQ(allocator_->Recover({f_, b, "*", cpus}).code(), StatusCode::kNotFound);
  EXPECT_EQ(Triggered(), Texts{"f * a cpus:1"});
}

TEST_F(HierarchicalAllocatorTest, BadValuesAreRefusedAndChangeNothing) {
  AddFramework("f", InRoles({"eng"}));
  for (const char* role : {"", "..", "a//b", "/a", "a b", "*/a"}) {
    EXPECT_EQ(allocator_->AddFramework(FrameworkId("x"), InRoles({role})).code(),
              StatusCode::kInvalidArgument);
    EXPECT_EQ(allocator_->UpdateFramework(f_, InRoles({role})).code(),
              StatusCode::kInvalidArgument);
    EXPECT_EQ(allocator_->UpdateWeights({{role, 1}}).code(), StatusCode::kInvalidArgument);
  }
  for (double weight : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    EXPECT_EQ(allocator_->UpdateWeights({{"aaa", 100}, {"eng", weight}}).code(),
              StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(allocator_->AddFramework(FrameworkId(""), InRoles({"*"})).code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(allocator_->Suppress(f_, {"ops"}).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(allocator_->Revive(f_, {"eng", "ops"}).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(allocator_->AddAgent(AgentId(""), With("cpus:1"), {}).code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(allocator_->AddAgent(a_, With(AllocatedTo("eng", R("cpus:1"))), {}).code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(allocator_->AddAgent(a_, With("cpus:1"), {{f_, a_, "eng", R("cpus:1")}}).code(),
            StatusCode::kInvalidArgument);
  AllocatorOptions options;
  options.allocation_interval = -absl::Seconds(1);
  EXPECT_FALSE(CreateHierarchicalAllocator(options).ok());
  AddAgent("a", With("cpus:1"));
  EXPECT_EQ(Triggered(), Texts{"f eng a cpus:1"});
}

TEST_F(HierarchicalAllocatorTest, NobodyGivesBackWhatHeDoesNotHold) {
  AddFramework("f", InRoles({"eng", "ops"}));
  AddAgent("a", With("cpus:2;mem:2"));
  Triggered();
  const Allocation all = allocations_[0];
  Decline(Part(all, "mem:2"), absl::ZeroDuration());
  const std::vector<Allocation> wrong = {Part(all, "cpus:3"),
                                         Part(all, "cpus:1;mem:1"),
                                         {f_, a_, "ops", AllocatedTo("ops", R("cpus:1"))},
                                         {f_, a_, "ops", AllocatedTo("eng", R("cpus:1"))},
                                         {f_, a_, "eng", R("cpus:1")}};
  for (const Allocation& allocation : wrong) {
    EXPECT_EQ(allocator_->Recover(allocation).code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(allocator_->Decline(allocation, absl::Hours(1), now_).code(),
              StatusCode::kInvalidArgument);
    EXPECT_EQ(allocator_->Transform(allocation, {}).code(), StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(allocator_->Decline(Part(all, "cpus:1"), -absl::Seconds(1), now_).code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(allocator_->Transform(Part(all, "cpus:1"), R("cpus(eng):1")).code(),
            StatusCode::kInvalidArgument);
  EXPECT_FALSE(allocator_->HasChanges());
  EXPECT_EQ(Batch(), Texts{"f ops a mem:2"});
}

}  // namespace
}  // namespace mesos
