// Debian's LevelDB is built without RTTI, so what derives from its classes is, too.
#include "mesoslib/storage/faulty_env.h"

#include <leveldb/env.h>
#include <leveldb/slice.h>
#include <leveldb/status.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

namespace mesos {
namespace {

namespace fs = std::filesystem;

leveldb::Status Error(FaultyEnv* faults) {
  return leveldb::Status::IOError("faulty disk", faults->error);
}

std::string Frozen(const std::string& folder) { return folder + ".frozen"; }

}  // namespace

class FaultyEnv::File final : public leveldb::WritableFile {
 public:
  File(std::string name, leveldb::WritableFile* file, FaultyEnv* faults)
      : name_(std::move(name)), file_(file), faults_(faults) {
    faults_->Synced(name_, 0);
  }

  leveldb::Status Append(const leveldb::Slice& data) override {
    const bool first = !faults_->failed();
    if (!faults_->Allow(name_)) {
      if (first && faults_->failure == Failure::kTorn) {
        file_->Append(leveldb::Slice(data.data(), data.size() / 2));
        file_->Flush();
      }
      return Error(faults_);
    }
    size_ += data.size();
    return file_->Append(data);
  }
  leveldb::Status Close() override { return file_->Close(); }
  leveldb::Status Flush() override { return file_->Flush(); }
  leveldb::Status Sync() override {
    if (!faults_->Allow(name_)) return Error(faults_);
    ++faults_->syncs;
    const leveldb::Status status = file_->Sync();
    if (status.ok()) faults_->Synced(name_, size_);
    return status;
  }

 private:
  const std::string name_;
  const std::unique_ptr<leveldb::WritableFile> file_;
  FaultyEnv* const faults_;
  uint64_t size_ = 0;
};

class FaultyEnv::Env final : public leveldb::EnvWrapper {
 public:
  explicit Env(FaultyEnv* faults) : EnvWrapper(leveldb::Env::Default()), faults_(faults) {}

  leveldb::Status NewWritableFile(const std::string& name, leveldb::WritableFile** file) override {
    if (!faults_->Allow(name)) return Error(faults_);
    leveldb::Status status = target()->NewWritableFile(name, file);
    if (status.ok()) *file = new File(name, *file, faults_);
    return status;
  }
  leveldb::Status RenameFile(const std::string& from, const std::string& to) override {
    if (!faults_->Allow(from)) return Error(faults_);
    faults_->Renamed(from, to);
    return target()->RenameFile(from, to);
  }

 private:
  FaultyEnv* const faults_;
};

FaultyEnv::FaultyEnv() : env_(std::make_unique<Env>(this)) {}
FaultyEnv::~FaultyEnv() = default;
leveldb::Env* FaultyEnv::env() { return env_.get(); }

bool FaultyEnv::Allow(const std::string& name) {
  const int left = writes_left.fetch_sub(1);
  if (left > 0) return true;
  if (failure != Failure::kLostSync) return false;
  if (left == 0) Freeze(fs::path(name).parent_path().string());
  return true;
}

void FaultyEnv::Freeze(const std::string& folder) {
  fs::remove_all(Frozen(folder));
  fs::create_directory(Frozen(folder));
  for (const auto& entry : fs::directory_iterator(folder)) {
    const uint64_t size = LastingSize(entry.path().string(), entry.file_size());
    const fs::path copy = fs::path(Frozen(folder)) / entry.path().filename();
    fs::copy_file(entry.path(), copy);
    if (size < fs::file_size(copy)) fs::resize_file(copy, size);
  }
}

void FaultyEnv::LosePower(const std::string& folder) {
  if (fs::exists(Frozen(folder))) {
    fs::remove_all(folder);
    fs::rename(Frozen(folder), folder);
    return;
  }
  for (const auto& entry : fs::directory_iterator(folder)) {
    const uint64_t size = LastingSize(entry.path().string(), entry.file_size());
    if (size < entry.file_size()) fs::resize_file(entry.path(), size);
  }
}

void FaultyEnv::Synced(const std::string& name, uint64_t size) {
  const std::lock_guard<std::mutex> lock(mutex_);
  synced_[name] = size;
}

void FaultyEnv::Renamed(const std::string& from, const std::string& to) {
  const std::lock_guard<std::mutex> lock(mutex_);
  auto found = synced_.find(from);
  if (found == synced_.end()) return;
  synced_[to] = found->second;
  synced_.erase(from);
}

uint64_t FaultyEnv::LastingSize(const std::string& name, uint64_t size) {
  const std::lock_guard<std::mutex> lock(mutex_);
  auto found = synced_.find(name);
  return found == synced_.end() ? size : std::min(size, found->second);
}

}  // namespace mesos
