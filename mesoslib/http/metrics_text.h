// Metrics, by their Mesos names, as the two texts that collectors read.
#ifndef MESOSLIB_HTTP_METRICS_TEXT_H_
#define MESOSLIB_HTTP_METRICS_TEXT_H_

#include <string>
#include <utility>
#include <vector>

namespace mesos::http {

// In any order, no name twice. A histogram is there as mesoslib/resources/metrics.h has it:
// "NAME_ms/bucket/1.024", ..., "NAME_ms/bucket/inf", "NAME_ms/sum".
using Metrics = std::vector<std::pair<std::string, double>>;

// One JSON object: {"master/elected":1,...}, in the order of the names. Without the buckets of
// histograms, which Mesos does not have.
std::string MetricsAsJson(Metrics metrics);

// Prometheus's text format: counters, gauges, and histograms, which are in seconds: for "NAME_ms"
// the family is NAME_seconds, and whatever else is below "NAME_ms/" is left out. See metric_names.h
// for names and labels. Where several names become alike all the same, whoever chose them, each has
// its own as the label mesos_name.
std::string MetricsForPrometheus(Metrics metrics);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_METRICS_TEXT_H_
