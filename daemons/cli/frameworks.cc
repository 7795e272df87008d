#include <utility>

#include "absl/strings/ascii.h"
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

Cell StateOf(const FrameworkEntry& framework, bool completed) {
  if (completed) return Cell("completed", Colour::kFaint);
  if (framework.recovered()) return Cell("recovered", Colour::kYellow);
  if (!framework.connected()) return Cell("disconnected", Colour::kRed);
  if (!framework.active()) return Cell("inactive", Colour::kYellow);
  return Cell("active", Colour::kGreen);
}

std::string RolesOf(const v1::FrameworkInfo& info) {
  return info.roles_size() > 0 ? absl::StrJoin(info.roles(), ",") : info.role();
}

std::vector<Cell> Row(const FrameworkEntry& framework, bool completed, absl::Time now) {
  const v1::FrameworkInfo& info = framework.framework_info();
  return {info.id().value(),
          info.name(),
          StateOf(framework, completed),
          RolesOf(info),
          NumberText(Scalar(framework.allocated_resources(), "cpus")),
          MegabytesText(Scalar(framework.allocated_resources(), "mem")),
          absl::StrCat(framework.offers_size()),
          AgeText(TimeOf(framework.registered_time()), now),
          info.user(),
          info.principal(),
          info.checkpoint() ? "yes" : "no",
          info.hostname(),
          info.webui_url()};
}

absl::StatusOr<View> List(Context& context) {
  ASSIGN_OR_RETURN(const auto all, GetFrameworks(&context.client));
  const bool past = context.arguments.Has("all");
  std::vector<FrameworkEntry> shown;
  Table table;
  table.columns = {IdColumn("ID"),
                   NameColumn("NAME"),
                   TextColumn("STATE", 1),
                   NameColumn("ROLES", 5),
                   NumberColumn("CPUS", 3),
                   NumberColumn("MEM", 4),
                   NumberColumn("OFFERS", 7),
                   NumberColumn("AGE", 2),
                   TextColumn("USER", 8, true),
                   TextColumn("PRINCIPAL", 11, true),
                   TextColumn("CHECKPOINT", 12, true),
                   TextColumn("HOSTNAME", 9, true),
                   TextColumn("WEBUI", 10, true)};
  const auto add = [&](const FrameworkEntry& framework, bool completed) {
    table.rows.push_back(Row(framework, completed, context.now));
    shown.push_back(framework);
  };
  if (!context.word(0).empty()) {
    ASSIGN_OR_RETURN(const FrameworkEntry* found, FindFramework(*all, context.word(0), false));
    add(*found, false);
  } else {
    for (const FrameworkEntry& framework : all->frameworks()) add(framework, false);
    if (past) {
      for (const FrameworkEntry& framework : all->completed_frameworks()) add(framework, true);
    }
  }
  View view;
  view.sections.push_back(
      {.table = std::move(table),
       .nothing = past ? "no frameworks" : "no frameworks; -a lists past ones"});
  view.json = [shown = std::move(shown)] {
    std::vector<const google::protobuf::Message*> messages;
    for (const FrameworkEntry& framework : shown) messages.push_back(&framework);
    return JsonList(messages);
  };
  return view;
}

absl::StatusOr<View> Inspect(Context& context) {
  ASSIGN_OR_RETURN(const auto all, GetFrameworks(&context.client));
  ASSIGN_OR_RETURN(const FrameworkEntry* found, FindFramework(*all, context.word(0), true));
  const FrameworkEntry framework = *found;
  const v1::FrameworkInfo& info = framework.framework_info();
  std::vector<std::string> capabilities;
  for (const auto& capability : info.capabilities()) {
    capabilities.push_back(v1::FrameworkInfo::Capability::Type_Name(capability.type()));
  }
  View view;
  Section section;
  section.fields = {
      {"Id", info.id().value()},
      {"Name", info.name()},
      {"State", StateOf(framework, framework.has_unregistered_time())},
      {"User", info.user()},
      {"Roles", RolesOf(info)},
      {"Principal", info.principal()},
      {"Hostname", info.hostname()},
      {"Web", info.webui_url()},
      {"Checkpoint", info.checkpoint() ? "yes" : "no"},
      {"Failover timeout", absl::StrCat(NumberText(info.failover_timeout()), "s")},
      {"Capabilities", absl::StrJoin(capabilities, ", ")},
      {"Labels", LabelsText(info.labels())},
      {"Registered", TimeText(TimeOf(framework.registered_time()))},
      {"Reregistered", TimeText(TimeOf(framework.reregistered_time()))},
      {"Unregistered", TimeText(TimeOf(framework.unregistered_time()))},
      {"Allocated", ResourcesText(framework.allocated_resources())},
      {"Offered", ResourcesText(framework.offered_resources())},
      {"Offers", absl::StrCat(framework.offers_size())},
  };
  view.sections.push_back(std::move(section));
  view.json = [framework] { return http::MessageToJson(framework); };
  return view;
}

absl::StatusOr<View> Teardown(Context& context) {
  ASSIGN_OR_RETURN(const auto all, GetFrameworks(&context.client));
  ASSIGN_OR_RETURN(const FrameworkEntry* found, FindFramework(*all, context.word(0), false));
  const std::string id = found->framework_info().id().value();
  Call call;
  call.set_type(Call::TEARDOWN);
  call.mutable_teardown()->mutable_framework_id()->set_value(id);
  RETURN_IF_ERROR(context.client.Ask(call).status());
  View view;
  view.line = absl::StrCat("framework ", id, " (", found->framework_info().name(),
                           ") is torn down; its tasks are killed");
  view.json = [id] { return JsonObject({{"framework_id", JsonString(id)}}); };
  return view;
}

}  // namespace

std::vector<Command> FrameworkCommands() {
  const Option all = {"all", 'a', "", "Also those that have ended"};
  return {
      {.noun = "framework",
       .verb = "list",
       .summary = "Lists the frameworks",
       .options = {all},
       .show = List},
      {.noun = "framework",
       .verb = "inspect",
       .arguments = "FRAMEWORK",
       .least = 1,
       .most = 1,
       .summary = "Tells all about a framework",
       .show = Inspect},
      {.noun = "framework",
       .verb = "watch",
       .arguments = "[FRAMEWORK]",
       .most = 1,
       .summary = "Lists the frameworks again and again",
       .options = {all},
       .show = List,
       .watches = true},
      {.noun = "framework",
       .verb = "teardown",
       .arguments = "FRAMEWORK",
       .least = 1,
       .most = 1,
       .summary = "Ends a framework and all of its tasks",
       .show = Teardown,
       .acts = true},
  };
}

}  // namespace mesos::cli
