#include "daemons/module_manifest.h"

#include <initializer_list>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace mesos {
namespace {

using Json = nlohmann::json;

absl::Status Bad(absl::string_view field, absl::string_view is, absl::string_view expected) {
  return absl::InvalidArgumentError(
      absl::StrCat("--modules: ", field, " is ", is, ", expected ", expected));
}

// As it was written, for people; whatever it is.
std::string Text(const Json& value) {
  return Quoted(value.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace));
}

// An object with no other fields than these.
absl::Status CheckObject(const Json& value, const std::string& field,
                         std::initializer_list<absl::string_view> known) {
  const std::string expected = absl::StrCat("an object of ", absl::StrJoin(known, ", "));
  if (!value.is_object()) return Bad(field, Text(value), expected);
  for (const auto& [name, unused] : value.items()) {
    bool found = false;
    for (absl::string_view one : known) found = found || one == name;
    if (!found) return Bad(field, absl::StrCat("one with ", Quoted(name)), expected);
  }
  return absl::OkStatus();
}

// The list called `name`; an empty one where there is none.
absl::StatusOr<Json> ListOf(const Json& object, const std::string& field, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return Json::array();
  if (!found->is_array()) return Bad(absl::StrCat(field, name), Text(*found), "a list");
  return *found;
}

absl::StatusOr<std::string> StringOf(const Json& object, const std::string& field,
                                     const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return Bad(absl::StrCat(field, ".", name), "missing", "text");
  if (!found->is_string()) return Bad(absl::StrCat(field, ".", name), Text(*found), "text");
  return found->get<std::string>();
}

absl::Status ReadParameters(const Json& module, ModuleDescription* description) {
  ASSIGN_OR_RETURN(const Json list, ListOf(module, description->field + ".", "parameters"));
  for (size_t i = 0; i < list.size(); ++i) {
    ModuleParameter parameter;
    parameter.field = absl::StrCat(description->field, ".parameters[", i, "]");
    RETURN_IF_ERROR(CheckObject(list[i], parameter.field, {"key", "value"}));
    ASSIGN_OR_RETURN(std::string key, StringOf(list[i], parameter.field, "key"));
    ASSIGN_OR_RETURN(parameter.value, StringOf(list[i], parameter.field, "value"));
    const std::string field = parameter.field;
    if (!description->parameters.emplace(key, std::move(parameter)).second) {
      return Bad(field + ".key", Quoted(key), "each parameter once");
    }
  }
  return absl::OkStatus();
}

absl::Status ReadLibrary(const Json& library, const std::string& field, ModuleManifest* manifest) {
  RETURN_IF_ERROR(CheckObject(library, field, {"file", "name", "modules"}));
  ASSIGN_OR_RETURN(const Json list, ListOf(library, field + ".", "modules"));
  for (size_t i = 0; i < list.size(); ++i) {
    ModuleDescription module;
    module.field = absl::StrCat(field, ".modules[", i, "]");
    RETURN_IF_ERROR(CheckObject(list[i], module.field, {"name", "parameters"}));
    ASSIGN_OR_RETURN(std::string name, StringOf(list[i], module.field, "name"));
    RETURN_IF_ERROR(ReadParameters(list[i], &module));
    const std::string where = module.field;
    if (!manifest->emplace(name, std::move(module)).second) {
      return Bad(where + ".name", Quoted(name), "each module once");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ModuleManifest> ParseModuleManifest(const std::string& text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return Bad("it", Quoted(text), "JSON");
  RETURN_IF_ERROR(CheckObject(json, "it", {"libraries"}));
  ASSIGN_OR_RETURN(const Json libraries, ListOf(json, "", "libraries"));
  ModuleManifest manifest;
  for (size_t i = 0; i < libraries.size(); ++i) {
    RETURN_IF_ERROR(ReadLibrary(libraries[i], absl::StrCat("libraries[", i, "]"), &manifest));
  }
  return manifest;
}

}  // namespace mesos
