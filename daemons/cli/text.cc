#include "daemons/cli/text.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace mesos::cli {
namespace {

struct Span {
  char32_t first;
  char32_t last;
};

bool IsIn(char32_t code, const Span* begin, const Span* end) {
  return std::any_of(begin, end, [&](const Span& s) { return s.first <= code && code <= s.last; });
}

// Marks that are drawn onto the character before them.
constexpr Span kCombining[] = {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},
                               {0x610, 0x61a},   {0x64b, 0x65f},   {0x93c, 0x93c},
                               {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20ff},
                               {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};

// East Asian wide characters and emoji.
constexpr Span kWide[] = {
    {0x1100, 0x115f}, {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},  {0x4e00, 0x9fff},
    {0xa000, 0xa4cf}, {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},  {0xff00, 0xff60},
    {0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};

// Neither seen nor harmless: directions of writing, joiners, separators of lines, tags, what is for
// private use, and what is no character.
constexpr Span kHidden[] = {
    {0xad, 0xad},     {0x61c, 0x61c},     {0x115f, 0x1160},   {0x180e, 0x180e}, {0x200b, 0x200f},
    {0x2028, 0x202e}, {0x2060, 0x206f},   {0xe000, 0xf8ff},   {0xfeff, 0xfeff}, {0xfff0, 0xfffb},
    {0xfffe, 0xffff}, {0xe0000, 0xe0fff}, {0xf0000, 0x10ffff}};

// Nothing but letters and signs of ASCII, as nearly everything is that is shown.
bool IsPlain(absl::string_view text) {
  bool plain = true;
  for (const char c : text) plain &= c >= 0x20 && c < 0x7f;
  return plain;
}

int ColumnsOf(char32_t code) {
  if (code < 0x300) return 1;
  if (IsIn(code, std::begin(kCombining), std::end(kCombining))) return 0;
  return IsIn(code, std::begin(kWide), std::end(kWide)) ? 2 : 1;
}

Character Byte(absl::string_view text) {
  return {.code = static_cast<uint8_t>(text[0]), .valid = false};
}

constexpr absl::string_view kCut = "…";

// The longest beginning of `text` that has at most so many columns.
absl::string_view Beginning(absl::string_view text, int columns) {
  size_t end = 0;
  while (end < text.size()) {
    const Character next = FirstCharacter(text.substr(end));
    if (next.columns > columns) break;
    columns -= next.columns;
    end += next.bytes;
  }
  return text.substr(0, end);
}

absl::string_view Ending(absl::string_view text, int columns) {
  int left = Columns(text);
  while (left > columns) {
    const Character next = FirstCharacter(text);
    left -= next.columns;
    text.remove_prefix(next.bytes);
  }
  return text;
}

// How many letters have to be changed, added, left out or swapped with their neighbour.
size_t Distance(absl::string_view a, absl::string_view b) {
  std::vector<std::vector<size_t>> cost(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        cost[i][j] = i + j;
        continue;
      }
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1,
                             cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[a.size()][b.size()];
}

}  // namespace

Character FirstCharacter(absl::string_view text) {
  const uint8_t lead = static_cast<uint8_t>(text[0]);
  if (lead < 0x80) return {.code = lead};
  const size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return Byte(text);
  char32_t code = lead & (0xff >> (bytes + 1));
  for (size_t i = 1; i < bytes; ++i) {
    const uint8_t next = static_cast<uint8_t>(text[i]);
    if ((next & 0xc0) != 0x80) return Byte(text);
    code = code << 6 | (next & 0x3f);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < kLeast[bytes] || code > 0x10ffff || is_surrogate) return Byte(text);
  return {.code = code, .bytes = bytes, .columns = ColumnsOf(code)};
}

bool IsPrintable(const Character& character) {
  if (!character.valid) return false;
  const char32_t code = character.code;
  if (code < 0x7f) return code >= 0x20;
  if (code < 0xa0) return false;
  return !IsIn(code, std::begin(kHidden), std::end(kHidden));
}

std::string Printable(absl::string_view text) {
  if (IsPlain(text)) return std::string(text);
  std::string printable;
  printable.reserve(text.size());
  while (!text.empty()) {
    const Character next = FirstCharacter(text);
    if (IsPrintable(next)) {
      absl::StrAppend(&printable, text.substr(0, next.bytes));
    } else if (next.code == '\n') {
      printable += "\\n";
    } else if (next.code == '\t') {
      printable += "\\t";
    } else if (next.code == '\r') {
      printable += "\\r";
    } else if (next.code < 0x80 || !next.valid) {
      absl::StrAppendFormat(&printable, "\\x%02x", static_cast<unsigned>(next.code));
    } else {
      absl::StrAppendFormat(&printable, "\\u{%x}", static_cast<unsigned>(next.code));
    }
    text.remove_prefix(next.bytes);
  }
  return printable;
}

void MakePrintable(std::string* text) {
  if (!IsPlain(*text)) *text = Printable(*text);
}

int Columns(absl::string_view text) {
  if (IsPlain(text)) return static_cast<int>(text.size());
  int columns = 0;
  while (!text.empty()) {
    const Character next = FirstCharacter(text);
    columns += next.columns;
    text.remove_prefix(next.bytes);
  }
  return columns;
}

std::string CutEnd(absl::string_view text, int columns) {
  if (columns <= 0) return "";
  if (Columns(text) <= columns) return std::string(text);
  return absl::StrCat(Beginning(text, columns - 1), kCut);
}

std::string CutMiddle(absl::string_view text, int columns) {
  if (columns <= 0) return "";
  if (Columns(text) <= columns) return std::string(text);
  const int kept = columns - 1;
  return absl::StrCat(Beginning(text, kept / 2), kCut, Ending(text, kept - kept / 2));
}

std::string NumberText(double number) {
  if (!std::isfinite(number)) return std::isnan(number) ? "?" : number < 0 ? "-inf" : "inf";
  if (std::abs(number) >= 1e15) return absl::StrFormat("%.3g", number);
  if (number == std::trunc(number)) return absl::StrCat(static_cast<int64_t>(number));
  std::string text = absl::StrFormat("%.3f", number);
  text.resize(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string MegabytesText(double megabytes) {
  if (!std::isfinite(megabytes)) return NumberText(megabytes);
  const char* unit = "M";
  for (const char* next : {"G", "T", "P"}) {
    if (std::abs(megabytes) < 1024) break;
    megabytes /= 1024;
    unit = next;
  }
  // What is no whole number has one decimal, as long as there is room for it.
  const double tenths = std::round(megabytes * 10) / 10;
  const bool whole = std::abs(tenths) >= 100 || tenths == std::floor(tenths);
  return absl::StrCat(NumberText(whole ? std::round(tenths) : tenths), unit);
}

std::string DurationText(absl::Duration duration) {
  const int64_t seconds = absl::ToInt64Seconds(duration);
  if (seconds < 120) return absl::StrCat(seconds, "s");
  if (seconds < 120 * 60) return absl::StrCat(seconds / 60, "m");
  if (seconds < 48 * 3600) return absl::StrCat(seconds / 3600, "h");
  const int64_t days = seconds / 86400;
  return days < 730 ? absl::StrCat(days, "d") : absl::StrCat(days / 365, "y");
}

std::string AgeText(absl::Time since, absl::Time now) {
  // Two machines' clocks are never quite equal.
  if (since <= absl::UnixEpoch() || since > now + absl::Minutes(1)) return "-";
  return DurationText(std::max(absl::ZeroDuration(), now - since));
}

std::string Nearest(absl::string_view word, const std::vector<std::string>& known) {
  if (word.size() > 64) return "";
  std::string nearest;
  size_t least = std::max<size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : known) {
    const size_t distance = Distance(word, candidate);
    if (distance >= least) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest;
}

}  // namespace mesos::cli
