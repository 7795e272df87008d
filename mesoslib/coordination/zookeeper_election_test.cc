#include "mesoslib/coordination/zookeeper_election.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/random.h"
#include "mesoslib/base/simulated_event_loop.h"
#include "mesoslib/coordination/testing/fake_zookeeper.h"
#include "mesoslib/coordination/zookeeper_coordination.h"

namespace mesos {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class Warnings final : public LogSink {
 public:
  void Log(LogLevel level, absl::string_view line) override {
    if (level != LogLevel::kInfo) lines.emplace_back(line);
  }
  std::vector<std::string> lines;
};

// A process with a master in it, that stands again whenever it has lost.
class Stander final : public LeaderElection::Candidate {
 public:
  Stander(FakeZooKeeper* ensemble, SimulatedEventLoop* loop, std::string id)
      : loop_(loop),
        id_(std::move(id)),
        random_(CreateSeededRandom(std::hash<std::string>()(id_))) {
    parts_.emplace(ensemble->Connector(), "/prod/mesos", absl::Seconds(10), loop, random_.get(),
                   &warnings_);
    detection_ = parts_->detector.Watch([this](const std::optional<Leader>& leader) {
      seen_.push_back(leader.has_value() ? leader->info.id() : "nobody");
    });
  }

  void Contend() {
    Leader self;
    self.info.set_id(id_);
    self.info.set_hostname("host-of-" + id_);
    candidacy_ = parts_->election.Contend(self, this);
  }
  void Withdraw() { candidacy_.reset(); }

  void Elected() override {
    EXPECT_FALSE(leads);
    leads = true;
    ++terms;
  }
  void Lost(absl::Status why) override {
    leads = false;
    lost_at = loop_->Now();
    losses.push_back(std::string(why.message()));
    if (stands_again) Contend();
  }

  std::vector<std::string> TakeSeen() { return std::exchange(seen_, {}); }
  ZooKeeperCoordination& parts() { return *parts_; }
  const std::vector<std::string>& warnings() const { return warnings_.lines; }

  bool leads = false;
  bool stands_again = true;
  int terms = 0;
  absl::Time lost_at;
  std::vector<std::string> losses;

 private:
  SimulatedEventLoop* const loop_;
  const std::string id_;
  const std::unique_ptr<Random> random_;
  Warnings warnings_;
  std::optional<ZooKeeperCoordination> parts_;
  std::unique_ptr<LeaderDetector::Detection> detection_;
  std::unique_ptr<LeaderElection::Candidacy> candidacy_;
  std::vector<std::string> seen_;
};

class ZooKeeperElectionTest : public testing::Test {
 protected:
  void Settle() { loop_.Advance(absl::Seconds(1)); }

  // Time passes in small steps: never do two lead.
  void Advance(absl::Duration duration) {
    for (; duration > absl::ZeroDuration(); duration -= absl::Milliseconds(10)) {
      loop_.Advance(absl::Milliseconds(10));
      ASSERT_LE(a_.leads + b_.leads + c_.leads, 1);
    }
  }

  void AllContend() {
    a_.Contend();
    Settle();
    b_.Contend();
    c_.Contend();
    Settle();
  }

  SimulatedEventLoop loop_;
  FakeZooKeeper ensemble_{&loop_};
  Stander a_{&ensemble_, &loop_, "a"};
  Stander b_{&ensemble_, &loop_, "b"};
  Stander c_{&ensemble_, &loop_, "c"};
};

TEST_F(ZooKeeperElectionTest, TheOneThatStandsLongestLeadsAndEverybodySeesIt) {
  AllContend();
  EXPECT_TRUE(a_.leads);
  EXPECT_FALSE(b_.leads || c_.leads);
  EXPECT_THAT(c_.TakeSeen(), ElementsAre("nobody", "a"));
  EXPECT_THAT(ensemble_.ChildrenOf("/prod/mesos"), SizeIs(3));
  a_.Withdraw();
  Settle();
  EXPECT_TRUE(b_.leads);
  EXPECT_THAT(c_.TakeSeen(), ElementsAre("b"));
  EXPECT_THAT(ensemble_.ChildrenOf("/prod/mesos"), SizeIs(2));
}

TEST_F(ZooKeeperElectionTest, AWithdrawnCandidacyThatIsBeingMadeLeavesNothing) {
  Settle();
  ensemble_.SetDelay(absl::Milliseconds(300));
  a_.Contend();
  loop_.Advance(absl::Milliseconds(100));
  a_.Withdraw();
  Advance(absl::Seconds(2));
  EXPECT_THAT(ensemble_.ChildrenOf("/prod/mesos"), IsEmpty());
  b_.Contend();
  Advance(absl::Seconds(2));
  EXPECT_TRUE(b_.leads);
}

TEST_F(ZooKeeperElectionTest, ALostConnectionChangesNothing) {
  AllContend();
  c_.TakeSeen();
  for (int i = 0; i < 5; ++i) {
    ensemble_.BreakConnections();
    Advance(absl::Seconds(1));
  }
  EXPECT_TRUE(a_.leads);
  EXPECT_EQ(a_.terms, 1);
  EXPECT_THAT(c_.TakeSeen(), IsEmpty());
}

TEST_F(ZooKeeperElectionTest, ALeaderWhoseZnodeIsDeletedHearsLost) {
  AllContend();
  const std::vector<std::string> names = ensemble_.ChildrenOf("/prod/mesos");
  ensemble_.Erase("/prod/mesos/" + names.back());
  Settle();
  EXPECT_THAT(a_.losses, ElementsAre(HasSubstr("is gone")));
  EXPECT_FALSE(a_.leads);
  EXPECT_TRUE(b_.leads);
  EXPECT_THAT(ensemble_.ChildrenOf("/prod/mesos"), SizeIs(3)) << "it stands again";
}

TEST_F(ZooKeeperElectionTest, Case35_AnExpiredSessionEndsALeadershipAndOthersLead) {
  AllContend();
  for (int i = 0; i < 3; ++i) {
    ensemble_.ExpireSessions();
    Advance(absl::Seconds(5));
    EXPECT_EQ(a_.leads + b_.leads + c_.leads, 1);
  }
  EXPECT_THAT(a_.losses, SizeIs(3));
}

TEST_F(ZooKeeperElectionTest, Case35_AnEnsembleThatIsAwayEndsALeadershipBeforeTheSession) {
  AllContend();
  const absl::Time cut = loop_.Now();
  ensemble_.SetAway(true);
  Advance(absl::Hours(1) / 20);
  EXPECT_FALSE(a_.leads || b_.leads || c_.leads);
  EXPECT_LT(a_.lost_at, cut + FakeZooKeeper::kSessionTimeout);
  EXPECT_THAT(a_.losses, ElementsAre(HasSubstr("has not confirmed the session")));
  EXPECT_THAT(b_.TakeSeen(), ElementsAre("nobody", "a", "nobody"));
  EXPECT_LT(b_.warnings().size(), 60u) << "it does not spin";

  ensemble_.SetAway(false);
  Advance(absl::Seconds(25));
  EXPECT_EQ(a_.leads + b_.leads + c_.leads, 1);
}

TEST_F(ZooKeeperElectionTest, Case35_SilenceEndsALeadershipBeforeTheSession) {
  AllContend();
  const absl::Time cut = loop_.Now();
  ensemble_.SetSilent(true);
  Advance(absl::Minutes(2));
  EXPECT_FALSE(a_.leads || b_.leads || c_.leads);
  EXPECT_LT(a_.lost_at, cut + FakeZooKeeper::kSessionTimeout);
  ensemble_.SetSilent(false);
  Advance(absl::Seconds(25));
  EXPECT_EQ(a_.leads + b_.leads + c_.leads, 1);
}

TEST_F(ZooKeeperElectionTest, Case35_ASlowEnsembleKeepsItsLeader) {
  AllContend();
  ensemble_.SetDelay(absl::Seconds(3));
  Advance(absl::Minutes(5));
  EXPECT_TRUE(a_.leads);
  EXPECT_EQ(a_.terms, 1);
  ensemble_.SetDelay(absl::Seconds(20));
  Advance(absl::Minutes(2));
  EXPECT_FALSE(a_.leads || b_.leads || c_.leads);
  ensemble_.SetDelay(absl::ZeroDuration());
  Advance(absl::Minutes(1));
  EXPECT_EQ(a_.leads + b_.leads + c_.leads, 1);
}

TEST_F(ZooKeeperElectionTest, Case34_NeverDoTwoLeadWhateverHappens) {
  auto random = CreateSeededRandom(34);
  AllContend();
  for (int i = 0; i < 150; ++i) {
    switch (random->Next() % 6) {
      case 0:
        ensemble_.BreakConnections();
        break;
      case 1:
        ensemble_.ExpireSessions();
        break;
      case 2:
        ensemble_.SetAway(random->Next() % 2 == 0);
        break;
      case 3:
        ensemble_.SetSilent(random->Next() % 3 == 0);
        break;
      case 4:
        ensemble_.SetDelay(absl::Milliseconds(random->Next() % 500));
        break;
      case 5:
        ensemble_.FailWrite(1, random->Next() % 2 == 0 ? FakeZooKeeper::Fault::kLostBefore
                                                       : FakeZooKeeper::Fault::kLostAfter);
    }
    Advance(absl::Milliseconds(random->Next() % 8000));
  }
  ensemble_.SetAway(false);
  ensemble_.SetSilent(false);
  ensemble_.SetDelay(absl::ZeroDuration());
  Advance(absl::Seconds(40));
  EXPECT_EQ(a_.leads + b_.leads + c_.leads, 1);
  EXPECT_THAT(ensemble_.ChildrenOf("/prod/mesos"), SizeIs(3));
  EXPECT_GE(a_.terms + b_.terms + c_.terms, 10);
}

TEST_F(ZooKeeperElectionTest, EveryWriteMayFailWhileCandidatesBegin) {
  for (auto fault : {FakeZooKeeper::Fault::kLostBefore, FakeZooKeeper::Fault::kLostAfter}) {
    for (int nth = 1; nth <= 6; ++nth) {
      SimulatedEventLoop loop;
      FakeZooKeeper ensemble(&loop);
      ensemble.FailWrite(nth, fault);
      Stander a(&ensemble, &loop, "a");
      Stander b(&ensemble, &loop, "b");
      a.Contend();
      b.Contend();
      loop.Advance(absl::Minutes(1));
      EXPECT_EQ(a.leads + b.leads, 1) << nth;
      EXPECT_THAT(ensemble.ChildrenOf("/prod/mesos"), SizeIs(2)) << nth;
    }
  }
}

TEST_F(ZooKeeperElectionTest, ForeignAndDamagedZnodesAreIgnoredWithAWarning) {
  const std::string valid = R"({"id":"x","hostname":"h"})";
  ensemble_.Put("/prod/mesos/log_replicas", "");
  ensemble_.Put("/prod/mesos/json.info_0000000000", "\xff not JSON", /*ephemeral=*/true);
  ensemble_.Put("/prod/mesos/info_0000000000", "\xff", /*ephemeral=*/true);
  ensemble_.Put("/prod/mesos/json.info_0000000001", valid, /*ephemeral=*/false);
  ensemble_.Put("/prod/mesos/lock_0000000002", valid, /*ephemeral=*/true);
  ensemble_.Put("/prod/mesos/json.info_0", std::string(100'000, 'x'), /*ephemeral=*/true);
  a_.Contend();
  Settle();
  b_.Contend();
  Settle();
  EXPECT_TRUE(a_.leads);
  EXPECT_THAT(b_.TakeSeen(), ElementsAre("nobody", "a"));
  EXPECT_THAT(b_.warnings(),
              testing::UnorderedElementsAre(
                  HasSubstr("json.info_0000000000' is ignored: it is not a JSON object"),
                  HasSubstr("/info_0000000000' is ignored: it is not a binary MasterInfo"),
                  HasSubstr("json.info_0000000001' is ignored: it is not ephemeral"),
                  HasSubstr("lock_0000000002' is ignored: it is no master's"),
                  HasSubstr("json.info_0' is ignored: it has 100000 bytes")));
}

TEST_F(ZooKeeperElectionTest, AForeignMasterThatStandsLongerLeads) {
  ensemble_.Put("/prod/mesos/json.info_0000000000",
                R"({"id":"x","hostname":"h","ip":16777343,"port":5050})", /*ephemeral=*/true);
  a_.Contend();
  Settle();
  EXPECT_FALSE(a_.leads);
  EXPECT_THAT(b_.TakeSeen(), ElementsAre("nobody", "x"));
  ensemble_.Erase("/prod/mesos/json.info_0000000000");
  Settle();
  EXPECT_TRUE(a_.leads);
}

TEST_F(ZooKeeperElectionTest, OneLostCandidacyIsTheLastCall) {
  a_.stands_again = false;
  a_.Contend();
  Settle();
  ensemble_.ExpireSessions();
  Advance(absl::Minutes(1));
  EXPECT_THAT(a_.losses, SizeIs(1));
  EXPECT_EQ(a_.terms, 1);
}

}  // namespace
}  // namespace mesos
