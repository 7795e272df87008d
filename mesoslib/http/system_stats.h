// What the machine has and how busy it is: the system/ gauges, and /system/stats.json.
#ifndef MESOSLIB_HTTP_SYSTEM_STATS_H_
#define MESOSLIB_HTTP_SYSTEM_STATS_H_

#include <string>

#include "mesoslib/http/exchange.h"
#include "mesoslib/http/metrics_text.h"

namespace mesos::http {

// "system/cpus_total", "system/load_1min", "system/mem_total_bytes" and so on; those that the
// system tells.
Metrics SystemMetrics();

// {"avg_load_1min":0.5,...,"cpus_total":8.0,"mem_free_bytes":...,"mem_total_bytes":...}
Handler CreateSystemStats();

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_SYSTEM_STATS_H_
