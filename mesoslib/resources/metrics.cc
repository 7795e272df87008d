#include "mesoslib/resources/metrics.h"

#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace mesos {
namespace {

void AddKind(const std::string& prefix, int64_t total, int64_t used, MetricList* metrics) {
  AddMetric(prefix + "_total", MillisToDouble(total), metrics);
  AddMetric(prefix + "_used", MillisToDouble(used), metrics);
  AddMetric(prefix + "_percent",
            total == 0 ? 0 : static_cast<double>(used) / static_cast<double>(total), metrics);
}

void AddBuckets(const std::string& name, const LatencyHistogram& histogram, MetricList* metrics) {
  uint64_t below = 0;
  for (size_t i = 0; i < LatencyHistogram::kBounded; ++i) {
    if (histogram.bucket(i) == 0) continue;
    below += histogram.bucket(i);
    AddMetric(absl::StrCat(name, "_ms/bucket/", LatencyHistogram::BoundName(i)),
              static_cast<double>(below), metrics);
  }
  AddMetric(name + "_ms/bucket/inf", static_cast<double>(histogram.count()), metrics);
  AddMetric(name + "_ms/sum", histogram.sum_ms(), metrics);
}

}  // namespace

void AddTimer(const std::string& name, const TimerWindow& timer, MetricList* metrics) {
  const std::optional<TimerWindow::Statistics> window = timer.Summarize();
  if (!window.has_value()) return;
  AddMetric(name + "_ms", *timer.last(), metrics);
  AddMetric(name + "_ms/count", static_cast<double>(window->count), metrics);
  AddMetric(name + "_ms/max", window->max, metrics);
  AddMetric(name + "_ms/min", window->min, metrics);
  AddMetric(name + "_ms/p50", window->p50, metrics);
  AddMetric(name + "_ms/p90", window->p90, metrics);
  AddMetric(name + "_ms/p95", window->p95, metrics);
  AddMetric(name + "_ms/p99", window->p99, metrics);
  AddMetric(name + "_ms/p999", window->p999, metrics);
  AddMetric(name + "_ms/p9999", window->p9999, metrics);
  AddBuckets(name, timer.all(), metrics);
}

void AddHistogram(const std::string& name, const LatencyHistogram& histogram, MetricList* metrics) {
  if (histogram.count() == 0) return;
  AddMetric(name + "_ms/count", static_cast<double>(histogram.count()), metrics);
  for (const auto& [what, share] : {std::pair("_ms/p50", 0.5),
                                    {"_ms/p90", 0.9},
                                    {"_ms/p95", 0.95},
                                    {"_ms/p99", 0.99},
                                    {"_ms/p999", 0.999},
                                    {"_ms/p9999", 0.9999}}) {
    AddMetric(name + what, histogram.Percentile(share), metrics);
  }
  AddBuckets(name, histogram, metrics);
}

void AddMessageTimes(const std::string& prefix, const MessageTimes& times,
                     absl::FunctionRef<std::string(size_t)> name_of, MetricList* metrics) {
  for (size_t kind = 0; kind < times.kinds().size(); ++kind) {
    const MessageTimes::Kind& measured = times.kinds()[kind];
    if (measured.queue.count() == 0) continue;
    const std::string name = absl::StrCat(prefix, "/", absl::AsciiStrToLower(name_of(kind)), "/");
    AddHistogram(name + "queue", measured.queue, metrics);
    AddHistogram(name + "run", measured.run, metrics);
  }
}

std::string TaskMetric(const std::string& prefix, v1::TaskState state) {
  const std::string& name = v1::TaskState_Name(state);
  return absl::StrCat(prefix, "tasks_", absl::AsciiStrToLower(absl::StripPrefix(name, "TASK_")));
}

void AddResourceMetrics(const std::string& prefix, const Resources& total, const Resources& used,
                        MetricList* metrics) {
  const Resources firm_total = total.NonRevocable(), firm_used = used.NonRevocable();
  const Resources loose_total = total.Revocable(), loose_used = used.Revocable();
  for (const char* kind : {"cpus", "gpus", "mem", "disk"}) {
    AddKind(absl::StrCat(prefix, kind), firm_total.ScalarMillis(kind), firm_used.ScalarMillis(kind),
            metrics);
    AddKind(absl::StrCat(prefix, kind, "_revocable"), loose_total.ScalarMillis(kind),
            loose_used.ScalarMillis(kind), metrics);
  }
}

}  // namespace mesos
