// Every reason why nothing is offered, by a case that makes it; and what is told of shares.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "mesos/offer_constraints.h"
#include "mesoslib/allocator/testing.h"

namespace mesos {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Capability = v1::FrameworkInfo::Capability;

class ExplanationTest : public AllocatorTest {
 protected:
  AllocationExplanation::Role Explain(const std::string& framework = "f") {
    absl::StatusOr<AllocationExplanation> explanation =
        allocator_->Explain(FrameworkId(framework), now_);
    EXPECT_EQ(absl::OkStatus(), explanation.status());
    EXPECT_EQ(absl::OkStatus(), allocator_->CheckInvariants());
    EXPECT_FALSE(explanation->roles.empty());
    return explanation->roles.front();
  }
  // Of the only agent.
  void ExpectReason(NoOfferReason reason, const std::string& subject,
                    const std::string& framework = "f") {
    const AllocationExplanation::Role role = Explain(framework);
    ASSERT_EQ(role.agents.size(), 1u);
    EXPECT_EQ(role.agents[0].reason, reason) << ToString(role.agents[0].reason);
    EXPECT_EQ(role.agents[0].subject, subject);
    EXPECT_EQ(role.agents[0].count, 1u);
    EXPECT_THAT(role.agents[0].examples, ElementsAre(AgentId("a")));
    const AllocationExplanation whole = *allocator_->Explain(FrameworkId(framework), now_);
    EXPECT_THAT(whole.ToString(), HasSubstr(std::string(ToString(reason))));
    EXPECT_THAT(whole.ToString(), HasSubstr(subject));
  }
  void SetQuota(const std::string& role, absl::string_view guarantees,
                std::map<std::string, int64_t> limits = {}) {
    Quota quota;
    quota.guarantees = Q(guarantees);
    quota.limits = std::move(limits);
    ASSERT_EQ(absl::OkStatus(), allocator_->UpdateQuotas({{role, quota}}, true));
  }
};

TEST_F(ExplanationTest, HeldOrOnOffer) {
  AddFramework("holder", InRoles({"x"}));
  AddAgent("a", With("cpus:1"));
  Triggered();
  AddFramework("f", InRoles({"r"}));
  ExpectReason(NoOfferReason::kOffered, "holder");
}

TEST_F(ExplanationTest, InactiveAgents) {
  AddFramework("f", InRoles({"r"}));
  AgentAllocationState state = With("cpus:1");
  AddAgent("a", state);
  state.active = false;
  for (const char* why : {"draining", "maintenance", "deactivated", "disconnected"}) {
    state.why_inactive = why;
    ASSERT_EQ(absl::OkStatus(), allocator_->UpdateAgent(AgentId("a"), state));
    ExpectReason(NoOfferReason::kInactive, why);
  }
}

TEST_F(ExplanationTest, Whitelist) {
  AddFramework("f", InRoles({"r"}));
  AddAgent("a", With("cpus:1"));
  ASSERT_EQ(absl::OkStatus(), allocator_->UpdateWhitelist(std::set<std::string>{"other"}));
  ExpectReason(NoOfferReason::kNotWhitelisted, "");
}

TEST_F(ExplanationTest, GpuAgents) {
  AddFramework("f", InRoles({"r"}));
  AddAgent("a", With("cpus:1;gpus:1"));
  ExpectReason(NoOfferReason::kGpus, "");
}

TEST_F(ExplanationTest, RemoteRegions) {
  AllocatorOptions options;
  options.domain.emplace().mutable_fault_domain()->mutable_region()->set_name("here");
  Create(options);
  AddFramework("f", InRoles({"r"}));
  AgentAllocationState state = With("cpus:1");
  state.info.mutable_domain()->mutable_fault_domain()->mutable_region()->set_name("there");
  AddAgent("a", state);
  ExpectReason(NoOfferReason::kRegion, "");
}

TEST_F(ExplanationTest, AgentsThatLackACapability) {
  AddFramework("f", InRoles({"r"}));
  AgentAllocationState state = With("cpus:1");
  state.capabilities.clear();
  AddAgent("a", state);
  ExpectReason(NoOfferReason::kAgentCapability, "MULTI_ROLE");
}

TEST_F(ExplanationTest, Constraints) {
  v1::scheduler::OfferConstraints proto;
  auto* constraint =
      (*proto.mutable_role_constraints())["r"].add_groups()->add_attribute_constraints();
  constraint->mutable_selector()->set_attribute_name("rack");
  constraint->mutable_predicate()->mutable_text_equals()->set_value("r1");
  FrameworkAllocationState state = InRoles({"r"});
  state.offer_constraints = CompileOfferConstraints(proto, {"r"}).value();
  AddFramework("f", state);
  AddAgent("a", With("cpus:1"));
  const AllocationExplanation::Role role = Explain();
  ASSERT_EQ(role.agents.size(), 1u);
  EXPECT_EQ(role.agents[0].reason, NoOfferReason::kConstraint);
  EXPECT_THAT(role.agents[0].subject, HasSubstr("rack text_equals 'r1'"));
}

TEST_F(ExplanationTest, ReservedForOthers) {
  AddFramework("f", InRoles({"r"}));
  AddAgent("a", With("cpus(eng):1;mem(ops):1"));
  ExpectReason(NoOfferReason::kReserved, "eng, ops");
}

TEST_F(ExplanationTest, CapabilitiesThatTheFrameworkLacks) {
  AddFramework("f", InRoles({"r"}));
  AddAgent("a", With(R(R"([{"name": "cpus", "type": "SCALAR", "scalar": {"value": 1},
                           "revocable": {}}])")));
  ExpectReason(NoOfferReason::kCapability, "REVOCABLE_RESOURCES");
}

TEST_F(ExplanationTest, QuotaLimits) {
  SetQuota("eng", "", {{"cpus", 0}});
  AddFramework("f", InRoles({"eng/web"}));
  AddAgent("a", With("cpus:1"));
  Batch();
  ExpectReason(NoOfferReason::kQuotaLimit, "eng");
}

TEST_F(ExplanationTest, HeadroomForGuarantees) {
  SetQuota("prod", "cpus:1");
  AddFramework("f", InRoles({"r"}));
  AddAgent("a", With("cpus:1"));
  Batch();
  ExpectReason(NoOfferReason::kHeadroom, "prod");
}

TEST_F(ExplanationTest, BelowTheMinimum) {
  AddFramework("f", Demanding("r", "cpus:2"));
  AddAgent("a", With("cpus:1"));
  ExpectReason(NoOfferReason::kBelowMinimum, "");
}

TEST_F(ExplanationTest, FilteredUntil) {
  AddFramework("f", InRoles({"r"}));
  AddAgent("a", With("cpus:1"));
  Triggered();
  Decline(allocations_[0], absl::Seconds(90));
  ExpectReason(NoOfferReason::kFiltered, "");
  EXPECT_EQ(Explain().agents[0].until, now_ + absl::Seconds(90));
  EXPECT_THAT(allocator_->Explain(FrameworkId("f"), now_)->ToString(),
              HasSubstr("until 1970-01-01T00:01:30"));
}

TEST_F(ExplanationTest, NothingStandsInTheWay) {
  AddFramework("f", InRoles({"r"}));
  AddAgent("a", With("cpus:1"));
  ExpectReason(NoOfferReason::kNext, "");
}

TEST_F(ExplanationTest, WhoTakesNoPartIsToldWhy) {
  AddAgent("a", With("cpus:1"));
  AddFramework("f", InRoles({"r"}));
  ASSERT_EQ(absl::OkStatus(), allocator_->Suppress(FrameworkId("f"), {}));
  EXPECT_EQ(Explain().idle, "suppressed");
  FrameworkAllocationState inactive = InRoles({"r"});
  inactive.active = false;
  ASSERT_EQ(absl::OkStatus(), allocator_->UpdateFramework(FrameworkId("f"), inactive));
  EXPECT_EQ(Explain().idle, "inactive");
  ASSERT_EQ(absl::OkStatus(), allocator_->UpdateFramework(FrameworkId("f"), InRoles({"r"})));
  ASSERT_EQ(absl::OkStatus(), allocator_->Request(FrameworkId("f"), "r", Q("cpus:1")));
  Batch();
  EXPECT_EQ(Explain().idle, "has all that it has asked for");
  ASSERT_EQ(absl::OkStatus(), allocator_->UpdateFramework(FrameworkId("f"), InRoles({"q"})));
  absl::StatusOr<AllocationExplanation> both = allocator_->Explain(FrameworkId("f"), now_);
  ASSERT_EQ(both->roles.size(), 2u);
  EXPECT_EQ(both->roles[1].idle, "no longer in this role");
}

TEST_F(ExplanationTest, SharesRanksAndWhoIsAhead) {
  AddAgent("a", With("cpus:10;mem:100"));
  AddAgent("b", With("cpus:10;mem:100"));
  for (const char* id : {"f1", "f2", "f3"}) AddFramework(id, InRoles({std::string("r") + id}));
  ASSERT_EQ(absl::OkStatus(), allocator_->UpdateWeights({{"rf1", 2}}));
  Triggered();
  Decline(Part(allocations_[0], "cpus:9;mem:50"), absl::Hours(1));
  const AllocationExplanation::Role role = Explain("f1");
  EXPECT_EQ(role.role, "rf1");
  EXPECT_EQ(role.weight, 2);
  EXPECT_DOUBLE_EQ(role.share, 0.25);
  EXPECT_EQ(role.dominant_resource, "mem");
  EXPECT_EQ(role.rank, 1u);
  EXPECT_THAT(role.ahead, ElementsAre("rf3:f3"));
  EXPECT_EQ(Explain("f3").rank, 0u);
  EXPECT_THAT(Explain("f3").ahead, IsEmpty());
  EXPECT_EQ(allocator_->Explain(FrameworkId("nobody"), now_).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(ExplanationTest, AgentsAreGroupedTheLargestFirst) {
  AddFramework("f", InRoles({"r"}));
  for (int i = 0; i < 5; ++i) AddAgent("g" + std::to_string(i), With("gpus:1"));
  AddAgent("a", With("cpus(eng):1"));
  const AllocationExplanation::Role role = Explain();
  ASSERT_EQ(role.agents.size(), 2u);
  EXPECT_EQ(role.agents[0].reason, NoOfferReason::kGpus);
  EXPECT_EQ(role.agents[0].count, 5u);
  EXPECT_EQ(role.agents[0].examples.size(), 3u);
  EXPECT_EQ(role.agents[1].count, 1u);
}

TEST_F(ExplanationTest, ToExplainChangesNothing) {
  HierarchicalAllocator twin{AllocatorOptions()};
  auto both = [&](auto tell) {
    ASSERT_EQ(absl::OkStatus(), tell(*allocator_));
    ASSERT_EQ(absl::OkStatus(), tell(twin));
  };
  for (int i = 0; i < 6; ++i) {
    const std::string n = std::to_string(i);
    both([&](Allocator& a) { return a.AddFramework(FrameworkId("f" + n), InRoles({"r" + n})); });
    both([&](Allocator& a) {
      return a.AddAgent(AgentId("a" + n), With("cpus:" + std::to_string(i + 1)), {});
    });
    ASSERT_TRUE(allocator_->Explain(FrameworkId("f0"), now_).ok());
    EXPECT_EQ(Describe(allocator_->Allocate(now_, i % 2 == 0)),
              Describe(twin.Allocate(now_, i % 2 == 0)));
  }
}

}  // namespace
}  // namespace mesos
