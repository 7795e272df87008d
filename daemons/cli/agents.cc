#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
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

Cell StateOf(const AgentEntry& agent) {
  if (agent.drain_info().state() == v1::DRAINING) return Cell("draining", Colour::kYellow);
  if (agent.drain_info().state() == v1::DRAINED) return Cell("drained", Colour::kYellow);
  if (agent.deactivated()) return Cell("deactivated", Colour::kYellow);
  if (!agent.active()) return Cell("disconnected", Colour::kRed);
  return Cell("active", Colour::kGreen);
}

Table AgentTable(const Response::GetAgents& agents, absl::Time now) {
  Table table;
  table.columns = {IdColumn("ID"),
                   NameColumn("HOSTNAME"),
                   TextColumn("STATE", 1),
                   NumberColumn("CPUS", 3),
                   NumberColumn("MEM", 4),
                   NumberColumn("DISK", 6),
                   NumberColumn("GPUS", 7, true),
                   NumberColumn("AGE", 5),
                   TextColumn("VERSION", 8, true),
                   TextColumn("ADDRESS", 8, true),
                   TextColumn("DOMAIN", 10, true),
                   TextColumn("ATTRIBUTES", 9, true)};
  for (const AgentEntry& agent : agents.agents()) {
    const auto total = Scalars(agent.total_resources());
    const auto used = Scalars(agent.allocated_resources());
    const auto of = [](const std::map<std::string, double>& amounts, const char* name) {
      const auto found = amounts.find(name);
      return found == amounts.end() ? 0.0 : found->second;
    };
    const v1::AgentInfo& info = agent.agent_info();
    table.rows.push_back(RowOf(info.id().value(), info.hostname(), StateOf(agent),
                               UsedOf(of(used, "cpus"), of(total, "cpus")),
                               UsedMegabytesOf(of(used, "mem"), of(total, "mem")),
                               UsedMegabytesOf(of(used, "disk"), of(total, "disk")),
                               UsedOf(of(used, "gpus"), of(total, "gpus")),
                               AgeText(TimeOf(agent.registered_time()), now), agent.version(),
                               AddressOf(agent).value_or(agent.pid()), DomainText(info.domain()),
                               AttributesText(info.attributes())));
  }
  for (const v1::AgentInfo& info : agents.recovered_agents()) {
    table.rows.push_back({info.id().value(), info.hostname(), Cell("recovered", Colour::kYellow),
                          "-", "-", "-", "-", "-", "", "", DomainText(info.domain()),
                          AttributesText(info.attributes())});
  }
  return table;
}

absl::StatusOr<View> List(Context& context) {
  ASSIGN_OR_RETURN(auto agents, GetAgents(&context.client));
  if (!context.word(0).empty()) {
    ASSIGN_OR_RETURN(const AgentEntry* found, FindAgent(*agents, context.word(0)));
    auto one = std::make_shared<Response::GetAgents>();
    *one->add_agents() = *found;
    agents = std::move(one);
  }
  View view;
  view.sections.push_back(
      {.table = AgentTable(*agents, context.now), .nothing = "no agents are registered"});
  view.json = [agents] {
    std::vector<const google::protobuf::Message*> messages;
    for (const AgentEntry& agent : agents->agents()) messages.push_back(&agent);
    return JsonList(messages);
  };
  return view;
}

absl::StatusOr<View> Inspect(Context& context) {
  ASSIGN_OR_RETURN(const auto agents, GetAgents(&context.client));
  ASSIGN_OR_RETURN(const AgentEntry* found, FindAgent(*agents, context.word(0)));
  const AgentEntry agent = *found;
  const v1::AgentInfo& info = agent.agent_info();
  View view;
  Section section;
  section.fields = {
      {"Id", info.id().value()},
      {"Hostname", info.hostname()},
      {"State", StateOf(agent)},
      {"Address", AddressOf(agent).value_or(agent.pid())},
      {"Version", agent.version()},
      {"Domain", DomainText(info.domain())},
      {"Attributes", AttributesText(info.attributes())},
      {"Registered", TimeText(TimeOf(agent.registered_time()))},
      {"Reregistered", TimeText(TimeOf(agent.reregistered_time()))},
      {"Total", ResourcesText(agent.total_resources())},
      {"Allocated", ResourcesText(agent.allocated_resources())},
      {"Offered", ResourcesText(agent.offered_resources())},
  };
  if (agent.drain_info().config().mark_gone()) {
    section.fields.push_back({"When drained", "marked gone"});
  }
  view.sections.push_back(std::move(section));
  view.json = [agent] { return http::MessageToJson(agent); };
  return view;
}

// What one call does to one agent.
absl::StatusOr<View> Change(Context& context, void (*fill)(const std::string& id, Call* call),
                            Call call, const std::string& done) {
  ASSIGN_OR_RETURN(const auto agents, GetAgents(&context.client));
  ASSIGN_OR_RETURN(const std::string id, FindAgentId(*agents, context.word(0)));
  fill(id, &call);
  RETURN_IF_ERROR(context.client.Ask(call).status());
  View view;
  view.line = absl::StrCat("agent ", id, " ", done);
  view.json = [id] { return JsonObject({{"agent_id", JsonString(id)}}); };
  return view;
}

absl::StatusOr<View> Drain(Context& context) {
  ASSIGN_OR_RETURN(const auto grace, context.arguments.Duration("max-grace-period"));
  Call call;
  call.set_type(Call::DRAIN_AGENT);
  if (grace.has_value()) {
    auto* period = call.mutable_drain_agent()->mutable_max_grace_period();
    absl::Duration rest;
    period->set_seconds(absl::IDivDuration(*grace, absl::Seconds(1), &rest));
    period->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  }
  if (context.arguments.Has("mark-gone")) call.mutable_drain_agent()->set_mark_gone(true);
  return Change(
      context,
      [](const std::string& id, Call* c) {
        c->mutable_drain_agent()->mutable_agent_id()->set_value(id);
      },
      std::move(call), "is draining; 'mesos agent watch' shows when it is drained");
}

absl::StatusOr<View> Deactivate(Context& context) {
  Call call;
  call.set_type(Call::DEACTIVATE_AGENT);
  return Change(
      context,
      [](const std::string& id, Call* c) {
        c->mutable_deactivate_agent()->mutable_agent_id()->set_value(id);
      },
      std::move(call), "is deactivated: its tasks go on, its resources are not offered");
}

absl::StatusOr<View> Reactivate(Context& context) {
  Call call;
  call.set_type(Call::REACTIVATE_AGENT);
  return Change(
      context,
      [](const std::string& id, Call* c) {
        c->mutable_reactivate_agent()->mutable_agent_id()->set_value(id);
      },
      std::move(call), "is active");
}

absl::StatusOr<View> Gone(Context& context) {
  if (!context.arguments.Has("yes")) {
    return absl::InvalidArgumentError(
        absl::StrCat("a gone agent never comes back, and its tasks are given up; to mean it: "
                     "mesos agent gone --yes ",
                     context.word(0)));
  }
  Call call;
  call.set_type(Call::MARK_AGENT_GONE);
  const auto fill = [](const std::string& id, Call* c) {
    c->mutable_mark_agent_gone()->mutable_agent_id()->set_value(id);
  };
  // One that is unreachable is not listed, but may be marked by its whole id.
  absl::StatusOr<View> view = Change(context, fill, call, "is marked gone");
  if (!absl::IsNotFound(view.status())) return view;
  const std::string id = context.word(0);
  fill(id, &call);
  const absl::Status status = context.client.Ask(call).status();
  if (absl::IsNotFound(status)) return view.status();
  RETURN_IF_ERROR(status);
  View done;
  done.line = absl::StrCat("agent ", id, " is marked gone");
  done.json = [id] { return JsonObject({{"agent_id", JsonString(id)}}); };
  return done;
}

}  // namespace

std::vector<Command> AgentCommands() {
  return {
      {.noun = "agent", .verb = "list", .summary = "Lists the agents", .show = List},
      {.noun = "agent",
       .verb = "inspect",
       .arguments = "AGENT",
       .least = 1,
       .most = 1,
       .summary = "Tells all about an agent",
       .show = Inspect},
      {.noun = "agent",
       .verb = "watch",
       .arguments = "[AGENT]",
       .most = 1,
       .summary = "Lists the agents again and again",
       .show = List,
       .watches = true},
      {.noun = "agent",
       .verb = "drain",
       .arguments = "AGENT",
       .least = 1,
       .most = 1,
       .summary = "Ends an agent's tasks, and offers it no more",
       .options = {{"max-grace-period", '\0', "TIME", "Tasks have at most so long to end: 5mins"},
                   {"mark-gone", '\0', "", "Marks it gone when it is drained"}},
       .show = Drain,
       .acts = true},
      {.noun = "agent",
       .verb = "deactivate",
       .arguments = "AGENT",
       .least = 1,
       .most = 1,
       .summary = "Offers an agent no more, and leaves its tasks running",
       .show = Deactivate,
       .acts = true},
      {.noun = "agent",
       .verb = "reactivate",
       .arguments = "AGENT",
       .least = 1,
       .most = 1,
       .summary = "Offers a deactivated or drained agent again",
       .show = Reactivate,
       .acts = true},
      {.noun = "agent",
       .verb = "gone",
       .arguments = "AGENT",
       .least = 1,
       .most = 1,
       .summary = "Gives an agent up for good, with its tasks",
       .options = {{"yes", 'y', "", "Yes, it never comes back"}},
       .show = Gone,
       .acts = true},
  };
}

}  // namespace mesos::cli
