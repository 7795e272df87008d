#include "mesoslib/http/head_scanner.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos::http {
namespace {

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\r' && c != '\n') || byte == 0x7f;
}

}  // namespace

std::optional<size_t> HeadScanner::Scan(absl::string_view piece) {
  for (size_t i = 0; i < piece.size(); ++i) {
    if (refusal_.has_value()) return std::nullopt;
    if (ScanByte(piece[i])) return i + 1;
  }
  return std::nullopt;
}

bool HeadScanner::ScanByte(char c) {
  const char last = std::exchange(last_, c);
  ++bytes_;
  ++line_bytes_;
  if (!CheckLimits()) return false;
  if (IsControl(c)) {
    return Refuse(400, absl::StrCat("the head holds the control character 0x",
                                    absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2)));
  }
  if ((c == '\n') != (last == '\r'))
    return Refuse(400, "a line of the head does not end with CR LF");
  if (c == '\n') return EndLine();
  if (line_bytes_ == 1 && lines_ > 0 && (c == ' ' || c == '\t')) {
    return Refuse(400, "a header field is folded over several lines: it has one line");
  }
  return false;
}

bool HeadScanner::EndLine() {
  const bool empty = std::exchange(line_bytes_, 0) == 2;
  if (!empty) {
    ++lines_;
    return false;
  }
  if (lines_ > 0) return true;
  // Old clients end a body with an empty line that no length counts.
  if (!std::exchange(skipped_empty_line_, true)) return false;
  return Refuse(400, "empty lines stand before the request line");
}

bool HeadScanner::CheckLimits() {
  if (lines_ == 0 && line_bytes_ > limits_.max_line_bytes) {
    return Refuse(
        414, absl::StrCat("the request line is longer than ", limits_.max_line_bytes, " bytes"));
  }
  if (bytes_ > limits_.max_bytes) {
    return Refuse(431, absl::StrCat("the head is longer than ", limits_.max_bytes, " bytes"));
  }
  if (lines_ > limits_.max_fields + 1) {
    return Refuse(431, absl::StrCat("the head has more than ", limits_.max_fields, " fields"));
  }
  return true;
}

bool HeadScanner::Refuse(int status, std::string message) {
  refusal_ = Refusal{status, std::move(message)};
  return false;
}

}  // namespace mesos::http
