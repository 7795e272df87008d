#include "mesoslib/base/units.h"

#include <cmath>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "mesoslib/base/logger.h"

namespace mesos {
namespace {

struct TimeUnit {
  absl::string_view name;
  int64_t nanoseconds;
};

// From the largest to the smallest.
constexpr int64_t kSecond = 1'000'000'000;
constexpr TimeUnit kTimeUnits[] = {
    {"weeks", 7 * 24 * 3600 * kSecond},
    {"days", 24 * 3600 * kSecond},
    {"hrs", 3600 * kSecond},
    {"mins", 60 * kSecond},
    {"secs", kSecond},
    {"ms", 1'000'000},
    {"us", 1'000},
    {"ns", 1},
};

struct SizeUnit {
  absl::string_view name;
  int shift;
};
constexpr SizeUnit kSizeUnits[] = {{"TB", 40}, {"GB", 30}, {"MB", 20}, {"KB", 10}, {"B", 0}};

// Splits "1.5hrs" where the number ends.
size_t UnitStart(absl::string_view text) {
  const size_t start = text.find_first_not_of("0123456789.");
  return start == absl::string_view::npos ? text.size() : start;
}

absl::Status DurationError(absl::string_view text) {
  return absl::InvalidArgumentError(
      absl::StrCat("invalid duration ", Quoted(text),
                   ": expected a number and one of ns, us, ms, secs, mins, hrs, days, weeks, such "
                   "as 15secs"));
}

absl::Status DurationTooLong(absl::string_view text) {
  return absl::InvalidArgumentError(
      absl::StrCat("invalid duration ", Quoted(text), ": longer than 292 years"));
}

absl::Status SizeError(absl::string_view text) {
  return absl::InvalidArgumentError(
      absl::StrCat("invalid size ", Quoted(text),
                   ": expected a whole number and one of B, KB, MB, GB, TB, such as 512MB"));
}

}  // namespace

absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text) {
  const size_t split = UnitStart(text);
  const absl::string_view number = text.substr(0, split);
  for (const TimeUnit& unit : kTimeUnits) {
    if (text.substr(split) != unit.name) continue;
    int64_t whole = 0;
    if (absl::SimpleAtoi(number, &whole)) {
      if (whole > std::numeric_limits<int64_t>::max() / unit.nanoseconds) {
        return DurationTooLong(text);
      }
      return absl::Nanoseconds(whole * unit.nanoseconds);
    }
    double value = 0;
    if (number.empty() || !absl::SimpleAtod(number, &value)) return DurationError(text);
    const double nanoseconds = std::round(value * static_cast<double>(unit.nanoseconds));
    if (!(nanoseconds < 9.2e18)) return DurationTooLong(text);
    return absl::Nanoseconds(static_cast<int64_t>(nanoseconds));
  }
  return DurationError(text);
}

std::string DurationToText(absl::Duration duration) {
  const int64_t nanoseconds = absl::ToInt64Nanoseconds(duration);
  if (nanoseconds == 0) return "0ns";
  for (const TimeUnit& unit : kTimeUnits) {
    if (nanoseconds % unit.nanoseconds == 0) {
      return absl::StrCat(nanoseconds / unit.nanoseconds, unit.name);
    }
  }
  return absl::StrCat(nanoseconds, "ns");
}

absl::StatusOr<ByteSize> ParseByteSize(absl::string_view text) {
  const size_t split = UnitStart(text);
  for (const SizeUnit& unit : kSizeUnits) {
    if (text.substr(split) != unit.name) continue;
    uint64_t number = 0;
    if (!absl::SimpleAtoi(text.substr(0, split), &number)) return SizeError(text);
    if (number > std::numeric_limits<uint64_t>::max() >> unit.shift) {
      return absl::InvalidArgumentError(
          absl::StrCat("invalid size ", Quoted(text), ": does not fit into 64 bits"));
    }
    return ByteSize{number << unit.shift};
  }
  return SizeError(text);
}

std::string ByteSizeToText(ByteSize size) {
  if (size.bytes == 0) return "0B";
  for (const SizeUnit& unit : kSizeUnits) {
    const uint64_t mask = (uint64_t{1} << unit.shift) - 1;
    if ((size.bytes & mask) == 0) return absl::StrCat(size.bytes >> unit.shift, unit.name);
  }
  return absl::StrCat(size.bytes, "B");
}

}  // namespace mesos
