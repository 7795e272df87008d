// StateStore: what must outlive a process: the master's registry, the agent's checkpoints. A small
// map from keys to values with one version for the whole; a commit is all or nothing.
//
//   auto loop = mesos::CreateThreadEventLoop("store").value();
//   auto store = mesos::CreateLevelDbStateStore("/var/lib/mesos/state", loop.get()).value();
//   loop->Post([&store] {
//     store->Load([&store](absl::StatusOr<mesos::StateStore::Snapshot> stored) {
//       if (!stored.ok()) return;
//       store->Commit({{"agents/S0", "bytes"}, {"agents/S1", std::nullopt}}, stored->version,
//                     [](absl::StatusOr<uint64_t> /*version*/) { /* OK: it is durable. */ });
//     });
//   });
//
// Threads: called on the loop it was made with. Callbacks run exactly once, on that loop, never
// before the call returns, and not after the store is destroyed.
// Ownership: the loop must outlive it; one component alone uses it, and is destroyed before it.
// Errors: each callback hears of its own. A write that has failed breaks the store: what comes
// after fails too, until the store is made anew; one in ZooKeeper works again once it was loaded.
#ifndef MESOS_STATE_STORE_H_
#define MESOS_STATE_STORE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mesos/event_loop.h"
#include "mesos/export.h"
#include "mesos/version.h"

namespace mesos {

class MESOS_EXPORT StateStore {
 public:
  struct Snapshot {
    uint64_t version = 0;  // 0: nothing was ever stored.
    std::map<std::string, std::string> entries;
  };

  struct Mutation {
    std::string key;                   // Any bytes, not empty.
    std::optional<std::string> value;  // Any bytes. None: the key is removed.
  };

  using LoadDone = absl::AnyInvocable<void(absl::StatusOr<Snapshot>)>;
  using CommitDone = absl::AnyInvocable<void(absl::StatusOr<uint64_t>)>;

  virtual ~StateStore() = default;

  // Everything that is stored. Unavailable: try again; DataLoss: damaged, the message says where.
  virtual void Load(LoadDone done) = 0;

  // Applies `mutations` if the store is at version `expected` once all commits before this one are
  // applied; `done` hears the new version (`expected` + 1) when they are durable. Aborted: somebody
  // else has written, nothing is changed. A writer that knows itself alone may go on committing
  // with expected + 1, + 2 ... without waiting; commits that wait together cost one write.
  virtual void Commit(std::vector<Mutation> mutations, uint64_t expected, CommitDone done) = 0;
};

// Forgets everything when destroyed. InvalidArgument: `loop` is null.
MESOS_EXPORT absl::StatusOr<std::unique_ptr<StateStore>> CreateMemoryStateStore(
    EventLoop* loop, HeaderVersion headers = {});

// Kept in a LevelDB database in the folder `path`, which is made if it does not exist. Commits are
// on disk (fdatasync) before they are answered. FailedPrecondition: another process holds it.
MESOS_EXPORT absl::StatusOr<std::unique_ptr<StateStore>> CreateLevelDbStateStore(
    absl::string_view path, EventLoop* loop, HeaderVersion headers = {});

}  // namespace mesos

#endif  // MESOS_STATE_STORE_H_
