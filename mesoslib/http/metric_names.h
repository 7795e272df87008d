// What Prometheus is to know of a metric, told from its Mesos name.
#ifndef MESOSLIB_HTTP_METRIC_NAMES_H_
#define MESOSLIB_HTTP_METRIC_NAMES_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace mesos::http {

struct PrometheusName {
  std::string family;
  std::vector<std::pair<std::string, std::string>> labels;
  // The Mesos name, with what became a label shown as <label>.
  std::string help;
};

// Parts of a name that tell one framework, or one kind of message, from others become labels:
//   master/frameworks/NAME/ID/calls/kill   master_frameworks_calls_kill{name="NAME",id="ID"}
//   master/messages/agent/pong/run_ms      master_messages_run_ms{from="agent",kind="pong"}
// In all else, what Prometheus's names may not hold becomes '_'.
PrometheusName NameForPrometheus(absl::string_view name);

// Whether it only ever grows, while the process runs or leads; otherwise it is a gauge.
bool IsCounter(absl::string_view name);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_METRIC_NAMES_H_
