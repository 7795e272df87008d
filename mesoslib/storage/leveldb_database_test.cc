#include "mesoslib/storage/leveldb_database.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/storage/faulty_env.h"

namespace mesos {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class LevelDbDatabaseTest : public testing::Test {
 protected:
  LevelDbDatabaseTest() {
    const testing::TestInfo* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = absl::StrCat(testing::TempDir(), "/", test->name());
    fs::remove_all(folder_);
    fs::create_directory(folder_);
    path_ = absl::StrCat(folder_, "/store");
  }

  std::unique_ptr<LevelDbDatabase> Open() {
    auto database = LevelDbDatabase::Open(path_);
    EXPECT_TRUE(database.ok()) << database.status();
    return *std::move(database);
  }

  // The next version, with two entries that name it.
  static absl::Status WriteNext(LevelDbDatabase* database) {
    const uint64_t version = database->version() + 1;
    const std::string value = absl::StrCat(version, std::string(100, '.'));
    database->Add({{"first", value}, {"second", value}});
    return database->Write(version);
  }

  // That one commit's state is there as a whole. Returns its version.
  static uint64_t CheckWhole(const LevelDbDatabase& database) {
    auto snapshot = database.Load();
    EXPECT_TRUE(snapshot.ok()) << snapshot.status();
    if (snapshot->version == 0) {
      EXPECT_TRUE(snapshot->entries.empty());
      return 0;
    }
    EXPECT_EQ(snapshot->entries.size(), 2u);
    for (const auto& [key, value] : snapshot->entries) {
      EXPECT_TRUE(absl::StartsWith(value, absl::StrCat(snapshot->version, "."))) << key;
    }
    return snapshot->version;
  }

  // LevelDB's log of the writes since it was opened.
  std::string LogFile() {
    for (const auto& file : fs::directory_iterator(path_)) {
      if (file.path().extension() == ".log") return file.path();
    }
    ADD_FAILURE() << "no log file";
    return "";
  }

  std::string folder_;
  std::string path_;
};

TEST_F(LevelDbDatabaseTest, StartsAtVersionZeroInAFolderItMakes) {
  path_ = absl::StrCat(folder_, "/a/b/store/");
  auto database = Open();
  EXPECT_EQ(CheckWhole(*database), 0u);
  struct stat status;
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(LevelDbDatabaseTest, KeepsItsStateOverReopening) {
  {
    auto database = Open();
    database->Add({{"a", "1"}, {"b", std::string("\0x\xff", 3)}, {"version", "9"}});
    ASSERT_TRUE(database->Write(1).ok());
    database->Add({{"a", std::nullopt}, {"/", ""}});
    ASSERT_TRUE(database->Write(2).ok());
  }
  auto snapshot = Open()->Load();
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ(snapshot->version, 2u);
  EXPECT_EQ(snapshot->entries, (std::map<std::string, std::string>{
                                   {"/", ""}, {"b", std::string("\0x\xff", 3)}, {"version", "9"}}));
}

TEST_F(LevelDbDatabaseTest, IsHeldByOneProcessOnceOnly) {
  auto database = Open();
  for (int i = 0; i < 2; ++i) {
    absl::Status status = LevelDbDatabase::Open(path_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(status.message()), HasSubstr(path_));
    EXPECT_THAT(std::string(status.message()), HasSubstr("open in this process already"));
  }
  EXPECT_TRUE(WriteNext(database.get()).ok());
  database.reset();
  EXPECT_EQ(CheckWhole(*Open()), 1u);
}

TEST_F(LevelDbDatabaseTest, ADamagedLogIsDataLoss) {
  {
    auto database = Open();
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(WriteNext(database.get()).ok());
  }
  const std::string log = LogFile();
  std::fstream file(log, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(300);
  file.put('\x55');
  file.close();
  absl::Status status = LevelDbDatabase::Open(path_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(path_));
}

TEST_F(LevelDbDatabaseTest, ADamagedManifestIsDataLoss) {
  ASSERT_TRUE(WriteNext(Open().get()).ok());
  for (const char* content : {"", "MANIFEST-000000", "MANIFEST-999999\n", "../x\n"}) {
    std::ofstream(absl::StrCat(path_, "/CURRENT"), std::ios::trunc) << content;
    absl::Status status = LevelDbDatabase::Open(path_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << content << ": " << status;
  }
}

TEST_F(LevelDbDatabaseTest, ALogCutAnywhereHoldsTheLastWholeState) {
  {
    auto database = Open();
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(WriteNext(database.get()).ok());
  }
  const uintmax_t size = fs::file_size(LogFile());
  const std::string whole = absl::StrCat(folder_, "/whole");
  fs::rename(path_, whole);
  uint64_t last = 0;
  for (uintmax_t cut = 0; cut <= size; cut += 3) {
    fs::remove_all(path_);
    fs::copy(whole, path_, fs::copy_options::recursive);
    fs::resize_file(LogFile(), cut);
    uint64_t version = CheckWhole(*Open());
    EXPECT_GE(version, last);
    last = version;
  }
  EXPECT_GE(last, 4u);
}

// A disk that fails at the n-th write, for every n, whatever the write is for.
TEST_F(LevelDbDatabaseTest, Case41_EveryWriteThatFailsLeavesAWholeState) {
  int failed_opens = 0;
  int failed_writes = 0;
  bool all_done = false;
  for (int n = 0; !all_done; ++n) {
    ASSERT_LT(n, 1000);
    fs::remove_all(path_);
    FaultyEnv faults;
    faults.writes_left = n;
    uint64_t answered = 0;
    {
      auto database = LevelDbDatabase::Open(path_, faults.env());
      if (!database.ok()) {
        EXPECT_EQ(database.status().code(), absl::StatusCode::kResourceExhausted)
            << database.status();
        ++failed_opens;
        EXPECT_EQ(CheckWhole(*Open()), 0u);
        continue;
      }
      while (answered < 5 && WriteNext(database->get()).ok()) ++answered;
      all_done = answered == 5;
      if (!all_done) {
        ++failed_writes;
        EXPECT_EQ((*database)->status().code(), absl::StatusCode::kResourceExhausted);
        // Even when the disk is well again.
        faults.writes_left = 1000;
        EXPECT_EQ(WriteNext(database->get()), (*database)->status());
        EXPECT_EQ((*database)->Load().status(), (*database)->status());
        EXPECT_EQ((*database)->version(), answered);
      }
    }
    const uint64_t version = CheckWhole(*Open());
    EXPECT_GE(version, answered);
    EXPECT_LE(version, answered + 1);
  }
  EXPECT_GE(failed_opens, 3);
  EXPECT_GE(failed_writes, 10);
}

TEST_F(LevelDbDatabaseTest, OtherDiskErrorsAreUnavailableAndSayWhatTheSystemSaid) {
  FaultyEnv faults;
  faults.error = "Input/output error";
  auto database = LevelDbDatabase::Open(path_, faults.env());
  ASSERT_TRUE(database.ok());
  faults.writes_left = 0;
  absl::Status status = WriteNext(database->get());
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("Input/output error"));
}

TEST_F(LevelDbDatabaseTest, RefusesAPathThatCannotBe) {
  using absl::StatusCode;
  EXPECT_EQ(LevelDbDatabase::Open("").status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(LevelDbDatabase::Open(std::string("a\0b", 3)).status().code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(
      LevelDbDatabase::Open(absl::StrCat(folder_, "/", std::string(1000, 'x'))).status().code(),
      StatusCode::kInvalidArgument);
  std::ofstream(absl::StrCat(folder_, "/file")) << "x";
  EXPECT_EQ(LevelDbDatabase::Open(absl::StrCat(folder_, "/file")).status().code(),
            StatusCode::kFailedPrecondition);
  EXPECT_EQ(LevelDbDatabase::Open(absl::StrCat(folder_, "/file/store")).status().code(),
            StatusCode::kFailedPrecondition);
  fs::create_symlink("loop", absl::StrCat(folder_, "/loop"));
  EXPECT_EQ(LevelDbDatabase::Open(absl::StrCat(folder_, "/loop")).status().code(),
            StatusCode::kFailedPrecondition);
}

TEST_F(LevelDbDatabaseTest, EscapesAHostilePathInItsErrors) {
  std::ofstream(absl::StrCat(folder_, "/a\nb")) << "x";
  absl::Status status = LevelDbDatabase::Open(absl::StrCat(folder_, "/a\nb")).status();
  EXPECT_FALSE(absl::StrContains(status.message(), "\n")) << status;
}

TEST_F(LevelDbDatabaseTest, DoesNotFollowALinkPlantedForItsLock) {
  fs::create_directory(path_);
  std::ofstream(absl::StrCat(folder_, "/victim")) << "precious";
  fs::create_symlink("../victim", absl::StrCat(path_, "/HOLDER"));
  EXPECT_EQ(LevelDbDatabase::Open(path_).status().code(), absl::StatusCode::kFailedPrecondition);
  std::ifstream victim(absl::StrCat(folder_, "/victim"));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(victim), {}), "precious");
}

TEST_F(LevelDbDatabaseTest, LeavesNoJournalOfItsOwn) {
  ASSERT_TRUE(WriteNext(Open().get()).ok());
  EXPECT_FALSE(fs::exists(absl::StrCat(path_, "/LOG")));
}

// A process that writes to the store, and the versions it says are durable.
class Writer {
 public:
  explicit Writer(const std::string& path) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    std::string program = "mesoslib/storage/crash_writer";
    std::string argument = path;
    char* argv[] = {program.data(), argument.data(), nullptr};
    EXPECT_EQ(posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    lines_ = fdopen(ends[0], "r");
  }
  ~Writer() {
    Kill();
    fclose(lines_);
  }

  // 0: there are no more.
  uint64_t NextVersion() {
    unsigned long version = 0;
    return fscanf(lines_, "%lu", &version) == 1 ? version : 0;
  }

  void Kill() {
    if (pid_ == 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  pid_t pid_ = 0;
  FILE* lines_ = nullptr;
};

TEST_F(LevelDbDatabaseTest, Case41_AKilledProcessLosesNothingThatWasAnswered) {
  uint64_t last = 0;
  for (int round = 0; round < 4; ++round) {
    Writer writer(path_);
    for (int i = 0; i < 20 + 17 * round; ++i) {
      const uint64_t version = writer.NextVersion();
      ASSERT_EQ(version, last + 1);
      last = version;
    }
    writer.Kill();
    while (uint64_t version = writer.NextVersion()) last = version;
    const uint64_t version = CheckWhole(*Open());
    EXPECT_GE(version, last);
    EXPECT_LE(version, last + 1);
    last = version;
  }
}

TEST_F(LevelDbDatabaseTest, SaysWhichProcessHoldsIt) {
  Writer writer(path_);
  ASSERT_EQ(writer.NextVersion(), 1u);
  absl::Status status = LevelDbDatabase::Open(path_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr(path_));
  EXPECT_THAT(std::string(status.message()), HasSubstr("is held by another process, pid "));
}

}  // namespace
}  // namespace mesos
