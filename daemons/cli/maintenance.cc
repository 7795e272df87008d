#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
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

std::string MachineText(const v1::MachineID& machine) {
  if (machine.ip().empty()) return machine.hostname();
  return absl::StrCat(machine.hostname(), "/", machine.ip());
}

std::string MachinesText(const google::protobuf::RepeatedPtrField<v1::MachineID>& machines) {
  std::vector<std::string> texts;
  for (const v1::MachineID& machine : machines) texts.push_back(MachineText(machine));
  return absl::StrJoin(texts, ", ");
}

bool LooksLikeAnIp(const std::string& text) {
  return !text.empty() && (text.find(':') != std::string::npos ||
                           text.find_first_not_of("0123456789.") == std::string::npos);
}

// A machine as it is typed: HOSTNAME/IP, or one of them where what the master knows tells the rest:
// a machine is one by both.
v1::MachineID ReadMachine(const std::string& word, const std::vector<v1::MachineID>& known) {
  for (const v1::MachineID& machine : known) {
    if (word == MachineText(machine) || word == machine.hostname() || word == machine.ip()) {
      return machine;
    }
  }
  v1::MachineID machine;
  const size_t slash = word.find('/');
  if (slash != std::string::npos) {
    machine.set_hostname(word.substr(0, slash));
    machine.set_ip(word.substr(slash + 1));
  } else if (LooksLikeAnIp(word)) {
    machine.set_ip(word);
  } else {
    machine.set_hostname(word);
  }
  return machine;
}

absl::StatusOr<std::vector<v1::MachineID>> MachinesOfAgents(Client* client) {
  ASSIGN_OR_RETURN(const auto agents, GetAgents(client));
  std::vector<v1::MachineID> machines;
  for (const AgentEntry& agent : agents->agents()) {
    v1::MachineID machine;
    machine.set_hostname(agent.agent_info().hostname());
    const std::string address = AddressOf(agent).value_or("");
    machine.set_ip(address.substr(0, address.rfind(':')));
    machines.push_back(std::move(machine));
  }
  return machines;
}

absl::StatusOr<v1::maintenance::Schedule> GetSchedule(Client* client) {
  ASSIGN_OR_RETURN(Response response, client->Ask(Call::GET_MAINTENANCE_SCHEDULE));
  return std::move(*response.mutable_get_maintenance_schedule()->mutable_schedule());
}

View ScheduleView(const v1::maintenance::Schedule& schedule, absl::Time now) {
  Table table;
  table.columns = {TextColumn("START"), NumberColumn("IN", 2), NumberColumn("DURATION", 1),
                   NameColumn("MACHINES")};
  for (const v1::maintenance::Window& window : schedule.windows()) {
    const absl::Time start = TimeOf(window.unavailability().start());
    table.rows.push_back(
        {TimeText(start), start > now ? DurationText(start - now) : "begun",
         window.unavailability().has_duration()
             ? DurationText(absl::Nanoseconds(window.unavailability().duration().nanoseconds()))
             : "-",
         MachinesText(window.machine_ids())});
  }
  View view;
  view.sections.push_back({.table = std::move(table), .nothing = "no maintenance is scheduled"});
  view.json = [schedule] { return http::MessageToJson(schedule); };
  return view;
}

absl::StatusOr<v1::maintenance::Schedule> ReadSchedule(const std::string& path) {
  std::ifstream file(path);
  if (!file) return absl::InvalidArgumentError(absl::StrCat("--file: '", path, "' cannot be read"));
  const std::string text(std::istreambuf_iterator<char>(file), {});
  v1::maintenance::Schedule schedule;
  const absl::Status read = http::JsonToMessage(text, &schedule);
  if (read.ok()) return schedule;
  return absl::InvalidArgumentError(absl::StrCat("--file: ", path, ": ", read.message()));
}

// The schedule as it is to be; nothing: it is only looked at.
absl::StatusOr<std::optional<v1::maintenance::Schedule>> WantedSchedule(Context* context) {
  const Arguments& arguments = context->arguments;
  const bool clears = arguments.Has("clear");
  const bool has_file = arguments.Has("file");
  const bool names = !arguments.words().empty();
  if (clears + has_file + names > 1) {
    return absl::InvalidArgumentError(
        "machines, --file and --clear exclude each other; expected one of them");
  }
  ASSIGN_OR_RETURN(const auto in, arguments.Duration("in"));
  ASSIGN_OR_RETURN(const auto duration, arguments.Duration("duration"));
  if (!names && (in.has_value() || duration.has_value())) {
    return absl::InvalidArgumentError("--in and --duration need machines: their names");
  }
  if (clears) return v1::maintenance::Schedule();
  if (has_file) return ReadSchedule(arguments.Value("file"));
  if (!names) return std::nullopt;
  ASSIGN_OR_RETURN(v1::maintenance::Schedule schedule, GetSchedule(&context->client));
  ASSIGN_OR_RETURN(const auto known, MachinesOfAgents(&context->client));
  v1::maintenance::Window* window = schedule.add_windows();
  for (const std::string& word : arguments.words()) {
    *window->add_machine_ids() = ReadMachine(word, known);
  }
  const absl::Time start = context->now + in.value_or(absl::ZeroDuration());
  window->mutable_unavailability()->mutable_start()->set_nanoseconds(absl::ToUnixNanos(start));
  if (duration.has_value()) {
    window->mutable_unavailability()->mutable_duration()->set_nanoseconds(
        absl::ToInt64Nanoseconds(*duration));
  }
  return schedule;
}

absl::StatusOr<View> Schedule(Context& context) {
  ASSIGN_OR_RETURN(const auto wanted, WantedSchedule(&context));
  if (!wanted.has_value()) {
    ASSIGN_OR_RETURN(const auto schedule, GetSchedule(&context.client));
    return ScheduleView(schedule, context.now);
  }
  Call call;
  call.set_type(Call::UPDATE_MAINTENANCE_SCHEDULE);
  *call.mutable_update_maintenance_schedule()->mutable_schedule() = *wanted;
  RETURN_IF_ERROR(context.client.Ask(call).status());
  return ScheduleView(*wanted, context.now);
}

absl::StatusOr<View> Status(Context& context) {
  ASSIGN_OR_RETURN(const Response response, context.client.Ask(Call::GET_MAINTENANCE_STATUS));
  const v1::maintenance::ClusterStatus status = response.get_maintenance_status().status();
  Table table;
  table.columns = {NameColumn("MACHINE"), TextColumn("MODE"), NumberColumn("ACCEPTED", 1),
                   NumberColumn("DECLINED", 2)};
  for (const auto& machine : status.draining_machines()) {
    int accepted = 0;
    int declined = 0;
    for (const auto& answer : machine.statuses()) {
      accepted += answer.status() == v1::allocator::InverseOfferStatus::ACCEPT;
      declined += answer.status() == v1::allocator::InverseOfferStatus::DECLINE;
    }
    table.rows.push_back({MachineText(machine.id()), Cell("draining", Colour::kYellow),
                          absl::StrCat(accepted), absl::StrCat(declined)});
  }
  for (const v1::MachineID& machine : status.down_machines()) {
    table.rows.push_back({MachineText(machine), Cell("down", Colour::kRed), "-", "-"});
  }
  View view;
  view.sections.push_back({.table = std::move(table), .nothing = "all machines are up"});
  view.json = [status] { return http::MessageToJson(status); };
  return view;
}

// What the schedule and the status know: agents of machines that are down are not registered.
absl::StatusOr<std::vector<v1::MachineID>> MachinesOfSchedule(Client* client) {
  ASSIGN_OR_RETURN(const auto schedule, GetSchedule(client));
  std::vector<v1::MachineID> machines;
  for (const auto& window : schedule.windows()) {
    machines.insert(machines.end(), window.machine_ids().begin(), window.machine_ids().end());
  }
  return machines;
}

absl::StatusOr<View> Change(Context& context, bool start) {
  ASSIGN_OR_RETURN(const auto known, MachinesOfSchedule(&context.client));
  Call call;
  call.set_type(start ? Call::START_MAINTENANCE : Call::STOP_MAINTENANCE);
  auto* machines = start ? call.mutable_start_maintenance()->mutable_machines()
                         : call.mutable_stop_maintenance()->mutable_machines();
  for (const std::string& word : context.arguments.words())
    *machines->Add() = ReadMachine(word, known);
  RETURN_IF_ERROR(context.client.Ask(call).status());
  View view;
  view.line =
      absl::StrCat("maintenance has ", start ? "begun" : "ended", ": ", MachinesText(*machines));
  view.json = [call] { return http::MessageToJson(call); };
  return view;
}

absl::StatusOr<View> Start(Context& context) { return Change(context, true); }
absl::StatusOr<View> Stop(Context& context) { return Change(context, false); }

}  // namespace

std::vector<Command> MaintenanceCommands() {
  return {
      {.noun = "maintenance",
       .verb = "schedule",
       .arguments = "[MACHINE...]",
       .most = kAnyNumber,
       .summary = "Shows the schedule, or adds a window for machines (HOSTNAME/IP)",
       .options = {{"in", '\0', "TIME", "The window begins after so long: 30mins; else now"},
                   {"duration", '\0', "TIME", "It lasts so long: 2hrs; else for ever"},
                   {"file", '\0', "FILE", "Takes this schedule (JSON) in the place of the present"},
                   {"clear", '\0', "", "Schedules nothing any more"}},
       .show = Schedule,
       .acts = true},
      {.noun = "maintenance",
       .verb = "status",
       .summary = "Shows which machines are draining and which are down",
       .show = Status},
      {.noun = "maintenance",
       .verb = "start",
       .arguments = "MACHINE...",
       .least = 1,
       .most = kAnyNumber,
       .summary = "Takes scheduled machines down; their tasks are given up",
       .show = Start,
       .acts = true},
      {.noun = "maintenance",
       .verb = "stop",
       .arguments = "MACHINE...",
       .least = 1,
       .most = kAnyNumber,
       .summary = "Lets machines come back",
       .show = Stop,
       .acts = true},
  };
}

}  // namespace mesos::cli
