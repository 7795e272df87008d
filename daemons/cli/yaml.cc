// YAML out of JSON: what JSON can say, in YAML's own notation.
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "daemons/cli/view.h"
#include "nlohmann/json.hpp"

namespace mesos::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string Quoted(const std::string& text) {
  return Json(text).dump(-1, ' ', true, Json::error_handler_t::replace);
}

// Whether a reader could take it for nothing but this text when it stands there without quotes:
// letters, and in the middle some other characters, but no word that means something else.
bool IsPlain(const std::string& text) {
  if (text.empty() || !absl::ascii_isalpha(text[0])) return false;
  for (const char c : text) {
    if (!absl::ascii_isalnum(c) && c != '_' && c != '-' && c != '.' && c != '/') return false;
  }
  const std::string lower = absl::AsciiStrToLower(text);
  for (const char* word : {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}) {
    if (lower == word) return false;
  }
  return true;
}

std::string Text(const std::string& text) { return IsPlain(text) ? text : Quoted(text); }

void Append(const Json& json, size_t indent, std::string* yaml);

// What stands after "name:" or "-".
void AppendItem(const Json& json, size_t indent, bool in_list, std::string* yaml) {
  const bool nested = json.is_structured() && !json.empty();
  if (!nested) {
    absl::StrAppend(yaml, " ");
    return Append(json, 0, yaml);
  }
  if (in_list) {
    // "- name: value": the first line of what is nested stands beside the dash.
    std::string inner;
    Append(json, indent + 2, &inner);
    absl::StrAppend(yaml, " ", inner.substr(indent + 2));
    return;
  }
  *yaml += '\n';
  Append(json, indent + 2, yaml);
}

void Append(const Json& json, size_t indent, std::string* yaml) {
  const std::string margin(indent, ' ');
  if (json.is_object() && !json.empty()) {
    for (const auto& [name, value] : json.items()) {
      absl::StrAppend(yaml, margin, Text(name), ":");
      AppendItem(value, indent, false, yaml);
    }
  } else if (json.is_array() && !json.empty()) {
    for (const Json& value : json) {
      absl::StrAppend(yaml, margin, "-");
      AppendItem(value, indent, true, yaml);
    }
  } else if (json.is_string()) {
    absl::StrAppend(yaml, Text(json.get_ref<const std::string&>()), "\n");
  } else {
    absl::StrAppend(yaml, json.dump(-1, ' ', true, Json::error_handler_t::replace), "\n");
  }
}

}  // namespace

std::string JsonString(absl::string_view text) {
  return Quoted(std::string(text.data(), text.size()));
}

std::string JsonToYaml(absl::string_view text) {
  const Json json = Json::parse(text.data(), text.data() + text.size(), nullptr, false);
  // What we wrote ourselves; were it none, the bytes are better than nothing.
  if (json.is_discarded()) return absl::StrCat(text, "\n");
  std::string yaml;
  Append(json, 0, &yaml);
  return yaml;
}

}  // namespace mesos::cli
