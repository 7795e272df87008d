// FaultyEnv: LevelDB's way to a disk that counts what it is asked to write, and that fails when
// told to: as a full disk does, as one that tears what it writes, or as one that says it has synced
// what is still in its cache when the power fails.
#ifndef MESOSLIB_STORAGE_FAULTY_ENV_H_
#define MESOSLIB_STORAGE_FAULTY_ENV_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace leveldb {
class Env;
}  // namespace leveldb

namespace mesos {

class FaultyEnv {
 public:
  enum class Failure {
    kTorn,      // Half of it is written, and it fails, as do all after it.
    kError,     // It is not written and fails, as do all after it.
    kLostSync,  // It seems to succeed, as do all after it; LosePower undoes them.
  };

  FaultyEnv();
  ~FaultyEnv();

  // This object's.
  leveldb::Env* env();

  // Files synced so far.
  std::atomic<int> syncs{0};
  // So many more writes (data, syncs, new files, renames) succeed; the next one fails.
  std::atomic<int> writes_left{1 << 30};
  Failure failure = Failure::kTorn;
  const char* error = "No space left on device";

  bool failed() const { return writes_left < 0; }

  // What was not synced in `folder`, a database that nobody has open, is gone.
  void LosePower(const std::string& folder);

 private:
  class Env;
  class File;

  // Whether the next write, to `name`, succeeds.
  bool Allow(const std::string& name);
  // Remembers what of the folder outlasts a loss of power, before anything else changes it.
  void Freeze(const std::string& folder);
  void Synced(const std::string& name, uint64_t size);
  void Renamed(const std::string& from, const std::string& to);
  uint64_t LastingSize(const std::string& name, uint64_t size);

  const std::unique_ptr<Env> env_;
  std::mutex mutex_;
  std::map<std::string, uint64_t> synced_;  // Of each file that was written here.
};

}  // namespace mesos

#endif  // MESOSLIB_STORAGE_FAULTY_ENV_H_
