// LogSink: where the library's log lines go. The library prints nothing by itself: a component that
// is given no sink is silent.
#ifndef MESOS_LOG_H_
#define MESOS_LOG_H_

#include "absl/strings/string_view.h"
#include "mesos/export.h"

namespace mesos {

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
