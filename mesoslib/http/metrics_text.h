// Metrics, by their Mesos names, as the two texts that collectors read.
#ifndef MESOSLIB_HTTP_METRICS_TEXT_H_
#define MESOSLIB_HTTP_METRICS_TEXT_H_

#include <map>
#include <string>

namespace mesos::http {

using Metrics = std::map<std::string, double>;

// One JSON object: {"master/elected":1,...}.
std::string MetricsAsJson(const Metrics& metrics);

// Prometheus's text format. What its names may not hold becomes '_'. Where that makes several names
// alike, whoever chose them, each has its own as the label mesos_name.
std::string MetricsForPrometheus(const Metrics& metrics);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_METRICS_TEXT_H_
