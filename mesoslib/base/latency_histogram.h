// LatencyHistogram: how many of something took how long, ever. For operators: other than a
// TimerWindow it forgets nothing, costs a few instructions a sample, and those of several processes
// can be added up.
//
// Bucket i counts samples of at most 2^i microseconds that are in no bucket before it; the last one
// counts all that took longer.
//
// Threads: none of its own. Memory: 224 bytes.
#ifndef MESOSLIB_BASE_LATENCY_HISTOGRAM_H_
#define MESOSLIB_BASE_LATENCY_HISTOGRAM_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace mesos {

class LatencyHistogram {
 public:
  // The longest that has a bucket of its own is 2^24 microseconds, 16.8 s.
  static constexpr size_t kBounded = 25;

  // The longest that bucket i counts.
  static constexpr absl::Duration Bound(size_t i) { return absl::Microseconds(int64_t{1} << i); }

  // The same in milliseconds, as it is a part of metrics' names: "1.024".
  static std::string BoundName(size_t i);

  // Less than nothing, where a clock was set back, counts as nothing.
  void Add(absl::Duration sample) {
    const int64_t nanos = absl::ToInt64Nanoseconds(sample);
    const uint64_t micros = nanos <= 0 ? 0 : (static_cast<uint64_t>(nanos) + 999) / 1000;
    const size_t bucket = micros <= 1 ? 0 : std::bit_width(micros - 1);
    ++buckets_[bucket < kBounded ? bucket : kBounded];
    ++count_;
    if (nanos > 0) sum_ms_ += static_cast<double>(nanos) * 1e-6;
  }

  uint64_t count() const { return count_; }
  // Of all samples, in milliseconds.
  double sum_ms() const { return sum_ms_; }
  // Of bucket i alone; i may be kBounded.
  uint64_t bucket(size_t i) const { return buckets_[i]; }

  // So many milliseconds took the sample that this share of all are not above, told from the
  // buckets: as if those within one were evenly spread. What is above all bounds is told as the
  // last bound. 0 before the first sample.
  double Percentile(double share) const;

 private:
  std::array<uint64_t, kBounded + 1> buckets_{};
  uint64_t count_ = 0;
  double sum_ms_ = 0;
};

}  // namespace mesos

#endif  // MESOSLIB_BASE_LATENCY_HISTOGRAM_H_
