// FakeHost: a program with flags, a log level and a folder of files, for tests of what tells of it.
#ifndef MESOSLIB_HTTP_FAKE_HOST_H_
#define MESOSLIB_HTTP_FAKE_HOST_H_

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "mesoslib/http/fake_client.h"
#include "mesoslib/http/host.h"

namespace mesos::http {

class FakeLoggingLevel final : public LoggingLevel {
 public:
  uint32_t level() const override { return level_; }
  void Set(uint32_t level, absl::Duration duration) override {
    level_ = level;
    duration_ = duration;
  }
  absl::Duration duration() const { return duration_; }

 private:
  uint32_t level_ = 0;
  absl::Duration duration_;
};

class FakeHost {
 public:
  FakeHost()
      : folder_(std::filesystem::path(testing::TempDir()) /
                absl::StrCat(testing::UnitTest::GetInstance()->current_test_info()->name(), "-",
                             getpid())) {
    std::filesystem::create_directories(folder_);
    host_->flags = {{"port", "5050"}, {"quiet", "false"}};
    host_->logging_level = &logging_level_;
    host_->files = FileBrowser({{"/shown", {.real = folder_.string()}}});
    host_->file_work = RunAtOnce;
  }
  ~FakeHost() { std::filesystem::remove_all(folder_); }

  // Below /shown.
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  HostPtr host() const { return host_; }
  Host& mutable_host() { return *host_; }
  const std::filesystem::path& folder() const { return folder_; }
  FakeLoggingLevel& logging_level() { return logging_level_; }

 private:
  const std::filesystem::path folder_;
  FakeLoggingLevel logging_level_;
  std::shared_ptr<Host> host_ = std::make_shared<Host>();
};

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_FAKE_HOST_H_
