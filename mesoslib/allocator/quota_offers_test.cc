// What quotas do to offers: guarantees, limits, headroom, on top-level and on nested roles.
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mesoslib/allocator/testing.h"

namespace mesos {
namespace {

using ::absl::StatusCode;
using Texts = std::vector<std::string>;

Quota Promise(absl::string_view guarantees) {
  Quota quota;
  quota.guarantees = Q(guarantees);
  return quota;
}

Quota Limit(absl::string_view limits, absl::string_view guarantees = "") {
  Quota quota = Promise(guarantees);
  for (const auto& quantity : Q(limits)) {
    quota.limits[std::string(quantity.name.view())] = quantity.millis;
  }
  return quota;
}

class QuotaOffersTest : public AllocatorTest {
 protected:
  void Set(const std::map<std::string, Quota>& quotas, bool force = true) {
    ASSERT_EQ(absl::OkStatus(), allocator_->UpdateQuotas(quotas, force));
    ASSERT_EQ(absl::OkStatus(), allocator_->CheckInvariants());
  }
  void AddUsedAgent(const std::string& id, absl::string_view total, const Allocation& used) {
    Allocation allocation = used;
    allocation.agent = AgentId(id);
    ASSERT_EQ(absl::OkStatus(), allocator_->AddAgent(AgentId(id), With(total), {allocation}));
  }
  // Says that it is refused, and that nothing changes: offers come as without it.
  void ExpectRefused(StatusCode code, const std::map<std::string, Quota>& quotas,
                     const std::string& text, bool force = false) {
    const absl::Status status = allocator_->UpdateQuotas(quotas, force);
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_TRUE(status.message().find(text) != std::string::npos) << status;
    EXPECT_EQ(absl::OkStatus(), allocator_->CheckInvariants());
  }
};

// -- Guarantees

TEST_F(QuotaOffersTest, ARoleBelowItsGuaranteeIsServedFirst) {
  Set({{"prod", Promise("cpus:2;mem:1024")}});
  AddFramework("a-other", InRoles({"dev"}));
  AddFramework("z-guaranteed", InRoles({"prod"}));
  AddAgent("1", With("cpus:2;mem:1024"));
  EXPECT_EQ(Triggered(), Texts{"z-guaranteed prod 1 cpus:2; mem:1024"});
  // Its guarantee is met: now shares decide.
  AddAgent("2", With("cpus:1;mem:512"));
  EXPECT_EQ(Triggered(), Texts{"a-other dev 2 cpus:1; mem:512"});
}

TEST_F(QuotaOffersTest, AGuaranteeIsHeldBackForFrameworksThatAreNotThereYet) {
  Set({{"prod", Promise("cpus:2;mem:1024")}});
  AddFramework("other", InRoles({"dev"}));
  AddAgent("1", With("cpus:1;mem:512"));
  AddAgent("2", With("cpus:1;mem:512"));
  EXPECT_EQ(Triggered(), Texts{});
  AddAgent("3", With("cpus:1;mem:512"));
  EXPECT_EQ(Triggered(), Texts{"other dev 3 cpus:1; mem:512"});
  EXPECT_EQ(Batch(), Texts{});
  AddFramework("guaranteed", InRoles({"prod"}));
  EXPECT_EQ(Triggered().size(), 2u);
  EXPECT_EQ(allocations_[0].framework, FrameworkId("guaranteed"));
  EXPECT_EQ(allocations_[1].framework, FrameworkId("guaranteed"));
}

TEST_F(QuotaOffersTest, SeveralAbsentRolesAreHeldBackForTogether) {
  Set({{"a", Promise("cpus:2")}, {"b", Promise("cpus:3")}});
  AddFramework("other", InRoles({"dev"}));
  for (int i = 0; i < 6; ++i) AddAgent(absl::StrCat(i), With("cpus:1"));
  EXPECT_EQ(Triggered().size(), 1u);
}

TEST_F(QuotaOffersTest, OffersAreCutSoThatTheGuaranteeRemains) {
  Set({{"prod", Promise("cpus:3")}});
  AddFramework("other", InRoles({"dev"}));
  AddAgent("1", With("cpus:4;mem:512"));
  EXPECT_EQ(Triggered(), Texts{"other dev 1 cpus:1; mem:512"});
}

TEST_F(QuotaOffersTest, WhatIsNotGuaranteedGoesAlong) {
  Set({{"prod", Promise("cpus:1")}});
  AddFramework("guaranteed", InRoles({"prod"}));
  AddAgent("1", With("cpus:1;mem:512;disk:100;ports:[1-9]"));
  EXPECT_EQ(Triggered(), Texts{"guaranteed prod 1 cpus:1; disk:100; mem:512; ports:[1-9]"});
}

TEST_F(QuotaOffersTest, ASuppressedRoleIsStillHeldBackForButDoesNotBlock) {
  Set({{"prod", Promise("cpus:1")}});
  AddFramework("guaranteed", InRoles({"prod"}));
  AddFramework("other", InRoles({"dev"}));
  ASSERT_EQ(absl::OkStatus(), allocator_->Suppress(FrameworkId("guaranteed"), {}));
  AddAgent("1", With("cpus:3;mem:512"));
  EXPECT_EQ(Triggered(), Texts{"other dev 1 cpus:2; mem:512"});
}

TEST_F(QuotaOffersTest, AGuaranteeThatIsLoweredIsNotHeldBackAnyMore) {
  Set({{"prod", Promise("cpus:4")}});
  AddFramework("other", InRoles({"dev"}));
  AddAgent("1", With("cpus:4;mem:512"));
  EXPECT_EQ(Triggered(), Texts{"other dev 1 mem:512"});
  Set({{"prod", Promise("cpus:1")}});
  EXPECT_EQ(Batch(), Texts{"other dev 1 cpus:3"});
  Set({{"prod", Quota()}});
  EXPECT_EQ(Batch(), Texts{"other dev 1 cpus:1"});
}

TEST_F(QuotaOffersTest, WhatAGuaranteedRoleGivesBackIsHeldBackForIt) {
  Set({{"prod", Promise("cpus:2")}});
  AddFramework("guaranteed", InRoles({"prod"}));
  AddAgent("1", With("cpus:2"));
  Triggered();
  const Allocation all = allocations_[0];
  AddFramework("other", InRoles({"dev"}));
  ASSERT_EQ(absl::OkStatus(), allocator_->Suppress(FrameworkId("guaranteed"), {}));
  Recover(Part(all, "cpus:1"));
  EXPECT_EQ(Batch(), Texts{});
}

TEST_F(QuotaOffersTest, ReservationsCountForTheGuaranteeAllocatedOrNot) {
  Set({{"prod", Promise("cpus:2")}});
  AddFramework("other", InRoles({"dev"}));
  AddAgent("1", With("cpus(prod):2;cpus:1"));
  EXPECT_EQ(Triggered(), Texts{"other dev 1 cpus:1"});
}

TEST_F(QuotaOffersTest, DisproportionateGuaranteesGiveWhatIsLackingOnly) {
  // Its memory is there, only cpus are lacking: an agent without cpus brings it nothing first.
  Set({{"prod", Promise("cpus:2;mem:512")}});
  AddUsedAgent("0", "mem:512",
               {FrameworkId("guaranteed"), AgentId("0"), "prod", AllocatedTo("prod", R("mem:512"))});
  AddFramework("guaranteed", InRoles({"prod"}));
  AddFramework("a-other", InRoles({"dev"}));
  AddAgent("1", With("mem:512"));
  EXPECT_EQ(Triggered(), Texts{"a-other dev 1 mem:512"});
  AddAgent("2", With("cpus:2;mem:512"));
  EXPECT_EQ(Triggered(), Texts{"guaranteed prod 2 cpus:2; mem:512"});
}

// -- Limits

TEST_F(QuotaOffersTest, OffersAreCutToTheLimitToTheLastThousandth) {
  Set({{"dev", Limit("cpus:1.001;mem:300")}});
  AddFramework("f", InRoles({"dev"}));
  AddAgent("1", With("cpus:4;mem:200;ports:[1-9]"));
  EXPECT_EQ(Triggered(), Texts{"f dev 1 cpus:1.001; mem:200; ports:[1-9]"});
  AddAgent("2", With("cpus:4;mem:200"));
  EXPECT_EQ(Triggered(), Texts{"f dev 2 mem:100"});
  AddAgent("3", With("cpus:4;mem:200;ports:[1-9]"));
  EXPECT_EQ(Triggered(), Texts{}) << "ports alone are nothing to offer where scalars are there";
  EXPECT_EQ(Batch(), Texts{});
}

TEST_F(QuotaOffersTest, WhatComesBackBelowTheLimitIsOfferedAgain) {
  Set({{"dev", Limit("cpus:2")}});
  AddFramework("f", InRoles({"dev"}));
  AddAgent("1", With("cpus:2"));
  AddAgent("2", With("cpus:2"));
  ASSERT_EQ(Triggered(), Texts{"f dev 1 cpus:2"});
  Decline(allocations_[0], absl::Seconds(60));
  EXPECT_EQ(Batch(), Texts{"f dev 2 cpus:2"});
}

TEST_F(QuotaOffersTest, WhatCannotBeDividedIsOfferedWholeOrNotAtAll) {
  const Resources mount = R(R"([{"name": "disk", "type": "SCALAR", "scalar": {"value": 100},
      "disk": {"source": {"type": "MOUNT", "mount": {"root": "/mnt"}}}}])");
  Set({{"dev", Limit("disk:50")}});
  AddFramework("f", InRoles({"dev"}));
  AddAgent("1", With(mount + R("cpus:1")));
  EXPECT_EQ(Triggered(), Texts{"f dev 1 cpus:1"});
  Set({{"dev", Limit("disk:100")}});
  EXPECT_EQ(Batch().size(), 1u);
  EXPECT_EQ(allocations_[0].resources, AllocatedTo("dev", mount));
}

TEST_F(QuotaOffersTest, SeveralDisksAreCutTogether) {
  const Resources path = R(R"([{"name": "disk", "type": "SCALAR", "scalar": {"value": 100},
      "disk": {"source": {"type": "PATH", "path": {"root": "/a"}}}}])");
  Set({{"dev", Limit("disk:150")}});
  AddFramework("f", InRoles({"dev"}));
  AddAgent("1", With(path + R("disk:100")));
  ASSERT_EQ(Triggered().size(), 1u);
  EXPECT_EQ(ResourceQuantities::FromResources(allocations_[0].resources), Q("disk:150"));
}

TEST_F(QuotaOffersTest, UnallocatedReservationsCountForTheLimit) {
  Set({{"dev", Limit("cpus:2")}});
  AddFramework("f", InRoles({"dev"}));
  AddAgent("1", With("cpus(dev):1.5;cpus:4"));
  ASSERT_EQ(Triggered(), Texts{"f dev 1 cpus:0.5; cpus(dev):1.5"});
}

TEST_F(QuotaOffersTest, RevocableResourcesDoNotCount) {
  const Resources revocable =
      R(R"([{"name": "cpus", "type": "SCALAR", "scalar": {"value": 3}, "revocable": {}}])");
  Set({{"dev", Limit("cpus:1")}});
  FrameworkAllocationState state = InRoles({"dev"});
  state.capabilities.push_back(v1::FrameworkInfo::Capability::REVOCABLE_RESOURCES);
  AddFramework("f", state);
  AddAgent("1", With(revocable + R("cpus:2")));
  ASSERT_EQ(Triggered().size(), 1u);
  EXPECT_EQ(allocations_[0].resources, AllocatedTo("dev", revocable + R("cpus:1")));
}

TEST_F(QuotaOffersTest, WhatWasUsedBeforeTheQuotaCounts) {
  AddFramework("f", InRoles({"dev"}));
  AddAgent("1", With("cpus:2"));
  ASSERT_EQ(Triggered().size(), 1u);
  Set({{"dev", Limit("cpus:3")}});
  AddAgent("2", With("cpus:2"));
  EXPECT_EQ(Triggered(), Texts{"f dev 2 cpus:1"});
  Set({{"dev", Limit("cpus:1")}});
  Recover(allocations_[0]);
  EXPECT_EQ(Batch(), Texts{}) << "still more than the new limit";
}

// -- Nested roles

TEST_F(QuotaOffersTest, NestedRolesUseUpTheQuotaAboveThem) {
  Set({{"eng", Limit("cpus:3")}});
  AddFramework("f1", InRoles({"eng/web"}));
  AddFramework("f2", InRoles({"eng/db"}));
  AddAgent("1", With("cpus:2"));
  AddAgent("2", With("cpus:2"));
  ASSERT_EQ(Triggered().size(), 2u);
  EXPECT_EQ(ResourceQuantities::FromResources(allocations_[0].resources), Q("cpus:2"));
  EXPECT_EQ(ResourceQuantities::FromResources(allocations_[1].resources), Q("cpus:1"));
}

TEST_F(QuotaOffersTest, AChildsLimitHoldsBelowItsParents) {
  Set({{"eng", Limit("cpus:4")}, {"eng/web", Limit("cpus:1")}});
  AddFramework("f", InRoles({"eng/web/blue"}));
  AddAgent("1", With("cpus:4"));
  EXPECT_EQ(Triggered(), Texts{"f eng/web/blue 1 cpus:1"});
}

TEST_F(QuotaOffersTest, AChildsGuaranteeIsHeldBackWithinItsParents) {
  // Of eng's 4, 3 are for eng/web: others below eng have the remaining one, and what is spare.
  Set({{"eng", Promise("cpus:4")}, {"eng/web", Promise("cpus:3")}});
  AddFramework("batch", InRoles({"eng/batch"}));
  AddFramework("other", InRoles({"dev"}));
  AddAgent("1", With("cpus:4"));
  EXPECT_EQ(Triggered(), Texts{"batch eng/batch 1 cpus:1"});
  AddFramework("web", InRoles({"eng/web"}));
  EXPECT_EQ(Triggered(), Texts{"web eng/web 1 cpus:3"});
  EXPECT_EQ(Batch(), Texts{});
}

TEST_F(QuotaOffersTest, AParentsGuaranteeCoversTheSumOfItsChildrens) {
  AddAgent("1", With("cpus:10"));
  ExpectRefused(StatusCode::kFailedPrecondition,
                {{"eng", Promise("cpus:4")},
                 {"eng/web", Promise("cpus:3")},
                 {"eng/db", Promise("cpus:2")}},
                "quota of role 'eng': the guarantees below it add up to 5 cpus and it has 4");
  Set({{"eng", Promise("cpus:4")}, {"eng/web", Promise("cpus:3")}}, false);
  ExpectRefused(StatusCode::kFailedPrecondition, {{"eng", Promise("cpus:2")}}, "role 'eng'");
  ExpectRefused(StatusCode::kFailedPrecondition, {{"eng/web/blue", Promise("cpus:3.5")}},
                "role 'eng/web'");
}

TEST_F(QuotaOffersTest, WhatIsReservedAboveCountsForTheNestedLimit) {
  Set({{"eng/web", Limit("cpus:1")}});
  AddFramework("f", InRoles({"eng/web"}));
  AddAgent("1", With("cpus(eng):4;cpus:4"));
  EXPECT_EQ(Triggered(), Texts{"f eng/web 1 cpus(eng):1"});
}

// -- Demand

TEST_F(QuotaOffersTest, NothingIsHeldBackForARoleThatHasAllItAskedFor) {
  Set({{"prod", Promise("cpus:4")}});
  AddFramework("guaranteed", InRoles({"prod"}));
  ASSERT_EQ(absl::OkStatus(), allocator_->Request(FrameworkId("guaranteed"), "prod", Q("cpus:1")));
  AddAgent("1", With("cpus:1"));
  EXPECT_EQ(Triggered(), Texts{"guaranteed prod 1 cpus:1"});
  AddFramework("other", InRoles({"dev"}));
  AddAgent("2", With("cpus:3"));
  EXPECT_EQ(Triggered(), Texts{"other dev 2 cpus:3"});
  Recover(allocations_[0]);
  ASSERT_EQ(absl::OkStatus(), allocator_->Request(FrameworkId("guaranteed"), "prod", {}));
  EXPECT_EQ(Triggered(), Texts{"guaranteed prod 2 cpus:3"});
}

// -- What is refused

TEST_F(QuotaOffersTest, ContradictionsAreNamedAndChangeNothing) {
  AddFramework("f", InRoles({"dev"}));
  AddAgent("1", With("cpus:4;mem:100"));
  Triggered();
  const auto refused = [this](const std::string& role, const Quota& quota,
                              const std::string& text) {
    ExpectRefused(StatusCode::kInvalidArgument, {{"good", Limit("cpus:0")}, {role, quota}}, text,
                  /*force=*/true);
  };
  refused("dev", Limit("cpus:1", "cpus:2"),
          "quota of role 'dev': the guarantee of cpus is 2 and exceeds its limit, which is 1");
  refused("*", Limit("cpus:1"), "role '*'");
  refused("a/../b", Limit("cpus:1"), "..");
  refused("a//b", Limit("cpus:1"), "quota");
  refused(std::string(20'000, '/'), Limit("cpus:1"), "quota");
  Quota negative;
  negative.limits["cpus"] = -1;
  refused("dev", negative, "the limit of cpus is -0.001; expected 0 to");
  negative.limits["cpus"] = std::numeric_limits<int64_t>::max();
  refused("dev", negative, "the limit of cpus is");
  ExpectRefused(StatusCode::kFailedPrecondition, {{"dev", Promise("cpus:5")}},
                "the cluster: the guarantees below it add up to 5 cpus and it has 4");
  ExpectRefused(StatusCode::kFailedPrecondition, {{"good", Limit("cpus:0")}, {"dev", Limit("cpus:1")}},
                "the limit of cpus is 1 and the role consumes 4");
  // Nothing of all that is in force.
  AddFramework("g", InRoles({"good"}));
  Recover(allocations_[0]);
  EXPECT_EQ(Triggered().size(), 1u);
  EXPECT_EQ(ResourceQuantities::FromResources(allocations_[0].resources), Q("cpus:4;mem:100"));
  Set({{"dev", Limit("cpus:1")}}, true);
}

}  // namespace
}  // namespace mesos
