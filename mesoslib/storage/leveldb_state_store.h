// The LevelDB state store on a database that is open already: what CreateLevelDbStateStore makes,
// for tests and for those who need to know when the disk is touched.
#ifndef MESOSLIB_STORAGE_LEVELDB_STATE_STORE_H_
#define MESOSLIB_STORAGE_LEVELDB_STATE_STORE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "mesos/event_loop.h"
#include "mesos/state_store.h"
#include "mesoslib/storage/leveldb_database.h"

namespace mesos {

// `loop` is a real one: its Post is called from another thread. Destroying the store waits for the
// write that is under way; commits behind it are dropped, unanswered.
absl::StatusOr<std::unique_ptr<StateStore>> CreateLevelDbStateStoreOn(
    std::unique_ptr<LevelDbDatabase> database, EventLoop* loop);

}  // namespace mesos

#endif  // MESOSLIB_STORAGE_LEVELDB_STATE_STORE_H_
