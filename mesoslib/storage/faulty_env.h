// FaultyEnv: LevelDB's way to a disk that counts what it is asked to write, and that fails when
// told to, as a full disk does.
#ifndef MESOSLIB_STORAGE_FAULTY_ENV_H_
#define MESOSLIB_STORAGE_FAULTY_ENV_H_

#include <atomic>
#include <memory>

namespace leveldb {
class Env;
}  // namespace leveldb

namespace mesos {

class FaultyEnv {
 public:
  FaultyEnv();
  ~FaultyEnv();

  // This object's.
  leveldb::Env* env();

  // Files synced so far.
  std::atomic<int> syncs{0};
  // So many more writes (data, syncs, new files, renames) succeed; the next one is torn in half and
  // fails, and so do all after it.
  std::atomic<int> writes_left{1 << 30};
  const char* error = "No space left on device";

 private:
  class Env;

  const std::unique_ptr<Env> env_;
};

}  // namespace mesos

#endif  // MESOSLIB_STORAGE_FAULTY_ENV_H_
