#include "mesoslib/coordination/zookeeper_state_store.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesos/random.h"
#include "mesoslib/base/simulated_event_loop.h"
#include "mesoslib/coordination/testing/fake_zookeeper.h"
#include "mesoslib/coordination/zookeeper_coordination.h"

namespace mesos {
namespace {

using testing::HasSubstr;
using testing::SizeIs;
using Fault = FakeZooKeeper::Fault;
using Mutations = std::vector<StateStore::Mutation>;

constexpr char kFolder[] = "/mesos/registry";

// A process with a registry.
class Keeper {
 public:
  Keeper(FakeZooKeeper* ensemble, SimulatedEventLoop* loop, uint64_t seed)
      : loop_(loop),
        random_(CreateSeededRandom(seed)),
        parts_(ensemble->Connector(), "/mesos", absl::Seconds(10), loop, random_.get(), nullptr) {
    loop_->Advance(absl::Seconds(1));
  }

  absl::StatusOr<StateStore::Snapshot> Load() {
    std::optional<absl::StatusOr<StateStore::Snapshot>> result;
    store().Load([&](auto snapshot) { result = std::move(snapshot); });
    for (int i = 0; i < 600 && !result.has_value(); ++i) loop_->Advance(absl::Milliseconds(100));
    if (!result.has_value()) return absl::DeadlineExceededError("no answer");
    return *std::move(result);
  }

  absl::StatusOr<uint64_t> Commit(Mutations mutations, uint64_t expected) {
    std::optional<absl::StatusOr<uint64_t>> result;
    store().Commit(std::move(mutations), expected, [&](auto version) { result = version; });
    for (int i = 0; i < 600 && !result.has_value(); ++i) loop_->Advance(absl::Milliseconds(100));
    if (!result.has_value()) return absl::DeadlineExceededError("no answer");
    return *std::move(result);
  }

  StateStore& store() { return parts_.registry; }

 private:
  SimulatedEventLoop* const loop_;
  const std::unique_ptr<Random> random_;
  ZooKeeperCoordination parts_;
};

class ZooKeeperStateStoreTest : public testing::Test {
 protected:
  SimulatedEventLoop loop_;
  FakeZooKeeper ensemble_{&loop_};
  Keeper a_{&ensemble_, &loop_, 1};
};

TEST_F(ZooKeeperStateStoreTest, KeepsWhatWasCommitted) {
  auto empty = a_.Load();
  ASSERT_TRUE(empty.ok()) << empty.status();
  EXPECT_EQ(empty->version, 0u);
  EXPECT_EQ(a_.Commit({{"a", "1"}, {"b", "2"}}, 0).value(), 1u);
  EXPECT_EQ(a_.Commit({{"a", std::nullopt}, {"c", std::string("\0x", 2)}}, 1).value(), 2u);
  EXPECT_EQ(a_.Commit({}, 2).value(), 3u);

  Keeper b(&ensemble_, &loop_, 2);
  auto snapshot = b.Load();
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ(snapshot->version, 3u);
  EXPECT_EQ(snapshot->entries,
            (std::map<std::string, std::string>{{"b", "2"}, {"c", std::string("\0x", 2)}}));
  EXPECT_EQ(b.Commit({{"b", std::nullopt}, {"c", std::nullopt}}, 3).value(), 4u);
  EXPECT_TRUE(a_.Load()->entries.empty());
  EXPECT_THAT(ensemble_.ChildrenOf(kFolder), SizeIs(1)) << "only the head";
}

TEST_F(ZooKeeperStateStoreTest, RefusesWhatMakesNoSenseAndChangesNothing) {
  EXPECT_TRUE(absl::IsFailedPrecondition(a_.Commit({{"a", "1"}}, 0).status())) << "not loaded";
  a_.Load().IgnoreError();
  EXPECT_TRUE(absl::IsInvalidArgument(a_.Commit({{"", "1"}}, 0).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(a_.Commit({{std::string(20'000, 'k'), "1"}}, 0).status()));
  EXPECT_TRUE(absl::IsAborted(a_.Commit({{"a", "1"}}, 5).status()));
  EXPECT_EQ(a_.Commit({{"a", "2"}}, 0).value(), 1u);
  EXPECT_EQ(a_.Load()->entries.at("a"), "2");
}

TEST_F(ZooKeeperStateStoreTest, CommitsThatWaitTogetherCostOneWrite) {
  a_.Load().IgnoreError();
  const int before = ensemble_.writes();
  std::vector<uint64_t> versions;
  for (uint64_t i = 0; i < 100; ++i) {
    a_.store().Commit({{absl::StrCat("k", i), "v"}}, i,
                      [&](absl::StatusOr<uint64_t> version) { versions.push_back(*version); });
  }
  loop_.Advance(absl::Seconds(1));
  ASSERT_THAT(versions, SizeIs(100));
  EXPECT_EQ(versions.back(), 100u);
  EXPECT_LE(ensemble_.writes() - before, 2);
  EXPECT_THAT(a_.Load()->entries, SizeIs(100));
}

TEST_F(ZooKeeperStateStoreTest, Case34_WhoHasBeenOvertakenChangesNothing) {
  a_.Load().IgnoreError();
  ASSERT_TRUE(a_.Commit({{"a", "1"}}, 0).ok());
  Keeper b(&ensemble_, &loop_, 2);
  ASSERT_TRUE(b.Load().ok());
  ASSERT_EQ(b.Commit({{"master", "b"}}, 1).value(), 2u);

  const absl::Status late = a_.Commit({{"a", "late"}}, 1).status();
  EXPECT_TRUE(absl::IsAborted(late)) << late;
  EXPECT_THAT(std::string(late.message()), HasSubstr("version 2"));
  EXPECT_TRUE(absl::IsAborted(a_.Commit({{"a", "later"}}, 2).status())) << "until it is loaded";
  const Mutations big = {{"big", std::string(5'000'000, 'x')}};
  ASSERT_TRUE(a_.Load().ok());
  ASSERT_TRUE(b.Commit({{"b", "1"}}, 2).ok());
  EXPECT_TRUE(absl::IsAborted(a_.Commit(big, 2).status())) << "also what is staged";
  EXPECT_EQ(b.Load()->entries.at("a"), "1");
  EXPECT_FALSE(b.Load()->entries.contains("big"));
}

TEST_F(ZooKeeperStateStoreTest, WhatWasNeverListedIsRemovedByTheNextWriter) {
  a_.Load().IgnoreError();
  ensemble_.FailWrite(5, Fault::kLostBefore);
  a_.store().Commit({{"big", std::string(5'000'000, 'x')}}, 0, [](auto) {});
  loop_.Advance(absl::Milliseconds(1));
  ensemble_.ExpireSessions();
  loop_.Advance(absl::Seconds(1));
  EXPECT_GT(ensemble_.ChildrenOf(kFolder).size(), 2u) << "pages that nobody listed";
  Keeper b(&ensemble_, &loop_, 2);
  const uint64_t version = b.Load()->version;
  ASSERT_TRUE(b.Commit({{"b", "1"}}, version).ok());
  loop_.Advance(absl::Seconds(1));
  ASSERT_TRUE(b.Commit({{"b", "2"}}, version + 1).ok());
  EXPECT_THAT(ensemble_.ChildrenOf(kFolder), SizeIs(2));
}

TEST_F(ZooKeeperStateStoreTest, NoNodePasses512KiBAndNoRequest1MiB) {
  a_.Load().IgnoreError();
  Mutations mutations;
  for (int i = 0; i < 50'000; ++i) {
    mutations.push_back({absl::StrCat("agents/S", i), std::string(300, 'x')});
  }
  ASSERT_EQ(a_.Commit(mutations, 0).value(), 1u);
  ASSERT_EQ(a_.Commit({{"huge", std::string(7'000'000, 'y')}}, 1).value(), 2u);
  for (size_t i = 0; i < mutations.size(); i += 7) mutations[i].value = std::nullopt;
  ASSERT_EQ(a_.Commit(mutations, 2).value(), 3u);
  EXPECT_LE(ensemble_.max_node_bytes(), size_t{512} << 10);
  EXPECT_LT(ensemble_.max_request_bytes(), size_t{900} << 10);
  EXPECT_LT(ensemble_.ChildrenOf(kFolder).size(), 400u);
  Keeper b(&ensemble_, &loop_, 2);
  auto snapshot = b.Load();
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ(snapshot->entries.size(), 50'000u - 7'143u + 1u);
  EXPECT_EQ(snapshot->entries.at("huge").size(), 7'000'000u);
}

// The n-th write fails, for every n, before or after it was done: what was answered is there, the
// rest is as if it had never been or as if it had been answered.
TEST_F(ZooKeeperStateStoreTest, EveryWriteMayFail) {
  for (Fault fault : {Fault::kLostBefore, Fault::kLostAfter}) {
    for (int nth = 1; nth <= 12; ++nth) {
      SimulatedEventLoop loop;
      FakeZooKeeper ensemble(&loop);
      Keeper keeper(&ensemble, &loop, 1);
      ensemble.FailWrite(nth, fault);
      ASSERT_TRUE(keeper.Load().ok());
      const std::string big(2'000'000, 'x');
      EXPECT_EQ(keeper.Commit({{"a", "1"}}, 0).value(), 1u) << nth;
      EXPECT_EQ(keeper.Commit({{"big", big}}, 1).value(), 2u) << nth;
      EXPECT_EQ(keeper.Commit({{"a", std::nullopt}, {"c", "3"}}, 2).value(), 3u) << nth;
      Keeper other(&ensemble, &loop, 2);
      auto snapshot = other.Load();
      ASSERT_TRUE(snapshot.ok()) << nth << " " << snapshot.status();
      EXPECT_EQ(snapshot->version, 3u);
      EXPECT_EQ(snapshot->entries, (std::map<std::string, std::string>{{"big", big}, {"c", "3"}}));
    }
  }
}

TEST_F(ZooKeeperStateStoreTest, ALostSessionBreaksItUntilItIsLoadedAgain) {
  a_.Load().IgnoreError();
  ASSERT_TRUE(a_.Commit({{"a", "1"}}, 0).ok());
  ensemble_.SetSilent(true);
  const absl::Status lost = a_.Commit({{"a", "2"}}, 1).status();
  EXPECT_TRUE(absl::IsUnavailable(lost)) << lost;
  EXPECT_THAT(std::string(lost.message()), HasSubstr("load the registry anew"));
  EXPECT_TRUE(absl::IsUnavailable(a_.Load().status()));
  ensemble_.SetSilent(false);
  loop_.Advance(absl::Seconds(30));
  EXPECT_TRUE(absl::IsUnavailable(a_.Commit({{"a", "3"}}, 1).status()));
  auto snapshot = a_.Load();
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_TRUE(a_.Commit({{"a", "4"}}, snapshot->version).ok());
}

TEST_F(ZooKeeperStateStoreTest, Case36_DamageIsNamedAndHealedLoads) {
  a_.Load().IgnoreError();
  ASSERT_TRUE(a_.Commit({{"a", "1"}}, 0).ok());
  const auto whole = ensemble_.nodes();
  for (const auto& [path, node] : whole) {
    if (!absl::StartsWith(path, absl::StrCat(kFolder, "/"))) continue;
    ensemble_.nodes()[path].data = "garbage";
    absl::Status status = a_.Load().status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(path));
    EXPECT_TRUE(absl::IsDataLoss(a_.Commit({{"a", "2"}}, 1).status()));
    ensemble_.nodes()[path].data = node.data;
    EXPECT_TRUE(a_.Load().ok());
    if (absl::EndsWith(path, "/head")) continue;
    ensemble_.nodes().erase(path);
    status = a_.Load().status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(path));
    ensemble_.nodes()[path] = node;
    EXPECT_TRUE(a_.Load().ok());
  }
}

TEST_F(ZooKeeperStateStoreTest, APageThatIsGoneBreaksTheCommitThatReplacesIt) {
  a_.Load().IgnoreError();
  ASSERT_TRUE(a_.Commit({{"a", "1"}}, 0).ok());
  for (const std::string& name : ensemble_.ChildrenOf(kFolder)) {
    if (name != "head") ensemble_.Erase(absl::StrCat(kFolder, "/", name));
  }
  EXPECT_TRUE(absl::IsDataLoss(a_.Commit({{"a", "2"}}, 1).status()));
}

TEST_F(ZooKeeperStateStoreTest, AReaderMeetsAWriterAndStillReadsOneState) {
  a_.Load().IgnoreError();
  ASSERT_TRUE(a_.Commit({{"a", "0"}, {"b", std::string(600'000, '0')}}, 0).ok());
  Keeper b(&ensemble_, &loop_, 2);
  ensemble_.SetDelay(absl::Milliseconds(7));
  std::optional<absl::StatusOr<StateStore::Snapshot>> read;
  b.store().Load([&](auto snapshot) { read = std::move(snapshot); });
  uint64_t version = 1;
  for (int i = 1; i < 6; ++i) {
    version =
        a_.Commit({{"a", absl::StrCat(i)}, {"b", std::string(600'000, '0' + i)}}, version).value();
  }
  loop_.Advance(absl::Minutes(1));
  ASSERT_TRUE(read.has_value());
  ASSERT_TRUE(read->ok()) << read->status();
  EXPECT_EQ((*read)->entries.at("b"), std::string(600'000, (*read)->entries.at("a")[0]));
}

}  // namespace
}  // namespace mesos
