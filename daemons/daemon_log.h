// DaemonLog: a daemon's log, on stderr and in a file, as glog writes it. How much of it there is
// can be raised for a while.
//
//   auto log = DaemonLog::Open({.name = "mesos-agent", .least = "WARNING"});
//   (*log)->Log(LogLevel::kInfo, "not written");
//   (*log)->Set(1, absl::Minutes(10));
//   (*log)->Log(LogLevel::kInfo, "written");
//
// Threads: any. Its streams are never closed, for threads log until the end.
#ifndef DAEMONS_DAEMON_LOG_H_
#define DAEMONS_DAEMON_LOG_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "mesos/http.h"
#include "mesos/log.h"
#include "mesoslib/base/mutex.h"
#include "spdlog/common.h"
#include "spdlog/details/periodic_worker.h"
#include "spdlog/logger.h"

namespace mesos {

class DaemonLog final : public LogSink, public LoggingLevel {
 public:
  struct Options {
    std::string name;  // The file's, with ".log".
    bool to_stderr = true;
    std::string least = "INFO";         // --logging_level: INFO, WARNING or ERROR.
    std::optional<std::string> folder;  // --log_dir; none: there is no file.
    // --logbufsecs: how long lines may wait to be written to the file. Errors do not.
    std::chrono::seconds buffered{0};
    std::function<absl::Time()> now = absl::Now;
  };

  // InvalidArgument names the flag.
  static absl::StatusOr<std::unique_ptr<DaemonLog>> Open(Options options);

  void Log(LogLevel level, absl::string_view line) override;
  void LogToFileOnly(absl::string_view line);

  uint32_t level() const override;
  void Set(uint32_t level, absl::Duration duration) override;

  // Where the file is, absolute.
  const std::optional<std::string>& file() const { return path_; }

 private:
  explicit DaemonLog(std::function<absl::Time()> now) : now_(std::move(now)) {}

  absl::Status OpenFile(const Options& options);
  void Write(spdlog::logger* logger, LogLevel level, absl::string_view line);
  uint32_t LevelNow() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::function<absl::Time()> now_;
  spdlog::level::level_enum least_ = spdlog::level::info;
  std::optional<std::string> path_;
  mutable Mutex mutex_;
  spdlog::logger logger_{""};
  spdlog::logger file_{""};
  uint32_t raised_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Time raised_until_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::unique_ptr<spdlog::details::periodic_worker> flusher_;  // The first to go.
};

}  // namespace mesos

#endif  // DAEMONS_DAEMON_LOG_H_
