#include "mesoslib/storage/leveldb_database.h"

#include <errno.h>
#include <fcntl.h>
#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/env.h>
#include <leveldb/iterator.h>
#include <leveldb/options.h>
#include <leveldb/slice.h>
#include <leveldb/status.h>
#include <leveldb/write_batch.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdarg>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

constexpr char kVersionKey[] = "version";
constexpr char kEntryPrefix[] = "entry/";

// The registry of a large cluster is a few megabytes, an idle daemon should need next to nothing.
constexpr size_t kWriteBuffer = 1 << 20;
constexpr size_t kBlockCache = 256 << 10;
constexpr int kOpenFiles = 64;

// LevelDB's own journal of compactions is of no use to an operator, and grows.
class SilentLogger final : public leveldb::Logger {
 public:
  void Logv(const char*, va_list) override {}
};

leveldb::Slice ToSlice(absl::string_view text) { return leveldb::Slice(text.data(), text.size()); }

std::string Where(absl::string_view path) { return absl::StrCat("state store ", Quoted(path)); }

absl::Status ErrnoError(absl::string_view path, absl::string_view action, int error) {
  std::string message = absl::StrCat(Where(path), ": cannot ", action, ": ", strerror(error));
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
      return absl::ResourceExhaustedError(message);
    case ENAMETOOLONG:
    case EINVAL:
      return absl::InvalidArgumentError(message);
    case EACCES:
    case EPERM:
    case EROFS:
      return absl::PermissionDeniedError(message);
    case ENOTDIR:
    case EEXIST:
    case ELOOP:
      return absl::FailedPreconditionError(message);
    default:
      return absl::UnavailableError(message);
  }
}

// LevelDB hands the system's error on only as text.
absl::Status FromLevelDb(absl::string_view path, const leveldb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const std::string text = status.ToString();
  std::string message = absl::StrCat(Where(path), ": ", text);
  // EINVAL: a table that should not be empty can't be mapped.
  const bool empty_table = absl::StrContains(text, strerror(EINVAL));
  if (status.IsCorruption() || status.IsNotFound() || empty_table) {
    return absl::DataLossError(absl::StrCat(Where(path), " is damaged: ", text));
  }
  if (absl::StrContains(text, strerror(ENOSPC)) || absl::StrContains(text, strerror(EDQUOT))) {
    return absl::ResourceExhaustedError(message);
  }
  return absl::UnavailableError(message);
}

absl::Status CheckPath(absl::string_view path) {
  if (path.empty()) return absl::InvalidArgumentError("a state store's path is empty");
  if (absl::StrContains(path, absl::string_view("\0", 1))) {
    return absl::InvalidArgumentError(
        absl::StrCat("a state store's path holds a NUL byte: ", Quoted(path)));
  }
  return absl::OkStatus();
}

// A new folder lasts only once the folder above it is on disk.
void SyncFolder(const std::filesystem::path& path) {
  const int folder = open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  fsync(folder);
  close(folder);
}

// Its mode is `mode`, whatever the host's umask. 0, or what went wrong.
int MakeFolder(const std::filesystem::path& path, mode_t mode) {
  if (mkdir(path.c_str(), mode) != 0 || chmod(path.c_str(), mode) != 0) return errno;
  SyncFolder(path.parent_path());
  return 0;
}

int MakeFoldersAbove(const std::filesystem::path& path) {
  const std::filesystem::path parent = path.parent_path();
  std::error_code unused;
  if (parent.empty() || parent == path || std::filesystem::exists(parent, unused)) return 0;
  if (const int error = MakeFoldersAbove(parent); error != 0) return error;
  const int error = MakeFolder(parent, 0755);
  return error == EEXIST ? 0 : error;
}

absl::Status MakeFolders(const std::string& text) {
  std::filesystem::path path(text);
  if (!path.has_filename()) path = path.parent_path();  // "a/b/" is "a/b".
  std::error_code unused;
  if (std::filesystem::is_directory(path, unused)) return absl::OkStatus();
  int error = MakeFoldersAbove(path);
  if (error != 0) return ErrnoError(text, "create the folders above it", error);
  error = MakeFolder(path, 0700);
  if (error != 0) return ErrnoError(text, "create the folder", error);
  return absl::OkStatus();
}

// LevelDB would make a new database here, and delete the old one's files.
absl::Status CheckCurrent(const std::string& path) {
  std::error_code error;
  if (std::filesystem::exists(path + "/CURRENT", error)) return absl::OkStatus();
  for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
    const std::string name = entry.path().filename().string();
    // A database is made in this order: its first manifest, then CURRENT, which names it, and then
    // all else. Without CURRENT and with nothing but the first manifest it was never finished.
    if (name == "MANIFEST-000001") continue;
    if (absl::StartsWith(name, "MANIFEST-") || absl::EndsWith(name, ".ldb") ||
        absl::EndsWith(name, ".sst") || absl::EndsWith(name, ".log")) {
      return absl::DataLossError(
          absl::StrCat(Where(path), " is damaged: it has ", name, ", but no CURRENT"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

// LevelDB's own lock belongs to the process and is lost when the same process opens the database
// once more; this one belongs to the descriptor.
class LevelDbDatabase::FolderLock {
 public:
  static absl::StatusOr<std::unique_ptr<FolderLock>> Take(const std::string& path) {
    const std::string file = absl::StrCat(path, "/HOLDER");
    const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) return ErrnoError(path, "open its file HOLDER", errno);
    auto lock = std::make_unique<FolderLock>(descriptor);
    fchmod(descriptor, 0600);  // Whatever the host's umask; somebody else's file keeps its mode.
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
      lock->WritePid();
      return lock;
    }
    if (errno != EWOULDBLOCK) return ErrnoError(path, "lock its file HOLDER", errno);
    return lock->HeldError(path);
  }

  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  ~FolderLock() { close(descriptor_); }

 private:
  // For people only, so it may fail.
  void WritePid() {
    const std::string pid = absl::StrCat(getpid(), "\n");
    if (ftruncate(descriptor_, 0) == 0) (void)!pwrite(descriptor_, pid.data(), pid.size(), 0);
  }

  absl::Status HeldError(absl::string_view path) {
    char text[32] = {};
    const ssize_t size = pread(descriptor_, text, sizeof(text), 0);
    int pid = 0;
    if (size <= 0 || !absl::SimpleAtoi(absl::string_view(text, static_cast<size_t>(size)), &pid)) {
      return absl::FailedPreconditionError(
          absl::StrCat(Where(path), " is held by another process"));
    }
    if (pid == getpid()) {
      return absl::FailedPreconditionError(
          absl::StrCat(Where(path), " is open in this process already"));
    }
    return absl::FailedPreconditionError(
        absl::StrCat(Where(path), " is held by another process, pid ", pid));
  }

  const int descriptor_;
};

absl::StatusOr<std::unique_ptr<LevelDbDatabase>> LevelDbDatabase::Open(absl::string_view path,
                                                                       leveldb::Env* env) {
  RETURN_IF_ERROR(CheckPath(path));
  std::string text(path);
  RETURN_IF_ERROR(MakeFolders(text));
  ASSIGN_OR_RETURN(std::unique_ptr<FolderLock> lock, FolderLock::Take(text));
  ASSIGN_OR_RETURN(std::unique_ptr<DatabaseEnv> own,
                   DatabaseEnv::Create(env != nullptr ? env : leveldb::Env::Default()));
  std::unique_ptr<LevelDbDatabase> result(
      new LevelDbDatabase(std::move(text), std::move(lock), std::move(own)));
  RETURN_IF_ERROR(result->OpenDatabase());
  RETURN_IF_ERROR(result->ReadVersion());
  return result;
}

LevelDbDatabase::LevelDbDatabase(std::string path, std::unique_ptr<FolderLock> lock,
                                 std::unique_ptr<DatabaseEnv> env)
    : path_(std::move(path)),
      lock_(std::move(lock)),
      env_(std::move(env)),
      logger_(std::make_unique<SilentLogger>()),
      cache_(leveldb::NewLRUCache(kBlockCache)),
      batch_(std::make_unique<leveldb::WriteBatch>()) {}

// The database goes before its cache, logger, environment and lock.
LevelDbDatabase::~LevelDbDatabase() { database_.reset(); }

absl::Status LevelDbDatabase::OpenDatabase() {
  RETURN_IF_ERROR(CheckCurrent(path_));
  leveldb::Options options;
  options.create_if_missing = true;
  // Without this, a damaged record in the log would be skipped silently, and with it a commit. The
  // unfinished record of a writer that died is no damage.
  options.paranoid_checks = true;
  options.env = env_->env();
  options.info_log = logger_.get();
  options.write_buffer_size = kWriteBuffer;
  options.max_open_files = kOpenFiles;
  options.block_cache = cache_.get();
  leveldb::DB* database = nullptr;
  const leveldb::Status status = leveldb::DB::Open(options, path_, &database);
  if (status.IsIOError() && absl::StrContains(status.ToString(), "/LOCK:")) {
    return absl::FailedPreconditionError(
        absl::StrCat(Where(path_), " is held by another process: ", status.ToString()));
  }
  // What LevelDB answers where CURRENT names no good manifest.
  if (status.IsInvalidArgument() || status.IsNotFound()) {
    return absl::DataLossError(absl::StrCat(Where(path_), " is damaged: ", status.ToString()));
  }
  RETURN_IF_ERROR(FromLevelDb(path_, status));
  database_.reset(database);
  return absl::OkStatus();
}

absl::Status LevelDbDatabase::ReadVersion() {
  leveldb::ReadOptions options;
  options.verify_checksums = true;
  std::string text;
  const leveldb::Status status = database_->Get(options, kVersionKey, &text);
  if (status.ok()) {
    if (absl::SimpleAtoi(text, &version_) && version_ > 0) return absl::OkStatus();
    return absl::DataLossError(
        absl::StrCat(Where(path_), " is damaged: its version is ", Quoted(text)));
  }
  if (!status.IsNotFound()) return FromLevelDb(path_, status);
  const std::unique_ptr<leveldb::Iterator> first(database_->NewIterator(options));
  first->SeekToFirst();
  RETURN_IF_ERROR(FromLevelDb(path_, first->status()));
  if (!first->Valid()) return absl::OkStatus();
  if (first->key().starts_with(kEntryPrefix)) {
    return absl::DataLossError(absl::StrCat(Where(path_), " is damaged: it has no version"));
  }
  return absl::FailedPreconditionError(
      absl::StrCat(Where(path_), " is a LevelDB database, but not one of a state store"));
}

absl::StatusOr<StateStore::Snapshot> LevelDbDatabase::Load() const {
  RETURN_IF_ERROR(broken_);
  leveldb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = false;
  StateStore::Snapshot snapshot;
  snapshot.version = version_;
  const leveldb::Slice prefix(kEntryPrefix);
  const std::unique_ptr<leveldb::Iterator> entry(database_->NewIterator(options));
  for (entry->Seek(prefix); entry->Valid() && entry->key().starts_with(prefix); entry->Next()) {
    leveldb::Slice key = entry->key();
    key.remove_prefix(prefix.size());
    snapshot.entries.emplace_hint(snapshot.entries.end(), key.ToString(),
                                  entry->value().ToString());
  }
  RETURN_IF_ERROR(FromLevelDb(path_, entry->status()));
  return snapshot;
}

void LevelDbDatabase::Add(absl::Span<const StateStore::Mutation> mutations) {
  for (const StateStore::Mutation& mutation : mutations) {
    const std::string key = absl::StrCat(kEntryPrefix, mutation.key);
    if (mutation.value.has_value()) {
      batch_->Put(key, ToSlice(*mutation.value));
    } else {
      batch_->Delete(key);
    }
  }
}

absl::Status LevelDbDatabase::Write(uint64_t version) {
  RETURN_IF_ERROR(broken_);
  batch_->Put(kVersionKey, absl::StrCat(version));
  leveldb::WriteOptions options;
  options.sync = true;
  broken_ = FromLevelDb(path_, database_->Write(options, batch_.get()));
  batch_ = std::make_unique<leveldb::WriteBatch>();  // Clear would keep the memory.
  if (broken_.ok()) version_ = version;
  return broken_;
}

}  // namespace mesos
