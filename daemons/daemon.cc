#include "daemons/daemon.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "daemons/process_flags.h"
#include "mesos/version.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/base/status_macros.h"

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

}  // namespace

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
  flags_.Add(&logbufsecs_, "logbufsecs",
             "How many seconds lines may wait to be written to the log file; errors do not.");
  flags_.Add(&external_log_file_, "external_log_file",
             "A log file that others write, to be shown where --log_dir's would be.");
}

Daemon::~Daemon() = default;

LogSink* Daemon::log() { return log_.get(); }

HttpServerOptions Daemon::HttpOptions(absl::string_view log_path) {
  HttpServerOptions options;
  options.log = log_.get();
  options.logging_level = log_.get();
  options.flags = flags_.Values();
  const std::optional<std::string>& file =
      log_->file().has_value() ? log_->file() : external_log_file_;
  if (file.has_value()) options.files[std::string(log_path)] = *file;
  return options;
}

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
  if (external_log_file_.has_value() && !absl::StartsWith(*external_log_file_, "/")) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--external_log_file is ", Quoted(*external_log_file_), ", expected an absolute path"));
  }
  ASSIGN_OR_RETURN(log_, DaemonLog::Open({.name = name_,
                                          .to_stderr = !quiet_,
                                          .least = logging_level_,
                                          .folder = log_dir_,
                                          .buffered = std::chrono::seconds(logbufsecs_)}));
  return absl::OkStatus();
}

void Daemon::LogFlags() {
  const std::vector<std::string> changed = flags_.Changed();
  log_->Log(LogLevel::kInfo, absl::StrCat(name_, " ", MESOS_VERSION, ", process ", getpid()));
  log_->Log(LogLevel::kInfo,
            absl::StrCat("flags: ", changed.empty() ? "none" : absl::StrJoin(changed, " ")));
}

void Daemon::LogPorts(int http, int grpc) {
  log_->Log(LogLevel::kInfo, absl::StrCat("HTTP listens on port ", http));
  log_->Log(LogLevel::kInfo, absl::StrCat("gRPC listens on port ", grpc));
}

int Daemon::Fail(const absl::Status& reason) {
  const std::string message(reason.message());
  if (log_ != nullptr) log_->LogToFileOnly(message);
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
