// What is on offer, what is reserved, and the volumes on it.
#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "daemons/cli/cluster.h"
#include "daemons/cli/find_id.h"
#include "daemons/cli/nouns.h"
#include "daemons/cli/present.h"
#include "daemons/cli/text.h"
#include "mesos/resources.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/units.h"
#include "mesoslib/http/message_json.h"

namespace mesos::cli {
namespace {

using Call = v1::master::Call;
using v1::master::Response;
using Reservation = v1::Resource::ReservationInfo;

// -- offer --

absl::StatusOr<View> ListOffers(Context& context) {
  ASSIGN_OR_RETURN(const auto all, GetFrameworks(&context.client));
  Table table;
  table.columns = {IdColumn("ID"),        IdColumn("FRAMEWORK", 2),
                   IdColumn("AGENT", 3),  NameColumn("HOSTNAME", 4),
                   NameColumn("ROLE", 1), TextColumn("RESOURCES")};
  table.columns.back().least = 20;
  std::vector<const google::protobuf::Message*> offers;
  for (const FrameworkEntry& framework : all->frameworks()) {
    for (const v1::Offer& offer : framework.offers()) {
      offers.push_back(&offer);
      table.rows.push_back({offer.id().value(), offer.framework_id().value(),
                            offer.agent_id().value(), offer.hostname(),
                            offer.allocation_info().role(), ResourcesText(offer.resources())});
    }
  }
  View view;
  view.sections.push_back({.table = std::move(table), .nothing = "nothing is on offer"});
  view.json = [all, offers] { return JsonList(offers); };
  return view;
}

// -- reservation --

const Reservation* Uppermost(const v1::Resource& resource) {
  if (resource.reservations_size() == 0) return nullptr;
  return &resource.reservations(resource.reservations_size() - 1);
}

bool IsVolume(const v1::Resource& resource) { return resource.disk().has_persistence(); }

absl::StatusOr<View> ListReservations(Context& context) {
  ASSIGN_OR_RETURN(const auto all, GetAgents(&context.client));
  // By agent, role, type, principal.
  using Key = std::tuple<std::string, std::string, std::string, std::string, std::string>;
  std::map<Key, ResourceList> reserved;
  std::vector<const google::protobuf::Message*> resources;
  for (const AgentEntry& agent : all->agents()) {
    for (const v1::Resource& resource : agent.total_resources()) {
      const Reservation* reservation = Uppermost(resource);
      if (reservation == nullptr) continue;
      resources.push_back(&resource);
      const bool dynamic = reservation->type() == Reservation::DYNAMIC;
      const v1::AgentInfo& info = agent.agent_info();
      *reserved[{info.id().value(), info.hostname(), reservation->role(),
                 dynamic ? "dynamic" : "static", reservation->principal()}]
           .Add() = resource;
    }
  }
  Table table;
  table.columns = {IdColumn("AGENT"),     NameColumn("HOSTNAME", 4),  NameColumn("ROLE"),
                   TextColumn("TYPE", 2), TextColumn("PRINCIPAL", 3), TextColumn("RESOURCES")};
  table.columns.back().least = 20;
  for (const auto& [key, list] : reserved) {
    table.rows.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), std::get<3>(key),
                          std::get<4>(key), ResourcesText(list)});
  }
  View view;
  view.sections.push_back({.table = std::move(table), .nothing = "nothing is reserved"});
  view.json = [all, resources] { return JsonList(resources); };
  return view;
}

absl::StatusOr<const AgentEntry*> NamedAgent(const Context& context,
                                             const Response::GetAgents& agents) {
  if (!context.arguments.Has("agent")) {
    return absl::InvalidArgumentError("--agent is missing: on which agent");
  }
  return FindAgent(agents, context.arguments.Value("agent"));
}

absl::StatusOr<std::string> NamedRole(const Context& context) {
  const std::string role = context.arguments.Value("role");
  if (!role.empty()) return role;
  return absl::InvalidArgumentError("--role is missing: for which role");
}

absl::StatusOr<Resources> ReadResources(const std::string& text) {
  absl::StatusOr<Resources> resources = Resources::Parse(text);
  if (!resources.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("'", Printable(text),
                                                   "': ", resources.status().message(),
                                                   "; expected such as cpus:4;mem:1024"));
  }
  if (resources->empty() || *resources != resources->Unreserved()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "'", Printable(text), "' is nothing, or reserved; expected such as cpus:4;mem:1024"));
  }
  return resources;
}

absl::StatusOr<View> Done(Context& context, const Call& call, std::string line) {
  RETURN_IF_ERROR(context.client.Ask(call).status());
  View view;
  view.line = std::move(line);
  view.json = [call] { return http::MessageToJson(call); };
  return view;
}

absl::StatusOr<View> AddReservation(Context& context) {
  ASSIGN_OR_RETURN(const std::string role, NamedRole(context));
  ASSIGN_OR_RETURN(const Resources wanted, ReadResources(context.word(0)));
  ASSIGN_OR_RETURN(const auto agents, GetAgents(&context.client));
  ASSIGN_OR_RETURN(const AgentEntry* agent, NamedAgent(context, *agents));
  Call call;
  call.set_type(Call::RESERVE_RESOURCES);
  const std::string id = agent->agent_info().id().value();
  call.mutable_reserve_resources()->mutable_agent_id()->set_value(id);
  auto* resources = call.mutable_reserve_resources()->mutable_resources();
  wanted.ToProto(resources);
  for (v1::Resource& resource : *resources) {
    Reservation* reservation = resource.add_reservations();
    reservation->set_type(Reservation::DYNAMIC);
    reservation->set_role(role);
    if (context.arguments.Has("principal")) {
      reservation->set_principal(context.arguments.Value("principal"));
    }
  }
  return Done(context, call,
              absl::StrCat(ResourcesText(*resources), " of agent ", id, " is reserved for ", role));
}

// That much of what an agent has reserved to a role, with the reservations as they are there.
absl::StatusOr<Resources> FindReserved(const AgentEntry& agent, const std::string& role,
                                       const Resources& wanted) {
  absl::StatusOr<Resources> total = Resources::FromProto(agent.total_resources());
  if (!total.ok()) return absl::DataLossError(total.status().message());
  const Resources reserved = total->ReservedTo(role).Filter([](const ResourceEntry& entry) {
    return entry.IsDynamicallyReserved() && !entry.IsPersistentVolume();
  });
  Resources found;
  Resources missing = wanted;
  for (const ResourceEntry& entry : reserved) {
    for (const ResourceEntry& part : Resources(missing)) {
      if (part.name() != entry.name() || part.type() != entry.type()) continue;
      if (entry.type() != ResourceEntry::Type::kScalar) {
        // Ranges and sets: what of them lies within what is reserved is found by the master.
        Resources whole;
        whole += entry;
        if (whole.ToUnreserved() == Resources(missing).Filter([&](const ResourceEntry& other) {
              return other.name() == entry.name();
            })) {
          found += whole;
          missing -= whole.ToUnreserved();
        }
        continue;
      }
      const int64_t millis = std::min(part.millis(), entry.millis());
      found += entry.IsDivisible() ? entry.WithMillis(millis) : entry;
      missing -= Resources::Scalar(part.name(), millis);
    }
  }
  if (missing.empty()) return found;
  return absl::FailedPreconditionError(absl::StrCat(
      "agent ", Printable(agent.agent_info().id().value()), " has no ", missing.ToString(),
      " that is dynamically reserved for ", Printable(role), " and free of volumes"));
}

absl::StatusOr<View> RemoveReservation(Context& context) {
  ASSIGN_OR_RETURN(const std::string role, NamedRole(context));
  ASSIGN_OR_RETURN(const Resources wanted, ReadResources(context.word(0)));
  ASSIGN_OR_RETURN(const auto agents, GetAgents(&context.client));
  ASSIGN_OR_RETURN(const AgentEntry* agent, NamedAgent(context, *agents));
  ASSIGN_OR_RETURN(const Resources found, FindReserved(*agent, role, wanted));
  Call call;
  call.set_type(Call::UNRESERVE_RESOURCES);
  const std::string id = agent->agent_info().id().value();
  call.mutable_unreserve_resources()->mutable_agent_id()->set_value(id);
  found.ToProto(call.mutable_unreserve_resources()->mutable_resources());
  return Done(
      context, call,
      absl::StrCat(wanted.ToString(), " of agent ", id, " is no longer reserved for ", role));
}

// -- volume --

absl::StatusOr<View> ListVolumes(Context& context) {
  ASSIGN_OR_RETURN(const auto all, GetAgents(&context.client));
  Table table;
  table.columns = {IdColumn("ID"),          NumberColumn("SIZE"),      NameColumn("ROLE", 2),
                   IdColumn("AGENT"),       NameColumn("HOSTNAME", 3), TextColumn("PATH", 4),
                   TextColumn("SHARED", 5), TextColumn("PRINCIPAL", 6)};
  std::vector<const google::protobuf::Message*> volumes;
  for (const AgentEntry& agent : all->agents()) {
    for (const v1::Resource& resource : agent.total_resources()) {
      if (!IsVolume(resource)) continue;
      volumes.push_back(&resource);
      table.rows.push_back(
          {resource.disk().persistence().id(), MegabytesText(resource.scalar().value()),
           ReservedTo(resource), agent.agent_info().id().value(), agent.agent_info().hostname(),
           resource.disk().volume().container_path(), resource.has_shared() ? "yes" : "no",
           resource.disk().persistence().principal()});
    }
  }
  View view;
  view.sections.push_back({.table = std::move(table), .nothing = "no volumes"});
  view.json = [all, volumes] { return JsonList(volumes); };
  return view;
}

// "512", in MB, or "2GB".
absl::StatusOr<double> ReadMegabytes(const std::string& text) {
  double megabytes;
  if (absl::SimpleAtod(text, &megabytes) && megabytes > 0 && megabytes < 1e12) return megabytes;
  const absl::StatusOr<ByteSize> size = ParseByteSize(text);
  if (size.ok() && size->bytes > 0) return static_cast<double>(size->bytes) / (1 << 20);
  return absl::InvalidArgumentError(
      absl::StrCat("the size is '", Printable(text), "'; expected such as 512MB or 2GB"));
}

absl::StatusOr<View> CreateVolume(Context& context) {
  ASSIGN_OR_RETURN(const std::string role, NamedRole(context));
  ASSIGN_OR_RETURN(const double megabytes, ReadMegabytes(context.word(1)));
  ASSIGN_OR_RETURN(const auto agents, GetAgents(&context.client));
  ASSIGN_OR_RETURN(const AgentEntry* agent, NamedAgent(context, *agents));
  const Resources wanted = Resources::Scalar("disk", static_cast<int64_t>(megabytes * 1000));
  ASSIGN_OR_RETURN(const Resources found, FindReserved(*agent, role, wanted));
  if (found.size() != 1) {
    return absl::FailedPreconditionError(
        absl::StrCat("no single disk of agent ", agent->agent_info().id().value(), " has ",
                     MegabytesText(megabytes), " reserved for ", Printable(role)));
  }
  Call call;
  call.set_type(Call::CREATE_VOLUMES);
  const std::string id = agent->agent_info().id().value();
  call.mutable_create_volumes()->mutable_agent_id()->set_value(id);
  found.ToProto(call.mutable_create_volumes()->mutable_volumes());
  v1::Resource* volume = call.mutable_create_volumes()->mutable_volumes(0);
  auto* persistence = volume->mutable_disk()->mutable_persistence();
  persistence->set_id(context.word(0));
  if (context.arguments.Has("principal")) {
    persistence->set_principal(context.arguments.Value("principal"));
  }
  const std::string path = context.arguments.Value("path");
  volume->mutable_disk()->mutable_volume()->set_container_path(path.empty() ? context.word(0)
                                                                            : path);
  volume->mutable_disk()->mutable_volume()->set_mode(v1::Volume::RW);
  if (context.arguments.Has("shared")) volume->mutable_shared();
  return Done(context, call,
              absl::StrCat("volume ", context.word(0), " of ", MegabytesText(megabytes),
                           " is made on agent ", id));
}

absl::StatusOr<View> DestroyVolume(Context& context) {
  ASSIGN_OR_RETURN(const auto agents, GetAgents(&context.client));
  std::string only;
  if (context.arguments.Has("agent")) {
    ASSIGN_OR_RETURN(only, FindAgentId(*agents, context.arguments.Value("agent")));
  }
  std::vector<Candidate> candidates;
  std::vector<std::pair<const AgentEntry*, const v1::Resource*>> volumes;
  for (const AgentEntry& agent : agents->agents()) {
    if (!only.empty() && agent.agent_info().id().value() != only) continue;
    for (const v1::Resource& resource : agent.total_resources()) {
      if (!IsVolume(resource)) continue;
      candidates.push_back({resource.disk().persistence().id(), ""});
      volumes.push_back({&agent, &resource});
    }
  }
  // Data is lost for ever: here an id is one in full.
  std::erase_if(candidates, [&](const Candidate& c) { return c.id != context.word(0); });
  if (candidates.empty()) {
    return absl::NotFoundError(absl::StrCat("no volume's id is '", Printable(context.word(0)),
                                            "'; 'mesos volume list' shows them in full with "
                                            "-o json"));
  }
  if (candidates.size() > 1) {
    return absl::FailedPreconditionError(absl::StrCat(candidates.size(), " volumes have the id '",
                                                      Printable(context.word(0)),
                                                      "'; --agent says which one"));
  }
  const auto found = std::find_if(volumes.begin(), volumes.end(), [&](const auto& volume) {
    return volume.second->disk().persistence().id() == context.word(0);
  });
  Call call;
  call.set_type(Call::DESTROY_VOLUMES);
  const std::string id = found->first->agent_info().id().value();
  call.mutable_destroy_volumes()->mutable_agent_id()->set_value(id);
  *call.mutable_destroy_volumes()->add_volumes() = *found->second;
  return Done(context, call,
              absl::StrCat("volume ", context.word(0), " on agent ", id, " is destroyed"));
}

}  // namespace

std::vector<Command> OfferCommands() {
  return {
      {.noun = "offer", .verb = "list", .summary = "Lists what is on offer", .show = ListOffers}};
}

std::vector<Command> ReservationCommands() {
  const std::vector<Option> where = {{"agent", '\0', "AGENT", "On this agent"},
                                     {"role", '\0', "ROLE", "For this role"},
                                     {"principal", '\0', "NAME", "In whose name it is reserved"}};
  return {
      {.noun = "reservation",
       .verb = "list",
       .summary = "Lists what is reserved for roles",
       .show = ListReservations},
      {.noun = "reservation",
       .verb = "add",
       .arguments = "RESOURCES",
       .least = 1,
       .most = 1,
       .summary = "Reserves resources of an agent for a role: 'cpus:4;mem:1024'",
       .options = where,
       .show = AddReservation,
       .acts = true},
      {.noun = "reservation",
       .verb = "remove",
       .arguments = "RESOURCES",
       .least = 1,
       .most = 1,
       .summary = "Takes a dynamic reservation back",
       .options = {where[0], where[1]},
       .show = RemoveReservation,
       .acts = true},
  };
}

std::vector<Command> VolumeCommands() {
  const Option agent = {"agent", '\0', "AGENT", "On this agent"};
  return {
      {.noun = "volume",
       .verb = "list",
       .summary = "Lists persistent volumes",
       .show = ListVolumes},
      {.noun = "volume",
       .verb = "create",
       .arguments = "ID SIZE",
       .least = 2,
       .most = 2,
       .summary = "Makes a persistent volume on disk that is reserved for a role",
       .options = {agent,
                   {"role", '\0', "ROLE", "Of this role"},
                   {"path", '\0', "PATH", "Where containers see it; else its id"},
                   {"principal", '\0', "NAME", "In whose name it is made"},
                   {"shared", '\0', "", "Several tasks may have it at a time"}},
       .show = CreateVolume,
       .acts = true},
      {.noun = "volume",
       .verb = "destroy",
       .arguments = "ID",
       .least = 1,
       .most = 1,
       .summary = "Destroys a persistent volume and its data",
       .options = {agent},
       .show = DestroyVolume,
       .acts = true},
  };
}

}  // namespace mesos::cli
