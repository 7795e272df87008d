// What the mains of all daemons do the same way: flags, log, signals, the end.
//
//   int main(int argc, char** argv) {
//     mesos::Daemon daemon("mesos-agent", "Runs tasks on this machine.");
//     daemon.flags().Add(&port, "port", "...");
//     if (std::optional<int> code = daemon.ReadFlags(argc, argv)) return *code;
//     if (absl::Status built = Build(...); !built.ok()) return daemon.Fail(built);
//     daemon.LogFlags();
//     daemon.WaitForEnd();
//     daemon.StopWithin(absl::Seconds(10));
//     return daemon.ExitCode();
//   }
#ifndef DAEMONS_DAEMON_H_
#define DAEMONS_DAEMON_H_

#include <signal.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "daemons/daemon_log.h"
#include "mesos/http.h"
#include "mesos/log.h"
#include "mesoslib/base/flags.h"
#include "mesoslib/base/mutex.h"

namespace mesos {

class Daemon {
 public:
  // Blocks the signals that WaitForEnd() waits for, also in all threads made later: there must be
  // none yet. One per process.
  Daemon(absl::string_view name, absl::string_view summary);
  ~Daemon();

  // Logging flags, --version and --help are there already.
  FlagSet& flags() { return flags_; }

  // Reads the flags and opens the log. A value: the program ends with it, and what there was to say
  // (--help, --version, an error) has been said.
  std::optional<int> ReadFlags(int argc, char** argv);

  // After ReadFlags. Any thread.
  LogSink* log();

  // After ReadFlags: what an HTTP server tells of this program; its log is shown as `log_path`.
  HttpServerOptions HttpOptions(absl::string_view log_path);

  // Logs the version, and the flags that are not at their defaults.
  void LogFlags();

  // Where it listens.
  void LogPorts(int http, int grpc);

  // Says in one line on stderr (and in the log's file) why the program ends; the exit code.
  int Fail(const absl::Status& reason);

  // Waits for SIGINT, SIGTERM or SIGUSR1, which it returns, or for End(): SIGTERM.
  int WaitForEnd();

  // The program is to end; where `reason` is an error, with exit code 1. Any thread.
  void End(absl::Status reason);

  // From now on the process has this long to end by itself.
  void StopWithin(absl::Duration deadline);

  // 0, or what End() was told becomes a line on stderr and 1.
  int ExitCode();

 private:
  absl::Status OpenLog();

  const std::string name_;
  FlagSet flags_;
  bool version_ = false;
  bool quiet_ = false;
  std::string logging_level_ = "INFO";
  std::optional<std::string> log_dir_;
  uint16_t logbufsecs_ = 0;
  std::optional<std::string> external_log_file_;
  sigset_t signals_;
  std::unique_ptr<DaemonLog> log_;
  Mutex mutex_;
  absl::Status reason_ ABSL_GUARDED_BY(mutex_);
};

// Open descriptors up to what the machine's administrator allows: a connection is one.
void RaiseFileLimit();

}  // namespace mesos

#endif  // DAEMONS_DAEMON_H_
