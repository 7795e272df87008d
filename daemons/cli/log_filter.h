// LogFilter: a task's output, for a screen. Colours pass where they are wanted; whatever else would
// drive the terminal is shown as an escape. Comes in pieces of any size.
#ifndef DAEMONS_CLI_LOG_FILTER_H_
#define DAEMONS_CLI_LOG_FILTER_H_

#include <string>

#include "absl/strings/string_view.h"

namespace mesos::cli {

class LogFilter {
 public:
  explicit LogFilter(bool colours) : colours_(colours) {}

  std::string Filter(absl::string_view piece);
  // What was kept because more might have come, and the end of colours.
  std::string Finish();

 private:
  bool TakeColour(absl::string_view* text, bool last, std::string* out);
  std::string Run(absl::string_view text, bool last);

  const bool colours_;
  bool coloured_ = false;
  std::string kept_;  // The beginning of a character or of an escape sequence.
};

}  // namespace mesos::cli

#endif  // DAEMONS_CLI_LOG_FILTER_H_
