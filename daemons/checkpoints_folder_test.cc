#include "daemons/checkpoints_folder.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/notification.h"

namespace mesos {
namespace {

namespace fs = std::filesystem;

using testing::HasSubstr;

class RecordingLog final : public LogSink {
 public:
  void Log(LogLevel, absl::string_view line) override { text += std::string(line); }
  std::string text;
};

class CheckpointsFolderTest : public testing::Test {
 protected:
  CheckpointsFolderTest() {
    std::string folder = testing::TempDir() + "checkpoints-XXXXXX";
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    path_ = folder + "/checkpoints";
  }

  absl::Status Open(bool strict) {
    Close();
    auto store = OpenCheckpoints(path_, strict, loop_.get(), &log_);
    if (store.ok()) store_ = *std::move(store);
    return store.status();
  }

  void Close() {
    RunOn(loop_.get(), [this] { store_.reset(); });
  }

  // One entry, large enough for a table of its own.
  void Fill() {
    ASSERT_TRUE(Open(true).ok());
    for (uint64_t version = 0; version < 40; ++version) {
      Notification done;
      RunOn(loop_.get(), [&] {
        store_->Commit({{"key" + std::to_string(version), std::string(100000, 'x')}}, version,
                       [&](absl::StatusOr<uint64_t>) { done.Notify(); });
      });
      done.WaitForNotification();
    }
    Close();
  }

  size_t Entries() {
    size_t entries = 0;
    Notification done;
    RunOn(loop_.get(), [&] {
      store_->Load([&](absl::StatusOr<StateStore::Snapshot> snapshot) {
        if (snapshot.ok()) entries = snapshot->entries.size();
        done.Notify();
      });
    });
    done.WaitForNotification();
    return entries;
  }

  // The same for every file of that kind. False: there is none.
  bool Damage(const std::string& kind, bool cut) {
    bool found = false;
    for (const auto& entry : fs::directory_iterator(path_)) {
      if (entry.path().filename().string().find(kind) == std::string::npos) continue;
      found = true;
      if (cut) {
        fs::resize_file(entry.path(), 0);
      } else {
        std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(fs::file_size(entry.path()) / 2));
        file.write("\xff\x00\xff\x00", 4);
      }
    }
    return found;
  }

  std::unique_ptr<EventLoop> loop_ = CreateThreadEventLoop("test").value();
  RecordingLog log_;
  std::string path_;
  std::unique_ptr<StateStore> store_;
};

TEST_F(CheckpointsFolderTest, WhatIsWholeIsOpened) {
  Fill();
  EXPECT_TRUE(Open(false).ok());
  EXPECT_EQ(Entries(), 40u);
  EXPECT_EQ(log_.text, "");
  Close();
}

TEST_F(CheckpointsFolderTest, Case41_ADamagedDatabaseIsRenamedNeverDeleted) {
  int number = 0;
  for (const auto& [kind, cut] :
       {std::pair("MANIFEST", true), {"CURRENT", true}, {".ldb", false}, {".ldb", true}}) {
    Fill();
    ASSERT_TRUE(Damage(kind, cut)) << kind;
    const absl::Status refused = Open(true);
    EXPECT_TRUE(absl::IsDataLoss(refused)) << kind << " " << refused;
    EXPECT_THAT(refused.message(), HasSubstr("--strict=false"));
    log_.text.clear();
    EXPECT_TRUE(Open(false).ok()) << kind;
    EXPECT_EQ(Entries(), 0u);
    const std::string aside = path_ + ".damaged-" + std::to_string(++number);
    EXPECT_TRUE(fs::is_directory(aside));
    EXPECT_THAT(log_.text, HasSubstr(aside));
    Close();
    fs::remove_all(path_);
  }
}

TEST_F(CheckpointsFolderTest, Case41_ADatabaseWithoutItsCurrentFileIsDamaged) {
  Fill();
  fs::remove(path_ + "/CURRENT");
  EXPECT_TRUE(absl::IsDataLoss(Open(true)));
  EXPECT_TRUE(Open(false).ok());
  EXPECT_TRUE(fs::is_directory(path_ + ".damaged-1"));
  Close();
}

TEST_F(CheckpointsFolderTest, WhatSomebodyElseHoldsIsLeftAlone) {
  Fill();
  auto holder = OpenCheckpoints(path_, true, loop_.get(), &log_).value();
  EXPECT_EQ(OpenCheckpoints(path_, false, loop_.get(), &log_).status().code(),
            absl::StatusCode::kFailedPrecondition);
  RunOn(loop_.get(), [&] { holder.reset(); });
}

}  // namespace
}  // namespace mesos
