// The values that resources and attributes are made of: scalars in fixed point, sets of integers
// kept as ranges, and sets of words.
//
//   auto ports = mesos::Ranges::Parse("[31000-32000,5000-5001]").value();
//   if (ports.Contains(31500)) std::printf("%s\n", mesos::FormatMillis(1500).c_str());  // 1.5
//
// Threads: values; one object is used by one thread at a time.
// Ownership: each holds all of its data.
// Errors: InvalidArgument shows the value, and says what would be right.
#ifndef MESOS_VALUES_H_
#define MESOS_VALUES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mesos/export.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos {

// A scalar is a count of thousandths, so that sums never drift. The bound keeps every scalar that
// came from outside exact as a double (a double holds 15 decimal digits) and sums of nine thousand
// of them inside 64 bits.
inline constexpr int64_t kMaxScalarMillis = 1'000'000'000'000'000;

// Rounds to the nearest thousandth. Refuses NaN, infinities, negative numbers and more than
// kMaxScalarMillis; the message says which, without naming a field.
MESOS_EXPORT absl::StatusOr<int64_t> MillisFromDouble(double value);

// The same from decimal text ("0.5", "1e3").
MESOS_EXPORT absl::StatusOr<int64_t> ParseMillis(absl::string_view text);

// Refuses a value with more than three decimals, beyond what computing with doubles explains:
// 0.1 + 0.2 is fine, 0.1234 and 1e-9 are not.
MESOS_EXPORT absl::Status ValidateScalarPrecision(double value);

inline double MillisToDouble(int64_t millis) { return static_cast<double>(millis) / 1000.0; }

// "4", "0.5", "1024.125": the shortest text that ParseMillis reads back.
MESOS_EXPORT std::string FormatMillis(int64_t millis);

// Adds, staying inside 64 bits.
MESOS_EXPORT int64_t SaturatingAdd(int64_t a, int64_t b);

// Both ends belong to the range.
struct Range {
  uint64_t begin = 0;
  uint64_t end = 0;

  friend bool operator==(const Range&, const Range&) = default;
};

// More intervals than this in one value from outside are refused, to bound what a peer can make
// others compute.
inline constexpr size_t kMaxRangeIntervals = 100'000;

// A set of 64-bit integers, kept sorted and coalesced: [1-3,4-6] is [1-6].
class MESOS_EXPORT Ranges {
 public:
  Ranges() = default;

  // In any order. Refuses a reversed range, overlapping ones, and more than kMaxRangeIntervals.
  static absl::StatusOr<Ranges> FromIntervals(std::vector<Range> intervals);
  // "[1-5,7-9]"; "[]" is empty; spaces are dropped.
  static absl::StatusOr<Ranges> Parse(absl::string_view text);
  static absl::StatusOr<Ranges> FromProto(const v1::Value::Ranges& proto);

  void ToProto(v1::Value::Ranges* proto) const;
  std::string ToString() const;

  bool empty() const { return intervals_.empty(); }
  const std::vector<Range>& intervals() const { return intervals_; }
  // How many integers; the largest uint64_t where there are more.
  uint64_t Count() const;

  bool Contains(uint64_t value) const;
  bool Contains(const Ranges& other) const;

  Ranges Union(const Ranges& other) const;
  Ranges Difference(const Ranges& other) const;

  friend bool operator==(const Ranges&, const Ranges&) = default;

 private:
  void Append(const Range& range);

  std::vector<Range> intervals_;
};

// A set of words, kept sorted.
class MESOS_EXPORT Items {
 public:
  Items() = default;

  // In any order. Refuses duplicates.
  static absl::StatusOr<Items> FromList(std::vector<std::string> items);
  // "{a,b}"; "{}" is empty; spaces are dropped.
  static absl::StatusOr<Items> Parse(absl::string_view text);
  static absl::StatusOr<Items> FromProto(const v1::Value::Set& proto);

  void ToProto(v1::Value::Set* proto) const;
  std::string ToString() const;

  bool empty() const { return items_.empty(); }
  const std::vector<std::string>& items() const { return items_; }

  bool Contains(const Items& other) const;
  Items Union(const Items& other) const;
  Items Difference(const Items& other) const;

  friend bool operator==(const Items&, const Items&) = default;

 private:
  std::vector<std::string> items_;
};

}  // namespace mesos

#endif  // MESOS_VALUES_H_
