// Debian's LevelDB is built without RTTI, so what derives from its classes is, too.
#include "mesoslib/storage/database_env.h"

#include <leveldb/env.h>
#include <leveldb/status.h>
#include <sys/stat.h>

#include <string>
#include <utility>

#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/worker_pool.h"

namespace mesos {

class DatabaseEnv::Env final : public leveldb::EnvWrapper {
 public:
  Env(leveldb::Env* files, std::unique_ptr<WorkerPool> background)
      : EnvWrapper(files), background_(std::move(background)) {}

  // A database waits for what it has scheduled before it goes.
  void Schedule(void (*work)(void*), void* argument) override {
    background_->Run([work, argument] { work(argument); });
  }

  leveldb::Status NewWritableFile(const std::string& name, leveldb::WritableFile** file) override {
    return MakePrivate(name, target()->NewWritableFile(name, file));
  }
  leveldb::Status NewAppendableFile(const std::string& name,
                                    leveldb::WritableFile** file) override {
    return MakePrivate(name, target()->NewAppendableFile(name, file));
  }
  leveldb::Status LockFile(const std::string& name, leveldb::FileLock** lock) override {
    return MakePrivate(name, target()->LockFile(name, lock));
  }

 private:
  // Whatever the host's umask. Where a filesystem knows no modes, none is needed.
  static leveldb::Status MakePrivate(const std::string& name, leveldb::Status made) {
    if (made.ok()) chmod(name.c_str(), 0600);
    return made;
  }

  const std::unique_ptr<WorkerPool> background_;
};

absl::StatusOr<std::unique_ptr<DatabaseEnv>> DatabaseEnv::Create(leveldb::Env* files) {
  ASSIGN_OR_RETURN(std::unique_ptr<WorkerPool> background, WorkerPool::Create("compaction", 1));
  return std::unique_ptr<DatabaseEnv>(
      new DatabaseEnv(std::make_unique<Env>(files, std::move(background))));
}

DatabaseEnv::DatabaseEnv(std::unique_ptr<Env> env) : env_(std::move(env)) {}
DatabaseEnv::~DatabaseEnv() = default;
leveldb::Env* DatabaseEnv::env() { return env_.get(); }

}  // namespace mesos
