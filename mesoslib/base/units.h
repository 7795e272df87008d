// Durations and sizes as Mesos's users write them in flags and the environment: "15secs", "1.5hrs",
// "512MB".
#ifndef MESOSLIB_BASE_UNITS_H_
#define MESOSLIB_BASE_UNITS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mesos {

struct ByteSize {
  uint64_t bytes = 0;

  friend bool operator==(const ByteSize& a, const ByteSize& b) { return a.bytes == b.bytes; }
  friend bool operator!=(const ByteSize& a, const ByteSize& b) { return a.bytes != b.bytes; }
  friend bool operator<(const ByteSize& a, const ByteSize& b) { return a.bytes < b.bytes; }
};

// A number and a unit: ns, us, ms, secs, mins, hrs, days or weeks. Not negative, at most what fits
// into 64 bits of nanoseconds (292 years).
absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text);

// In the largest unit that needs no fraction: "90secs", "2weeks". ParseDuration gives it back.
std::string DurationToText(absl::Duration duration);

// A whole number and a unit: B, KB, MB, GB or TB, each 1024 times the one before.
absl::StatusOr<ByteSize> ParseByteSize(absl::string_view text);

// In the largest unit that needs no fraction: "1536MB".
std::string ByteSizeToText(ByteSize size);

}  // namespace mesos

#endif  // MESOSLIB_BASE_UNITS_H_
