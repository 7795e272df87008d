#include "daemons/cli/log_filter.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "daemons/cli/text.h"

namespace mesos::cli {
namespace {

// Of "\x1b[1;31m", which sets colours and does nothing else.
constexpr size_t kMaxSequence = 32;

bool MayGoOn(absl::string_view text) {
  const unsigned char lead = static_cast<unsigned char>(text[0]);
  const size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 1;
  return text.size() < bytes;
}

}  // namespace

// Whether `text`, which begins with an escape, has been dealt with; false with `last` unset: more
// of it is needed.
bool LogFilter::TakeColour(absl::string_view* text, bool last, std::string* out) {
  const size_t end = text->find_first_not_of("0123456789;", 2);
  const bool begins = text->size() < 2 || (*text)[1] == '[';
  if (begins && !last && end == text->npos && text->size() < kMaxSequence) return false;
  if (colours_ && begins && end != text->npos && (*text)[end] == 'm' && end < kMaxSequence) {
    absl::StrAppend(out, text->substr(0, end + 1));
    text->remove_prefix(end + 1);
    coloured_ = true;
    return true;
  }
  absl::StrAppend(out, "\\x1b");
  text->remove_prefix(1);
  return true;
}

std::string LogFilter::Run(absl::string_view text, bool last) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character next = FirstCharacter(text);
    if (next.code == '\x1b') {
      if (!TakeColour(&text, last, &out)) break;
      continue;
    }
    if (!next.valid && !last && MayGoOn(text)) break;
    if (next.code == '\n' || next.code == '\t') {
      out += static_cast<char>(next.code);
    } else if (next.code == '\r' && text.size() > 1 && text[1] == '\n') {
      // The end of a line as Windows has it.
    } else {
      absl::StrAppend(&out, Printable(text.substr(0, next.bytes)));
    }
    text.remove_prefix(next.bytes);
  }
  kept_ = std::string(text);
  return out;
}

std::string LogFilter::Filter(absl::string_view piece) {
  const std::string text = absl::StrCat(std::exchange(kept_, ""), piece);
  return Run(text, false);
}

std::string LogFilter::Finish() {
  const std::string text = std::exchange(kept_, "");
  std::string out = Run(text, true);
  if (std::exchange(coloured_, false)) absl::StrAppend(&out, "\x1b[0m");
  return out;
}

}  // namespace mesos::cli
