#include <memory>
#include <optional>
#include <vector>

#include "gtest/gtest.h"
#include "mesos/state_store.h"
#include "mesoslib/base/simulated_event_loop.h"

namespace mesos {
namespace {

class MemoryStateStoreTest : public testing::Test {
 protected:
  absl::StatusOr<uint64_t> Commit(std::vector<StateStore::Mutation> mutations, uint64_t expected) {
    std::optional<absl::StatusOr<uint64_t>> answer;
    store_->Commit(std::move(mutations), expected,
                   [&](absl::StatusOr<uint64_t> result) { answer = std::move(result); });
    EXPECT_FALSE(answer.has_value()) << "answered before the call returned";
    loop_.Settle();
    return *answer;
  }

  StateStore::Snapshot Load() {
    std::optional<StateStore::Snapshot> answer;
    store_->Load([&](absl::StatusOr<StateStore::Snapshot> result) { answer = *std::move(result); });
    EXPECT_FALSE(answer.has_value()) << "answered before the call returned";
    loop_.Settle();
    return *answer;
  }

  SimulatedEventLoop loop_;
  std::unique_ptr<StateStore> store_ = CreateMemoryStateStore(&loop_).value();
};

TEST_F(MemoryStateStoreTest, IsAtVersionZeroAndEmptyAtFirst) {
  StateStore::Snapshot snapshot = Load();
  EXPECT_EQ(snapshot.version, 0u);
  EXPECT_TRUE(snapshot.entries.empty());
}

TEST_F(MemoryStateStoreTest, KeepsWhatWasCommitted) {
  EXPECT_EQ(*Commit({{"a", "1"}, {"b", "2"}}, 0), 1u);
  EXPECT_EQ(*Commit({{"a", std::nullopt}, {"c", "3"}}, 1), 2u);
  StateStore::Snapshot snapshot = Load();
  EXPECT_EQ(snapshot.version, 2u);
  EXPECT_EQ(snapshot.entries, (std::map<std::string, std::string>{{"b", "2"}, {"c", "3"}}));
}

TEST_F(MemoryStateStoreTest, RefusesACommitAtAnotherVersionAndChangesNothing) {
  ASSERT_EQ(*Commit({{"a", "1"}}, 0), 1u);
  EXPECT_EQ(Commit({{"a", "2"}}, 0).status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(Commit({{"a", "2"}}, 2).status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(Load().version, 1u);
  EXPECT_EQ(Load().entries.at("a"), "1");
}

TEST_F(MemoryStateStoreTest, RefusesAnEmptyKeyAndChangesNothing) {
  EXPECT_EQ(Commit({{"a", "1"}, {"", "2"}}, 0).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Load().version, 0u);
  EXPECT_TRUE(Load().entries.empty());
}

TEST_F(MemoryStateStoreTest, AnswersNobodyOnceItIsDestroyed) {
  bool answered = false;
  store_->Load([&](absl::StatusOr<StateStore::Snapshot>) { answered = true; });
  store_->Commit({{"a", "1"}}, 0, [&](absl::StatusOr<uint64_t>) { answered = true; });
  store_.reset();
  loop_.Settle();
  EXPECT_FALSE(answered);
}

}  // namespace
}  // namespace mesos
