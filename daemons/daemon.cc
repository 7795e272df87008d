#include "daemons/daemon.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "daemons/process_flags.h"
#include "mesos/version.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/base/status_macros.h"
#include "spdlog/logger.h"
#include "spdlog/sinks/stdout_sinks.h"

namespace mesos {
namespace {

constexpr char kTooSlow[] = ": stopping takes too long; giving up\n";

// Set once, before the alarm that reads it.
char g_too_slow[128];

// Async-signal-safe.
void GiveUp(int) {
  [[maybe_unused]] ssize_t ignored = write(STDERR_FILENO, g_too_slow, strlen(g_too_slow));
  _exit(1);
}

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

// A sink of spdlog's for an open stream; it is never closed, for threads log until the end.
std::shared_ptr<spdlog::sinks::sink> StreamSink(FILE* stream) {
  struct Opened final : spdlog::sinks::stdout_sink_base<spdlog::details::console_mutex> {
    explicit Opened(FILE* file) : stdout_sink_base(file) {}
  };
  return std::make_shared<Opened>(stream);
}

absl::StatusOr<FILE*> OpenLogFile(const std::string& folder, const std::string& name) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const std::string path = absl::StrCat(folder, "/", name, ".log");
  FILE* file = fopen(path.c_str(), "ae");  // Not inherited by what the daemon starts.
  if (file != nullptr) return file;
  return absl::InvalidArgumentError(
      absl::StrCat("--log_dir: cannot write ", path, ": ", strerror(errno)));
}

}  // namespace

class Daemon::Sink final : public LogSink {
 public:
  void Add(std::shared_ptr<spdlog::sinks::sink> sink) {
    logger_.sinks().push_back(std::move(sink));
  }
  void SetFile(FILE* file) {
    file_.sinks().push_back(StreamSink(file));
    Add(file_.sinks().back());
  }

  // As glog writes it, which Mesos's users know: "I1121 03:20:26.123456  4711 text".
  void SetFormat(spdlog::level::level_enum level) {
    for (spdlog::logger* logger : {&logger_, &file_}) {
      logger->set_pattern("%L%m%d %H:%M:%S.%f %5t %v");
      logger->set_level(level);
      logger->flush_on(spdlog::level::info);
    }
  }

  void Log(LogLevel level, absl::string_view line) override { Write(&logger_, level, line); }
  void LogToFileOnly(absl::string_view line) { Write(&file_, LogLevel::kError, line); }

 private:
  // One line at a time to all sinks, so that stderr and the file tell the same story.
  void Write(spdlog::logger* logger, LogLevel level, absl::string_view line) {
    const auto spd_level = level == LogLevel::kInfo      ? spdlog::level::info
                           : level == LogLevel::kWarning ? spdlog::level::warn
                                                         : spdlog::level::err;
    MutexLock lock(&mutex_);
    logger->log(spd_level, spdlog::string_view_t(line.data(), line.size()));
  }

  Mutex mutex_;
  spdlog::logger logger_{""};
  spdlog::logger file_{""};
};

Daemon::Daemon(absl::string_view name, absl::string_view summary)
    : name_(name), flags_(name, summary) {
  sigemptyset(&signals_);
  for (int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaddset(&signals_, signal);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  signal(SIGPIPE, SIG_IGN);
  flags_.Add(&version_, "version", "Show the version and exit.");
  flags_.Add(&quiet_, "quiet", "Log nothing to stderr.");
  flags_.Add(&logging_level_, "logging_level", "What is logged at least: INFO, WARNING or ERROR.");
  flags_.Add(&log_dir_, "log_dir", "The folder for a log file. None is written by default.");
}

Daemon::~Daemon() = default;

LogSink* Daemon::log() { return sink_.get(); }

std::optional<int> Daemon::ReadFlags(int argc, char** argv) {
  absl::Status status = ParseProcessFlags(argc, argv, &flags_);
  if (flags_.help_requested()) {
    std::fputs(flags_.Help().c_str(), stdout);
    return 0;
  }
  if (version_) {
    std::printf("%s %s\n", name_.c_str(), MESOS_VERSION);
    return 0;
  }
  if (status.ok()) status = OpenLog();
  if (status.ok()) return std::nullopt;
  return Fail(status);
}

absl::Status Daemon::OpenLog() {
  ASSIGN_OR_RETURN(const spdlog::level::level_enum level, ParseLevel(logging_level_));
  auto sink = std::make_unique<Sink>();
  if (!quiet_) sink->Add(StreamSink(stderr));
  if (log_dir_.has_value()) {
    ASSIGN_OR_RETURN(FILE * file, OpenLogFile(*log_dir_, name_));
    sink->SetFile(file);
  }
  sink->SetFormat(level);
  sink_ = std::move(sink);
  return absl::OkStatus();
}

void Daemon::LogFlags() {
  const std::vector<std::string> changed = flags_.Changed();
  sink_->Log(LogLevel::kInfo, absl::StrCat(name_, " ", MESOS_VERSION, ", process ", getpid()));
  sink_->Log(LogLevel::kInfo,
             absl::StrCat("flags: ", changed.empty() ? "none" : absl::StrJoin(changed, " ")));
}

void Daemon::LogPorts(int http, int grpc) {
  sink_->Log(LogLevel::kInfo, absl::StrCat("HTTP listens on port ", http));
  sink_->Log(LogLevel::kInfo, absl::StrCat("gRPC listens on port ", grpc));
}

int Daemon::Fail(const absl::Status& reason) {
  const std::string message(reason.message());
  if (sink_ != nullptr) sink_->LogToFileOnly(message);
  std::fprintf(stderr, "%s: %s\n", name_.c_str(), message.c_str());
  return 1;
}

int Daemon::WaitForEnd() {
  int received = 0;
  while (sigwait(&signals_, &received) != 0) {
  }
  return received;
}

void Daemon::End(absl::Status reason) {
  {
    MutexLock lock(&mutex_);
    if (reason_.ok()) reason_ = std::move(reason);
  }
  kill(getpid(), SIGTERM);  // Blocked everywhere: only WaitForEnd() takes it.
}

void Daemon::StopWithin(absl::Duration deadline) {
  std::snprintf(g_too_slow, sizeof(g_too_slow), "%s%s", name_.c_str(), kTooSlow);
  signal(SIGALRM, GiveUp);
  alarm(static_cast<unsigned>(absl::ToInt64Seconds(absl::Ceil(deadline, absl::Seconds(1)))));
}

int Daemon::ExitCode() {
  MutexLock lock(&mutex_);
  if (reason_.ok()) return 0;
  return Fail(reason_);
}

void RaiseFileLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace mesos
