// FakeStateStore: a state store in memory that can be slow, or fail, when a test says so. What is
// stored survives whoever stored it, so it can be handed to a successor.
#ifndef MESOSLIB_TESTING_FAKE_STATE_STORE_H_
#define MESOSLIB_TESTING_FAKE_STATE_STORE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "mesos/event_loop.h"
#include "mesos/state_store.h"
#include "mesoslib/base/lifetime.h"

namespace mesos {

class FakeStateStore final : public StateStore {
 public:
  explicit FakeStateStore(EventLoop* loop) : FakeStateStore(loop, nullptr) {}
  // One of several that share what is stored.
  FakeStateStore(EventLoop* loop, Snapshot* shared)
      : loop_(loop), snapshot_(shared == nullptr ? own_ : *shared) {}

  // -- How it behaves --

  // While set, commits wait, unanswered, until Release.
  bool hold = false;
  // So many commits succeed from now on; those after them fail and change nothing. -1: all succeed.
  int commits_until_failure = -1;
  absl::Status failure = absl::UnavailableError("the disk is full");
  absl::Status load_status;
  // Runs before each commit; may change what is stored.
  std::function<void()> before_commit;

  void Release() {
    hold = false;
    for (Waiting& waiting : std::exchange(waiting_, {})) Apply(std::move(waiting));
  }
  // What waits is lost, as in a crash.
  void DropWaiting() { waiting_.clear(); }

  // -- What is stored --

  const Snapshot& snapshot() const { return snapshot_; }
  Snapshot& snapshot() { return snapshot_; }
  bool Has(const std::string& key) const { return snapshot_.entries.count(key) > 0; }
  int commits() const { return commits_; }
  size_t waiting() const { return waiting_.size(); }

  // StateStore.
  void Load(LoadDone done) override {
    absl::StatusOr<Snapshot> result = snapshot_;
    if (!load_status.ok()) result = load_status;
    loop_->Post(lifetime_.Guard([done = std::move(done), result = std::move(result)]() mutable {
      done(std::move(result));
    }));
  }

  void Commit(std::vector<Mutation> mutations, uint64_t expected, CommitDone done) override {
    Waiting waiting{std::move(mutations), expected, std::move(done)};
    if (hold) {
      waiting_.push_back(std::move(waiting));
    } else {
      Apply(std::move(waiting));
    }
  }

 private:
  struct Waiting {
    std::vector<Mutation> mutations;
    uint64_t expected;
    CommitDone done;
  };

  void Apply(Waiting commit) {
    ++commits_;
    if (before_commit != nullptr) before_commit();
    absl::StatusOr<uint64_t> result = commit.expected + 1;
    if (commits_until_failure == 0) result = failure;
    if (commits_until_failure > 0) --commits_until_failure;
    if (result.ok() && commit.expected != snapshot_.version) {
      result = absl::AbortedError("somebody else has written");
    }
    if (result.ok()) {
      ++snapshot_.version;
      for (Mutation& mutation : commit.mutations) {
        if (mutation.value) {
          snapshot_.entries[mutation.key] = std::move(*mutation.value);
        } else {
          snapshot_.entries.erase(mutation.key);
        }
      }
    }
    loop_->Post(
        lifetime_.Guard([done = std::move(commit.done), result = std::move(result)]() mutable {
          if (done != nullptr) done(std::move(result));
        }));
  }

  EventLoop* const loop_;
  Snapshot own_;
  Snapshot& snapshot_;
  std::deque<Waiting> waiting_;
  int commits_ = 0;
  Lifetime lifetime_;
};

}  // namespace mesos

#endif  // MESOSLIB_TESTING_FAKE_STATE_STORE_H_
