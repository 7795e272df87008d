#include "mesoslib/base/timer_window.h"

#include <algorithm>
#include <cmath>

namespace mesos {
namespace {

// Of sorted samples, of which there is one at least.
double Percentile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const size_t below = static_cast<size_t>(std::floor(place));
  if (below + 1 >= sorted.size()) return sorted.back();
  const double part = place - static_cast<double>(below);
  return sorted[below] + part * (sorted[below + 1] - sorted[below]);
}

}  // namespace

void TimerWindow::Add(absl::Duration sample) {
  const double milliseconds = absl::ToDoubleMilliseconds(sample);
  if (samples_.size() < kSamples) {
    samples_.push_back(milliseconds);
  } else {
    samples_[total() % kSamples] = milliseconds;
  }
  all_.Add(sample);
}

std::optional<double> TimerWindow::last() const {
  if (total() == 0) return std::nullopt;
  return samples_[(total() - 1) % kSamples];
}

std::optional<TimerWindow::Statistics> TimerWindow::Summarize() const {
  if (samples_.empty()) return std::nullopt;
  std::vector<double> sorted = samples_;
  std::sort(sorted.begin(), sorted.end());
  Statistics statistics;
  statistics.count = sorted.size();
  statistics.min = sorted.front();
  statistics.max = sorted.back();
  statistics.p50 = Percentile(sorted, 0.5);
  statistics.p90 = Percentile(sorted, 0.9);
  statistics.p95 = Percentile(sorted, 0.95);
  statistics.p99 = Percentile(sorted, 0.99);
  statistics.p999 = Percentile(sorted, 0.999);
  statistics.p9999 = Percentile(sorted, 0.9999);
  return statistics;
}

}  // namespace mesos
