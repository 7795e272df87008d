#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "mesos/event_loop.h"
#include "mesos/state_store.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

class MemoryStateStore final : public StateStore {
 public:
  explicit MemoryStateStore(EventLoop* loop) : loop_(loop) {}

  void Load(LoadDone done) override {
    loop_->Post(lifetime_.Guard(
        [done = std::move(done), snapshot = state_]() mutable { done(std::move(snapshot)); }));
  }

  void Commit(std::vector<Mutation> mutations, uint64_t expected, CommitDone done) override {
    loop_->Post(lifetime_.Guard(
        [done = std::move(done), result = Apply(std::move(mutations), expected)]() mutable {
          done(std::move(result));
        }));
  }

 private:
  absl::StatusOr<uint64_t> Apply(std::vector<Mutation> mutations, uint64_t expected) {
    for (const Mutation& mutation : mutations) {
      if (mutation.key.empty()) return absl::InvalidArgumentError("a mutation's key is empty");
    }
    if (expected != state_.version) {
      return absl::AbortedError(absl::StrCat("the store is at version ", state_.version,
                                             ", the commit expected version ", expected));
    }
    for (Mutation& mutation : mutations) {
      if (mutation.value.has_value()) {
        state_.entries[std::move(mutation.key)] = *std::move(mutation.value);
      } else {
        state_.entries.erase(mutation.key);
      }
    }
    return ++state_.version;
  }

  EventLoop* const loop_;
  Snapshot state_;
  Lifetime lifetime_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<StateStore>> CreateMemoryStateStore(EventLoop* loop,
                                                                   HeaderVersion headers) {
  RETURN_IF_ERROR(CheckVersion(headers));
  if (loop == nullptr) return absl::InvalidArgumentError("loop is null");
  return std::make_unique<MemoryStateStore>(loop);
}

}  // namespace mesos
