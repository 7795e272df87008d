#include "mesoslib/http/json_writer.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/strings/escaping.h"

namespace mesos::http {
namespace {

constexpr uint32_t kReplacement = 0xfffd;

// Whether a byte stands for itself in a JSON string.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (int c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

// Whether so do all of eight bytes.
bool ArePlain(const char* text) {
  constexpr uint64_t kOnes = ~uint64_t{0} / 255;
  constexpr uint64_t kHighs = kOnes << 7;
  uint64_t bytes;
  std::memcpy(&bytes, text, sizeof(bytes));
  const uint64_t quotes = bytes ^ kOnes * '"';
  const uint64_t slashes = bytes ^ kOnes * '\\';
  // The high bit of each byte that is not ASCII, below a space, a quote or a backslash; a byte
  // above such a one may be taken for one too.
  const uint64_t not_plain =
      bytes | (((bytes - kOnes * 0x20) & ~bytes) | ((quotes - kOnes) & ~quotes) |
               ((slashes - kOnes) & ~slashes));
  return (not_plain & kHighs) == 0;
}

unsigned char ByteAt(absl::string_view text, size_t at) {
  return static_cast<unsigned char>(text[at]);
}

// The character that begins with text[*at], beyond which it moves. Of bytes that are no UTF-8 it
// takes one, for U+FFFD.
uint32_t TakeCharacter(absl::string_view text, size_t* at) {
  const unsigned char first = ByteAt(text, (*at)++);
  if (first < 0x80) return first;
  const size_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
  if (first < 0xc2 || first > 0xf4 || text.size() - *at < more) return kReplacement;
  uint32_t character = first & (0x3f >> more);
  for (size_t i = 0; i < more; ++i) {
    const unsigned char next = ByteAt(text, *at + i);
    if ((next & 0xc0) != 0x80) return kReplacement;
    character = character << 6 | (next & 0x3f);
  }
  // Longer than it need be, half of a surrogate pair, or beyond Unicode.
  constexpr uint32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
  if (character < kLeast[more] || (character >= 0xd800 && character < 0xe000) ||
      character > 0x10ffff) {
    return kReplacement;
  }
  *at += more;
  return character;
}

void AppendUnit(uint32_t unit, std::string* out) {
  constexpr char kHex[] = "0123456789abcdef";
  const char escape[] = {
      '\\',           'u', kHex[unit >> 12 & 15], kHex[unit >> 8 & 15], kHex[unit >> 4 & 15],
      kHex[unit & 15]};
  out->append(escape, sizeof(escape));
}

void AppendEscaped(uint32_t character, std::string* out) {
  switch (character) {
    case '"':
      out->append("\\\"");
      return;
    case '\\':
      out->append("\\\\");
      return;
    case '\b':
      out->append("\\b");
      return;
    case '\f':
      out->append("\\f");
      return;
    case '\n':
      out->append("\\n");
      return;
    case '\r':
      out->append("\\r");
      return;
    case '\t':
      out->append("\\t");
      return;
    default:
      break;
  }
  if (character < 0x10000) return AppendUnit(character, out);
  AppendUnit(0xd800 + ((character - 0x10000) >> 10), out);
  AppendUnit(0xdc00 + ((character - 0x10000) & 0x3ff), out);
}

}  // namespace

void JsonWriter::Verbatim(absl::string_view text) {
  Prefix(rapidjson::kStringType);
  std::string* out = os_->text();
  out->push_back('"');
  out->append(text.data(), text.size());
  out->push_back('"');
}

void JsonWriter::Text(absl::string_view text) {
  Prefix(rapidjson::kStringType);
  std::string* out = os_->text();
  out->push_back('"');
  for (size_t at = 0; at < text.size();) {
    const size_t start = at;
    while (text.size() - at >= 8 && ArePlain(text.data() + at)) at += 8;
    while (at < text.size() && kPlain[ByteAt(text, at)]) ++at;
    out->append(text.data() + start, at - start);
    if (at < text.size()) AppendEscaped(TakeCharacter(text, &at), out);
  }
  out->push_back('"');
}

void JsonWriter::Raw(absl::string_view json) {
  Prefix(rapidjson::kObjectType);  // No name of a member, at least.
  os_->text()->append(json.data(), json.size());
}

void JsonWriter::Base64(absl::string_view bytes) { Verbatim(absl::Base64Escape(bytes)); }

void JsonWriter::Number(double number) {
  if (std::isnan(number)) return Verbatim("NaN");
  if (std::isinf(number)) return Verbatim(number > 0 ? "Infinity" : "-Infinity");
  Double(number);
}

}  // namespace mesos::http
