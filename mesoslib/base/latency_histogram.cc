#include "mesoslib/base/latency_histogram.h"

#include "absl/strings/str_format.h"

namespace mesos {

std::string LatencyHistogram::BoundName(size_t i) {
  const int64_t micros = absl::ToInt64Microseconds(Bound(i));
  return absl::StrFormat("%d.%03d", micros / 1000, micros % 1000);
}

double LatencyHistogram::Percentile(double share) const {
  const double rank = share * static_cast<double>(count_);
  double below = 0;
  for (size_t i = 0; i < kBounded; ++i) {
    const double here = static_cast<double>(buckets_[i]);
    if (here > 0 && below + here >= rank) {
      const double low = i == 0 ? 0 : absl::ToDoubleMilliseconds(Bound(i - 1));
      const double high = absl::ToDoubleMilliseconds(Bound(i));
      return low + (high - low) * (rank - below) / here;
    }
    below += here;
  }
  return count_ == 0 ? 0 : absl::ToDoubleMilliseconds(Bound(kBounded - 1));
}

}  // namespace mesos
