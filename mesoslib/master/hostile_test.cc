// Frameworks that mean harm, by the numbers of the attacks: what they say is refused by name, harms
// no other framework, and on no agent is anything lost or made of it.
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/offer_constraints.h"
#include "mesos/resources.h"
#include "mesoslib/master/call_validation.h"
#include "mesoslib/master/label_validation.h"
#include "mesoslib/master/master_fixture.h"

namespace mesos {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Property;
using ::testing::SizeIs;
using v1::scheduler::Call;
using v1::scheduler::Event;
using Operation = v1::Offer::Operation;

constexpr char kAll[] = "cpus:4; disk:1000; mem:4096; ports:[1-100]";

class HostileTest : public MasterTest {
 protected:
  SimulatedAgent& AddWholeAgent() { return AddAgent({.resources = kAll}); }

  TestFramework& FrameworkOf(std::vector<std::string> roles) {
    TestFramework& framework = NewFramework();
    framework.info.add_capabilities()->set_type(v1::FrameworkInfo::Capability::MULTI_ROLE);
    framework.info.add_capabilities()->set_type(
        v1::FrameworkInfo::Capability::RESERVATION_REFINEMENT);
    for (std::string& role : roles) framework.info.add_roles(std::move(role));
    framework.Subscribe();
    return framework;
  }

  // The message of the ERROR that a subscription was answered with; "": there was none.
  // What the framework is offered once all filters are over: all that is free, and nothing else.
  std::string OfferedAgain(TestFramework& framework) {
    Advance(absl::Seconds(7));
    std::vector<v1::Offer> offers = framework.TakeOffers();
    if (offers.empty()) return "nothing";
    latest_ = offers.back();
    return Text(latest_);
  }

  // Tries something with an offer of everything, and returns the only update that it was answered
  // with. Afterwards everything is offered again, whatever it was.
  v1::TaskStatus Try(TestFramework& framework, const v1::TaskInfo& task) {
    std::vector<v1::Offer> offers = framework.TakeOffers();
    if (offers.empty()) offers.push_back(latest_);
    EXPECT_EQ(Text(offers.back()), kAll);
    framework.Launch({offers.back()}, {task}, 0);
    Check();
    std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
    EXPECT_THAT(updates, SizeIs(1));
    EXPECT_EQ(OfferedAgain(framework), kAll);
    return updates.empty() ? v1::TaskStatus() : updates[0];
  }

  static v1::Resource Ports(const std::vector<std::pair<uint64_t, uint64_t>>& ranges) {
    v1::Resource ports;
    ports.set_name("ports");
    ports.set_type(v1::Value::RANGES);
    for (const auto& [begin, end] : ranges) {
      auto* range = ports.mutable_ranges()->add_range();
      range->set_begin(begin);
      range->set_end(end);
    }
    return ports;
  }

  static Call AcceptCall(const std::vector<v1::Offer>& offers, const std::vector<Operation>& todo) {
    Call call;
    call.set_type(Call::ACCEPT);
    for (const v1::Offer& offer : offers) *call.mutable_accept()->add_offer_ids() = offer.id();
    for (const Operation& operation : todo) *call.mutable_accept()->add_operations() = operation;
    call.mutable_accept()->mutable_filters()->set_refuse_seconds(0);
    return call;
  }

  v1::Offer latest_;
};

// -- Expressions that take time or memory --

v1::scheduler::OfferConstraints HostnameMatches(const std::string& regex, int times = 1) {
  v1::scheduler::OfferConstraints constraints;
  auto* group = (*constraints.mutable_role_constraints())["*"].add_groups();
  for (int i = 0; i < times; ++i) {
    auto* constraint = group->add_attribute_constraints();
    constraint->mutable_selector()->set_pseudoattribute_type(
        v1::scheduler::AttributeConstraint::Selector::HOSTNAME);
    constraint->mutable_predicate()->mutable_text_matches()->set_regex(regex);
  }
  return constraints;
}

// With an engine that backtracks, the first round of offers would never end.
TEST_F(HostileTest, Case10_ExpressionsThatBacktrackAreMatchedInLinearTime) {
  AddAgent({.hostname = std::string(200, 'a')});
  for (const char* bomb : {"(a*)*b", "(a|a)*b", "(a|aa)+$b", "(.*)(.*)(.*)(.*)(.*)(.*)[^a]"}) {
    TestFramework& framework = NewFramework();
    framework.offer_constraints = HostnameMatches(bomb);
    framework.Subscribe();
    EXPECT_EQ(framework.Error(), "") << bomb;
    Advance(absl::Seconds(2));
    EXPECT_THAT(framework.TakeOffers(), IsEmpty()) << bomb;
  }
  EXPECT_THAT(AddFramework().TakeOffers(), SizeIs(1)) << "others notice nothing";
}

TEST_F(HostileTest, Case10_ExpressionsThatGrowAreRefusedAndTheirFrameworkIsNotThere) {
  AddAgent();
  const struct {
    v1::scheduler::OfferConstraints constraints;
    std::string error;
  } cases[] = {
      {HostnameMatches("((a{1,100}){1,100}){1,100}"), "invalid repetition size"},
      {HostnameMatches("(?i)[\\pL\\pN]{100}"), "expected a smaller one"},
      {HostnameMatches(std::string(kMaxOfferConstraintRegexBytes + 1, 'a')), "expected at most"},
      {HostnameMatches(std::string(500, '(')), "as RE2 has them"},
      {HostnameMatches("(a)\\1"), "as RE2 has them"},
      {HostnameMatches("a", kMaxOfferConstraintRegexes + 1), "one too many"},
      {HostnameMatches("a", kMaxOfferConstraints + 1), "one too many"},
  };
  for (const auto& c : cases) {
    TestFramework& framework = NewFramework();
    framework.offer_constraints = c.constraints;
    framework.Subscribe();
    EXPECT_THAT(framework.Error(), AllOf(HasSubstr("offer_constraints"), HasSubstr(c.error)));
    EXPECT_FALSE(framework.info.has_id());
  }
  TestFramework& framework = AddFramework();
  EXPECT_THAT(framework.TakeOffers(), SizeIs(1));
  Call call;
  call.set_type(Call::UPDATE_FRAMEWORK);
  *call.mutable_update_framework()->mutable_framework_info() = framework.info;
  *call.mutable_update_framework()->mutable_offer_constraints() = cases[0].constraints;
  EXPECT_EQ(framework.Send(std::move(call)).code(), absl::StatusCode::kInvalidArgument);
}

// -- What belongs to others --

TEST_F(HostileTest, Case11_WhatIsAnothersIsNotTold) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& owner = AddFramework();
  RunTask(owner, "t1");
  TestFramework& thief = AddFramework();
  thief.TakeUpdates();
  for (const std::string& agent_id : {std::string(), agent.id()}) {
    thief.Reconcile("t1", agent_id);
    const std::vector<v1::TaskStatus> updates = thief.TakeUpdates();
    ASSERT_THAT(updates, SizeIs(1));
    EXPECT_NE(updates[0].state(), v1::TASK_RUNNING);
    EXPECT_FALSE(updates[0].has_container_status());
    EXPECT_FALSE(updates[0].has_executor_id());
  }
  thief.Reconcile("");
  EXPECT_THAT(thief.TakeUpdates(), IsEmpty());
}

TEST_F(HostileTest, Case11_ACallInAnothersNameChangesNothing) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& owner = AddFramework();
  const std::string id = RunTask(owner, "t1");
  TestFramework& thief = AddFramework();
  const std::string thief_id = thief.info.id().value();
  *thief.info.mutable_id() = owner.info.id();
  for (const Call::Type type : {Call::TEARDOWN, Call::REVIVE, Call::SUPPRESS}) {
    EXPECT_FALSE(thief.Send(type).ok()) << Call::Type_Name(type);
  }
  Call kill;
  kill.set_type(Call::KILL);
  kill.mutable_kill()->mutable_task_id()->set_value("t1");
  EXPECT_FALSE(thief.Send(std::move(kill)).ok());
  Check();
  EXPECT_EQ(agent.task_count(), 1u);
  EXPECT_THAT(owner.TakeUpdates(), IsEmpty());
  owner.Reconcile("t1", id);
  EXPECT_EQ(owner.TakeUpdates()[0].state(), v1::TASK_RUNNING);
  thief.info.mutable_id()->set_value(thief_id);
}

TEST_F(HostileTest, Case11_WhatIsSaidTwiceHappensOnce) {
  SimulatedAgent& agent = AddAgent();
  TestFramework& framework = AddFramework();
  std::vector<v1::Offer> offers = framework.TakeOffers();
  const v1::TaskInfo task = framework.Task("t1", "cpus:1;mem:64", agent.id());
  framework.Launch(offers, {task});
  const v1::TaskStatus running = framework.TakeUpdates()[0];
  EXPECT_EQ(running.state(), v1::TASK_RUNNING);
  framework.Launch(offers, {task});
  EXPECT_EQ(framework.TakeUpdates()[0].state(), v1::TASK_DROPPED);
  EXPECT_EQ(agent.task_count(), 1u);
  for (int i = 0; i < 3; ++i) framework.Acknowledge(running);
  framework.Decline(offers[0], 0);
  Check();
  EXPECT_EQ(agent.task_count(), 1u);
}

TEST_F(HostileTest, Case11_AnothersExecutorAndOperationAreOutOfReach) {
  SimulatedAgent& agent = AddWholeAgent();
  TestFramework& owner = FrameworkOf({"eng"});
  v1::TaskInfo task = owner.Task("t1", "cpus:1;mem:64", agent.id());
  task.clear_command();
  task.mutable_executor()->mutable_executor_id()->set_value("e");
  task.mutable_executor()->mutable_command()->set_value("run");
  Operation reserve;
  reserve.set_type(Operation::RESERVE);
  reserve.mutable_id()->set_value("o1");
  ResourceEntry::Reservation reservation;
  reservation.set_type(ResourceEntry::Reservation::DYNAMIC);
  reservation.set_role("eng");
  Resources::Parse("disk:10")
      .value()
      .PushReservation(reservation)
      .value()
      .ToProto(reserve.mutable_reserve()->mutable_resources());
  Operation launch;
  launch.set_type(Operation::LAUNCH);
  *launch.mutable_launch()->add_task_infos() = task;
  ASSERT_TRUE(owner.Send(AcceptCall(owner.TakeOffers(), {reserve, launch})).ok());
  EXPECT_EQ(owner.TakeUpdates()[0].state(), v1::TASK_RUNNING);
  v1::OperationStatus status;
  for (const Event& event : owner.others) {
    if (event.type() == Event::UPDATE_OPERATION_STATUS) {
      status = event.update_operation_status().status();
    }
  }
  ASSERT_EQ(status.state(), v1::OPERATION_FINISHED);
  ASSERT_THAT(agent.operations(), SizeIs(1));

  TestFramework& thief = FrameworkOf({"eng"});
  const size_t heard = agent.heard().size();
  Call shutdown;
  shutdown.set_type(Call::SHUTDOWN);
  shutdown.mutable_shutdown()->mutable_executor_id()->set_value("e");
  shutdown.mutable_shutdown()->mutable_agent_id()->set_value(agent.id());
  thief.Send(std::move(shutdown)).IgnoreError();
  Call acknowledge;
  acknowledge.set_type(Call::ACKNOWLEDGE_OPERATION_STATUS);
  auto* body = acknowledge.mutable_acknowledge_operation_status();
  *body->mutable_agent_id() = status.agent_id();
  *body->mutable_operation_id() = status.operation_id();
  body->set_uuid(status.uuid().value());
  thief.Send(std::move(acknowledge)).IgnoreError();
  Check();
  EXPECT_THAT(agent.operations(), SizeIs(1)) << "it is not acknowledged";
  EXPECT_EQ(agent.task_count(), 1u);
  // What reaches the agent at all is of the thief's own.
  for (size_t i = heard; i < agent.heard().size(); ++i) {
    EXPECT_THAT(agent.heard()[i].ShortDebugString(),
                ::testing::Not(HasSubstr(owner.info.id().value())));
  }
}

// -- Offers and resources that are not --

TEST_F(HostileTest, Case12_AnOfferNamedTwiceOrRescindedIsOfNoUse) {
  SimulatedAgent& agent = AddWholeAgent();
  TestFramework& framework = AddFramework();
  const v1::TaskInfo task = framework.Task("t", "cpus:1;mem:64", agent.id());
  std::vector<v1::Offer> offers = framework.TakeOffers();
  ASSERT_THAT(offers, SizeIs(1));
  framework.Launch({offers[0], offers[0]}, {task}, 0);
  std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_DROPPED);
  EXPECT_EQ(updates[0].reason(), v1::TaskStatus::REASON_INVALID_OFFERS);
  EXPECT_THAT(updates[0].message(), HasSubstr("named twice"));
  Check();
  EXPECT_EQ(OfferedAgain(framework), kAll);

  agent.Disconnect();  // Its offers are rescinded.
  Advance(absl::Seconds(1));
  EXPECT_THAT(framework.rescinded, testing::Contains(latest_.id().value()));
  agent.Connect();
  loop_.Settle();
  framework.Launch({latest_}, {task}, 0);
  updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].reason(), v1::TaskStatus::REASON_INVALID_OFFERS);
  Check();
  EXPECT_EQ(agent.task_count(), 0u);
  EXPECT_EQ(OfferedAgain(framework), kAll);
}

TEST_F(HostileTest, Case12_OffersOfTwoRolesAreNotMerged) {
  SimulatedAgent& agent = AddAgent({.resources = "cpus(a):2;mem(a):64;cpus(b):2;mem(b):64"});
  TestFramework& framework = FrameworkOf({"a", "b"});
  std::vector<v1::Offer> offers = framework.TakeOffers();
  ASSERT_THAT(offers, SizeIs(2));
  ASSERT_NE(offers[0].allocation_info().role(), offers[1].allocation_info().role());
  framework.Launch(offers, {framework.Task("t", "cpus(a):1;cpus(b):1", agent.id())}, 0);
  const std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_DROPPED);
  EXPECT_EQ(updates[0].reason(), v1::TaskStatus::REASON_INVALID_OFFERS);
  Check();
  Advance(absl::Seconds(7));
  EXPECT_THAT(framework.TakeOffers(), SizeIs(2)) << "nothing is lost";
}

TEST_F(HostileTest, Case12_HostilePortsAreErrorsAndNoneIsLost) {
  SimulatedAgent& agent = AddWholeAgent();
  TestFramework& framework = AddFramework();
  constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
  const struct {
    std::vector<std::pair<uint64_t, uint64_t>> ranges;
    std::string message;
  } cases[] = {
      {{{5, 4}}, "ranges"},
      {{{kMax, 0}}, "ranges"},
      {{{1, 3}, {3, 5}}, "ranges"},
      {{{1, 3}, {1, 3}}, "ranges"},
      {{}, "RANGES is not set"},
      {{{0, kMax}}, "more than is offered"},
      {{{100, 101}}, "more than is"},
      {{{0, 1}}, "more than is"},
      {{{kMax, kMax}}, "more than is"},
  };
  for (const auto& c : cases) {
    v1::TaskInfo task = framework.Task("t", "cpus:1;mem:64", agent.id());
    *task.add_resources() = Ports(c.ranges);
    const v1::TaskStatus status = Try(framework, task);
    EXPECT_EQ(status.state(), v1::TASK_ERROR) << c.message;
    EXPECT_EQ(status.reason(), v1::TaskStatus::REASON_TASK_INVALID);
    EXPECT_THAT(status.message(), HasSubstr(c.message));
  }
  EXPECT_EQ(agent.task_count(), 0u);
}

TEST_F(HostileTest, Case12_AmountsThatAddUpToTooMuchAreErrors) {
  SimulatedAgent& agent = AddWholeAgent();
  TestFramework& framework = AddFramework();
  // Each is good for itself; their sum is beyond what 64 bits hold.
  v1::TaskInfo task = framework.Task("t", "cpus:1;mem:64", agent.id());
  for (int i = 0; i < 9999; ++i) {
    *task.add_resources() = task.resources(0);
    task.mutable_resources()->rbegin()->mutable_scalar()->set_value(1e12);
  }
  const v1::TaskStatus status = Try(framework, task);
  EXPECT_EQ(status.state(), v1::TASK_ERROR);
  EXPECT_EQ(status.reason(), v1::TaskStatus::REASON_TASK_INVALID);
  EXPECT_EQ(agent.task_count(), 0u);
}

TEST_F(HostileTest, Case12_HostileOperationsAreErrorsAndChangeNothing) {
  SimulatedAgent& agent = AddWholeAgent();
  TestFramework& framework = FrameworkOf({"eng"});
  std::vector<v1::Offer> offers = framework.TakeOffers();
  ASSERT_THAT(offers, SizeIs(1));
  latest_ = offers[0];
  const double kAmounts[] = {-1,
                             0,
                             1e-9,
                             0.0004,
                             4.001,
                             1e12,
                             1e300,
                             std::nan(""),
                             std::numeric_limits<double>::infinity()};
  int ids = 0;
  for (const double amount : kAmounts) {
    for (const Operation::Type type :
         {Operation::RESERVE, Operation::UNRESERVE, Operation::CREATE, Operation::DESTROY}) {
      Operation operation;
      operation.set_type(type);
      operation.mutable_id()->set_value(absl::StrCat("o", ids++));
      v1::Resource* resource =
          type == Operation::RESERVE     ? operation.mutable_reserve()->add_resources()
          : type == Operation::UNRESERVE ? operation.mutable_unreserve()->add_resources()
          : type == Operation::CREATE    ? operation.mutable_create()->add_volumes()
                                         : operation.mutable_destroy()->add_volumes();
      const bool volume = type == Operation::CREATE || type == Operation::DESTROY;
      resource->set_name(volume ? "disk" : "cpus");
      resource->set_type(v1::Value::SCALAR);
      resource->mutable_scalar()->set_value(amount);
      resource->mutable_allocation_info()->set_role("eng");
      auto* reservation = resource->add_reservations();
      reservation->set_type(v1::Resource::ReservationInfo::DYNAMIC);
      reservation->set_role("eng");
      if (volume) {
        resource->mutable_disk()->mutable_persistence()->set_id("v");
        resource->mutable_disk()->mutable_volume()->set_container_path("data");
        resource->mutable_disk()->mutable_volume()->set_mode(v1::Volume::RW);
      }
      framework.others.clear();
      ASSERT_TRUE(framework.Send(AcceptCall({latest_}, {operation})).ok());
      Check();
      std::vector<v1::OperationState> states;
      for (const Event& event : framework.others) {
        if (event.type() == Event::UPDATE_OPERATION_STATUS) {
          states.push_back(event.update_operation_status().status().state());
        }
      }
      EXPECT_THAT(states, testing::ElementsAre(v1::OPERATION_ERROR))
          << Operation::Type_Name(type) << " of " << amount;
      ASSERT_EQ(OfferedAgain(framework), kAll) << Operation::Type_Name(type) << " of " << amount;
    }
  }
  EXPECT_EQ(agent.total(), Resources::Parse(kAll).value());
}

TEST_F(HostileTest, Case12_AnIdIsOneTasksWhereverItWasLaunched) {
  SimulatedAgent& agent = AddWholeAgent();
  TestFramework& framework = AddFramework();
  framework.Launch(framework.TakeOffers(), {framework.Task("t", "cpus:1;mem:64", agent.id())}, 0);
  EXPECT_EQ(framework.TakeUpdates()[0].state(), v1::TASK_RUNNING);
  OfferedAgain(framework);
  framework.Launch({latest_}, {framework.Task("t", "cpus:1;mem:64", agent.id())}, 0);
  std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_ERROR);
  // Whose task has ended, and who knows that, may use the id again.
  OfferedAgain(framework);
  Operation group;
  group.set_type(Operation::LAUNCH_GROUP);
  auto* executor = group.mutable_launch_group()->mutable_executor();
  executor->mutable_executor_id()->set_value("e");
  executor->set_type(v1::ExecutorInfo::DEFAULT);
  Resources::Parse("cpus:0.1;mem:32").value().ToProto(executor->mutable_resources());
  for (const char* id : {"u", "t"}) {
    *group.mutable_launch_group()->mutable_task_group()->add_tasks() =
        framework.Task(id, "cpus:1;mem:64", agent.id());
  }
  ASSERT_TRUE(framework.Send(AcceptCall({latest_}, {group})).ok());
  updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(2));
  EXPECT_THAT(updates, Each(Property(&v1::TaskStatus::state, v1::TASK_ERROR)))
      << "all of a group, or none";
  Check();
  EXPECT_EQ(agent.task_count(), 1u);
  EXPECT_EQ(OfferedAgain(framework), "cpus:3; disk:1000; mem:4032; ports:[1-100]");
  // It was the id, and nothing else.
  group.mutable_launch_group()
      ->mutable_task_group()
      ->mutable_tasks(1)
      ->mutable_task_id()
      ->set_value("v");
  ASSERT_TRUE(framework.Send(AcceptCall({latest_}, {group})).ok());
  updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(2));
  EXPECT_THAT(updates, Each(Property(&v1::TaskStatus::state, v1::TASK_RUNNING)));
}

// -- More of something than anybody needs --

TEST_F(HostileTest, Case51_RolesAreCountedAndTheLimitIsNamed) {
  AddAgent();
  std::vector<std::string> roles;
  for (int i = 0; i < 10'000; ++i) roles.push_back(absl::StrCat("role", i));
  TestFramework& greedy = FrameworkOf(roles);
  EXPECT_EQ(greedy.Error(),
            absl::StrCat("framework_info.roles names 10000 roles; expected at most ",
                         master::kMaxRolesOfFramework));
  const size_t metrics = Metrics().size();
  roles.resize(master::kMaxRolesOfFramework);
  TestFramework& large = FrameworkOf(roles);
  EXPECT_EQ(large.Error(), "");
  EXPECT_THAT(large.TakeOffers(), SizeIs(1));
  // One metric for each of its roles, and no others: nobody filters them, and they have no quota.
  // Those of all frameworks together are bounded, see MetricsTest.
  EXPECT_LT(Metrics().size(), metrics + master::kMaxRolesOfFramework + 100);
  // Nor does an update get around it.
  large.info.add_roles("one-more");
  Call call;
  call.set_type(Call::UPDATE_FRAMEWORK);
  *call.mutable_update_framework()->mutable_framework_info() = large.info;
  EXPECT_THAT(large.Send(std::move(call)).message(), HasSubstr("names 1001 roles"));
}

TEST_F(HostileTest, Case51_LabelsAreCountedAndTheLimitIsNamed) {
  v1::Labels many;
  for (int i = 0; i <= master::kMaxLabels; ++i) {
    v1::Label* label = many.add_labels();
    label->set_key(absl::StrCat("key", i));
    label->set_value("value");
  }
  v1::Labels large;
  large.add_labels()->set_key("key");
  large.mutable_labels(0)->set_value(std::string(master::kMaxLabelBytes, 'x'));

  SimulatedAgent& agent = AddWholeAgent();
  TestFramework& refused = NewFramework();
  *refused.info.mutable_labels() = many;
  refused.Subscribe();
  EXPECT_EQ(refused.Error(), "framework_info.labels has 501 labels; expected at most 500");
  refused.others.clear();
  *refused.info.mutable_labels() = large;
  refused.Subscribe();
  EXPECT_EQ(refused.Error(),
            "framework_info.labels has keys and values of 262147 bytes; expected at most 262144");

  TestFramework& framework = AddFramework();
  v1::TaskInfo task = framework.Task("t", "cpus:1;mem:64", agent.id());
  *task.mutable_labels() = many;
  EXPECT_THAT(Try(framework, task).message(), HasSubstr("labels has 501 labels; expected at most"));
  *task.mutable_labels() = large;
  EXPECT_THAT(Try(framework, task).message(), HasSubstr("labels has keys and values of 262147"));
  task.clear_labels();
  task.mutable_discovery()->set_visibility(v1::DiscoveryInfo::CLUSTER);
  *task.mutable_discovery()->mutable_ports()->add_ports()->mutable_labels() = many;
  EXPECT_THAT(Try(framework, task).message(), HasSubstr("discovery.ports.ports[0].labels has 501"));
  task.clear_discovery();
  task.clear_command();
  task.mutable_executor()->mutable_executor_id()->set_value("e");
  task.mutable_executor()->mutable_command()->set_value("run");
  *task.mutable_executor()->mutable_labels() = many;
  EXPECT_THAT(Try(framework, task).message(), HasSubstr("executor.labels has 501 labels"));
  many.mutable_labels()->RemoveLast();
  *task.mutable_executor()->mutable_labels() = many;
  framework.Launch({latest_}, {task}, 0);
  EXPECT_EQ(framework.TakeUpdates()[0].state(), v1::TASK_RUNNING);
}

}  // namespace
}  // namespace mesos
