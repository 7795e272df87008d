#include "daemons/daemon_log.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"
#include "spdlog/sinks/base_sink.h"

namespace mesos {
namespace {

absl::StatusOr<spdlog::level::level_enum> ParseLevel(const std::string& text) {
  static const auto* const levels = new std::map<std::string, spdlog::level::level_enum>{
      {"INFO", spdlog::level::info},
      {"WARNING", spdlog::level::warn},
      {"ERROR", spdlog::level::err},
  };
  auto found = levels->find(text);
  if (found != levels->end()) return found->second;
  return absl::InvalidArgumentError(
      absl::StrCat("--logging_level is ", Quoted(text), ", expected INFO, WARNING or ERROR"));
}

// A sink of spdlog's for an open stream; it is never closed. Unlike spdlog's own it writes when it
// is told to, or has much.
class StreamSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit StreamSink(FILE* stream) : stream_(stream) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    fwrite(line.data(), 1, line.size(), stream_);
  }
  void flush_() override { fflush(stream_); }

  FILE* const stream_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<DaemonLog>> DaemonLog::Open(Options options) {
  ASSIGN_OR_RETURN(const spdlog::level::level_enum least, ParseLevel(options.least));
  std::unique_ptr<DaemonLog> log(new DaemonLog(options.now));
  log->least_ = least;
  if (options.to_stderr) log->logger_.sinks().push_back(std::make_shared<StreamSink>(stderr));
  if (options.folder.has_value()) RETURN_IF_ERROR(log->OpenFile(options));
  const bool at_once = options.buffered.count() == 0;
  for (spdlog::logger* logger : {&log->logger_, &log->file_}) {
    // As glog writes it, which Mesos's users know: "I1121 03:20:26.123456  4711 text".
    logger->set_pattern("%L%m%d %H:%M:%S.%f %5t %v");
    logger->set_level(spdlog::level::info);
    logger->flush_on(at_once ? spdlog::level::info : spdlog::level::err);
  }
  if (!at_once) {
    log->flusher_ = std::make_unique<spdlog::details::periodic_worker>(
        [log = log.get()] {
          MutexLock lock(&log->mutex_);
          log->logger_.flush();
        },
        options.buffered);
  }
  return log;
}

absl::Status DaemonLog::OpenFile(const Options& options) {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::absolute(*options.folder, error);
  std::filesystem::create_directories(folder, error);
  path_ = (folder / absl::StrCat(options.name, ".log")).lexically_normal().string();
  FILE* file = fopen(path_->c_str(), "ae");  // Not inherited by what the daemon starts.
  if (file == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("--log_dir: cannot write ", *path_, ": ", strerror(errno)));
  }
  file_.sinks().push_back(std::make_shared<StreamSink>(file));
  logger_.sinks().push_back(file_.sinks().back());
  return absl::OkStatus();
}

void DaemonLog::Log(LogLevel level, absl::string_view line) { Write(&logger_, level, line); }

void DaemonLog::LogToFileOnly(absl::string_view line) { Write(&file_, LogLevel::kError, line); }

// One line at a time to all sinks, so that stderr and the file tell the same story.
void DaemonLog::Write(spdlog::logger* logger, LogLevel level, absl::string_view line) {
  const auto spd_level = level == LogLevel::kInfo      ? spdlog::level::info
                         : level == LogLevel::kWarning ? spdlog::level::warn
                                                       : spdlog::level::err;
  MutexLock lock(&mutex_);
  if (spd_level < least_ && LevelNow() == 0) return;
  logger->log(spd_level, spdlog::string_view_t(line.data(), line.size()));
}

uint32_t DaemonLog::LevelNow() const { return raised_ > 0 && now_() < raised_until_ ? raised_ : 0; }

uint32_t DaemonLog::level() const {
  MutexLock lock(&mutex_);
  return LevelNow();
}

void DaemonLog::Set(uint32_t level, absl::Duration duration) {
  MutexLock lock(&mutex_);
  raised_ = level;
  raised_until_ = now_() + duration;
}

}  // namespace mesos
