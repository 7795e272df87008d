#include <functional>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "daemons/cli/cluster.h"
#include "daemons/cli/nouns.h"
#include "daemons/cli/present.h"
#include "daemons/cli/task_list.h"
#include "daemons/cli/text.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/http/message_json.h"

namespace mesos::cli {
namespace {

using v1::master::Response;

absl::Time StartOf(const v1::Task& task) {
  return task.statuses_size() > 0 ? TimeOf(task.statuses(0).timestamp()) : absl::UnixEpoch();
}

std::string RoleOf(const v1::Task& task) {
  return task.resources_size() > 0 ? task.resources(0).allocation_info().role() : "";
}

std::string HealthOf(const v1::Task& task) {
  if (!task.has_health_check() || task.statuses_size() == 0) return "";
  const v1::TaskStatus& last = task.statuses(task.statuses_size() - 1);
  return !last.has_healthy() ? "unknown" : last.healthy() ? "healthy" : "unhealthy";
}

std::vector<Cell> Row(const v1::Task& task, absl::Time now) {
  return RowOf(task.task_id().value(), task.name(), task.framework_id().value(),
               task.agent_id().value(), StateCell(task.state()),
               NumberText(Scalar(task.resources(), "cpus")),
               MegabytesText(Scalar(task.resources(), "mem")), AgeText(StartOf(task), now),
               task.executor_id().value(), RoleOf(task), task.user(), HealthOf(task));
}

// What `task list` is asked for.
struct Wanted {
  std::string framework;
  std::string agent;
  std::string state;

  bool Takes(const v1::Task& task) const {
    if (!framework.empty() && task.framework_id().value() != framework) return false;
    if (!agent.empty() && task.agent_id().value() != agent) return false;
    return state.empty() || v1::TaskState_Name(task.state()) == state;
  }
};

absl::StatusOr<Wanted> ReadWanted(Context* context) {
  Wanted wanted;
  const Arguments& arguments = context->arguments;
  if (arguments.Has("framework")) {
    ASSIGN_OR_RETURN(const auto all, GetFrameworks(&context->client));
    ASSIGN_OR_RETURN(const FrameworkEntry* found,
                     FindFramework(*all, arguments.Value("framework"), true));
    wanted.framework = found->framework_info().id().value();
  }
  if (arguments.Has("agent")) {
    ASSIGN_OR_RETURN(const auto all, GetAgents(&context->client));
    ASSIGN_OR_RETURN(wanted.agent, FindAgentId(*all, arguments.Value("agent")));
  }
  if (arguments.Has("state")) {
    std::string state = absl::AsciiStrToUpper(arguments.Value("state"));
    if (!absl::StartsWith(state, "TASK_")) state = absl::StrCat("TASK_", state);
    v1::TaskState known;
    if (!v1::TaskState_Parse(state, &known)) {
      return absl::InvalidArgumentError(absl::StrCat("--state is '",
                                                     Printable(arguments.Value("state")),
                                                     "'; expected one such as running, failed"));
    }
    wanted.state = state;
  }
  return wanted;
}

absl::StatusOr<View> List(Context& context) {
  ASSIGN_OR_RETURN(const Wanted wanted, ReadWanted(&context));
  ASSIGN_OR_RETURN(auto all, TaskList::Ask(&context.client));
  const auto list = std::make_shared<const TaskList>(std::move(all));
  // Who asks for a state means it wherever it is.
  const bool past = context.arguments.Has("all") || !wanted.state.empty();
  std::function<absl::Status(TaskList::Visit)> visit = [=](TaskList::Visit take) {
    const auto filter = [&](const v1::Task& task) {
      if (wanted.Takes(task)) take(task);
    };
    RETURN_IF_ERROR(list->VisitActive(filter));
    return past ? list->VisitPast(filter) : absl::OkStatus();
  };
  if (!context.word(0).empty()) {
    ASSIGN_OR_RETURN(const TaskList::Found found, list->Find(context.word(0), wanted.framework));
    visit = [=](TaskList::Visit take) {
      if (wanted.Takes(found.task)) take(found.task);
      return absl::OkStatus();
    };
  }
  View view;
  if (context.as_json) {
    std::string json = "[";
    RETURN_IF_ERROR(visit([&](const v1::Task& task) { AddToJsonList(task, &json); }));
    view.json = [json = json + "]"] { return json; };
    return view;
  }
  Table table;
  table.columns = {IdColumn("ID"),
                   NameColumn("NAME", 4),
                   IdColumn("FRAMEWORK", 5),
                   IdColumn("AGENT", 2),
                   TextColumn("STATE"),
                   NumberColumn("CPUS", 7),
                   NumberColumn("MEM", 6),
                   NumberColumn("AGE", 1),
                   IdColumn("EXECUTOR", 8),
                   TextColumn("ROLE", 9, true),
                   TextColumn("USER", 10, true),
                   TextColumn("HEALTH", 11, true)};
  table.columns[8].wide = true;
  // Frameworks choose these; people look for them.
  table.columns[0].least = 18;
  RETURN_IF_ERROR(
      visit([&](const v1::Task& task) { table.rows.push_back(Row(task, context.now)); }));
  view.sections.push_back({.table = std::move(table),
                           .nothing = past ? "no tasks" : "no tasks run; -a lists past ones"});
  return view;
}

Table StatusTable(const v1::Task& task, absl::Time now) {
  Table table;
  table.columns = {TextColumn("STATE"), NumberColumn("AGE"), TextColumn("SOURCE", 3),
                   TextColumn("REASON", 2), TextColumn("MESSAGE", 1)};
  for (const v1::TaskStatus& status : task.statuses()) {
    table.rows.push_back(
        {StateCell(status.state()), AgeText(TimeOf(status.timestamp()), now),
         status.has_source() ? v1::TaskStatus::Source_Name(status.source()).substr(7) : "",
         status.has_reason() ? v1::TaskStatus::Reason_Name(status.reason()).substr(7) : "",
         status.message()});
  }
  return table;
}

std::string ContainerOf(const v1::Task& task) {
  for (int i = task.statuses_size() - 1; i >= 0; --i) {
    const v1::ContainerID& id = task.statuses(i).container_status().container_id();
    if (!id.value().empty()) return id.value();
  }
  return "";
}

// The framework that --framework names, in full; empty: none is named.
absl::StatusOr<std::string> NamedFramework(Context* context) {
  if (!context->arguments.Has("framework")) return std::string();
  ASSIGN_OR_RETURN(const auto all, GetFrameworks(&context->client));
  ASSIGN_OR_RETURN(const FrameworkEntry* found,
                   FindFramework(*all, context->arguments.Value("framework"), true));
  return found->framework_info().id().value();
}

absl::StatusOr<View> Inspect(Context& context) {
  ASSIGN_OR_RETURN(const std::string framework, NamedFramework(&context));
  ASSIGN_OR_RETURN(const TaskList all, TaskList::Ask(&context.client));
  ASSIGN_OR_RETURN(const TaskList::Found found, all.Find(context.word(0), framework));
  const v1::Task& task = found.task;
  View view;
  Section section;
  section.fields = {
      {"Id", task.task_id().value()},
      {"Name", task.name()},
      {"State", StateCell(task.state())},
      {"Framework", task.framework_id().value()},
      {"Agent", task.agent_id().value()},
      {"Executor", task.executor_id().value()},
      {"Container", ContainerOf(task)},
      {"Role", RoleOf(task)},
      {"User", task.user()},
      {"Health", HealthOf(task)},
      {"Resources", ResourcesText(task.resources())},
      {"Labels", LabelsText(task.labels())},
      {"Started", TimeText(StartOf(task))},
  };
  view.sections.push_back(std::move(section));
  view.sections.push_back({.title = "Updates", .table = StatusTable(task, context.now)});
  view.json = [task] { return http::MessageToJson(task); };
  return view;
}

// The container that a task runs in, by what its executor has reported, else by what its agent has.
absl::StatusOr<v1::ContainerID> FindContainer(Context* context, const v1::Task& task,
                                              const std::string& address) {
  for (int i = task.statuses_size() - 1; i >= 0; --i) {
    const v1::ContainerID& id = task.statuses(i).container_status().container_id();
    if (!id.value().empty()) return id;
  }
  v1::agent::Call call;
  call.set_type(v1::agent::Call::GET_CONTAINERS);
  ASSIGN_OR_RETURN(const v1::agent::Response response,
                   context->client.AskAgent(task.agent_id().value(), address, call));
  const std::string& executor =
      task.executor_id().value().empty() ? task.task_id().value() : task.executor_id().value();
  for (const auto& container : response.get_containers().containers()) {
    if (container.framework_id().value() == task.framework_id().value() &&
        container.executor_id().value() == executor) {
      return container.container_id();
    }
  }
  return absl::NotFoundError(
      absl::StrCat("agent ", task.agent_id().value(), " has no container of this task"));
}

// Only a task's framework may kill it; an operator can end its container, where the agent lets him.
absl::StatusOr<View> Kill(Context& context) {
  ASSIGN_OR_RETURN(const std::string framework, NamedFramework(&context));
  ASSIGN_OR_RETURN(const TaskList all, TaskList::Ask(&context.client));
  ASSIGN_OR_RETURN(const TaskList::Found found, all.Find(context.word(0), framework));
  const v1::Task& task = found.task;
  if (!found.active) {
    return absl::FailedPreconditionError(absl::StrCat("task ", task.task_id().value(), " is ",
                                                      StateCell(task.state()).text,
                                                      " already; there is nothing to kill"));
  }
  ASSIGN_OR_RETURN(const auto agents, GetAgents(&context.client));
  ASSIGN_OR_RETURN(const AgentEntry* agent, FindAgent(*agents, task.agent_id().value()));
  ASSIGN_OR_RETURN(const std::string address, AddressOf(*agent));
  ASSIGN_OR_RETURN(const v1::ContainerID container, FindContainer(&context, task, address));
  v1::agent::Call call;
  call.set_type(v1::agent::Call::KILL_CONTAINER);
  *call.mutable_kill_container()->mutable_container_id() = container;
  const absl::Status status =
      context.client.AskAgent(task.agent_id().value(), address, call).status();
  if (!status.ok()) {
    return absl::Status(status.code(),
                        absl::StrCat(status.message(),
                                     "; only its framework can kill a task otherwise: ask that, "
                                     "or end all that it runs: mesos framework teardown ",
                                     task.framework_id().value()));
  }
  View view;
  view.line = absl::StrCat("the container of task ", task.task_id().value(), " is being killed");
  view.json = [id = task.task_id().value()] { return JsonObject({{"task_id", JsonString(id)}}); };
  return view;
}

}  // namespace

std::vector<Command> TaskCommands() {
  const Option framework = {"framework", '\0', "FRAMEWORK", "Of this framework only"};
  const std::vector<Option> filters = {
      {"all", 'a', "", "Also those that have ended or cannot be reached"},
      framework,
      {"agent", '\0', "AGENT", "On this agent only"},
      {"state", '\0', "STATE", "In this state only: failed"}};
  return {
      {.noun = "task",
       .verb = "list",
       .summary = "Lists the tasks",
       .options = filters,
       .show = List},
      {.noun = "task",
       .verb = "inspect",
       .arguments = "TASK",
       .least = 1,
       .most = 1,
       .summary = "Tells all about a task",
       .options = {framework},
       .show = Inspect},
      {.noun = "task",
       .verb = "watch",
       .arguments = "[TASK]",
       .most = 1,
       .summary = "Lists the tasks again and again",
       .options = filters,
       .show = List,
       .watches = true},
      {.noun = "task",
       .verb = "kill",
       .arguments = "TASK",
       .least = 1,
       .most = 1,
       .summary = "Kills the container of a task, where its agent lets operators do so",
       .options = {framework},
       .show = Kill,
       .acts = true},
  };
}

}  // namespace mesos::cli
