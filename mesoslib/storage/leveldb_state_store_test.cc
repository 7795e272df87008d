#include "mesoslib/storage/leveldb_state_store.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/notification.h"
#include "mesoslib/storage/faulty_env.h"

namespace mesos {
namespace {

using Mutations = std::vector<StateStore::Mutation>;

class LevelDbStateStoreTest : public testing::Test {
 protected:
  LevelDbStateStoreTest() {
    const testing::TestInfo* test = testing::UnitTest::GetInstance()->current_test_info();
    path_ = absl::StrCat(testing::TempDir(), "/", test->name());
    std::filesystem::remove_all(path_);
    Open();
  }
  ~LevelDbStateStoreTest() override { Close(); }

  void Open() {
    auto database = LevelDbDatabase::Open(path_, faults_.env());
    ASSERT_TRUE(database.ok()) << database.status();
    store_ = CreateLevelDbStateStoreOn(*std::move(database), loop_.get()).value();
  }
  void Close() {
    RunOn(loop_.get(), [this] { store_.reset(); });
  }

  // Commits all of these without waiting in between; the answers in order.
  std::vector<absl::StatusOr<uint64_t>> CommitAll(
      std::vector<std::pair<Mutations, uint64_t>> commits) {
    std::vector<absl::StatusOr<uint64_t>> answers;
    Notification done;
    RunOn(loop_.get(), [&] {
      for (auto& [mutations, expected] : commits) {
        store_->Commit(std::move(mutations), expected, [&](absl::StatusOr<uint64_t> result) {
          EXPECT_TRUE(loop_->InLoop());
          answers.push_back(std::move(result));
          if (answers.size() == commits.size()) done.Notify();
        });
      }
      EXPECT_TRUE(answers.empty()) << "answered before the call returned";
    });
    done.WaitForNotification();
    return answers;
  }

  absl::StatusOr<uint64_t> Commit(Mutations mutations, uint64_t expected) {
    return CommitAll({{std::move(mutations), expected}})[0];
  }

  absl::StatusOr<StateStore::Snapshot> Load() {
    absl::StatusOr<StateStore::Snapshot> answer;
    Notification done;
    RunOn(loop_.get(), [&] {
      store_->Load([&](absl::StatusOr<StateStore::Snapshot> result) {
        answer = std::move(result);
        done.Notify();
      });
    });
    done.WaitForNotification();
    return answer;
  }

  std::string path_;
  FaultyEnv faults_;
  std::unique_ptr<EventLoop> loop_ = CreateThreadEventLoop("test").value();
  std::unique_ptr<StateStore> store_;
};

TEST_F(LevelDbStateStoreTest, KeepsItsStateOverReopening) {
  EXPECT_EQ(*Commit({{"a", "1"}, {"b", "2"}}, 0), 1u);
  EXPECT_EQ(*Commit({{"a", std::nullopt}}, 1), 2u);
  Close();
  Open();
  auto snapshot = Load();
  ASSERT_TRUE(snapshot.ok());
  EXPECT_EQ(snapshot->version, 2u);
  EXPECT_EQ(snapshot->entries, (std::map<std::string, std::string>{{"b", "2"}}));
}

TEST_F(LevelDbStateStoreTest, RefusesACommitAtAnotherVersionAndChangesNothing) {
  auto answers = CommitAll({{{{"a", "1"}}, 0},
                            {{{"a", "stale"}}, 0},
                            {{{"a", "2"}}, 1},
                            {{{"a", "early"}}, 3},
                            {{{"", "no key"}}, 2},
                            {{{"b", "3"}}, 2}});
  EXPECT_EQ(*answers[0], 1u);
  EXPECT_EQ(answers[1].status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(*answers[2], 2u);
  EXPECT_EQ(answers[3].status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(answers[4].status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(*answers[5], 3u);
  auto snapshot = Load();
  EXPECT_EQ(snapshot->version, 3u);
  EXPECT_EQ(snapshot->entries, (std::map<std::string, std::string>{{"a", "2"}, {"b", "3"}}));
}

TEST_F(LevelDbStateStoreTest, CommitsThatWaitTogetherCostOneWrite) {
  const int before = faults_.syncs;
  std::vector<std::pair<Mutations, uint64_t>> commits;
  for (uint64_t version = 0; version < 1000; ++version) {
    commits.push_back({{{"key", absl::StrCat(version)}}, version});
  }
  auto answers = CommitAll(std::move(commits));
  for (uint64_t i = 0; i < answers.size(); ++i) EXPECT_EQ(*answers[i], i + 1);
  // How many the worker found waiting is a matter of timing; the first may have gone alone.
  EXPECT_LT(faults_.syncs - before, 500);
  EXPECT_EQ(Load()->entries.at("key"), "999");
}

TEST_F(LevelDbStateStoreTest, ALoadSeesExactlyTheCommitsBeforeIt) {
  uint64_t seen = 0;
  Notification done;
  RunOn(loop_.get(), [&] {
    store_->Commit({{"a", "1"}}, 0, [](absl::StatusOr<uint64_t>) {});
    store_->Load([&](absl::StatusOr<StateStore::Snapshot> snapshot) { seen = snapshot->version; });
    store_->Commit({{"a", "2"}}, 1, [&](absl::StatusOr<uint64_t>) { done.Notify(); });
  });
  done.WaitForNotification();
  EXPECT_EQ(seen, 1u);
}

TEST_F(LevelDbStateStoreTest, AfterAFailedWriteEverythingFailsUntilReopened) {
  ASSERT_EQ(*Commit({{"a", "1"}}, 0), 1u);
  faults_.writes_left = 0;
  auto answers = CommitAll({{{{"a", "2"}}, 1}, {{{"a", "3"}}, 2}});
  for (const auto& answer : answers) {
    EXPECT_EQ(answer.status().code(), absl::StatusCode::kResourceExhausted) << answer.status();
  }
  faults_.writes_left = 1000;
  // Not Aborted: nobody else has written.
  for (uint64_t expected : {0, 1, 2, 3}) {
    EXPECT_EQ(Commit({{"a", "4"}}, expected).status().code(), absl::StatusCode::kResourceExhausted);
  }
  EXPECT_FALSE(Load().ok());
  Close();
  Open();
  auto snapshot = Load();
  ASSERT_TRUE(snapshot.ok());
  EXPECT_EQ(*Commit({{"a", "5"}}, snapshot->version), snapshot->version + 1);
}

TEST_F(LevelDbStateStoreTest, AnswersNobodyOnceItIsDestroyed) {
  int answered = 0;
  RunOn(loop_.get(), [&] {
    for (uint64_t version = 0; version < 100; ++version) {
      store_->Commit({{"a", std::string(1000, 'x')}}, version,
                     [&](absl::StatusOr<uint64_t>) { ++answered; });
    }
    store_.reset();
  });
  RunOn(loop_.get(), [] {});
  EXPECT_EQ(answered, 0);
  Open();
  EXPECT_TRUE(Load().ok());
}

TEST_F(LevelDbStateStoreTest, MayBeDestroyedByAnAnswer) {
  int answered = 0;
  Notification done;
  RunOn(loop_.get(), [&] {
    for (uint64_t version = 0; version < 100; ++version) {
      store_->Commit({{"a", "x"}}, version, [&](absl::StatusOr<uint64_t>) {
        ++answered;
        store_.reset();
        done.Notify();
      });
    }
  });
  done.WaitForNotification();
  RunOn(loop_.get(), [] {});
  EXPECT_EQ(answered, 1);
}

TEST_F(LevelDbStateStoreTest, SaysThatItCannotBeOpenedTwice) {
  EXPECT_EQ(CreateLevelDbStateStore(path_, loop_.get()).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace mesos
