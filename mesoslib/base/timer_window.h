// TimerWindow: how long the last thousand of something took, for operators; and, as a histogram,
// all that there ever were.
//
// Threads: none of its own. Memory: 8 bytes a sample.
#ifndef MESOSLIB_BASE_TIMER_WINDOW_H_
#define MESOSLIB_BASE_TIMER_WINDOW_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "mesoslib/base/latency_histogram.h"

namespace mesos {

class TimerWindow {
 public:
  static constexpr size_t kSamples = 1000;

  // What Mesos tells of a timer, in milliseconds; percentiles lie between samples in proportion.
  struct Statistics {
    size_t count = 0;  // Samples in the window.
    double min = 0;
    double max = 0;
    double p50 = 0, p90 = 0, p95 = 0, p99 = 0, p999 = 0, p9999 = 0;
  };

  void Add(absl::Duration sample);

  // All samples that there ever were.
  uint64_t total() const { return all_.count(); }
  const LatencyHistogram& all() const { return all_; }
  // The last one, in milliseconds. Nothing before the first.
  std::optional<double> last() const;
  // Nothing before the first sample.
  std::optional<Statistics> Summarize() const;

 private:
  std::vector<double> samples_;  // A ring, in milliseconds.
  LatencyHistogram all_;
};

}  // namespace mesos

#endif  // MESOSLIB_BASE_TIMER_WINDOW_H_
