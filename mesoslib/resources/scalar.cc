#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "mesos/values.h"

namespace mesos {

absl::StatusOr<int64_t> MillisFromDouble(double value) {
  if (!std::isfinite(value)) {
    return absl::InvalidArgumentError(absl::StrCat(value, " is not a finite number"));
  }
  if (value < 0) {
    return absl::InvalidArgumentError(absl::StrCat(value, " is negative"));
  }
  if (value > MillisToDouble(kMaxScalarMillis)) {
    return absl::InvalidArgumentError(
        absl::StrCat(value, " is too large: at most ", MillisToDouble(kMaxScalarMillis)));
  }
  return std::llround(value * 1000.0);
}

absl::StatusOr<int64_t> ParseMillis(absl::string_view text) {
  double value = 0;
  if (!absl::SimpleAtod(text, &value)) {
    return absl::InvalidArgumentError(absl::StrCat("'", text, "' is not a number"));
  }
  return MillisFromDouble(value);
}

absl::Status ValidateScalarPrecision(double value) {
  const double millis = value * 1000.0;
  const double noise =
      std::max(1e-5, std::abs(millis) * 4 * std::numeric_limits<double>::epsilon());
  const double nearest = std::round(millis);
  const bool vanishes = nearest == 0 && value != 0;
  if (!vanishes && std::abs(millis - nearest) <= noise) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrFormat("%.17g is more precise than three decimals", value));
}

std::string FormatMillis(int64_t millis) {
  const uint64_t magnitude =
      millis < 0 ? 0 - static_cast<uint64_t>(millis) : static_cast<uint64_t>(millis);
  std::string text = absl::StrCat(millis < 0 ? "-" : "", magnitude / 1000);
  if (magnitude % 1000 == 0) return text;
  std::string decimals = absl::StrFormat(".%03d", magnitude % 1000);
  while (decimals.back() == '0') decimals.pop_back();
  return text + decimals;
}

int64_t SaturatingAdd(int64_t a, int64_t b) {
  int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return a < 0 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
}

}  // namespace mesos
