// Debian's LevelDB is built without RTTI, so what derives from its classes is, too.
#include "mesoslib/storage/faulty_env.h"

#include <leveldb/env.h>
#include <leveldb/slice.h>
#include <leveldb/status.h>

#include <memory>
#include <string>
#include <utility>

namespace mesos {
namespace {

bool Allowed(FaultyEnv* faults) { return faults->writes_left.fetch_sub(1) > 0; }

leveldb::Status Failure(FaultyEnv* faults) {
  return leveldb::Status::IOError("faulty disk", faults->error);
}

class FaultyFile final : public leveldb::WritableFile {
 public:
  FaultyFile(leveldb::WritableFile* file, FaultyEnv* faults) : file_(file), faults_(faults) {}

  leveldb::Status Append(const leveldb::Slice& data) override {
    if (Allowed(faults_)) return file_->Append(data);
    if (faults_->writes_left == -1) {
      file_->Append(leveldb::Slice(data.data(), data.size() / 2));
      file_->Flush();
    }
    return Failure(faults_);
  }
  leveldb::Status Close() override { return file_->Close(); }
  leveldb::Status Flush() override { return file_->Flush(); }
  leveldb::Status Sync() override {
    if (!Allowed(faults_)) return Failure(faults_);
    ++faults_->syncs;
    return file_->Sync();
  }

 private:
  const std::unique_ptr<leveldb::WritableFile> file_;
  FaultyEnv* const faults_;
};

}  // namespace

class FaultyEnv::Env final : public leveldb::EnvWrapper {
 public:
  explicit Env(FaultyEnv* faults) : EnvWrapper(leveldb::Env::Default()), faults_(faults) {}

  leveldb::Status NewWritableFile(const std::string& name, leveldb::WritableFile** file) override {
    if (!Allowed(faults_)) return Failure(faults_);
    leveldb::Status status = target()->NewWritableFile(name, file);
    if (status.ok()) *file = new FaultyFile(*file, faults_);
    return status;
  }
  leveldb::Status RenameFile(const std::string& from, const std::string& to) override {
    if (!Allowed(faults_)) return Failure(faults_);
    return target()->RenameFile(from, to);
  }

 private:
  FaultyEnv* const faults_;
};

FaultyEnv::FaultyEnv() : env_(std::make_unique<Env>(this)) {}
FaultyEnv::~FaultyEnv() = default;
leveldb::Env* FaultyEnv::env() { return env_.get(); }

}  // namespace mesos
