#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "daemons/cli/cluster.h"
#include "daemons/cli/find_id.h"
#include "daemons/cli/nouns.h"
#include "daemons/cli/present.h"
#include "daemons/cli/text.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/http/message_json.h"

namespace mesos::cli {
namespace {

using Call = v1::master::Call;
using v1::master::Response;

absl::StatusOr<const v1::Role*> FindRole(const Response::GetRoles& roles,
                                         absl::string_view wanted) {
  std::vector<Candidate> candidates;
  for (const v1::Role& role : roles.roles()) candidates.push_back({role.name(), ""});
  ASSIGN_OR_RETURN(const size_t index, FindId("role", wanted, candidates));
  return &roles.roles(static_cast<int>(index));
}

// -- role --

absl::StatusOr<View> ListRoles(Context& context) {
  ASSIGN_OR_RETURN(Response response, context.client.Ask(Call::GET_ROLES));
  const auto all = std::make_shared<const Response>(std::move(response));
  std::vector<const v1::Role*> roles;
  if (!context.word(0).empty()) {
    ASSIGN_OR_RETURN(const v1::Role* found, FindRole(all->get_roles(), context.word(0)));
    roles = {found};
  } else {
    for (const v1::Role& role : all->get_roles().roles()) roles.push_back(&role);
  }
  Table table;
  table.columns = {
      NameColumn("ROLE"),      NumberColumn("WEIGHT", 3), NumberColumn("FRAMEWORKS", 2),
      NumberColumn("CPUS", 1), NumberColumn("MEM", 1),    NumberColumn("DISK", 4),
      NumberColumn("GPUS", 5)};
  for (const v1::Role* role : roles) {
    const auto scalar = [&](const char* name) { return Scalar(role->resources(), name); };
    table.rows.push_back({role->name(), NumberText(role->weight()),
                          absl::StrCat(role->frameworks_size()), NumberText(scalar("cpus")),
                          MegabytesText(scalar("mem")), MegabytesText(scalar("disk")),
                          NumberText(scalar("gpus"))});
  }
  View view;
  view.sections.push_back({.table = std::move(table), .nothing = "no roles"});
  view.json = [all, roles] { return JsonList({roles.begin(), roles.end()}); };
  return view;
}

absl::StatusOr<View> InspectRole(Context& context) {
  ASSIGN_OR_RETURN(const Response roles, context.client.Ask(Call::GET_ROLES));
  ASSIGN_OR_RETURN(const v1::Role* found, FindRole(roles.get_roles(), context.word(0)));
  const v1::Role role = *found;
  ASSIGN_OR_RETURN(const Response quotas, context.client.Ask(Call::GET_QUOTA));
  Section section;
  section.fields = {{"Role", role.name()},
                    {"Weight", NumberText(role.weight())},
                    {"Allocated and offered", ResourcesText(role.resources())}};
  for (const auto& config : quotas.get_quota().status().configs()) {
    if (config.role() != role.name()) continue;
    const auto amounts = [](const auto& scalars) {
      std::map<std::string, double> of;
      for (const auto& [name, scalar] : scalars) of[name] = scalar.value();
      return AmountsText(of);
    };
    section.fields.push_back({"Guarantee", amounts(config.guarantees())});
    section.fields.push_back({"Limit", amounts(config.limits())});
  }
  Table frameworks;
  frameworks.columns = {IdColumn("FRAMEWORK")};
  for (const v1::FrameworkID& id : role.frameworks()) frameworks.rows.push_back({id.value()});
  View view;
  view.sections.push_back(std::move(section));
  view.sections.push_back({.table = std::move(frameworks), .nothing = "no frameworks"});
  view.json = [role] { return http::MessageToJson(role); };
  return view;
}

// -- quota --

// A role and those below it.
bool IsWithin(const std::string& role, const std::string& top) {
  return role == top || absl::StartsWith(role, absl::StrCat(top, "/"));
}

absl::StatusOr<View> ListQuota(Context& context) {
  ASSIGN_OR_RETURN(Response response, context.client.Ask(Call::GET_QUOTA));
  ASSIGN_OR_RETURN(const Response roles, context.client.Ask(Call::GET_ROLES));
  const auto all = std::make_shared<const Response>(std::move(response));
  std::vector<const v1::quota::QuotaConfig*> configs;
  for (const auto& config : all->get_quota().status().configs()) {
    if (context.word(0).empty() || config.role() == context.word(0)) configs.push_back(&config);
  }
  if (configs.empty() && !context.word(0).empty()) {
    return absl::NotFoundError(
        absl::StrCat("role '", Printable(context.word(0)), "' has no quota"));
  }
  Table table;
  table.columns = {NameColumn("ROLE"), TextColumn("RESOURCE"), NumberColumn("GUARANTEE"),
                   NumberColumn("LIMIT"), NumberColumn("USED", 1)};
  for (const auto* config : configs) {
    std::map<std::string, double> used;
    for (const v1::Role& role : roles.get_roles().roles()) {
      if (!IsWithin(role.name(), config->role())) continue;
      for (const auto& [name, amount] : Scalars(role.resources())) used[name] += amount;
    }
    std::set<std::string> names;
    for (const auto& [name, scalar] : config->guarantees()) names.insert(name);
    for (const auto& [name, scalar] : config->limits()) names.insert(name);
    for (const std::string& name : names) {
      const auto text = [&](const auto& scalars) {
        const auto found = scalars.find(name);
        return found == scalars.end() ? std::string("-") : NumberText(found->second.value());
      };
      table.rows.push_back({config->role(), name, text(config->guarantees()),
                            text(config->limits()), NumberText(used[name])});
    }
  }
  View view;
  view.sections.push_back({.table = std::move(table), .nothing = "no role has a quota"});
  view.json = [all, configs] { return JsonList({configs.begin(), configs.end()}); };
  return view;
}

// "cpus:4;mem:1024" as amounts. InvalidArgument names the flag.
template <typename Amounts>
absl::Status ReadAmounts(const Arguments& arguments, const char* flag, Amounts* amounts) {
  if (!arguments.Has(flag)) return absl::OkStatus();
  for (const absl::string_view part : absl::StrSplit(arguments.Value(flag), ';')) {
    const std::pair<std::string, std::string> item = absl::StrSplit(part, absl::MaxSplits(':', 1));
    double amount;
    if (item.first.empty() || !absl::SimpleAtod(item.second, &amount) || !(amount >= 0) ||
        amount > 1e15) {
      return absl::InvalidArgumentError(absl::StrCat("--", flag, " has '", Printable(part),
                                                     "'; expected such as cpus:4;mem:1024"));
    }
    (*amounts)[item.first].set_value(amount);
  }
  return absl::OkStatus();
}

absl::StatusOr<View> UpdateQuota(Context& context, Call call, const std::string& done) {
  call.set_type(Call::UPDATE_QUOTA);
  if (context.arguments.Has("force")) call.mutable_update_quota()->set_force(true);
  RETURN_IF_ERROR(context.client.Ask(call).status());
  View view;
  view.line = absl::StrCat("role ", context.word(0), " ", done);
  view.json = [call] { return http::MessageToJson(call.update_quota()); };
  return view;
}

absl::StatusOr<View> SetQuota(Context& context) {
  Call call;
  auto* config = call.mutable_update_quota()->add_quota_configs();
  config->set_role(context.word(0));
  RETURN_IF_ERROR(ReadAmounts(context.arguments, "guarantee", config->mutable_guarantees()));
  RETURN_IF_ERROR(ReadAmounts(context.arguments, "limit", config->mutable_limits()));
  if (config->guarantees().empty() && config->limits().empty()) {
    return absl::InvalidArgumentError(
        "--guarantee and --limit are both missing; 'mesos quota remove' takes a quota away");
  }
  return UpdateQuota(context, std::move(call), "has this quota now");
}

absl::StatusOr<View> RemoveQuota(Context& context) {
  Call call;
  call.mutable_update_quota()->add_quota_configs()->set_role(context.word(0));
  return UpdateQuota(context, std::move(call), "has no quota any more");
}

// -- weight --

absl::StatusOr<View> ListWeights(Context& context) {
  ASSIGN_OR_RETURN(Response response, context.client.Ask(Call::GET_WEIGHTS));
  const auto all = std::make_shared<const Response>(std::move(response));
  Table table;
  table.columns = {NameColumn("ROLE"), NumberColumn("WEIGHT")};
  for (const v1::WeightInfo& info : all->get_weights().weight_infos()) {
    table.rows.push_back({info.role(), NumberText(info.weight())});
  }
  View view;
  view.sections.push_back(
      {.table = std::move(table), .nothing = "no role has a weight; all count 1"});
  view.json = [all] {
    std::vector<const google::protobuf::Message*> messages;
    for (const auto& info : all->get_weights().weight_infos()) messages.push_back(&info);
    return JsonList(messages);
  };
  return view;
}

absl::StatusOr<View> SetWeights(Context& context) {
  Call call;
  call.set_type(Call::UPDATE_WEIGHTS);
  for (const std::string& word : context.arguments.words()) {
    const size_t equals = word.rfind('=');
    double weight = 0;
    if (equals == std::string::npos || equals == 0 ||
        !absl::SimpleAtod(word.substr(equals + 1), &weight) || !(weight > 0) || weight > 1e15) {
      return absl::InvalidArgumentError(
          absl::StrCat("'", Printable(word), "' is no weight; expected such as web=2.5"));
    }
    v1::WeightInfo* info = call.mutable_update_weights()->add_weight_infos();
    info->set_role(word.substr(0, equals));
    info->set_weight(weight);
  }
  RETURN_IF_ERROR(context.client.Ask(call).status());
  View view;
  view.line = absl::StrCat("weights set: ", absl::StrJoin(context.arguments.words(), ", "));
  view.json = [call] { return http::MessageToJson(call.update_weights()); };
  return view;
}

}  // namespace

std::vector<Command> RoleCommands() {
  return {
      {.noun = "role", .verb = "list", .summary = "Lists the roles", .show = ListRoles},
      {.noun = "role",
       .verb = "inspect",
       .arguments = "ROLE",
       .least = 1,
       .most = 1,
       .summary = "Tells all about a role",
       .show = InspectRole},
      {.noun = "role",
       .verb = "watch",
       .arguments = "[ROLE]",
       .most = 1,
       .summary = "Lists the roles again and again",
       .show = ListRoles,
       .watches = true},
  };
}

std::vector<Command> QuotaCommands() {
  const Option force = {"force", '\0', "", "Also where the cluster cannot give that much"};
  return {
      {.noun = "quota",
       .verb = "list",
       .summary = "Lists what roles are guaranteed, and limited to",
       .show = ListQuota},
      {.noun = "quota",
       .verb = "inspect",
       .arguments = "ROLE",
       .least = 1,
       .most = 1,
       .summary = "Shows the quota of a role",
       .show = ListQuota},
      {.noun = "quota",
       .verb = "set",
       .arguments = "ROLE",
       .least = 1,
       .most = 1,
       .summary = "Gives a role a quota, in the place of the one it has",
       .options = {{"guarantee", '\0', "AMOUNTS", "What it gets before others: cpus:4;mem:1024"},
                   {"limit", '\0', "AMOUNTS", "What it gets at most"},
                   force},
       .show = SetQuota,
       .acts = true},
      {.noun = "quota",
       .verb = "remove",
       .arguments = "ROLE",
       .least = 1,
       .most = 1,
       .summary = "Takes a role's quota away",
       .options = {force},
       .show = RemoveQuota,
       .acts = true},
      {.noun = "quota",
       .verb = "watch",
       .arguments = "[ROLE]",
       .most = 1,
       .summary = "Lists the quotas again and again",
       .show = ListQuota,
       .watches = true},
  };
}

std::vector<Command> WeightCommands() {
  return {
      {.noun = "weight",
       .verb = "list",
       .summary = "Lists the roles' weights",
       .show = ListWeights},
      {.noun = "weight",
       .verb = "set",
       .arguments = "ROLE=WEIGHT...",
       .least = 1,
       .most = kAnyNumber,
       .summary = "Sets roles' weights: web=2.5",
       .show = SetWeights,
       .acts = true},
  };
}

}  // namespace mesos::cli
