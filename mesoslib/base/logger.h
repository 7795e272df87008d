// Logger: a component's way to the host's LogSink.
//
//   log_.Info("agent ", id, " registered with ", resources);
//
// Nothing is formatted where there is no sink. What a peer sent is quoted with Quoted().
#ifndef MESOSLIB_BASE_LOGGER_H_
#define MESOSLIB_BASE_LOGGER_H_

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "mesos/log.h"

namespace mesos {

class Logger {
 public:
  explicit Logger(LogSink* sink) : sink_(sink) {}

  template <typename... Args>
  void Info(const Args&... args) const {
    if (sink_ != nullptr) sink_->Log(LogLevel::kInfo, absl::StrCat(args...));
  }
  template <typename... Args>
  void Warning(const Args&... args) const {
    if (sink_ != nullptr) sink_->Log(LogLevel::kWarning, absl::StrCat(args...));
  }
  template <typename... Args>
  void Error(const Args&... args) const {
    if (sink_ != nullptr) sink_->Log(LogLevel::kError, absl::StrCat(args...));
  }

 private:
  LogSink* sink_;
};

// Text from a peer, escaped, in quotes, cut after 256 bytes.
inline std::string Quoted(absl::string_view text) {
  const bool cut = text.size() > 256;
  return absl::StrCat("'", absl::CHexEscape(text.substr(0, 256)), cut ? "...'" : "'");
}

}  // namespace mesos

#endif  // MESOSLIB_BASE_LOGGER_H_
