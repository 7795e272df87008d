// mesos-ps: what runs on the agents, and what it uses, as the agents measure it.
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "daemons/cli/cluster.h"
#include "daemons/cli/nouns.h"
#include "daemons/cli/present.h"
#include "daemons/cli/task_list.h"
#include "daemons/cli/text.h"
#include "mesoslib/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace mesos::cli {
namespace {

using Json = nlohmann::json;

// A member that is a number; 0 where it is not.
double Number(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number() ? found->get<double>() : 0;
}

std::string Text(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

struct Usage {
  double cpu_seconds = 0;
  double memory_bytes = 0;
  double memory_limit_bytes = 0;
};

// By framework and executor.
using Usages = std::map<std::pair<std::string, std::string>, Usage>;

absl::StatusOr<Usages> ReadUsages(const std::string& text) {
  const Json list = Json::parse(text, nullptr, false);
  if (!list.is_array()) return absl::DataLossError("/monitor/statistics is no list");
  Usages usages;
  for (const Json& item : list) {
    if (!item.is_object()) continue;
    const auto statistics = item.find("statistics");
    if (statistics == item.end() || !statistics->is_object()) continue;
    usages[{Text(item, "framework_id"), Text(item, "executor_id")}] = {
        Number(*statistics, "cpus_user_time_secs") + Number(*statistics, "cpus_system_time_secs"),
        Number(*statistics, "mem_rss_bytes"), Number(*statistics, "mem_limit_bytes")};
  }
  return usages;
}

std::string TimeOfCpu(double seconds) {
  // Far more than a machine has had time for, and no number of seconds.
  if (!(seconds >= 0 && seconds < 1e12)) return "?";
  const int64_t whole = static_cast<int64_t>(seconds);
  return absl::StrCat(whole / 60, ":", whole % 60 < 10 ? "0" : "", whole % 60);
}

absl::StatusOr<View> List(Context& context) {
  ASSIGN_OR_RETURN(const TaskList tasks, TaskList::Ask(&context.client));
  std::vector<v1::Task> active;
  RETURN_IF_ERROR(tasks.VisitActive([&](const v1::Task& task) { active.push_back(task); }));
  ASSIGN_OR_RETURN(const auto frameworks, GetFrameworks(&context.client));
  ASSIGN_OR_RETURN(const auto agents, GetAgents(&context.client));
  std::map<std::string, const FrameworkEntry*> framework_of;
  for (const auto& framework : frameworks->frameworks()) {
    framework_of[framework.framework_info().id().value()] = &framework;
  }
  std::set<std::string> asked;
  for (const v1::Task& task : active) asked.insert(task.agent_id().value());
  std::map<std::string, Usages> usages;
  std::map<std::string, std::string> hostnames;
  for (const AgentEntry& agent : agents->agents()) {
    const std::string& id = agent.agent_info().id().value();
    hostnames[id] = agent.agent_info().hostname();
    if (!asked.contains(id)) continue;
    // An agent that does not tell takes nothing away from what the others do.
    const absl::StatusOr<std::string> address = AddressOf(agent);
    const absl::StatusOr<std::string> text =
        address.ok() ? context.client.GetFromAgent(id, *address, "/monitor/statistics") : address;
    absl::StatusOr<Usages> read = text.ok() ? ReadUsages(*text) : text.status();
    if (read.ok()) {
      usages[id] = *std::move(read);
    } else {
      context.terminal.WriteError(
          absl::StrCat("mesos: ", Printable(read.status().message()), "\n"));
    }
  }
  Table table;
  table.columns = {
      TextColumn("USER", 3),          NameColumn("FRAMEWORK", 2),    NameColumn("TASK"),
      NameColumn("AGENT", 1),         NumberColumn("MEM"),           NumberColumn("TIME"),
      NumberColumn("CPU (ALLOC)", 4), NumberColumn("MEM (ALLOC)", 4)};
  for (const v1::Task& task : active) {
    const auto framework = framework_of.find(task.framework_id().value());
    const v1::FrameworkInfo info =
        framework == framework_of.end() ? v1::FrameworkInfo() : framework->second->framework_info();
    const std::string executor =
        task.executor_id().value().empty() ? task.task_id().value() : task.executor_id().value();
    std::optional<Usage> usage;
    const Usages& of_agent = usages[task.agent_id().value()];
    if (const auto found = of_agent.find({task.framework_id().value(), executor});
        found != of_agent.end()) {
      usage = found->second;
    }
    table.rows.push_back({task.user().empty() ? info.user() : task.user(), info.name(),
                          task.task_id().value(), hostnames[task.agent_id().value()],
                          usage ? MegabytesText(usage->memory_bytes / (1 << 20)) : "-",
                          usage ? TimeOfCpu(usage->cpu_seconds) : "-",
                          NumberText(Scalar(task.resources(), "cpus")),
                          MegabytesText(Scalar(task.resources(), "mem"))});
  }
  View view;
  view.sections.push_back({.table = std::move(table), .nothing = "no tasks run"});
  view.json = [usages, active]() mutable {
    std::string json = "[";
    for (const v1::Task& task : active) {
      const std::string executor =
          task.executor_id().value().empty() ? task.task_id().value() : task.executor_id().value();
      const Usage usage = usages[task.agent_id().value()][{task.framework_id().value(), executor}];
      absl::StrAppend(&json, json.size() > 1 ? "," : "",
                      JsonObject({{"framework_id", JsonString(task.framework_id().value())},
                                  {"task_id", JsonString(task.task_id().value())},
                                  {"agent_id", JsonString(task.agent_id().value())},
                                  {"cpu_seconds", NumberText(usage.cpu_seconds)},
                                  {"mem_bytes", NumberText(usage.memory_bytes)}}));
    }
    return absl::StrCat(json, "]");
  };
  return view;
}

}  // namespace

std::vector<Command> StatisticsCommands() {
  return {{.noun = "ps",
           .summary = "Lists what runs and what it uses, as the agents measure it (mesos-ps)",
           .show = List}};
}

}  // namespace mesos::cli
