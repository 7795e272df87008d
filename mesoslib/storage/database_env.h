// DatabaseEnv: LevelDB's way to files and threads, for one database in a host's process.
//
// LevelDB's default environment starts a thread at the first compaction and keeps it for as long as
// the process runs, and gives files the modes that the host's umask leaves. This one compacts on a
// thread of its own, which ends with it, and its files belong to their owner alone.
#ifndef MESOSLIB_STORAGE_DATABASE_ENV_H_
#define MESOSLIB_STORAGE_DATABASE_ENV_H_

#include <memory>

#include "absl/status/statusor.h"

namespace leveldb {
class Env;
}  // namespace leveldb

namespace mesos {

// Outlives every database that is opened with it.
class DatabaseEnv {
 public:
  // `files` is where files are kept; it outlives this. ResourceExhausted: the system gives no
  // thread.
  static absl::StatusOr<std::unique_ptr<DatabaseEnv>> Create(leveldb::Env* files);
  ~DatabaseEnv();

  // This object's.
  leveldb::Env* env();

 private:
  class Env;

  explicit DatabaseEnv(std::unique_ptr<Env> env);

  const std::unique_ptr<Env> env_;
};

}  // namespace mesos

#endif  // MESOSLIB_STORAGE_DATABASE_ENV_H_
