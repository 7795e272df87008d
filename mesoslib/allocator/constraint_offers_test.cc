// Agents that are kept from a framework by its offer constraints, and from all by the whitelist.
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "mesos/offer_constraints.h"
#include "mesoslib/allocator/testing.h"

namespace mesos {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// Allows what it is told to, and counts how often it is asked.
class CountingConstraints final : public OfferConstraints {
 public:
  explicit CountingConstraints(std::set<std::string> hostnames)
      : hostnames_(std::move(hostnames)) {}

  bool Allow(absl::string_view role, const v1::AgentInfo& agent) const override {
    ++asked_[absl::StrCat(role, " ", agent.hostname())];
    return hostnames_.contains(agent.hostname());
  }
  std::string Explain(absl::string_view, const v1::AgentInfo&) const override { return ""; }

  const std::map<std::string, int>& asked() const { return asked_; }

 private:
  const std::set<std::string> hostnames_;
  mutable std::map<std::string, int> asked_;
};

class ConstraintOffersTest : public AllocatorTest {
 protected:
  static AgentAllocationState At(const std::string& hostname) {
    AgentAllocationState state = With("cpus:4;mem:64");
    state.info.set_hostname(hostname);
    return state;
  }

  static FrameworkAllocationState Wanting(std::set<std::string> hostnames,
                                          std::set<std::string> roles = {"eng"}) {
    FrameworkAllocationState state = InRoles(std::move(roles));
    state.offer_constraints = std::make_shared<CountingConstraints>(std::move(hostnames));
    return state;
  }

  static const CountingConstraints& Counted(const FrameworkAllocationState& state) {
    return static_cast<const CountingConstraints&>(*state.offer_constraints);
  }

  void UpdateFramework(const std::string& id, FrameworkAllocationState state) {
    ASSERT_EQ(absl::OkStatus(), allocator_->UpdateFramework(FrameworkId(id), std::move(state)));
  }
  void UpdateAgent(const std::string& id, AgentAllocationState state) {
    ASSERT_EQ(absl::OkStatus(), allocator_->UpdateAgent(AgentId(id), std::move(state)));
  }
  void SetWhitelist(std::optional<std::set<std::string>> hostnames) {
    ASSERT_EQ(absl::OkStatus(), allocator_->UpdateWhitelist(hostnames));
  }
};

TEST_F(ConstraintOffersTest, AgentsThatConstraintsRuleOutAreNotOffered) {
  AddFramework("f", Wanting({"h2"}));
  AddAgent("a1", At("h1"));
  AddAgent("a2", At("h2"));
  EXPECT_THAT(Triggered(), ElementsAre("f eng a2 cpus:4; mem:64"));
  AddFramework("g", InRoles({"eng"}));
  EXPECT_THAT(Triggered(), ElementsAre("g eng a1 cpus:4; mem:64")) << "others have them";
}

TEST_F(ConstraintOffersTest, CompiledConstraintsAreHeededRoleByRole) {
  v1::scheduler::OfferConstraints wanted;
  auto* constraint =
      (*wanted.mutable_role_constraints())["eng"].add_groups()->add_attribute_constraints();
  constraint->mutable_selector()->set_attribute_name("rack");
  constraint->mutable_predicate()->mutable_text_equals()->set_value("r1");
  FrameworkAllocationState state = InRoles({"eng", "sci"});
  state.suppressed_roles = {"sci"};
  state.offer_constraints = CompileOfferConstraints(wanted, state.roles).value();
  AddFramework("f", state);
  AddAgent("a1", At("h1"));
  AgentAllocationState racked = At("h2");
  v1::Attribute* rack = racked.info.add_attributes();
  rack->set_name("rack");
  rack->set_type(v1::Value::TEXT);
  rack->mutable_text()->set_value("r1");
  AddAgent("a2", racked);
  EXPECT_THAT(Triggered(), ElementsAre("f eng a2 cpus:4; mem:64"));
  ASSERT_EQ(absl::OkStatus(), allocator_->Revive(FrameworkId("f"), {"sci"}));
  EXPECT_THAT(Triggered(), ElementsAre("f sci a1 cpus:4; mem:64"));
}

TEST_F(ConstraintOffersTest, ReservationsDoNotOpenAnAgentThatIsRuledOut) {
  AddFramework("f", Wanting({"h2"}));
  AgentAllocationState state = At("h1");
  state.total = R("cpus(eng):4");
  AddAgent("a1", state);
  EXPECT_THAT(Batch(), IsEmpty());
}

TEST_F(ConstraintOffersTest, OtherConstraintsAreHeededAtOnce) {
  AddFramework("f", Wanting({"h2"}));
  AddAgent("a1", At("h1"));
  AddAgent("a2", At("h2"));
  EXPECT_THAT(Triggered(), ElementsAre("f eng a2 cpus:4; mem:64"));
  EXPECT_FALSE(allocator_->HasChanges());
  UpdateFramework("f", Wanting({"h1"}));
  EXPECT_TRUE(allocator_->HasChanges());
  EXPECT_THAT(Triggered(), ElementsAre("f eng a1 cpus:4; mem:64"));
  for (const Allocation& allocation : allocations_) Decline(allocation, absl::ZeroDuration());
  UpdateFramework("f", Wanting({"h3"}));
  EXPECT_THAT(Batch(), IsEmpty());
  UpdateFramework("f", InRoles({"eng"}));
  EXPECT_THAT(Triggered(), ElementsAre("f eng a1 cpus:4; mem:64")) << "none: any agent";
}

TEST_F(ConstraintOffersTest, OtherConstraintsLeaveFiltersAsTheyAre) {
  AddFramework("f", Wanting({"h1"}));
  AddAgent("a1", At("h1"));
  EXPECT_THAT(Triggered(), ElementsAre("f eng a1 cpus:4; mem:64"));
  Decline(allocations_[0], absl::Seconds(10));
  UpdateFramework("f", Wanting({"h1", "h2"}));
  EXPECT_THAT(Batch(), IsEmpty());
  now_ += absl::Seconds(10);
  EXPECT_THAT(Batch(), ElementsAre("f eng a1 cpus:4; mem:64"));
}

TEST_F(ConstraintOffersTest, ConstraintsAreAskedOnceForEachAgent) {
  FrameworkAllocationState state = Wanting({"h1"}, {"eng", "sci"});
  AddFramework("f", state);
  AddAgent("a1", At("h1"));
  AddAgent("a2", At("h2"));
  for (int i = 0; i < 5; ++i) {
    for (const std::string& offer : Batch()) EXPECT_THAT(offer, testing::HasSubstr(" a1 "));
    for (const Allocation& allocation : allocations_) {
      Decline(allocation, absl::ZeroDuration());
    }
    UpdateFramework("f", state);
    UpdateAgent("a2", With(i % 2 == 0 ? "cpus:4;mem:64" : "cpus:8;mem:64"));
    UpdateAgent("a2", At("h2"));
  }
  std::map<std::string, int> asked = Counted(state).asked();
  EXPECT_EQ(asked["eng h1"], 1);
  EXPECT_EQ(asked["sci h1"], 1);
  EXPECT_GT(asked["eng h2"], 1) << "the agent had no hostname meanwhile";
}

TEST_F(ConstraintOffersTest, AnAgentThatIsDescribedAnewIsAskedForAnew) {
  FrameworkAllocationState state = Wanting({"h2"});
  AddFramework("f", state);
  AddAgent("a1", At("h1"));
  EXPECT_THAT(Batch(), IsEmpty());
  UpdateAgent("a1", At("h2"));
  EXPECT_THAT(Triggered(), ElementsAre("f eng a1 cpus:4; mem:64"));
  Recover(allocations_[0]);
  UpdateAgent("a1", At("h1"));
  EXPECT_THAT(Batch(), IsEmpty());
  ASSERT_EQ(absl::OkStatus(), allocator_->RemoveAgent(AgentId("a1")));
  AddAgent("a2", At("h2"));
  EXPECT_THAT(Triggered(), ElementsAre("f eng a2 cpus:4; mem:64")) << "in the place of the first";
}

TEST_F(ConstraintOffersTest, ARoleThatIsLeftTakesItsConstraintsAlong) {
  AddFramework("f", Wanting({"h2"}));
  AddAgent("a1", At("h1"));
  EXPECT_THAT(Batch(), IsEmpty());
  ASSERT_EQ(absl::OkStatus(), allocator_->RemoveFramework(FrameworkId("f")));
  AddFramework("g", InRoles({"eng"}));
  EXPECT_THAT(Triggered(), ElementsAre("g eng a1 cpus:4; mem:64")) << "in the place of the first";
  Recover(allocations_[0]);
  UpdateFramework("g", Wanting({"h1"}, {"sci"}));
  EXPECT_THAT(Triggered(), ElementsAre("g sci a1 cpus:4; mem:64"));
}

TEST_F(ConstraintOffersTest, AFrameworkThatIsGoneLeavesNoConstraintsBehind) {
  FrameworkAllocationState state = Wanting({"h1"});
  const std::weak_ptr<const OfferConstraints> constraints = state.offer_constraints;
  AddFramework("f", state);
  state.offer_constraints = nullptr;
  AddAgent("a1", At("h1"));
  EXPECT_THAT(Triggered(), ElementsAre("f eng a1 cpus:4; mem:64"));
  EXPECT_FALSE(constraints.expired());
  ASSERT_EQ(absl::OkStatus(), allocator_->RemoveFramework(FrameworkId("f")));
  EXPECT_TRUE(constraints.expired()) << "though it still holds something";
}

TEST_F(ConstraintOffersTest, AgentsThatAreNotListedAreNotOffered) {
  SetWhitelist({{"h2", "h3"}});
  AddFramework("f", InRoles({"eng"}));
  AddAgent("a1", At("h1"));
  AddAgent("a2", At("h2"));
  EXPECT_THAT(Batch(), ElementsAre("f eng a2 cpus:4; mem:64"));
  SetWhitelist({{"h1", "h3"}});
  EXPECT_TRUE(allocator_->HasChanges());
  EXPECT_THAT(Triggered(), ElementsAre("f eng a1 cpus:4; mem:64"));
  for (const Allocation& allocation : std::vector<Allocation>(allocations_)) Recover(allocation);
  SetWhitelist(std::set<std::string>());
  EXPECT_THAT(Batch(), IsEmpty()) << "nobody is listed";
  SetWhitelist(std::nullopt);
  EXPECT_THAT(Triggered(), ElementsAre("f eng a1 cpus:4; mem:64"));
}

TEST_F(ConstraintOffersTest, WhatAnUnlistedAgentHoldsStaysHeldAndIsNotOfferedWhenItIsFree) {
  AddFramework("f", InRoles({"eng"}));
  AddAgent("a1", At("h1"));
  EXPECT_THAT(Triggered(), ElementsAre("f eng a1 cpus:4; mem:64"));
  const Allocation held = allocations_[0];
  SetWhitelist(std::set<std::string>());
  Recover(Part(held, "cpus:1"));
  Decline(Part(held, "cpus:1"), absl::ZeroDuration());
  EXPECT_FALSE(allocator_->HasChanges());
  EXPECT_THAT(Batch(), IsEmpty());
  SetWhitelist({{"h1"}});
  EXPECT_THAT(Triggered(), ElementsAre("f eng a1 cpus:2"));
}

TEST_F(ConstraintOffersTest, AnotherHostnameMayBeListed) {
  SetWhitelist({{"h2"}});
  AddFramework("f", InRoles({"eng"}));
  AddAgent("a1", At("h1"));
  EXPECT_THAT(Batch(), IsEmpty());
  UpdateAgent("a1", At("h2"));
  EXPECT_THAT(Triggered(), ElementsAre("f eng a1 cpus:4; mem:64"));
  Recover(allocations_[0]);
  UpdateAgent("a1", At("h1"));
  EXPECT_THAT(Batch(), IsEmpty());
}

TEST_F(ConstraintOffersTest, AListedAgentThatIsInactiveIsNotOffered) {
  SetWhitelist(std::set<std::string>());
  AddFramework("f", InRoles({"eng"}));
  AgentAllocationState state = At("h1");
  state.active = false;
  AddAgent("a1", state);
  SetWhitelist({{"h1"}});
  EXPECT_THAT(Batch(), IsEmpty());
  UpdateAgent("a1", At("h1"));
  EXPECT_THAT(Triggered(), ElementsAre("f eng a1 cpus:4; mem:64"));
}

// What is free on agents that are not offered makes nobody wait for it: the kinds that are used up
// elsewhere are the same as if those agents were not there.
TEST_F(ConstraintOffersTest, RandomHistoriesOfferNothingThatIsRuledOutAndAllElse) {
  std::mt19937 random(7);
  auto pick = [&](int n) { return static_cast<int>(random() % n); };
  auto hosts = [&] {
    std::set<std::string> hostnames;
    for (int i = 0; i < 4; ++i) {
      if (pick(2) == 0) hostnames.insert(absl::StrCat("h", i));
    }
    return hostnames;
  };
  std::map<std::string, std::set<std::string>> wanted;  // By framework.
  std::map<std::string, std::string> host_of;           // By agent.
  std::optional<std::set<std::string>> whitelist;
  std::vector<Allocation> held;
  for (int i = 0; i < 4; ++i) {
    wanted[absl::StrCat("f", i)] = hosts();
    AddFramework(absl::StrCat("f", i), Wanting(wanted[absl::StrCat("f", i)]));
    host_of[absl::StrCat("a", i)] = absl::StrCat("h", i);
    AddAgent(absl::StrCat("a", i), At(absl::StrCat("h", i)));
  }
  int offers = 0;
  for (int step = 0; step < 3000; ++step) {
    const std::string framework = absl::StrCat("f", pick(4));
    const std::string agent = absl::StrCat("a", pick(4));
    switch (pick(5)) {
      case 0:
        wanted[framework] = hosts();
        UpdateFramework(framework, Wanting(wanted[framework]));
        break;
      case 1:
        host_of[agent] = absl::StrCat("h", pick(4));
        UpdateAgent(agent, At(host_of[agent]));
        break;
      case 2:
        whitelist = pick(3) == 0 ? std::nullopt : std::optional(hosts());
        SetWhitelist(whitelist);
        break;
      default:
        if (held.empty()) break;
        std::swap(held[pick(static_cast<int>(held.size()))], held.back());
        Recover(held.back());
        held.pop_back();
    }
    for (const Allocation& allocation : Run(/*batch=*/false)) {
      const std::string& host = host_of[allocation.agent.value()];
      ASSERT_TRUE(wanted[allocation.framework.value()].contains(host)) << step;
      ASSERT_TRUE(!whitelist.has_value() || whitelist->contains(host)) << step;
      held.push_back(allocation);
      ++offers;
    }
    // Each agent is held whole, unless nobody may have it.
    for (const auto& [id, host] : host_of) {
      const bool is_held =
          std::any_of(held.begin(), held.end(), [&id = id](const Allocation& allocation) {
            return allocation.agent.value() == id;
          });
      const bool is_wanted =
          (!whitelist.has_value() || whitelist->contains(host)) &&
          std::any_of(wanted.begin(), wanted.end(),
                      [&host = host](const auto& entry) { return entry.second.contains(host); });
      ASSERT_TRUE(is_held || !is_wanted) << id << " at " << host << " in step " << step;
    }
  }
  EXPECT_GT(offers, 300);
}

}  // namespace
}  // namespace mesos
