#include "mesoslib/sim/trace.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"

namespace mesos::sim {
namespace {

// FNV-1a, eight bytes at a time: the same on every machine and in every build.
uint64_t Mix(uint64_t hash, uint64_t value) { return (hash ^ value) * 1099511628211u; }

uint64_t Mix(uint64_t hash, absl::string_view text) {
  hash = Mix(hash, text.size());
  uint64_t word = 0;
  int bytes = 0;
  for (const char c : text) {
    word = word << 8 | static_cast<unsigned char>(c);
    if (++bytes < 8) continue;
    hash = Mix(hash, word);
    word = 0;
    bytes = 0;
  }
  return Mix(hash, word) ^ hash >> 32;
}

}  // namespace

void Trace::Add(absl::Duration at, absl::string_view line) {
  hash_ = Mix(Mix(hash_, static_cast<uint64_t>(absl::ToInt64Nanoseconds(at))), line);
  Line& slot = lines_[count_++ % lines_.size()];
  slot.at = at;
  slot.text.assign(line.data(), line.size());
}

std::string Trace::ToString() const {
  std::string text;
  const uint64_t kept = std::min<uint64_t>(count_, lines_.size());
  for (uint64_t i = count_ - kept; i < count_; ++i) {
    const Line& line = lines_[i % lines_.size()];
    absl::StrAppendFormat(&text, "%12.6f  %s\n", absl::ToDoubleSeconds(line.at),
                          absl::CEscape(line.text));
  }
  return text;
}

}  // namespace mesos::sim
