// Several masters and one registry: who leads, what a leader that is deposed still does (nothing),
// and what its successor knows.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/leader_election.h"
#include "mesos/master.h"
#include "mesoslib/master/master_fixture.h"
#include "mesoslib/testing/fake_leader_election.h"
#include "mesoslib/testing/fake_state_store.h"

namespace mesos {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;
using v1::scheduler::Call;
using v1::scheduler::Event;

// One of several masters: it has its own view of the registry that all share.
struct Candidate {
  std::unique_ptr<FakeStateStore> store;
  std::unique_ptr<Allocator> allocator = CreateHierarchicalAllocator({}).value();
  std::unique_ptr<Master> master;
  absl::Status started = absl::UnknownError("not started");
  absl::Status ended;
};

class MasterFailoverTest : public ::testing::Test {
 protected:
  MasterFailoverTest() : random_(CreateSeededRandom(1)), election_(&loop_) {}

  ~MasterFailoverTest() override {
    agents_.clear();
    framework_ = nullptr;
    masters_.clear();
    loop_.Settle();
  }

  Candidate& AddMaster(MasterOptions options = {}, bool with_election = true) {
    masters_.push_back(std::make_unique<Candidate>());
    Candidate& added = *masters_.back();
    options.hostname = absl::StrCat("m", masters_.size());
    added.store = std::make_unique<FakeStateStore>(&loop_, &registry_);
    MasterDependencies parts = {&loop_,
                                random_.get(),
                                added.store.get(),
                                added.allocator.get(),
                                nullptr,
                                [&added](absl::Status why) { added.ended = std::move(why); }};
    if (with_election) parts.election = &election_;
    if (with_election) parts.detector = &election_;
    added.master = CreateMaster(options, parts).value();
    added.master->Start([&added](absl::Status status) { added.started = std::move(status); });
    loop_.Settle();
    return added;
  }

  // What an operator's call is answered.
  absl::Status Ask(Candidate& candidate) {
    absl::Status answer = absl::UnknownError("no answer");
    v1::master::Call call;
    call.set_type(v1::master::Call::GET_HEALTH);
    candidate.master->CallOperator(call, {}, [&](auto response) { answer = response.status(); });
    loop_.Settle();
    return answer;
  }

  bool Leads(Candidate& candidate) { return Ask(candidate).ok(); }

  SimulatedAgent& AddAgent(Candidate& candidate) {
    agents_.push_back(std::make_unique<SimulatedAgent>(
        SimulatedAgent::Options{.hostname = absl::StrCat("host", agents_.size())}, &loop_,
        random_.get(), &candidate.master->agents()));
    agents_.back()->Connect();
    loop_.Settle();
    EXPECT_TRUE(agents_.back()->registered());
    return *agents_.back();
  }

  TestFramework& AddFramework(Candidate& candidate) {
    framework_ = std::make_unique<TestFramework>(candidate.master.get(), &loop_);
    framework_->Subscribe();
    EXPECT_TRUE(framework_->info.has_id());
    return *framework_;
  }

  void RunTask(const std::string& id) {
    std::vector<v1::Offer> offers = framework_->TakeOffers();
    ASSERT_THAT(offers, SizeIs(1));
    framework_->Launch(offers,
                       {framework_->Task(id, "cpus:1;mem:128", offers[0].agent_id().value())});
    std::vector<v1::TaskStatus> updates = framework_->TakeUpdates();
    ASSERT_THAT(updates, SizeIs(1));
    framework_->Acknowledge(updates[0]);
  }

  SimulatedEventLoop loop_;
  StateStore::Snapshot registry_;
  std::unique_ptr<Random> random_;
  FakeLeaderElection election_;
  std::vector<std::unique_ptr<Candidate>> masters_;
  std::vector<std::unique_ptr<SimulatedAgent>> agents_;
  std::unique_ptr<TestFramework> framework_;
};

TEST_F(MasterFailoverTest, OneLeadsAndTheOthersStandByAndNameIt) {
  Candidate& first = AddMaster({.port = 7000});
  Candidate& second = AddMaster();
  EXPECT_TRUE(first.started.ok()) << first.started;
  EXPECT_TRUE(second.started.ok()) << "it stands";
  EXPECT_TRUE(Leads(first));
  const absl::Status refused = Ask(second);
  EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("m1:7000 does"));

  auto sink = std::make_shared<RecordingSink<Event>>();
  auto session = second.master->schedulers().Open(sink, {});
  Call call;
  call.set_type(Call::SUBSCRIBE);
  absl::Status answer;
  session->Send(call, [&](absl::Status status) { answer = std::move(status); });
  auto agent_sink = std::make_shared<RecordingSink<internal::MasterMessage>>();
  auto agent_session = second.master->agents().Open(agent_sink, {});
  loop_.Settle();
  EXPECT_TRUE(absl::IsUnavailable(answer)) << answer;
  ASSERT_TRUE(sink->closed.has_value());
  EXPECT_TRUE(absl::IsUnavailable(*sink->closed));
  ASSERT_TRUE(agent_sink->closed.has_value());
  EXPECT_TRUE(absl::IsUnavailable(*agent_sink->closed));
  EXPECT_EQ(registry_.version, 1u) << "a standby master writes nothing";
}

TEST_F(MasterFailoverTest, AnybodyMayAskHowAMasterStands) {
  using State = MasterStanding::State;
  Candidate& first = AddMaster({.port = 7000, .grpc_port = 7123});
  Candidate& second = AddMaster();
  EXPECT_EQ(first.master->standing().state, State::kLeading);
  EXPECT_EQ(first.master->standing().leader->info.id(), first.master->info().id());
  const MasterStanding standby = second.master->standing();
  EXPECT_EQ(standby.state, State::kStandingBy);
  ASSERT_TRUE(standby.leader.has_value());
  EXPECT_EQ(standby.leader->info.hostname(), "m1");
  EXPECT_EQ(standby.leader->info.port(), 7000);
  EXPECT_EQ(standby.leader->grpc_port, 7123);

  election_.automatic = false;
  election_.Depose();
  EXPECT_EQ(first.master->standing().state, State::kStandingBy);
  EXPECT_FALSE(first.master->standing().leader.has_value()) << "nobody leads";
  election_.Elect();
  EXPECT_EQ(second.master->standing().state, State::kRecovering) << "the registry is not read yet";
  EXPECT_EQ(second.master->standing().leader->info.id(), second.master->info().id());
  loop_.Settle();
  EXPECT_EQ(second.master->standing().state, State::kLeading);
}

TEST_F(MasterFailoverTest, AnnouncesItsGrpcPort) {
  AddMaster({.port = 7000, .grpc_port = 7123});
  ASSERT_TRUE(election_.leader().has_value());
  EXPECT_EQ(election_.leader()->grpc_port, 7123);
  EXPECT_EQ(election_.leader()->info.port(), 7000);
}

TEST_F(MasterFailoverTest, AStandbyTakesOverWithAGreaterTerm) {
  Candidate& first = AddMaster();
  Candidate& second = AddMaster();
  SimulatedAgent& agent = AddAgent(first);
  const auto before = agent.term();
  EXPECT_FALSE(before.registry_id().empty());
  election_.Depose();
  loop_.Settle();
  EXPECT_FALSE(Leads(first));
  EXPECT_TRUE(Leads(second));
  agent.ConnectTo(&second.master->agents());
  loop_.Settle();
  EXPECT_TRUE(agent.registered());
  EXPECT_EQ(agent.term().registry_id(), before.registry_id());
  EXPECT_GT(agent.term().number(), before.number());
}

TEST_F(MasterFailoverTest, ALeaderThatIsDeposedDropsEverythingAtOnce) {
  Candidate& first = AddMaster();
  AddAgent(first);
  TestFramework& framework = AddFramework(first);
  ASSERT_THAT(framework.offers, SizeIs(1));
  const int commits = first.store->commits();
  election_.automatic = false;
  // Registering is on its way to the registry when it happens.
  SimulatedAgent late({.hostname = "late"}, &loop_, random_.get(), &first.master->agents());
  late.Connect();
  election_.Depose();
  framework.Collect();
  ASSERT_TRUE(framework.sink->closed.has_value()) << "before Lost returns";
  EXPECT_TRUE(absl::IsUnavailable(*framework.sink->closed)) << *framework.sink->closed;
  framework.sink->events.clear();
  EXPECT_TRUE(absl::IsUnavailable(framework.Send(Call::REVIVE)));
  loop_.Advance(absl::Minutes(30));
  EXPECT_EQ(first.store->commits(), commits);
  EXPECT_TRUE(framework.sink->events.empty());
  EXPECT_FALSE(agents_[0]->heard().empty());
  EXPECT_FALSE(late.registered());
}

TEST_F(MasterFailoverTest, TheSameMasterBeginsAnewWhenItIsElectedAgain) {
  Candidate& master = AddMaster();
  SimulatedAgent& agent = AddAgent(master);
  TestFramework& framework = AddFramework(master);
  RunTask("t1");
  const std::string agent_id = agent.id();
  const std::string framework_id = framework.info.id().value();
  election_.Depose();
  loop_.Advance(absl::Seconds(1));
  ASSERT_TRUE(Leads(master)) << "it stands again by itself";
  EXPECT_TRUE(master::CheckLedger(*master.master).ok());

  // A session of the former term is good for nothing any more.
  Call subscribe;
  subscribe.set_type(Call::SUBSCRIBE);
  *subscribe.mutable_framework_id() = framework.info.id();
  *subscribe.mutable_subscribe()->mutable_framework_info() = framework.info;
  EXPECT_TRUE(absl::IsUnavailable(framework.Send(subscribe)));
  agent.ConnectTo(&master.master->agents());
  loop_.Settle();
  EXPECT_TRUE(agent.registered());
  EXPECT_EQ(agent.id(), agent_id);
  framework.Subscribe();
  framework.Reconcile("t1");
  std::vector<v1::TaskStatus> updates = framework.TakeUpdates();
  ASSERT_THAT(updates, SizeIs(1));
  EXPECT_EQ(updates[0].state(), v1::TASK_RUNNING);
  // What the task uses is not offered again.
  loop_.Advance(absl::Seconds(2));
  framework.Collect();
  std::vector<v1::Offer> offers = framework.TakeOffers();
  ASSERT_THAT(offers, SizeIs(1));
  Resources offered = Resources::FromProto(offers[0].resources()).value();
  offered.Unallocate();
  EXPECT_EQ(offered.ToString(), "cpus:3; mem:3968");

  // Ids go on.
  SimulatedAgent& other = AddAgent(master);
  EXPECT_NE(other.id(), agent_id);
  EXPECT_THAT(other.id(), StartsWith(master.master->info().id()));
  TestFramework another(master.master.get(), &loop_);
  another.Subscribe();
  EXPECT_NE(another.info.id().value(), framework_id);
  EXPECT_TRUE(master::CheckLedger(*master.master).ok());
}

TEST_F(MasterFailoverTest, Case34_AnOldLeadersWritesFailAndItStepsDown) {
  Candidate& first = AddMaster();
  AddAgent(first);
  TestFramework& framework = AddFramework(first);
  // Another master has taken the registry over; the first has not heard of it.
  AddMaster({}, /*with_election=*/false);
  ASSERT_TRUE(Leads(*masters_[1]));
  EXPECT_TRUE(Leads(first)) << "it cannot know yet";
  const auto entries = registry_.entries;
  election_.automatic = false;
  SimulatedAgent agent({.hostname = "late"}, &loop_, random_.get(), &first.master->agents());
  agent.Connect();
  loop_.Settle();
  EXPECT_FALSE(agent.registered());
  EXPECT_EQ(registry_.entries, entries) << "fenced";
  EXPECT_FALSE(Leads(first));
  ASSERT_TRUE(framework.sink->closed.has_value());
  EXPECT_TRUE(absl::IsUnavailable(*framework.sink->closed));
  EXPECT_TRUE(first.ended.ok()) << "it stands again";
  EXPECT_EQ(election_.candidates(), 0u) << "it has withdrawn";
  loop_.Advance(absl::Seconds(1));
  EXPECT_EQ(election_.candidates(), 1u);
}

TEST_F(MasterFailoverTest, Case34_WithoutAnElectionAnOldLeaderEnds) {
  Candidate& first = AddMaster({}, false);
  AddMaster({}, false);
  SimulatedAgent agent({.hostname = "late"}, &loop_, random_.get(), &first.master->agents());
  agent.Connect();
  loop_.Settle();
  EXPECT_TRUE(absl::IsAborted(first.ended)) << first.ended;
  EXPECT_FALSE(Leads(first));
  EXPECT_THAT(std::string(Ask(first).message()), HasSubstr("somebody else has written"));
}

TEST_F(MasterFailoverTest, Case36_AnUnreadableRegistryMakesItAskAgainForEver) {
  election_.automatic = false;
  Candidate& master = AddMaster();
  master.store->load_status = absl::UnavailableError("no quorum");
  election_.automatic = true;
  election_.Elect();
  loop_.Advance(absl::Minutes(10));
  EXPECT_FALSE(Leads(master));
  EXPECT_TRUE(master.ended.ok());
  EXPECT_GT(election_.contended(), 600 / 15) << "it goes on";
  EXPECT_LT(election_.contended(), 120) << "with pauses";
  EXPECT_THAT(std::string(Ask(master).message()), HasSubstr("no quorum"));
  master.store->load_status = absl::OkStatus();
  loop_.Advance(absl::Seconds(16));
  EXPECT_TRUE(Leads(master)) << "healed: service in bounded time";
}

TEST_F(MasterFailoverTest, Case36_AnotherMasterThatCanReadItLeadsMeanwhile) {
  election_.automatic = false;
  Candidate& first = AddMaster();
  Candidate& second = AddMaster();
  first.store->load_status = absl::UnavailableError("no quorum");
  election_.automatic = true;
  election_.Elect();
  loop_.Advance(absl::Seconds(1));
  EXPECT_FALSE(Leads(first));
  EXPECT_TRUE(Leads(second));
}

TEST_F(MasterFailoverTest, Case36_ARegistryThatCannotBeWrittenEndsTheTermOnly) {
  Candidate& first = AddMaster();
  first.store->commits_until_failure = 0;
  SimulatedAgent agent({.hostname = "late"}, &loop_, random_.get(), &first.master->agents());
  agent.Connect();
  loop_.Settle();
  EXPECT_FALSE(Leads(first));
  EXPECT_TRUE(first.ended.ok());
  loop_.Advance(absl::Minutes(2));
  EXPECT_FALSE(Leads(first));
  first.store->commits_until_failure = -1;
  loop_.Advance(absl::Seconds(16));
  EXPECT_TRUE(Leads(first));
  agent.Connect();
  loop_.Settle();
  EXPECT_TRUE(agent.registered());
}

TEST_F(MasterFailoverTest, ARegistryThatDoesNotAnswerInTimeEndsTheTerm) {
  Candidate& reading = AddMaster();
  ASSERT_TRUE(Leads(reading));
  reading.store->hold = true;
  SimulatedAgent agent({.hostname = "late"}, &loop_, random_.get(), &reading.master->agents());
  agent.Connect();
  loop_.Advance(absl::Seconds(19));
  EXPECT_TRUE(Leads(reading));
  loop_.Advance(absl::Seconds(1));
  EXPECT_FALSE(Leads(reading)) << "20 s for a write";
  EXPECT_THAT(std::string(Ask(reading).message()), HasSubstr("not been answered within 20s"));
  const int before = election_.contended();
  loop_.Advance(absl::Minutes(3));
  EXPECT_GE(election_.contended(), before + 2) << "60 s for the recovery, then again";
  EXPECT_FALSE(Leads(reading));
  EXPECT_TRUE(reading.ended.ok());
  reading.store->Release();  // Answers that nobody waits for any more.
  loop_.Advance(absl::Minutes(2));
  EXPECT_TRUE(Leads(reading));

  Candidate& alone = AddMaster({}, false);
  alone.store->hold = true;
  SimulatedAgent other({.hostname = "other"}, &loop_, random_.get(), &alone.master->agents());
  other.Connect();
  loop_.Advance(absl::Seconds(21));
  EXPECT_TRUE(absl::IsUnavailable(alone.ended)) << alone.ended;
}

TEST_F(MasterFailoverTest, EveryFailedWriteOfATakingOverIsSurvived) {
  for (int n = 0; n < 6; ++n) {
    Candidate& first = AddMaster();
    first.store->commits_until_failure = n;
    SimulatedAgent agent({.hostname = absl::StrCat("h", n)}, &loop_, random_.get(),
                         &first.master->agents());
    for (int i = 0; i < 4; ++i) {
      agent.Connect();
      loop_.Advance(absl::Seconds(20));
    }
    first.store->commits_until_failure = -1;
    loop_.Advance(absl::Seconds(20));
    agent.Connect();
    loop_.Settle();
    EXPECT_TRUE(agent.registered()) << n;
    masters_.clear();
  }
}

TEST_F(MasterFailoverTest, Case36_StrictlyADamagedRegistryEndsEvenACandidate) {
  registry_.version = 1;
  registry_.entries["agents/a"] = "\xff";
  Candidate& strict = AddMaster({.strict_registry = true});
  EXPECT_TRUE(absl::IsDataLoss(strict.ended)) << strict.ended;
  EXPECT_EQ(election_.candidates(), 0u);
  Candidate& alone = AddMaster({.strict_registry = true}, false);
  EXPECT_TRUE(absl::IsDataLoss(alone.started)) << alone.started;
  EXPECT_THAT(std::string(alone.started.message()), HasSubstr("agents/a"));
  Candidate& lenient = AddMaster();
  EXPECT_TRUE(Leads(lenient));
}

TEST_F(MasterFailoverTest, AnOperatorsCallInFlightIsAnsweredWhenTheTermEnds) {
  Candidate& master = AddMaster();
  SimulatedAgent& agent = AddAgent(master);
  master.store->hold = true;
  absl::Status answer = absl::UnknownError("no answer");
  v1::master::Call call;
  call.set_type(v1::master::Call::MARK_AGENT_GONE);
  call.mutable_mark_agent_gone()->mutable_agent_id()->set_value(agent.id());
  master.master->CallOperator(call, {}, [&](auto response) { answer = response.status(); });
  loop_.Settle();
  EXPECT_TRUE(absl::IsUnknown(answer));
  election_.automatic = false;
  election_.Depose();
  loop_.Settle();
  EXPECT_TRUE(absl::IsUnavailable(answer)) << answer;
}

TEST_F(MasterFailoverTest, ACandidateMayBeDestroyedAtAnyTime) {
  AddMaster();
  AddMaster();
  masters_.erase(masters_.begin());
  loop_.Settle();
  EXPECT_TRUE(Leads(*masters_[0])) << "destroying a leader withdraws it";
  election_.automatic = false;
  election_.Depose();
  masters_.clear();  // While it waits to stand again.
  loop_.Advance(absl::Minutes(1));
  EXPECT_EQ(election_.candidates(), 0u);
}

}  // namespace
}  // namespace mesos
