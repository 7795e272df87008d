// HeadScanner: finds the end of a request's head in pieces of it, and refuses at once what no head
// may hold: lines without CR, control characters, folded fields, and more than the limits.
#ifndef MESOSLIB_HTTP_HEAD_SCANNER_H_
#define MESOSLIB_HTTP_HEAD_SCANNER_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace mesos::http {

// An answer that tells a client what is wrong with its request.
struct Refusal {
  int status = 400;
  std::string message;
};

struct HeadLimits {
  size_t max_line_bytes = 16 << 10;  // Of the request line; 414.
  size_t max_bytes = 64 << 10;       // Of everything; 431.
  size_t max_fields = 128;           // 431.
};

class HeadScanner {
 public:
  explicit HeadScanner(const HeadLimits& limits) : limits_(limits) {}

  // Where in `piece` the head ends; nothing: not in there, or refused.
  std::optional<size_t> Scan(absl::string_view piece);

  const std::optional<Refusal>& refusal() const { return refusal_; }

 private:
  // Looks at the next byte; true: the head ends with it.
  bool ScanByte(char c);
  bool EndLine();
  bool Refuse(int status, std::string message);
  bool CheckLimits();

  const HeadLimits& limits_;
  std::optional<Refusal> refusal_;
  size_t bytes_ = 0;       // So far.
  size_t line_bytes_ = 0;  // Of the current line.
  size_t lines_ = 0;       // That ended and were not empty.
  bool skipped_empty_line_ = false;
  char last_ = '\0';
};

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_HEAD_SCANNER_H_
