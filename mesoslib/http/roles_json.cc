#include "mesoslib/http/roles_json.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mesos/resources.h"
#include "mesoslib/http/model_json.h"
#include "mesoslib/http/piece_writer.h"

namespace mesos::http {
namespace {

using Agent = MasterState::Agent;
using Framework = MasterState::Framework;

}  // namespace

TextPieces RolesJson(const MasterState& state) {
  struct Role {
    std::set<std::string> frameworks;
    Resources allocated;
    Resources offered;
    Resources reserved;
  };
  std::map<std::string, Role> roles;
  for (const Framework& framework : state.frameworks) {
    for (const std::string& role : framework.roles) {
      roles[role].frameworks.insert(framework.id.value());
    }
  }
  for (const auto& [role, quota] : state.quotas) roles[role];
  for (const auto& [role, weight] : state.weights) roles[role];
  for (const auto& page : state.agents) {
    for (const Agent& agent : page->items) {
      for (const auto& [role, resources] : agent.used.Allocations()) {
        roles[role].allocated += resources;
      }
      for (const auto& [role, resources] : agent.offered.Allocations()) {
        roles[role].offered += resources;
      }
      for (const auto& [role, resources] : agent.total.Reservations()) {
        roles[role].reserved += resources;
      }
    }
  }
  // Of it and of those below it; what is reserved to them and lies idle counts, too.
  const auto consumed = [&](const std::string& name) {
    Resources sum;
    for (const auto& [other, role] : roles) {
      if (other != name && !absl::StartsWith(other, absl::StrCat(name, "/"))) continue;
      Resources used = role.allocated;
      used.Unallocate();
      sum += used + (role.reserved - used);
    }
    return sum;
  };
  PieceWriter writer;
  JsonWriter* json = writer.json();
  const auto write_limits = [json](const std::map<std::string, int64_t>& millis) {
    json->StartObject();
    for (const auto& [name, value] : millis) {
      json->Text(name);
      json->Number(MillisToDouble(value));
    }
    json->EndObject();
  };
  json->StartObject();
  json->Name("roles");
  json->StartArray();
  for (const auto& [name, role] : roles) {
    json->StartObject();
    json->Name("name");
    json->Text(name);
    json->Name("weight");
    const auto weight = state.weights.find(name);
    json->Number(weight == state.weights.end() ? 1 : weight->second);
    if (const auto quota = state.quotas.find(name); quota != state.quotas.end()) {
      json->Name("quota");
      json->StartObject();
      json->Name("role");
      json->Text(name);
      json->Name("consumed");
      WriteResources(consumed(name), json);
      json->Name("guarantee");
      json->StartObject();
      for (const auto& quantity : quota->second.guarantees) {
        json->Text(quantity.name.view());
        json->Number(MillisToDouble(quantity.millis));
      }
      json->EndObject();
      json->Name("limit");
      write_limits(quota->second.limits);
      json->EndObject();
    }
    json->Name("resources");
    WriteResources(role.allocated + role.offered, json);
    json->Name("allocated");
    WriteResources(role.allocated, json);
    json->Name("offered");
    WriteResources(role.offered, json);
    json->Name("reserved");
    WriteResources(role.reserved, json);
    json->Name("frameworks");
    json->StartArray();
    for (const std::string& id : role.frameworks) json->Text(id);
    json->EndArray();
    json->EndObject();
  }
  json->EndArray();
  json->EndObject();
  return writer.Take();
}

}  // namespace mesos::http
