// Machines that are to be maintained: schedules, inverse offers and what is answered to them, and
// agents that go down and come up again.
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/v1/maintenance/maintenance.pb.h"
#include "mesoslib/master/master_fixture.h"

namespace mesos {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::SizeIs;
using v1::allocator::InverseOfferStatus;
using v1::scheduler::Call;
using v1::scheduler::Event;
using OperatorCall = v1::master::Call;

class MaintenanceTest : public MasterTest {
 protected:
  static OperatorCall ScheduleCall(const std::vector<std::string>& hostnames, int64_t start = 100) {
    OperatorCall call;
    call.set_type(OperatorCall::UPDATE_MAINTENANCE_SCHEDULE);
    auto* schedule = call.mutable_update_maintenance_schedule()->mutable_schedule();
    if (hostnames.empty()) return call;
    auto* window = schedule->add_windows();
    for (const std::string& hostname : hostnames) window->add_machine_ids()->set_hostname(hostname);
    window->mutable_unavailability()->mutable_start()->set_nanoseconds(start);
    return call;
  }

  absl::Status Schedule(const std::vector<std::string>& hostnames, int64_t start = 100) {
    return Operate(ScheduleCall(hostnames, start)).status();
  }

  absl::Status Start(const std::vector<std::string>& hostnames) {
    OperatorCall call;
    call.set_type(OperatorCall::START_MAINTENANCE);
    for (const std::string& name : hostnames) {
      call.mutable_start_maintenance()->add_machines()->set_hostname(name);
    }
    return Operate(call).status();
  }

  absl::Status Stop(const std::vector<std::string>& hostnames) {
    OperatorCall call;
    call.set_type(OperatorCall::STOP_MAINTENANCE);
    for (const std::string& name : hostnames) {
      call.mutable_stop_maintenance()->add_machines()->set_hostname(name);
    }
    return Operate(call).status();
  }

  v1::maintenance::ClusterStatus Status() {
    OperatorCall call;
    call.set_type(OperatorCall::GET_MAINTENANCE_STATUS);
    return Operate(call).value().get_maintenance_status().status();
  }

  v1::maintenance::Schedule Scheduled() {
    OperatorCall call;
    call.set_type(OperatorCall::GET_MAINTENANCE_SCHEDULE);
    return Operate(call).value().get_maintenance_schedule().schedule();
  }

  std::map<std::string, std::string> Registry() {
    std::map<std::string, std::string> entries;
    store_->Load([&](absl::StatusOr<StateStore::Snapshot> snapshot) {
      entries = std::move(snapshot->entries);
    });
    loop_.Settle();
    return entries;
  }

  // Takes them out of what the framework has heard.
  static std::vector<v1::InverseOffer> TakeInverse(TestFramework& framework) {
    framework.Collect();
    std::vector<v1::InverseOffer> inverse;
    std::erase_if(framework.others, [&](const Event& event) {
      if (event.type() != Event::INVERSE_OFFERS) return false;
      for (const auto& offer : event.inverse_offers().inverse_offers()) inverse.push_back(offer);
      return true;
    });
    return inverse;
  }

  static std::vector<std::string> TakeRescinded(TestFramework& framework) {
    framework.Collect();
    std::vector<std::string> ids;
    std::erase_if(framework.others, [&](const Event& event) {
      if (event.type() != Event::RESCIND_INVERSE_OFFER) return false;
      ids.push_back(event.rescind_inverse_offer().inverse_offer_id().value());
      return true;
    });
    return ids;
  }

  static void Answer(TestFramework& framework, const v1::InverseOffer& offer, bool accept,
                     double refuse_seconds) {
    Call call;
    call.set_type(accept ? Call::ACCEPT_INVERSE_OFFERS : Call::DECLINE_INVERSE_OFFERS);
    if (accept) {
      *call.mutable_accept_inverse_offers()->add_inverse_offer_ids() = offer.id();
      call.mutable_accept_inverse_offers()->mutable_filters()->set_refuse_seconds(refuse_seconds);
    } else {
      *call.mutable_decline_inverse_offers()->add_inverse_offer_ids() = offer.id();
      call.mutable_decline_inverse_offers()->mutable_filters()->set_refuse_seconds(refuse_seconds);
    }
    EXPECT_TRUE(framework.Send(std::move(call)).ok());
  }

  InverseOfferStatus::Status AnswerShown() {
    const v1::maintenance::ClusterStatus status = Status();
    EXPECT_THAT(status.draining_machines(), SizeIs(1));
    EXPECT_THAT(status.draining_machines(0).statuses(), SizeIs(1));
    return status.draining_machines(0).statuses(0).status();
  }

  void FailOver() {
    for (auto& framework : frameworks_) framework->session = nullptr;
    for (auto& agent : agents_) agent->Disconnect();
    loop_.Settle();
    NewMaster({});
  }
};

TEST_F(MaintenanceTest, AScheduleIsReplacedAsAWholeAndShown) {
  EXPECT_THAT(Scheduled().windows(), IsEmpty());
  EXPECT_EQ(Schedule({"a", "b"}, 7), absl::OkStatus());
  EXPECT_EQ(
      Scheduled().SerializeAsString(),
      ScheduleCall({"a", "b"}, 7).update_maintenance_schedule().schedule().SerializeAsString());
  EXPECT_THAT(Status().draining_machines(), SizeIs(2));
  EXPECT_EQ(Schedule({"c"}), absl::OkStatus());
  EXPECT_THAT(Status().draining_machines(), SizeIs(1));
  EXPECT_EQ(Schedule({}), absl::OkStatus());
  EXPECT_THAT(Scheduled().windows(), IsEmpty());
  EXPECT_THAT(Registry(), Not(Contains(Key("maintenance"))));
}

TEST_F(MaintenanceTest, WhatMakesNoSenseIsRefusedByName) {
  const absl::Status doubled = Schedule({"a", "A"});
  EXPECT_TRUE(absl::IsInvalidArgument(doubled)) << doubled;
  EXPECT_EQ(doubled.message(),
            "update_maintenance_schedule.schedule.windows[0].machine_ids[1] is 'A' once more; "
            "expected each machine once");
  OperatorCall empty;
  empty.set_type(OperatorCall::UPDATE_MAINTENANCE_SCHEDULE);
  EXPECT_EQ(Operate(empty).status().message(), "update_maintenance_schedule.schedule is missing");
  EXPECT_THAT(std::string(Start({}).message()), HasSubstr("start_maintenance.machines is empty"));
  EXPECT_THAT(std::string(Start({"a"}).message()),
              HasSubstr("start_maintenance.machines[0] is 'a'"));
  EXPECT_THAT(std::string(Stop({"a"}).message()), HasSubstr("stop_maintenance.machines[0] is 'a'"));
  EXPECT_THAT(Scheduled().windows(), IsEmpty());
}

TEST_F(MaintenanceTest, OffersOfADrainingMachineSayWhenItWillBeUnavailable) {
  AddAgent({.hostname = "HostA"});
  AddAgent({.hostname = "hostb"});
  TestFramework& framework = AddFramework();
  std::vector<v1::Offer> before = framework.TakeOffers();
  ASSERT_THAT(before, SizeIs(2));
  EXPECT_FALSE(before[0].has_unavailability());
  EXPECT_EQ(Schedule({"hosta"}, 42), absl::OkStatus());
  framework.Collect();
  ASSERT_THAT(framework.rescinded, SizeIs(1));
  Advance(absl::Seconds(2));
  std::vector<v1::Offer> after = framework.TakeOffers();
  ASSERT_THAT(after, SizeIs(1));
  EXPECT_EQ(after[0].hostname(), "HostA");
  EXPECT_EQ(after[0].unavailability().start().nanoseconds(), 42);
  // The same schedule once more concerns nobody.
  EXPECT_EQ(Schedule({"hosta"}, 42), absl::OkStatus());
  framework.Collect();
  EXPECT_THAT(framework.rescinded, SizeIs(1));
  EXPECT_EQ(Schedule({}), absl::OkStatus());
  framework.Collect();
  EXPECT_THAT(framework.rescinded, SizeIs(2));
  Advance(absl::Seconds(2));
  after = framework.TakeOffers();
  ASSERT_THAT(after, SizeIs(1));
  EXPECT_FALSE(after[0].has_unavailability());
}

TEST_F(MaintenanceTest, AMachineIsFoundByItsAddressToo) {
  AddAgent({.hostname = "a", .ip = "10.0.0.1"});
  AddAgent({.hostname = "b", .ip = "10.0.0.2"});
  OperatorCall call = ScheduleCall({""}, 9);
  v1::MachineID* machine = call.mutable_update_maintenance_schedule()
                               ->mutable_schedule()
                               ->mutable_windows(0)
                               ->mutable_machine_ids(0);
  machine->clear_hostname();
  machine->set_ip("10.0.0.2");
  EXPECT_TRUE(Operate(call).ok());
  TestFramework& framework = AddFramework();
  for (const v1::Offer& offer : framework.TakeOffers()) {
    EXPECT_EQ(offer.has_unavailability(), offer.hostname() == "b") << offer.hostname();
  }
}

TEST_F(MaintenanceTest, WhoHoldsSomethingThereIsAskedToGiveItBack) {
  SimulatedAgent& agent = AddAgent({.hostname = "a"});
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1", "cpus:4;mem:4096");
  TestFramework& other = AddFramework();
  EXPECT_EQ(Schedule({"a"}, 42), absl::OkStatus());
  Advance(absl::Seconds(2));
  std::vector<v1::InverseOffer> inverse = TakeInverse(framework);
  ASSERT_THAT(inverse, SizeIs(1));
  EXPECT_THAT(TakeInverse(other), IsEmpty()) << "it holds nothing";
  EXPECT_EQ(inverse[0].agent_id().value(), agent.id());
  EXPECT_EQ(inverse[0].framework_id().value(), framework.info.id().value());
  EXPECT_EQ(inverse[0].unavailability().start().nanoseconds(), 42);
  EXPECT_THAT(inverse[0].resources(), IsEmpty());
  EXPECT_EQ(AnswerShown(), InverseOfferStatus::UNKNOWN);
  OperatorCall call;
  call.set_type(OperatorCall::GET_FRAMEWORKS);
  const auto frameworks = Operate(call).value().get_frameworks();
  ASSERT_THAT(frameworks.frameworks(0).inverse_offers(), SizeIs(1));
  EXPECT_EQ(frameworks.frameworks(0).inverse_offers(0).id().value(), inverse[0].id().value());
  Advance(absl::Minutes(1));
  EXPECT_THAT(TakeInverse(framework), IsEmpty()) << "one at a time";
}

TEST_F(MaintenanceTest, AnswersAreShownAndFilterForATime) {
  AddAgent({.hostname = "a"});
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1", "cpus:4;mem:4096");
  EXPECT_EQ(Schedule({"a"}), absl::OkStatus());
  Advance(absl::Seconds(2));
  std::vector<v1::InverseOffer> inverse = TakeInverse(framework);
  ASSERT_THAT(inverse, SizeIs(1));
  const absl::Time answered = loop_.WallTime();
  Answer(framework, inverse[0], /*accept=*/false, 30);
  EXPECT_EQ(AnswerShown(), InverseOfferStatus::DECLINE);
  EXPECT_EQ(Status().draining_machines(0).statuses(0).timestamp().nanoseconds(),
            absl::ToUnixNanos(answered));
  EXPECT_EQ(Status().draining_machines(0).statuses(0).framework_id().value(),
            framework.info.id().value());
  Answer(framework, inverse[0], /*accept=*/true, 30);
  EXPECT_EQ(AnswerShown(), InverseOfferStatus::DECLINE) << "it is answered already";
  Advance(absl::Seconds(29));
  EXPECT_THAT(TakeInverse(framework), IsEmpty());
  Advance(absl::Seconds(3));
  inverse = TakeInverse(framework);
  ASSERT_THAT(inverse, SizeIs(1)) << "asked again";
  Answer(framework, inverse[0], /*accept=*/true, 1000);
  EXPECT_EQ(AnswerShown(), InverseOfferStatus::ACCEPT);
  // Nobody is made to do what was said.
  Advance(absl::Minutes(5));
  EXPECT_THAT(framework.TakeUpdates(), IsEmpty());
}

TEST_F(MaintenanceTest, AnotherFrameworksInverseOfferIsNoneOfItsBusiness) {
  AddAgent({.hostname = "a"});
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1", "cpus:4;mem:4096");
  TestFramework& other = AddFramework();
  EXPECT_EQ(Schedule({"a"}), absl::OkStatus());
  Advance(absl::Seconds(2));
  std::vector<v1::InverseOffer> inverse = TakeInverse(framework);
  ASSERT_THAT(inverse, SizeIs(1));
  Answer(other, inverse[0], /*accept=*/true, 1);
  EXPECT_EQ(AnswerShown(), InverseOfferStatus::UNKNOWN);
  for (const char* id : {"", "x", "-O0", "-O99999999999999999999", "-O-1"}) {
    v1::InverseOffer odd = inverse[0];
    odd.mutable_id()->set_value(id);
    Answer(framework, odd, /*accept=*/true, 1);
    odd.mutable_id()->set_value(inverse[0].id().value() + id + "0");
    Answer(framework, odd, /*accept=*/true, 1);
  }
  EXPECT_EQ(AnswerShown(), InverseOfferStatus::UNKNOWN);
}

TEST_F(MaintenanceTest, AnotherScheduleRescindsInverseOffersAndForgetsAnswers) {
  AddAgent({.hostname = "a"});
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1", "cpus:4;mem:4096");
  EXPECT_EQ(Schedule({"a"}, 1), absl::OkStatus());
  Advance(absl::Seconds(2));
  std::vector<v1::InverseOffer> first = TakeInverse(framework);
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(Schedule({"a"}, 2), absl::OkStatus());
  EXPECT_THAT(TakeRescinded(framework), ElementsAre(first[0].id().value()));
  Advance(absl::Seconds(2));
  std::vector<v1::InverseOffer> second = TakeInverse(framework);
  ASSERT_THAT(second, SizeIs(1));
  EXPECT_EQ(second[0].unavailability().start().nanoseconds(), 2);
  Answer(framework, second[0], /*accept=*/true, 1000);
  EXPECT_EQ(Schedule({"a"}, 3), absl::OkStatus());
  EXPECT_THAT(TakeRescinded(framework), IsEmpty()) << "it was answered";
  EXPECT_THAT(Status().draining_machines(0).statuses(), IsEmpty());
  Advance(absl::Seconds(2));
  second = TakeInverse(framework);
  ASSERT_THAT(second, SizeIs(1)) << "asked anew in spite of its filter";
  EXPECT_EQ(Schedule({}), absl::OkStatus());
  EXPECT_THAT(TakeRescinded(framework), ElementsAre(second[0].id().value()));
  Advance(absl::Minutes(1));
  EXPECT_THAT(TakeInverse(framework), IsEmpty());
}

TEST_F(MaintenanceTest, AnAgentOrAFrameworkThatGoesTakesItsInverseOffersAlong) {
  SimulatedAgent& agent = AddAgent({.hostname = "a"});
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1", "cpus:4;mem:4096");
  EXPECT_EQ(Schedule({"a"}), absl::OkStatus());
  Advance(absl::Seconds(2));
  std::vector<v1::InverseOffer> inverse = TakeInverse(framework);
  ASSERT_THAT(inverse, SizeIs(1));
  agent.Disconnect();
  loop_.Settle();
  EXPECT_THAT(TakeRescinded(framework), SizeIs(1));
  Advance(absl::Seconds(10));
  EXPECT_THAT(TakeInverse(framework), IsEmpty()) << "nobody can be asked to leave who is away";
  agent.Connect();
  Advance(absl::Seconds(3));
  ASSERT_THAT(TakeInverse(framework), SizeIs(1));
  framework.Subscribe();  // On a new session, where nothing is known of it.
  Advance(absl::Seconds(3));
  inverse = TakeInverse(framework);
  ASSERT_THAT(inverse, SizeIs(1));
  EXPECT_EQ(framework.Send(Call::TEARDOWN), absl::OkStatus());
  Advance(absl::Seconds(3));
  EXPECT_THAT(Status().draining_machines(0).statuses(), IsEmpty());
}

TEST_F(MaintenanceTest, InverseOffersTimeOutAsOffersDo) {
  MasterOptions options;
  options.offer_timeout = absl::Seconds(30);
  NewMaster(options);
  AddAgent({.hostname = "a"});
  TestFramework& framework = AddFramework();
  RunTask(framework, "t1", "cpus:4;mem:4096");
  EXPECT_EQ(Schedule({"a"}), absl::OkStatus());
  Advance(absl::Seconds(2));
  std::vector<v1::InverseOffer> inverse = TakeInverse(framework);
  ASSERT_THAT(inverse, SizeIs(1));
  Advance(absl::Seconds(29));
  EXPECT_THAT(TakeRescinded(framework), ElementsAre(inverse[0].id().value()));
  Advance(absl::Seconds(3));
  EXPECT_THAT(TakeInverse(framework), SizeIs(1));
}

// -- Down and up --

TEST_F(MaintenanceTest, WhenMaintenanceStartsAgentsAreRemovedAndMayNotComeBack) {
  SimulatedAgent& agent = AddAgent({.hostname = "a"});
  SimulatedAgent& neighbour = AddAgent({.hostname = "b"});
  TestFramework& framework = AddFramework();
  std::vector<v1::Offer> offers = framework.TakeOffers();
  ASSERT_THAT(offers, SizeIs(2));
  const v1::Offer& offer = offers[offers[0].hostname() == "a" ? 0 : 1];
  framework.Launch({offer}, {framework.Task("t1", "cpus:1", agent.id())});
  framework.TakeUpdates();
  EXPECT_EQ(Schedule({"a", "b"}), absl::OkStatus());
  EXPECT_FALSE(agent.shut_down()) << "nothing happens before it starts";
  EXPECT_EQ(Start({"A"}), absl::OkStatus());
  EXPECT_TRUE(agent.shut_down());
  EXPECT_FALSE(neighbour.shut_down());
  std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_LOST) << "though it knows of partitions";
  EXPECT_EQ(updates[0].reason(), v1::TaskStatus::REASON_AGENT_REMOVED);
  EXPECT_THAT(Registry(), Not(Contains(Key("agents/" + agent.id()))));
  v1::maintenance::ClusterStatus status = Status();
  ASSERT_THAT(status.down_machines(), SizeIs(1));
  EXPECT_EQ(status.down_machines(0).hostname(), "a");
  EXPECT_THAT(status.draining_machines(), SizeIs(1));
  EXPECT_EQ(Metrics()["master/slave_removals"], 1);

  // Neither the same agent nor a new one.
  agent.Connect();
  loop_.Settle();
  EXPECT_FALSE(agent.registered());
  ASSERT_TRUE(agent.heard().back().has_shutdown());
  EXPECT_THAT(agent.heard().back().shutdown().message(), HasSubstr("Machine is `DOWN`"));
  SimulatedAgent fresh({.hostname = "a"}, &loop_, random_.get(), &master_->agents());
  fresh.Connect();
  loop_.Settle();
  EXPECT_FALSE(fresh.registered());
  EXPECT_TRUE(fresh.shut_down());

  const absl::Status without = Schedule({"b"});
  EXPECT_TRUE(absl::IsInvalidArgument(without)) << without;
  EXPECT_THAT(std::string(without.message()), HasSubstr("which is DOWN"));
  EXPECT_EQ(Stop({"a"}), absl::OkStatus());
  EXPECT_THAT(Status().down_machines(), IsEmpty());
  ASSERT_THAT(Scheduled().windows(), SizeIs(1));
  EXPECT_EQ(Scheduled().windows(0).machine_ids(0).hostname(), "b");
  fresh.Connect();
  loop_.Settle();
  EXPECT_TRUE(fresh.registered());
}

TEST_F(MaintenanceTest, MaintenanceOutlivesTheMaster) {
  SimulatedAgent& agent = AddAgent({.hostname = "a"});
  SimulatedAgent& neighbour = AddAgent({.hostname = "b"});
  EXPECT_EQ(Schedule({"a", "b"}, 77), absl::OkStatus());
  EXPECT_EQ(Start({"a"}), absl::OkStatus());
  const std::string before = Scheduled().SerializeAsString();
  FailOver();
  EXPECT_EQ(Scheduled().SerializeAsString(), before);
  EXPECT_THAT(Status().down_machines(), SizeIs(1));
  agent.ConnectTo(&master_->agents());
  neighbour.ConnectTo(&master_->agents());
  loop_.Settle();
  EXPECT_FALSE(agent.registered());
  EXPECT_TRUE(neighbour.registered());
  TestFramework& framework = AddFramework();
  std::vector<v1::Offer> offers = framework.TakeOffers();
  ASSERT_THAT(offers, SizeIs(1));
  EXPECT_EQ(offers[0].unavailability().start().nanoseconds(), 77);
  EXPECT_EQ(Stop({"a"}), absl::OkStatus());
}

TEST_F(MaintenanceTest, AnAgentWhoseMachineGoesDownWhileItRegistersIsRefused) {
  AddAgent({.hostname = "b"});
  EXPECT_EQ(Schedule({"a"}), absl::OkStatus());
  SimulatedAgent late({.hostname = "a"}, &loop_, random_.get(), &master_->agents());
  // Both are on their way to the registry together.
  OperatorCall start;
  start.set_type(OperatorCall::START_MAINTENANCE);
  start.mutable_start_maintenance()->add_machines()->set_hostname("a");
  absl::Status started = absl::UnknownError("no answer");
  master_->CallOperator(start, {}, [&](auto response) { started = response.status(); });
  late.Connect();
  loop_.Settle();
  EXPECT_EQ(started, absl::OkStatus());
  EXPECT_FALSE(late.registered());
  Advance(absl::Minutes(1));
  int admitted = 0;
  for (const auto& [key, value] : Registry()) admitted += key.rfind("agents/", 0) == 0;
  EXPECT_EQ(admitted, 1);
}

}  // namespace
}  // namespace mesos
