// LogSink: where the library's log lines go. The library prints nothing by itself: a component that
// is given no sink is silent.
//
//   class Console : public mesos::LogSink {
//     void Log(mesos::LogLevel level, absl::string_view line) override {
//       if (level == mesos::LogLevel::kInfo) return;
//       std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
//     }
//   };
//
// Threads: Log may be called from several threads at once; it should not block them for long.
// Ownership: belongs to the host, and outlives every component it was given to.
// Errors: has no way to answer any; what a sink cannot write is its own affair.
#ifndef MESOS_LOG_H_
#define MESOS_LOG_H_

#include "absl/strings/string_view.h"
#include "mesos/export.h"

namespace mesos {

// kWarning: something was refused or ignored. kError: a component cannot do its work.
enum class LogLevel { kInfo, kWarning, kError };

class MESOS_EXPORT LogSink {
 public:
  virtual ~LogSink() = default;

  // One line, without newline; what came from peers is escaped already. May be called from several
  // threads at once and must not call back into the component that logs.
  virtual void Log(LogLevel level, absl::string_view line) = 0;
};

}  // namespace mesos

#endif  // MESOS_LOG_H_
