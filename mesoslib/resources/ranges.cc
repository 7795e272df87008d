#include <algorithm>
#include <limits>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "mesos/values.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/resources/text.h"

namespace mesos {
namespace {

std::string FormatRange(const Range& range) { return absl::StrCat(range.begin, "-", range.end); }

absl::StatusOr<Range> ParseRange(absl::string_view text) {
  const std::vector<absl::string_view> ends = absl::StrSplit(text, '-');
  Range range;
  if (ends.size() != 2 || !absl::SimpleAtoi(ends[0], &range.begin) ||
      !absl::SimpleAtoi(ends[1], &range.end)) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "' is not a range: expected begin-end, such as 31000-32000"));
  }
  return range;
}

absl::Status CheckIntervalCount(size_t count) {
  if (count <= kMaxRangeIntervals) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(count, " ranges are too many: at most ", kMaxRangeIntervals));
}

}  // namespace

absl::StatusOr<Ranges> Ranges::FromIntervals(std::vector<Range> intervals) {
  RETURN_IF_ERROR(CheckIntervalCount(intervals.size()));
  std::sort(intervals.begin(), intervals.end(),
            [](const Range& a, const Range& b) { return a.begin < b.begin; });
  Ranges result;
  for (size_t i = 0; i < intervals.size(); ++i) {
    const Range& range = intervals[i];
    if (range.begin > range.end) {
      return absl::InvalidArgumentError(absl::StrCat(
          FormatRange(range), " is reversed: its begin must not be greater than its end"));
    }
    if (i > 0 && range.begin <= intervals[i - 1].end) {
      return absl::InvalidArgumentError(absl::StrCat(FormatRange(intervals[i - 1]), " and ",
                                                     FormatRange(range),
                                                     " overlap: ranges must be disjoint"));
    }
    result.Append(range);
  }
  return result;
}

absl::StatusOr<Ranges> Ranges::Parse(absl::string_view text) {
  ASSIGN_OR_RETURN(const std::vector<std::string> words, ParseBracketed(text, '[', ']'));
  RETURN_IF_ERROR(CheckIntervalCount(words.size()));
  std::vector<Range> intervals;
  intervals.reserve(words.size());
  for (const std::string& word : words) {
    ASSIGN_OR_RETURN(const Range range, ParseRange(word));
    intervals.push_back(range);
  }
  return FromIntervals(std::move(intervals));
}

absl::StatusOr<Ranges> Ranges::FromProto(const v1::Value::Ranges& proto) {
  RETURN_IF_ERROR(CheckIntervalCount(proto.range_size()));
  std::vector<Range> intervals;
  intervals.reserve(proto.range_size());
  for (const v1::Value::Range& range : proto.range()) {
    if (!range.has_begin() || !range.has_end()) {
      return absl::InvalidArgumentError(
          absl::StrCat("range[", intervals.size(), "] lacks its begin or its end"));
    }
    intervals.push_back({range.begin(), range.end()});
  }
  return FromIntervals(std::move(intervals));
}

void Ranges::ToProto(v1::Value::Ranges* proto) const {
  proto->mutable_range()->Reserve(static_cast<int>(intervals_.size()));
  for (const Range& range : intervals_) {
    v1::Value::Range* added = proto->add_range();
    added->set_begin(range.begin);
    added->set_end(range.end);
  }
}

std::string Ranges::ToString() const {
  return absl::StrCat("[",
                      absl::StrJoin(intervals_, ",",
                                    [](std::string* out, const Range& range) {
                                      absl::StrAppend(out, FormatRange(range));
                                    }),
                      "]");
}

uint64_t Ranges::Count() const {
  uint64_t count = 0;
  for (const Range& range : intervals_) {
    const uint64_t last = range.end - range.begin;
    if (__builtin_add_overflow(count, last, &count) || __builtin_add_overflow(count, 1, &count)) {
      return std::numeric_limits<uint64_t>::max();
    }
  }
  return count;
}

bool Ranges::Contains(uint64_t value) const {
  auto after = std::upper_bound(intervals_.begin(), intervals_.end(), value,
                                [](uint64_t v, const Range& range) { return v < range.begin; });
  return after != intervals_.begin() && value <= std::prev(after)->end;
}

bool Ranges::Contains(const Ranges& other) const {
  auto mine = intervals_.begin();
  for (const Range& range : other.intervals_) {
    while (mine != intervals_.end() && mine->end < range.begin) ++mine;
    if (mine == intervals_.end() || range.begin < mine->begin || mine->end < range.end) {
      return false;
    }
  }
  return true;
}

Ranges Ranges::Union(const Ranges& other) const {
  Ranges result;
  result.intervals_.reserve(intervals_.size() + other.intervals_.size());
  auto a = intervals_.begin();
  auto b = other.intervals_.begin();
  while (a != intervals_.end() || b != other.intervals_.end()) {
    const bool take_a =
        b == other.intervals_.end() || (a != intervals_.end() && a->begin <= b->begin);
    result.Append(take_a ? *a++ : *b++);
  }
  return result;
}

Ranges Ranges::Difference(const Ranges& other) const {
  Ranges result;
  result.intervals_.reserve(intervals_.size());
  auto cut = other.intervals_.begin();
  for (Range rest : intervals_) {
    while (cut != other.intervals_.end() && cut->end < rest.begin) ++cut;
    bool consumed = false;
    // A cut that reaches past this range may reach into the next one: it is not passed here.
    for (auto it = cut; it != other.intervals_.end() && it->begin <= rest.end; ++it) {
      if (it->begin > rest.begin) result.intervals_.push_back({rest.begin, it->begin - 1});
      if (it->end >= rest.end) {
        consumed = true;
        break;
      }
      rest.begin = it->end + 1;
      cut = it;
    }
    if (!consumed) result.intervals_.push_back(rest);
  }
  return result;
}

void Ranges::Append(const Range& range) {
  if (!intervals_.empty()) {
    Range& last = intervals_.back();
    // Phrased so that an end of the largest uint64_t does not wrap.
    if (range.begin <= last.end || range.begin - 1 == last.end) {
      last.end = std::max(last.end, range.end);
      return;
    }
  }
  intervals_.push_back(range);
}

}  // namespace mesos
