// Election, detection and registry with a real ensemble of three servers.
#include "mesos/zookeeper.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/event_loop.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/base/notification.h"
#include "mesoslib/base/worker_pool.h"
#include "mesoslib/coordination/c_zookeeper.h"
#include "mesoslib/coordination/testing/ensemble.h"

namespace mesos {
namespace {

using testing::HasSubstr;

constexpr absl::Duration kTimeout = absl::Seconds(2);
constexpr std::chrono::seconds kPatience(30);

// Something that threads change and a test waits for.
class Watched {
 public:
  void Change(const std::function<void()>& change) {
    MutexLock lock(&mutex_);
    change();
    changed_.NotifyAll();
  }
  bool WaitUntil(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    MutexLock lock(&mutex_);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      changed_.WaitUntil(&mutex_, deadline);
    }
    return true;
  }

 private:
  Mutex mutex_;
  Condition changed_;
};

// A process with a master: it stands for election, always.
class Stander final : public LeaderElection::Candidate {
 public:
  Stander(Watched* watched, std::string id, const std::string& url)
      : watched_(watched), id_(std::move(id)) {
    auto zookeeper = CreateZooKeeper({.url = url, .session_timeout = kTimeout}, loop_.get());
    EXPECT_TRUE(zookeeper.ok()) << zookeeper.status();
    zookeeper_ = *std::move(zookeeper);
    RunOn(loop_.get(), [this] {
      detection_ = zookeeper_->detector().Watch([this](const std::optional<Leader>& leader) {
        watched_->Change([&] { sees_ = leader.has_value() ? leader->info.id() : "nobody"; });
      });
    });
  }
  ~Stander() override {
    RunOn(loop_.get(), [this] {
      candidacy_.reset();
      detection_.reset();
    });
  }

  void Contend() {
    RunOn(loop_.get(), [this] { Stand(); });
  }

  void Elected() override {
    watched_->Change([this] {
      leads_ = true;
      ++terms_;
      elected_at_ = absl::Now();
    });
  }
  void Lost(absl::Status why) override {
    watched_->Change([&] {
      leads_ = false;
      lost_at_ = absl::Now();
      why_ = std::string(why.message());
    });
    Stand();
  }

  // Under the lock of Watched.
  bool leads() const { return leads_; }
  int terms() const { return terms_; }
  const std::string& sees() const { return sees_; }
  absl::Time elected_at() const { return elected_at_; }
  absl::Time lost_at() const { return lost_at_; }
  const std::string& why() const { return why_; }

  absl::StatusOr<StateStore::Snapshot> Load() {
    return Ask<StateStore::Snapshot>([this](auto done) { zookeeper_->registry().Load(done); });
  }
  absl::StatusOr<uint64_t> Commit(std::vector<StateStore::Mutation> mutations, uint64_t expected) {
    return Ask<uint64_t>(
        [&](auto done) { zookeeper_->registry().Commit(std::move(mutations), expected, done); });
  }
  // Until there is a session.
  StateStore::Snapshot LoadAtLast() {
    while (true) {
      auto snapshot = Load();
      if (snapshot.ok()) return *std::move(snapshot);
      EXPECT_TRUE(absl::IsUnavailable(snapshot.status())) << snapshot.status();
    }
  }

 private:
  template <typename T, typename F>
  absl::StatusOr<T> Ask(F ask) {
    auto result = std::make_shared<std::optional<absl::StatusOr<T>>>();
    auto answered = std::make_shared<Notification>();
    RunOn(loop_.get(), [&] {
      ask([result, answered](absl::StatusOr<T> answer) {
        *result = std::move(answer);
        answered->Notify();
      });
    });
    if (!answered->WaitForNotificationWithTimeout(absl::Seconds(30))) {
      return absl::DeadlineExceededError("no answer in 30 s");
    }
    return *std::move(*result);
  }

  void Stand() {
    Leader self;
    self.info.set_id(id_);
    self.info.set_hostname("host-of-" + id_);
    candidacy_ = zookeeper_->election().Contend(self, this);
  }

  Watched* const watched_;
  const std::string id_;
  const std::unique_ptr<EventLoop> loop_ = CreateThreadEventLoop("stander").value();
  std::unique_ptr<ZooKeeper> zookeeper_;
  std::unique_ptr<LeaderDetector::Detection> detection_;
  std::unique_ptr<LeaderElection::Candidacy> candidacy_;
  bool leads_ = false;
  int terms_ = 0;
  std::string sees_;
  std::string why_;
  absl::Time elected_at_;
  absl::Time lost_at_;
};

// A raw session, for what an operator or a stranger does.
class Operator final : public ZooKeeperHandle::Listener {
 public:
  Operator(const Ensemble& ensemble, const std::string& credentials) {
    std::string servers = ensemble.url("");
    servers = servers.substr(servers.find("//") + 2);
    RunOn(loop_.get(), [&] {
      handle_ =
          CreateCZooKeeper({servers, credentials, kTimeout}, this, worker_.get(), loop_.get());
    });
    EXPECT_TRUE(connected_.WaitForNotificationWithTimeout(absl::Seconds(30)));
  }
  ~Operator() override {
    RunOn(loop_.get(), [this] { handle_.reset(); });
    Notification closed;
    worker_->Run([&] { closed.Notify(); });
    closed.WaitForNotification();
  }

  absl::Status Create(const std::string& path, const std::string& data) {
    return Ask([&](auto done) { handle_->Create(path, data, ZooKeeperAcl::kOwn, done); });
  }
  absl::Status Delete(const std::string& path) {
    return Ask([&](auto done) { handle_->Delete(path, done); });
  }
  absl::StatusOr<std::string> Get(const std::string& path) {
    auto data = std::make_shared<std::string>();
    const absl::Status status = Ask([&](auto done) {
      handle_->Get(path, [data, done](absl::StatusOr<ZooKeeperNode> node) {
        if (node.ok()) *data = node->data;
        done(node.status());
      });
    });
    if (!status.ok()) return status;
    return *data;
  }
  std::vector<std::string> Children(const std::string& path) {
    auto names = std::make_shared<std::vector<std::string>>();
    EXPECT_TRUE(Ask([&](auto done) {
                  handle_->Children(path, [names, done](auto children) {
                    if (children.ok()) *names = *children;
                    done(children.status());
                  });
                }).ok());
    return *names;
  }

 private:
  void StateChanged(ZooKeeperHandle::State state, absl::Status /*why*/) override {
    if (state == ZooKeeperHandle::State::kConnected && !connected_.HasBeenNotified()) {
      connected_.Notify();
    }
  }
  void NodeChanged(const std::string& /*path*/) override {}

  absl::Status Ask(const std::function<void(std::function<void(absl::Status)>)>& ask) {
    absl::Status result;
    Notification answered;
    RunOn(loop_.get(), [&] {
      ask([&](absl::Status status) {
        result = std::move(status);
        answered.Notify();
      });
    });
    answered.WaitForNotification();
    return result;
  }

  const std::unique_ptr<WorkerPool> worker_ = WorkerPool::Create("operator", 1).value();
  const std::unique_ptr<EventLoop> loop_ = CreateThreadEventLoop("operator").value();
  Notification connected_;
  std::unique_ptr<ZooKeeperHandle> handle_;
};

class ZooKeeperTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (Ensemble::Missing().empty()) ensemble_ = new Ensemble;
  }
  static void TearDownTestSuite() {
    delete ensemble_;
    ensemble_ = nullptr;
  }

  void SetUp() override {
    if (ensemble_ == nullptr) GTEST_SKIP() << Ensemble::Missing();
    for (int i = 0; i < 2; ++i) routes_.push_back(std::make_unique<Ensemble::Route>(*ensemble_));
    path_ =
        absl::StrCat("/", testing::UnitTest::GetInstance()->current_test_info()->name(), "/mesos");
  }

  // a leads, b stands by.
  void Elect() {
    a_.emplace(&watched_, "a", routes_[0]->url(path_));
    a_->Contend();
    ASSERT_TRUE(watched_.WaitUntil([&] { return a_->leads(); }));
    b_.emplace(&watched_, "b", routes_[1]->url(path_));
    b_->Contend();
    ASSERT_TRUE(watched_.WaitUntil([&] { return b_->sees() == "a"; }));
  }
  bool OneLeads() {
    return watched_.WaitUntil([&] {
      return a_->leads() != b_->leads() && a_->sees() == b_->sees() &&
             a_->sees() == (a_->leads() ? "a" : "b");
    });
  }
  // b has taken over, and not before a knew.
  void ExpectHandover() {
    ASSERT_TRUE(watched_.WaitUntil([&] { return b_->leads(); }));
    ASSERT_TRUE(watched_.WaitUntil([&] { return a_->lost_at() > absl::Time(); }));
    watched_.Change([&] { EXPECT_LT(a_->lost_at(), b_->elected_at()); });
  }

  static Ensemble* ensemble_;
  std::string path_;
  Watched watched_;
  std::vector<std::unique_ptr<Ensemble::Route>> routes_;
  std::optional<Stander> a_;
  std::optional<Stander> b_;
};

Ensemble* ZooKeeperTest::ensemble_ = nullptr;

TEST_F(ZooKeeperTest, ElectsOneAndAnnouncesIt) {
  Elect();
  Operator stranger(*ensemble_, "");
  const std::vector<std::string> names = stranger.Children(path_);
  ASSERT_EQ(names.size(), 2u);
  const std::string first = std::min(names[0], names[1]);
  EXPECT_EQ(first, "json.info_0000000000");
  EXPECT_EQ(stranger.Get(path_ + "/" + first).value(), R"({"id":"a","hostname":"host-of-a"})");
  a_.reset();
  ASSERT_TRUE(watched_.WaitUntil([&] { return b_->leads() && b_->sees() == "b"; }));
  EXPECT_EQ(stranger.Children(path_).size(), 1u) << "a's session ended at once";
}

TEST_F(ZooKeeperTest, ALeaderWhoseZnodeIsDeletedStepsDownAndStandsAgain) {
  Elect();
  Operator operating(*ensemble_, "");
  ASSERT_TRUE(operating.Delete(path_ + "/json.info_0000000000").ok());
  ASSERT_TRUE(watched_.WaitUntil([&] { return b_->leads() && !a_->leads(); }));
  EXPECT_THAT(a_->why(), HasSubstr("json.info_0000000000 is gone"));
  ASSERT_TRUE(OneLeads());
}

TEST_F(ZooKeeperTest, Case35_ASessionThatServersEndEndsTheLeadership) {
  Elect();
  routes_[0]->EndSessions();
  ASSERT_TRUE(watched_.WaitUntil([&] { return b_->leads() && !a_->leads(); }));
  ASSERT_TRUE(OneLeads());
}

TEST_F(ZooKeeperTest, Case35_ALeaderThatIsCutOffKnowsItBeforeAnotherLeads) {
  Elect();
  routes_[0]->SetMode(Relay::Mode::kCut);
  ExpectHandover();
  routes_[0]->SetMode(Relay::Mode::kForward);
  ASSERT_TRUE(OneLeads());
}

TEST_F(ZooKeeperTest, Case35_ALeaderThatHearsNothingKnowsItBeforeAnotherLeads) {
  Elect();
  routes_[0]->SetMode(Relay::Mode::kStall);
  ExpectHandover();
  routes_[0]->SetMode(Relay::Mode::kForward);
  ASSERT_TRUE(OneLeads());
}

TEST_F(ZooKeeperTest, AServerThatIsKilledOrPausedIsReplacedByAnother) {
  Elect();
  const int leader = ensemble_->Leader();
  ensemble_->Kill(leader);
  ASSERT_TRUE(OneLeads());
  const int next = ensemble_->Leader();
  EXPECT_NE(next, leader);
  ensemble_->Start(leader);
  ensemble_->WaitForServing(3);
  ASSERT_TRUE(OneLeads());
  ensemble_->Pause(next);
  ensemble_->WaitForServing(2);
  ASSERT_TRUE(OneLeads());
  ensemble_->Continue(next);
  ensemble_->WaitForServing(3);
  ASSERT_TRUE(OneLeads());
  const uint64_t version = a_->LoadAtLast().version;
  EXPECT_TRUE(a_->Commit({{"k", "v"}}, version).ok());
}

TEST_F(ZooKeeperTest, Case35_AllServersAwayForLongerThanTheSessionAndBack) {
  Elect();
  for (int i = 0; i < Ensemble::kServers; ++i) ensemble_->Kill(i);
  ASSERT_TRUE(watched_.WaitUntil(
      [&] { return !a_->leads() && a_->sees() == "nobody" && b_->sees() == "nobody"; }));
  EXPECT_TRUE(absl::IsUnavailable(a_->Load().status()));
  for (int i = 0; i < Ensemble::kServers; ++i) ensemble_->Start(i);
  ensemble_->WaitForServing(3);
  ASSERT_TRUE(OneLeads());
}

TEST_F(ZooKeeperTest, Case34_WhoHasBeenOvertakenCannotWrite) {
  Elect();
  ASSERT_EQ(a_->LoadAtLast().version, 0u);
  ASSERT_EQ(a_->Commit({{"master", "a"}}, 0).value(), 1u);
  ASSERT_EQ(b_->LoadAtLast().version, 1u);
  ASSERT_EQ(b_->Commit({{"master", "b"}}, 1).value(), 2u);
  EXPECT_TRUE(absl::IsAborted(a_->Commit({{"late", "a"}}, 1).status()));
  EXPECT_TRUE(absl::IsAborted(a_->Commit({{"late", std::string(3'000'000, 'x')}}, 2).status()));
  EXPECT_EQ(b_->LoadAtLast().entries, (std::map<std::string, std::string>{{"master", "b"}}));
}

TEST_F(ZooKeeperTest, Case36_ARegistryThatCannotBeReachedFailsAndHeals) {
  Elect();
  ASSERT_EQ(a_->LoadAtLast().version, 0u);
  ASSERT_TRUE(a_->Commit({{"k", "1"}}, 0).ok());
  routes_[0]->SetMode(Relay::Mode::kStall);
  EXPECT_TRUE(absl::IsUnavailable(a_->Commit({{"k", "2"}}, 1).status()));
  EXPECT_TRUE(absl::IsUnavailable(a_->Load().status()));
  routes_[0]->SetMode(Relay::Mode::kForward);
  const StateStore::Snapshot snapshot = a_->LoadAtLast();
  EXPECT_GE(snapshot.version, 1u);
  EXPECT_TRUE(a_->Commit({{"k", "3"}}, snapshot.version).ok());
}

TEST_F(ZooKeeperTest, AConnectionThatBreaksDuringCommitsLosesAndDoublesNothing) {
  Elect();
  uint64_t version = a_->LoadAtLast().version;
  ASSERT_TRUE(a_->Commit({{"count", "0"}}, version).ok());
  ++version;
  for (int i = 1; i <= 30; ++i) {
    if (i % 3 == 0) {
      routes_[0]->SetMode(Relay::Mode::kCut);
      routes_[0]->SetMode(Relay::Mode::kForward);
    }
    auto committed = a_->Commit({{"count", absl::StrCat(i)}}, version);
    ASSERT_TRUE(committed.ok()) << committed.status();
    ASSERT_EQ(*committed, ++version);
  }
  EXPECT_EQ(b_->LoadAtLast().entries.at("count"), "30");
}

TEST_F(ZooKeeperTest, FiftyThousandAgentsFitIntoTheRegistry) {
  Elect();
  uint64_t version = a_->LoadAtLast().version;
  const absl::Time begin = absl::Now();
  for (int batch = 0; batch < 50; ++batch) {
    std::vector<StateStore::Mutation> mutations;
    for (int i = 0; i < 1000; ++i) {
      mutations.push_back({absl::StrFormat("agents/5f2c-S%d", 1000 * batch + i),
                           std::string(600, static_cast<char>('a' + i % 26))});
    }
    auto committed = a_->Commit(std::move(mutations), version);
    ASSERT_TRUE(committed.ok()) << committed.status();
    version = *committed;
  }
  const absl::Time written = absl::Now();
  EXPECT_EQ(b_->LoadAtLast().entries.size(), 50'000u);
  const absl::Time read = absl::Now();
  std::printf("50,000 agents in 50 commits: %.2f s, read in %.2f s\n",
              absl::ToDoubleSeconds(written - begin), absl::ToDoubleSeconds(read - written));
  Operator stranger(*ensemble_, "");
  EXPECT_LT(stranger.Children(path_ + "/registry").size(), 800u);
}

TEST_F(ZooKeeperTest, APasswordKeepsOthersFromWritingAndNobodyFromReading) {
  a_.emplace(&watched_, "a", ensemble_->url(path_, "user:secret"));
  a_->Contend();
  ASSERT_TRUE(watched_.WaitUntil([&] { return a_->leads(); }));
  ASSERT_EQ(a_->LoadAtLast().version, 0u);
  ASSERT_TRUE(a_->Commit({{"k", "v"}}, 0).ok());

  Operator stranger(*ensemble_, "user:wrong");
  const std::string node = path_ + "/json.info_0000000000";
  EXPECT_THAT(stranger.Get(node).value(), HasSubstr("host-of-a"));
  EXPECT_TRUE(stranger.Get(path_ + "/registry/head").ok());
  EXPECT_TRUE(stranger.Create(path_ + "/other", "").ok()) << "log_replicas and the like";
  EXPECT_TRUE(absl::IsPermissionDenied(stranger.Delete(node)));
  EXPECT_TRUE(absl::IsPermissionDenied(stranger.Delete(path_ + "/registry/head")));
  EXPECT_TRUE(absl::IsPermissionDenied(stranger.Create(path_ + "/registry/strange", "")));

  Stander intruder(&watched_, "intruder", ensemble_->url(path_));
  const uint64_t version = intruder.LoadAtLast().version;
  const absl::Status refused = intruder.Commit({{"k", "bad"}}, version).status();
  EXPECT_TRUE(absl::IsPermissionDenied(refused)) << refused;

  Operator owner(*ensemble_, "user:secret");
  EXPECT_TRUE(owner.Delete(node).ok());
}

TEST_F(ZooKeeperTest, ItMayBeDestroyedAtAnyTime) {
  for (int i = 0; i < 20; ++i) {
    Stander stander(&watched_, "x", routes_[0]->url(path_));
    stander.Contend();
    if (i % 3 == 1) {
      watched_.WaitUntil([&] { return stander.leads(); });
    }
    if (i % 3 == 2) {
      watched_.WaitUntil([&] { return stander.leads(); });
      routes_[0]->SetMode(Relay::Mode::kCut);
      routes_[0]->SetMode(Relay::Mode::kForward);
    }
  }
  Operator stranger(*ensemble_, "");
  Stander last(&watched_, "last", routes_[0]->url(path_));
  last.Contend();
  EXPECT_TRUE(watched_.WaitUntil([&] { return last.leads(); }));
}

TEST(ZooKeeperFactoryTest, RefusesWhatItCannotWorkWith) {
  auto loop = CreateThreadEventLoop("test").value();
  const std::string url = "zk://127.0.0.1:1/mesos";
  EXPECT_EQ(CreateZooKeeper({.url = url}, nullptr).status(),
            absl::InvalidArgumentError("loop is null"));
  EXPECT_THAT(std::string(CreateZooKeeper({.url = "zk://"}, loop.get()).status().message()),
              HasSubstr("names no server"));
  for (absl::Duration timeout : {absl::ZeroDuration(), absl::Seconds(-1), absl::InfiniteDuration(),
                                 absl::Milliseconds(99), absl::Hours(2)}) {
    EXPECT_THAT(std::string(CreateZooKeeper({.url = url, .session_timeout = timeout}, loop.get())
                                .status()
                                .message()),
                HasSubstr("session_timeout"));
  }
}

TEST(ZooKeeperFactoryTest, NobodyThereIsNoError) {
  for (const char* url : {"zk://127.0.0.1:1/mesos", "zk://no-such-host.invalid:2181/mesos"}) {
    Watched watched;
    Stander stander(&watched, "a", url);
    stander.Contend();
    EXPECT_TRUE(watched.WaitUntil([&] { return stander.sees() == "nobody"; }));
    EXPECT_TRUE(absl::IsUnavailable(stander.Load().status()));
  }
}

}  // namespace
}  // namespace mesos
