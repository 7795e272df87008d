// What offers tell, and who is offered what, where the agent is one of a test's own.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "mesoslib/master/master_fixture.h"

namespace mesos {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class OffersTest : public MasterTest {
 protected:
  using Register = internal::AgentMessage::Register;

  // An agent that says this of itself.
  void RegisterAgent(const std::string& text) {
    heard_ = std::make_shared<RecordingSink<internal::MasterMessage>>();
    session_ = master_->agents().Open(heard_, {});
    internal::AgentMessage message;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
        absl::StrCat("agent { hostname: 'h' port: 5051 ", text,
                     " } version: '1.12.0' capabilities { type: RESERVATION_REFINEMENT }"
                     " capabilities { type: MULTI_ROLE }"),
        message.mutable_register_()));
    session_->Send(message);
    loop_.Settle();
  }

  TestFramework& FrameworkWith(const std::string& text) {
    TestFramework& framework = NewFramework();
    EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(text, &framework.info));
    framework.Subscribe();
    return framework;
  }

  std::shared_ptr<RecordingSink<internal::MasterMessage>> heard_;
  std::unique_ptr<Session<internal::AgentMessage>> session_;
};

constexpr char kCpus[] = "resources { name: 'cpus' type: SCALAR scalar { value: 4 } } ";

TEST_F(OffersTest, AnOfferTellsOfItsAgent) {
  MasterOptions options;
  const std::string domain = "fault_domain { region { name: 'north' } zone { name: 'north-1' } }";
  options.domain.emplace();
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(domain, &*options.domain));
  NewMaster(options);
  RegisterAgent(absl::StrCat(kCpus,
                             "resources { name: 'disk' type: SCALAR scalar { value: 100 }"
                             "  disk { source { type: MOUNT mount { root: '/mnt/fast' } } } } ",
                             "attributes { name: 'rack' type: TEXT text { value: 'r7' } } "
                             "attributes { name: 'age' type: SCALAR scalar { value: 3 } } "
                             "attributes { name: 'rack' type: TEXT text { value: 'r8' } } ",
                             "domain { ", domain, " }"));
  TestFramework& framework = FrameworkWith("roles: 'web' capabilities { type: MULTI_ROLE }");
  const std::vector<v1::Offer> offers = framework.TakeOffers();
  ASSERT_THAT(offers, SizeIs(1));
  const v1::Offer& offer = offers[0];
  EXPECT_EQ(offer.hostname(), "h");
  EXPECT_EQ(offer.framework_id().value(), framework.info.id().value());
  EXPECT_EQ(offer.allocation_info().role(), "web");
  // As many of a name as there are, in the agent's order.
  ASSERT_EQ(offer.attributes_size(), 3);
  EXPECT_EQ(offer.attributes(0).text().value(), "r7");
  EXPECT_EQ(offer.attributes(1).scalar().value(), 3);
  EXPECT_EQ(offer.attributes(2).text().value(), "r8");
  EXPECT_EQ(offer.domain().fault_domain().zone().name(), "north-1");
  bool mounted = false;
  for (const v1::Resource& resource : offer.resources()) {
    mounted |= resource.disk().source().mount().root() == "/mnt/fast";
  }
  EXPECT_TRUE(mounted) << offer.ShortDebugString();
}

TEST_F(OffersTest, ADomainNeedsAMasterThatHasOne) {
  RegisterAgent(absl::StrCat(kCpus, "domain { fault_domain { region { name: 'north' } } }"));
  ASSERT_THAT(heard_->events, SizeIs(1));
  EXPECT_THAT(heard_->events[0].shutdown().message(),
              HasSubstr("agent.domain is set, but the master has none"));
}

TEST_F(OffersTest, WhoKnowsNoRefinementSeesTheOlderReservations) {
  RegisterAgent(
      "resources { name: 'cpus' type: SCALAR scalar { value: 4 }"
      "  reservations { type: STATIC role: 'web' } }");
  TestFramework& old = FrameworkWith("roles: 'web' capabilities { type: MULTI_ROLE }");
  std::vector<v1::Offer> offers = old.TakeOffers();
  ASSERT_THAT(offers, SizeIs(1));
  EXPECT_EQ(offers[0].resources(0).role(), "web");
  EXPECT_EQ(offers[0].resources(0).reservations_size(), 0);
  old.Decline(offers[0], 3600);
  TestFramework& modern = FrameworkWith(
      "roles: 'web' capabilities { type: MULTI_ROLE } capabilities { type: RESERVATION_REFINEMENT "
      "}");
  Advance(absl::Seconds(10));
  offers = modern.TakeOffers();
  ASSERT_THAT(offers, SizeIs(1));
  EXPECT_FALSE(offers[0].resources(0).has_role());
  ASSERT_EQ(offers[0].resources(0).reservations_size(), 1);
  EXPECT_EQ(offers[0].resources(0).reservations(0).role(), "web");
}

TEST_F(OffersTest, AFrameworkSaysHowSmallItsOffersMayBe) {
  TestFramework& choosy = FrameworkWith(
      "roles: 'web' capabilities { type: MULTI_ROLE } offer_filters { key: 'web' value {"
      "  min_allocatable_resources { quantities {"
      "    quantities { key: 'cpus' value { value: 8 } } } } } }");
  RegisterAgent(kCpus);
  Advance(absl::Seconds(10));
  EXPECT_THAT(choosy.TakeOffers(), IsEmpty());
  EXPECT_EQ(choosy.Error(), "");
  TestFramework& other = AddFramework();
  Advance(absl::Seconds(10));
  EXPECT_THAT(other.TakeOffers(), SizeIs(1));
}

TEST_F(OffersTest, OnlyListedRolesAreTaken) {
  MasterOptions options;
  options.roles = {"web"};
  NewMaster(options);
  RegisterAgent(kCpus);
  TestFramework& refused = FrameworkWith("roles: 'batch' capabilities { type: MULTI_ROLE }");
  EXPECT_THAT(refused.Error(), HasSubstr("batch"));
  TestFramework& taken = FrameworkWith("roles: 'web' capabilities { type: MULTI_ROLE }");
  EXPECT_EQ(taken.Error(), "");
  EXPECT_THAT(taken.TakeOffers(), SizeIs(1));
}

TEST_F(OffersTest, ASchedulerShutsAnExecutorDown) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  RunTask(framework, "t");
  v1::scheduler::Call call;
  call.set_type(v1::scheduler::Call::SHUTDOWN);
  call.mutable_shutdown()->mutable_agent_id()->set_value(agent.id());
  call.mutable_shutdown()->mutable_executor_id()->set_value("e");
  EXPECT_EQ(framework.Send(call), absl::OkStatus());
  ASSERT_FALSE(agent.heard().empty());
  EXPECT_EQ(agent.heard().back().shutdown_executor().executor_id().value(), "e");
  EXPECT_EQ(agent.heard().back().shutdown_executor().framework_id().value(),
            framework.info.id().value());
}

}  // namespace
}  // namespace mesos
