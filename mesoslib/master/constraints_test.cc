// What frameworks and operators say of the agents that may be offered: offer constraints, requests
// and the whitelist, from the call to the allocator.
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/allocator.h"
#include "mesos/leader_election.h"
#include "mesos/master.h"
#include "mesos/resource_quantities.h"
#include "mesoslib/master/master_fixture.h"
#include "mesoslib/testing/fake_leader_election.h"

namespace mesos {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using v1::scheduler::Call;
using v1::scheduler::Event;

// An allocator that offers nothing, knows no whitelist, and remembers what was requested.
class QuietAllocator final : public Allocator {
 public:
  absl::Status AddFramework(const FrameworkId&, FrameworkAllocationState) override { return {}; }
  absl::Status UpdateFramework(const FrameworkId&, FrameworkAllocationState) override { return {}; }
  absl::Status RemoveFramework(const FrameworkId&) override { return {}; }
  absl::Status AddAgent(const AgentId&, AgentAllocationState,
                        const std::vector<Allocation>&) override {
    return {};
  }
  absl::Status UpdateAgent(const AgentId&, AgentAllocationState) override { return {}; }
  absl::Status RemoveAgent(const AgentId&) override { return {}; }
  absl::Status Suppress(const FrameworkId&, const std::set<std::string>&) override { return {}; }
  absl::Status Revive(const FrameworkId&, const std::set<std::string>&) override { return {}; }
  absl::Status Recover(const Allocation&) override { return {}; }
  absl::Status Decline(const Allocation&, absl::Duration, absl::Time) override { return {}; }
  absl::Status Transform(const Allocation&, const Resources&) override { return {}; }
  std::vector<Allocation> Allocate(absl::Time, bool) override { return {}; }
  bool HasChanges() const override { return false; }
  absl::Status Request(const FrameworkId& id, const std::string& role,
                       const ResourceQuantities& wanted) override {
    requests.push_back(id.value() + " " + role + " " + wanted.ToString());
    return {};
  }

  std::vector<std::string> requests;
};

class ConstraintsTest : public MasterTest {
 protected:
  // Of the only role of a framework that says nothing of roles.
  static v1::scheduler::OfferConstraints OnlyHost(const std::string& regex,
                                                  const std::string& role = "*") {
    v1::scheduler::OfferConstraints constraints;
    auto* constraint =
        (*constraints.mutable_role_constraints())[role].add_groups()->add_attribute_constraints();
    constraint->mutable_selector()->set_pseudoattribute_type(
        v1::scheduler::AttributeConstraint::Selector::HOSTNAME);
    constraint->mutable_predicate()->mutable_text_matches()->set_regex(regex);
    return constraints;
  }

  static absl::Status Update(TestFramework& framework,
                             const v1::scheduler::OfferConstraints& constraints) {
    Call call;
    call.set_type(Call::UPDATE_FRAMEWORK);
    *call.mutable_update_framework()->mutable_framework_info() = framework.info;
    *call.mutable_update_framework()->mutable_offer_constraints() = constraints;
    return framework.Send(call);
  }

  static std::vector<std::string> Hosts(const std::vector<v1::Offer>& offers) {
    std::vector<std::string> hosts;
    for (const v1::Offer& offer : offers) hosts.push_back(offer.hostname());
    return hosts;
  }

  // Of the only framework.
  v1::master::Response::GetFrameworks::Framework Shown() {
    v1::master::Call call;
    call.set_type(v1::master::Call::GET_FRAMEWORKS);
    const v1::master::Response response = Operate(call).value();
    EXPECT_EQ(response.get_frameworks().frameworks_size(), 1);
    return response.get_frameworks().frameworks(0);
  }

  absl::Status SetWhitelist(std::optional<std::set<std::string>> hostnames) {
    absl::Status answer = absl::UnknownError("no answer");
    master_->UpdateWhitelist(std::move(hostnames),
                             [&](absl::Status status) { answer = std::move(status); });
    loop_.Settle();
    for (auto& framework : frameworks_) framework->Collect();
    return answer;
  }

  void NewMasterWith(std::unique_ptr<Allocator> allocator, LeaderElection* election = nullptr) {
    master_ = nullptr;
    allocator_ = std::move(allocator);
    MasterDependencies parts = {&loop_, random_.get(), store_.get(), allocator_.get()};
    parts.election = election;
    master_ = CreateMaster({}, parts).value();
    master_->Start([](absl::Status status) { EXPECT_TRUE(status.ok()) << status; });
    loop_.Settle();
  }
};

TEST_F(ConstraintsTest, AFrameworkIsOfferedTheAgentsItWants) {
  TestFramework& framework = NewFramework();
  framework.offer_constraints = OnlyHost("host[12]");
  framework.Subscribe();
  for (int i = 0; i < 4; ++i) AddAgent();
  Advance(absl::Seconds(1));
  EXPECT_THAT(Hosts(framework.TakeOffers()), ElementsAre("host1", "host2"));
  EXPECT_THAT(AddFramework().TakeOffers(), SizeIs(2)) << "another framework has the rest";
}

TEST_F(ConstraintsTest, ASubscriptionWithBadConstraintsIsRefused) {
  TestFramework& framework = NewFramework();
  framework.offer_constraints = OnlyHost("host[");
  framework.Subscribe();
  ASSERT_THAT(framework.others, SizeIs(1));
  EXPECT_EQ(framework.others[0].type(), Event::ERROR);
  EXPECT_THAT(framework.others[0].error().message(),
              HasSubstr("offer_constraints.role_constraints['*'].groups[0]."
                        "attribute_constraints[0].predicate.text_matches.regex is 'host['"));
  ASSERT_TRUE(framework.sink->closed.has_value());
  EXPECT_EQ(framework.sink->closed->code(), absl::StatusCode::kInvalidArgument);
  TestFramework& other = NewFramework();
  other.offer_constraints = OnlyHost("host1", "eng");
  other.Subscribe();
  EXPECT_THAT(other.others[0].error().message(),
              HasSubstr("role_constraints['eng'] is of a role that the framework does not have"));
}

TEST_F(ConstraintsTest, AnUpdateReplacesConstraintsAtOnce) {
  for (int i = 0; i < 3; ++i) AddAgent();
  TestFramework& framework = NewFramework();
  framework.offer_constraints = OnlyHost("host0");
  framework.Subscribe();
  EXPECT_THAT(Hosts(framework.TakeOffers()), ElementsAre("host0"));
  EXPECT_TRUE(Update(framework, OnlyHost("host2")).ok());
  EXPECT_THAT(Hosts(framework.TakeOffers()), ElementsAre("host2"));
  EXPECT_TRUE(Update(framework, {}).ok());
  EXPECT_THAT(Hosts(framework.TakeOffers()), ElementsAre("host1")) << "without any: all";
}

TEST_F(ConstraintsTest, ABadUpdateChangesNothing) {
  AddAgent();
  AddAgent();
  TestFramework& framework = NewFramework();
  framework.offer_constraints = OnlyHost("host0");
  framework.Subscribe();
  EXPECT_THAT(Hosts(framework.TakeOffers()), ElementsAre("host0"));
  framework.info.set_name("renamed");
  v1::scheduler::OfferConstraints bad;
  (*bad.mutable_role_constraints())["*"];
  const absl::Status status = Update(framework, bad);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("offer_constraints.role_constraints['*'].groups is empty"));
  EXPECT_EQ(Shown().framework_info().name(), "test");
  EXPECT_EQ(Shown().offer_constraints().SerializeAsString(), OnlyHost("host0").SerializeAsString());
  Advance(absl::Seconds(2));
  EXPECT_THAT(framework.TakeOffers(), IsEmpty()) << "of host1";
  EXPECT_FALSE(framework.sink->closed.has_value());
}

TEST_F(ConstraintsTest, ANewSubscriptionWithoutConstraintsClearsThem) {
  AddAgent();
  AddAgent();
  TestFramework& framework = NewFramework();
  framework.offer_constraints = OnlyHost("host0");
  framework.Subscribe();
  EXPECT_THAT(Hosts(framework.TakeOffers()), ElementsAre("host0"));
  framework.offer_constraints.Clear();
  framework.Subscribe();
  EXPECT_THAT(framework.TakeOffers(), SizeIs(2));
  EXPECT_FALSE(Shown().has_offer_constraints());
}

TEST_F(ConstraintsTest, OperatorsSeeTheConstraints) {
  TestFramework& framework = AddFramework();
  EXPECT_FALSE(Shown().has_offer_constraints());
  EXPECT_TRUE(Update(framework, OnlyHost("host7")).ok());
  EXPECT_EQ(Shown().offer_constraints().SerializeAsString(), OnlyHost("host7").SerializeAsString());
  v1::master::Call teardown;
  teardown.set_type(v1::master::Call::TEARDOWN);
  *teardown.mutable_teardown()->mutable_framework_id() = framework.info.id();
  EXPECT_TRUE(Operate(teardown).ok());
  v1::master::Call call;
  call.set_type(v1::master::Call::GET_FRAMEWORKS);
  EXPECT_TRUE(Operate(call)->get_frameworks().completed_frameworks(0).has_offer_constraints());
}

TEST_F(ConstraintsTest, ConstraintsOutliveADisconnection) {
  AddAgent();
  AddAgent();
  TestFramework& framework = NewFramework();
  framework.offer_constraints = OnlyHost("host0");
  framework.Subscribe();
  framework.session = nullptr;
  loop_.Settle();
  EXPECT_EQ(Shown().offer_constraints().role_constraints_size(), 1);
  framework.TakeOffers();
  framework.Subscribe();
  EXPECT_THAT(Hosts(framework.TakeOffers()), ElementsAre("host0"));
}

TEST_F(ConstraintsTest, RequestsReachTheAllocatorRoleByRole) {
  auto quiet = std::make_unique<QuietAllocator>();
  QuietAllocator& allocator = *quiet;
  NewMasterWith(std::move(quiet));
  TestFramework& framework = NewFramework();
  framework.info.add_capabilities()->set_type(v1::FrameworkInfo::Capability::MULTI_ROLE);
  framework.info.add_roles("eng");
  framework.info.add_roles("sci");
  framework.Subscribe();
  const std::string id = framework.info.id().value();
  Call call;
  call.set_type(Call::REQUEST);
  Resources::Parse("cpus:2;mem:64")
      .value()
      .ToProto(call.mutable_request()->add_requests()->mutable_resources());
  EXPECT_TRUE(framework.Send(call).ok());
  EXPECT_THAT(allocator.requests,
              ElementsAre(id + " eng cpus:2; mem:64", id + " sci cpus:2; mem:64"));
  allocator.requests.clear();
  call.mutable_request()->clear_requests();
  EXPECT_TRUE(framework.Send(call).ok());
  EXPECT_THAT(allocator.requests, ElementsAre(id + " eng ", id + " sci "));
  allocator.requests.clear();
  v1::Resource* bad = call.mutable_request()->add_requests()->add_resources();
  bad->set_name("cpus");
  bad->set_type(v1::Value::SCALAR);
  bad->mutable_scalar()->set_value(-1);
  EXPECT_EQ(framework.Send(call).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(allocator.requests, IsEmpty());
}

TEST_F(ConstraintsTest, OnlyListedAgentsAreOffered) {
  EXPECT_TRUE(SetWhitelist({{"host0"}}).ok());
  AddAgent();
  AddAgent();
  TestFramework& framework = AddFramework();
  EXPECT_THAT(Hosts(framework.TakeOffers()), ElementsAre("host0"));
  EXPECT_TRUE(SetWhitelist({{"host1"}}).ok());
  EXPECT_THAT(Hosts(framework.TakeOffers()), ElementsAre("host1"));
  EXPECT_THAT(framework.rescinded, IsEmpty()) << "what was offered stays";
  EXPECT_TRUE(agents_[0]->registered());
  AddAgent();
  EXPECT_TRUE(SetWhitelist(std::nullopt).ok());
  EXPECT_THAT(Hosts(framework.TakeOffers()), ElementsAre("host2"));
}

TEST_F(ConstraintsTest, TheWhitelistOutlivesTheTerm) {
  FakeLeaderElection election(&loop_);
  NewMasterWith(CreateHierarchicalAllocator({}).value(), &election);
  EXPECT_TRUE(SetWhitelist({{"host1"}}).ok());
  election.Depose();
  loop_.Settle();
  Advance(absl::Minutes(1));
  ASSERT_TRUE(election.HasLeader()) << "it leads again";
  AddAgent();
  AddAgent();
  EXPECT_THAT(Hosts(AddFramework().TakeOffers()), ElementsAre("host1"));
  master_ = nullptr;
  loop_.Settle();
}

TEST_F(ConstraintsTest, AnAllocatorWithoutWhitelistSaysSo) {
  NewMasterWith(std::make_unique<QuietAllocator>());
  EXPECT_EQ(SetWhitelist({{"host1"}}).code(), absl::StatusCode::kUnimplemented);
}

}  // namespace
}  // namespace mesos
