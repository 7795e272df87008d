#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "daemons/cli/cluster.h"
#include "daemons/cli/nouns.h"
#include "daemons/cli/present.h"
#include "daemons/cli/text.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/http/message_json.h"

namespace mesos::cli {
namespace {

using Call = v1::master::Call;
using v1::master::Response;

absl::StatusOr<Response> GetMetrics(Client* client) {
  Call call;
  call.set_type(Call::GET_METRICS);
  call.mutable_get_metrics();
  return client->Ask(call);
}

std::string AddressOfMaster(const v1::MasterInfo& info) {
  const v1::Address& address = info.address();
  const std::string& host = !address.ip().empty() ? address.ip() : info.hostname();
  const int port = address.has_port() ? address.port() : static_cast<int>(info.port());
  return absl::StrCat(absl::StrContains(host, ':') ? absl::StrCat("[", host, "]") : host, ":",
                      port);
}

absl::StatusOr<View> State(Context& context) {
  ASSIGN_OR_RETURN(const Response response, context.client.Ask(Call::GET_MASTER));
  ASSIGN_OR_RETURN(const Response metrics, GetMetrics(&context.client));
  const Response::GetMaster master = response.get_master();
  const v1::MasterInfo& info = master.master_info();
  const auto metric = [&](absl::string_view name) {
    for (const v1::Metric& one : metrics.get_metrics().metrics()) {
      if (one.name() == name) return one.value();
    }
    return 0.0;
  };
  const auto count = [&](absl::string_view name) { return NumberText(metric(name)); };
  Section section;
  section.fields = {
      {"Id", info.id()},
      {"Address", AddressOfMaster(info)},
      {"Hostname", info.hostname()},
      {"Version", info.version()},
      {"Domain", DomainText(info.domain())},
      {"Started", TimeText(TimeOf(master.start_time()))},
      {"Elected", TimeText(TimeOf(master.elected_time()))},
      {"Agents",
       absl::StrCat(count("master/slaves_active"), " active, ", count("master/slaves_inactive"),
                    " inactive, ", count("master/slaves_unreachable"), " unreachable")},
      {"Frameworks", absl::StrCat(count("master/frameworks_active"), " active, ",
                                  count("master/frameworks_disconnected"), " disconnected")},
      {"Tasks",
       absl::StrCat(count("master/tasks_running"), " running, ", count("master/tasks_staging"),
                    " staging, ", count("master/tasks_failed"), " failed")},
      {"Cpus", UsedOf(metric("master/cpus_used"), metric("master/cpus_total"))},
      {"Memory", UsedMegabytesOf(metric("master/mem_used"), metric("master/mem_total"))},
      {"Disk", UsedMegabytesOf(metric("master/disk_used"), metric("master/disk_total"))},
  };
  View view;
  view.sections.push_back(std::move(section));
  view.json = [master] { return http::MessageToJson(master); };
  return view;
}

absl::StatusOr<View> Leader(Context& context) {
  ASSIGN_OR_RETURN(const Response response, context.client.Ask(Call::GET_MASTER));
  const v1::MasterInfo info = response.get_master().master_info();
  View view;
  view.line = AddressOfMaster(info);
  view.json = [info] { return http::MessageToJson(info); };
  return view;
}

absl::StatusOr<View> Metrics(Context& context) {
  ASSIGN_OR_RETURN(const Response response, GetMetrics(&context.client));
  std::vector<v1::Metric> metrics;
  for (const v1::Metric& metric : response.get_metrics().metrics()) {
    if (absl::StartsWith(metric.name(), context.word(0))) metrics.push_back(metric);
  }
  std::sort(metrics.begin(), metrics.end(),
            [](const auto& a, const auto& b) { return a.name() < b.name(); });
  Table table;
  table.columns = {NameColumn("NAME"), NumberColumn("VALUE")};
  table.columns[0].cut = Column::Cut::kMiddle;
  for (const v1::Metric& metric : metrics) {
    table.rows.push_back({metric.name(), NumberText(metric.value())});
  }
  View view;
  view.sections.push_back({.table = std::move(table), .nothing = "no metric's name begins so"});
  view.json = [metrics] {
    std::vector<std::pair<std::string, std::string>> members;
    for (const v1::Metric& metric : metrics) {
      members.push_back({metric.name(), NumberText(metric.value())});
    }
    // What is no number in JSON either is null.
    for (auto& [name, value] : members) {
      if (value.find_first_of("?i") != std::string::npos) value = "null";
    }
    return JsonObject(members);
  };
  return view;
}

}  // namespace

std::vector<Command> MasterCommands() {
  return {
      {.noun = "master",
       .verb = "state",
       .summary = "Tells of the leading master and the whole cluster",
       .show = State},
      {.noun = "master",
       .verb = "leader",
       .summary = "Prints the address of the leading master",
       .show = Leader},
      {.noun = "master",
       .verb = "metrics",
       .arguments = "[PREFIX]",
       .most = 1,
       .summary = "Lists the master's metrics",
       .show = Metrics},
  };
}

}  // namespace mesos::cli
