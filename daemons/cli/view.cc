#include "daemons/cli/view.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "daemons/cli/text.h"
#include "mesoslib/http/message_json.h"

namespace mesos::cli {
namespace {

constexpr int kGap = 2;

void AppendFields(const Section& section, const ViewStyle& style, std::string* text) {
  int width = 0;
  for (const auto& [name, value] : section.fields) {
    if (!value.text.empty()) width = std::max(width, Columns(name));
  }
  for (const auto& [name, value] : section.fields) {
    if (value.text.empty()) continue;
    absl::StrAppend(text, Coloured(name + ":", Colour::kBold, style.colours),
                    std::string(width - Columns(name) + kGap, ' '),
                    Coloured(value.text, value.colour, style.colours), "\n");
  }
}

void AppendTable(const Section& section, const ViewStyle& style, std::string* text) {
  if (section.table.rows.empty() && style.terminal && !section.nothing.empty()) {
    absl::StrAppend(text, section.nothing, "\n");
    return;
  }
  absl::StrAppend(text, section.table.Render({.width = style.width,
                                              .wide = style.format == Format::kWide,
                                              .colours = style.colours}));
}

}  // namespace

absl::StatusOr<Format> ParseFormat(const std::string& text) {
  if (text.empty() || text == "table") return Format::kTable;
  if (text == "wide") return Format::kWide;
  if (text == "json") return Format::kJson;
  if (text == "yaml") return Format::kYaml;
  return absl::InvalidArgumentError(
      absl::StrCat("--output is '", Printable(text), "'; expected table, wide, json or yaml"));
}

std::string Render(const View& view, const ViewStyle& style) {
  if (style.format == Format::kJson || style.format == Format::kYaml) {
    const std::string json = view.json != nullptr ? view.json() : "{}";
    return style.format == Format::kJson ? IndentJson(json) : JsonToYaml(json);
  }
  std::string text;
  for (const Section& section : view.sections) {
    if (!text.empty()) text += '\n';
    if (!section.title.empty()) {
      absl::StrAppend(&text, Coloured(section.title, Colour::kBold, style.colours), "\n");
    }
    if (!section.fields.empty()) AppendFields(section, style, &text);
    if (!section.table.columns.empty()) AppendTable(section, style, &text);
  }
  if (!view.line.empty()) absl::StrAppend(&text, Printable(view.line), "\n");
  return text;
}

void AddToJsonList(const google::protobuf::Message& message, std::string* list) {
  if (list->size() > 1) *list += ',';
  http::AppendJson(message, list);
}

std::string JsonList(const std::vector<const google::protobuf::Message*>& messages) {
  std::string json = "[";
  for (const google::protobuf::Message* message : messages) AddToJsonList(*message, &json);
  json += ']';
  return json;
}

std::string JsonObject(const std::vector<std::pair<std::string, std::string>>& members) {
  std::string json = "{";
  for (const auto& [name, value] : members) {
    if (json.size() > 1) json += ',';
    absl::StrAppend(&json, JsonString(name), ":", value);
  }
  json += '}';
  return json;
}

std::string IndentJson(absl::string_view json) {
  std::string text;
  text.reserve(json.size() * 2);
  size_t depth = 0;
  bool in_string = false;
  const auto line = [&] {
    text += '\n';
    text.append(depth * 2, ' ');
  };
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_string) {
      text += c;
      if (c == '\\' && i + 1 < json.size()) {
        text += json[++i];
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '{' || c == '[') {
      text += c;
      const bool empty = i + 1 < json.size() && (json[i + 1] == '}' || json[i + 1] == ']');
      if (empty) {
        text += json[++i];
      } else {
        ++depth;
        line();
      }
    } else if (c == '}' || c == ']') {
      if (depth > 0) --depth;
      line();
      text += c;
    } else if (c == ',') {
      text += c;
      line();
    } else if (c == ':') {
      text += ": ";
    } else if (c == '"') {
      in_string = true;
      text += c;
    } else {
      text += c;
    }
  }
  text += '\n';
  return text;
}

}  // namespace mesos::cli
