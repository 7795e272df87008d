// LevelDbDatabase: the entries and the version of a state store in a LevelDB database, as plain
// blocking calls. The state store calls it from its worker thread.
//
// In the database an entry is under "entry/" + its key, the version, in decimal, under "version";
// one write batch changes both, so every state on disk is one that was committed as a whole.
#ifndef MESOSLIB_STORAGE_LEVELDB_DATABASE_H_
#define MESOSLIB_STORAGE_LEVELDB_DATABASE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "mesos/state_store.h"
#include "mesoslib/storage/database_env.h"

namespace leveldb {
class Cache;
class DB;
class Env;
class Logger;
class WriteBatch;
}  // namespace leveldb

namespace mesos {

// One thread at a time.
class LevelDbDatabase {
 public:
  // Makes the folder, and those above it, where they do not exist; it is readable by its owner
  // only. `env` is LevelDB's way to the disk, null for the real one; tests make it fail.
  //   InvalidArgument: no usable path.
  //   FailedPrecondition: not a folder; not a state store; another process (or this one) holds it.
  //   DataLoss: damaged.  ResourceExhausted: the disk is full, no thread.  Unavailable: other disk
  //   errors.
  static absl::StatusOr<std::unique_ptr<LevelDbDatabase>> Open(absl::string_view path,
                                                               leveldb::Env* env = nullptr);
  ~LevelDbDatabase();
  LevelDbDatabase(const LevelDbDatabase&) = delete;
  LevelDbDatabase& operator=(const LevelDbDatabase&) = delete;

  // Of what was written last; 0 in a new database.
  uint64_t version() const { return version_; }

  // The error of the write that failed, if one has.
  const absl::Status& status() const { return broken_; }

  absl::StatusOr<StateStore::Snapshot> Load() const;

  // Collects mutations for one Write, in order.
  void Add(absl::Span<const StateStore::Mutation> mutations);

  // Makes what was added since the last write durable, and the version. After an error the database
  // takes no more writes and no reads, for nobody knows what is on disk: every further call answers
  // with that error, until the database is opened again.
  absl::Status Write(uint64_t version);

 private:
  class FolderLock;

  LevelDbDatabase(std::string path, std::unique_ptr<FolderLock> lock,
                  std::unique_ptr<DatabaseEnv> env);

  absl::Status OpenDatabase();
  absl::Status ReadVersion();

  const std::string path_;
  const std::unique_ptr<FolderLock> lock_;
  const std::unique_ptr<DatabaseEnv> env_;
  const std::unique_ptr<leveldb::Logger> logger_;
  const std::unique_ptr<leveldb::Cache> cache_;
  std::unique_ptr<leveldb::DB> database_;
  std::unique_ptr<leveldb::WriteBatch> batch_;
  uint64_t version_ = 0;
  absl::Status broken_;
};

}  // namespace mesos

#endif  // MESOSLIB_STORAGE_LEVELDB_DATABASE_H_
