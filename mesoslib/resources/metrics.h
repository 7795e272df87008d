// Metrics as lists of mesos.v1.Metric, under Mesos's names.
#ifndef MESOSLIB_RESOURCES_METRICS_H_
#define MESOSLIB_RESOURCES_METRICS_H_

#include <cstddef>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "mesos/resources.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/base/latency_histogram.h"
#include "mesoslib/base/message_times.h"
#include "mesoslib/base/timer_window.h"

namespace mesos {

using MetricList = google::protobuf::RepeatedPtrField<v1::Metric>;

inline void AddMetric(std::string name, double value, MetricList* metrics) {
  v1::Metric* metric = metrics->Add();
  metric->set_name(std::move(name));
  metric->set_value(value);
}

// "NAME_ms", the last sample, and of those in the window "NAME_ms/count", "/max", "/min", "/p50",
// "/p90", "/p95", "/p99", "/p999" and "/p9999"; of all there ever were, the buckets below. Nothing
// before the first sample.
void AddTimer(const std::string& name, const TimerWindow& timer, MetricList* metrics);

// Of all there ever were "NAME_ms/count" and, told from the buckets, "NAME_ms/p50" to "/p9999"; and
// the buckets. Nothing before the first sample.
//
// The buckets of a histogram: "NAME_ms/bucket/1.024", so many took 1.024 ms or less, for each bound
// that more are below than below the one before it; "NAME_ms/bucket/inf", so many there were; and
// "NAME_ms/sum", how long they took together.
void AddHistogram(const std::string& name, const LatencyHistogram& histogram, MetricList* metrics);

// Histograms "PREFIX/KIND/queue" and "PREFIX/KIND/run" for each kind that there ever was;
// `name_of`: a kind's name, in lower or upper case, by its number.
void AddMessageTimes(const std::string& prefix, const MessageTimes& times,
                     absl::FunctionRef<std::string(size_t)> name_of, MetricList* metrics);

// "PREFIXtasks_running" for TASK_RUNNING.
std::string TaskMetric(const std::string& prefix, v1::TaskState state);

// For each of cpus, gpus, mem and disk, and once more for what is revocable of it:
// "PREFIXcpus_total", "PREFIXcpus_used", "PREFIXcpus_percent" (a fraction; 0 where there is none)
// and "PREFIXcpus_revocable_total", ...
void AddResourceMetrics(const std::string& prefix, const Resources& total, const Resources& used,
                        MetricList* metrics);

}  // namespace mesos

#endif  // MESOSLIB_RESOURCES_METRICS_H_
