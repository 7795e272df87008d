#include "mesoslib/http/system_stats.h"

#include <sys/sysinfo.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "mesoslib/http/jsonp.h"

namespace mesos::http {

Metrics SystemMetrics() {
  Metrics metrics;
  if (const long cpus = sysconf(_SC_NPROCESSORS_ONLN); cpus > 0) {
    metrics.emplace_back("system/cpus_total", static_cast<double>(cpus));
  }
  double load[3];
  if (getloadavg(load, 3) == 3) {
    metrics.emplace_back("system/load_1min", load[0]);
    metrics.emplace_back("system/load_5min", load[1]);
    metrics.emplace_back("system/load_15min", load[2]);
  }
  struct sysinfo info = {};
  if (sysinfo(&info) == 0) {
    const double unit = info.mem_unit;
    metrics.emplace_back("system/mem_total_bytes", static_cast<double>(info.totalram) * unit);
    metrics.emplace_back("system/mem_free_bytes", static_cast<double>(info.freeram) * unit);
  }
  return metrics;
}

Handler CreateSystemStats() {
  return [](std::unique_ptr<Exchange> exchange) {
    Metrics stats;
    for (const auto& [name, value] : SystemMetrics()) {
      const absl::string_view own = absl::StripPrefix(name, "system/");
      stats.emplace_back(absl::StrCat(absl::StartsWith(own, "load_") ? "avg_" : "", own), value);
    }
    ReplyJson(exchange.get(), MetricsAsJson(std::move(stats)));
  };
}

}  // namespace mesos::http
