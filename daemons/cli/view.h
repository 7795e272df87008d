// View: what a command has to show, for people (tables) and for programs (JSON, YAML).
#ifndef DAEMONS_CLI_VIEW_H_
#define DAEMONS_CLI_VIEW_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "daemons/cli/table.h"
#include "google/protobuf/message.h"

namespace mesos::cli {

enum class Format { kTable, kWide, kJson, kYaml };

// InvalidArgument: none of "table", "wide", "json", "yaml". Empty: a table.
absl::StatusOr<Format> ParseFormat(const std::string& text);

// A part of what people see: a table, or some fields, one a line.
struct Section {
  std::string title;
  Table table;
  std::vector<std::pair<std::string, Cell>> fields;
  std::string nothing;  // What a terminal is told where the table has no rows.
};

struct View {
  std::vector<Section> sections;
  std::string line;  // What has been done; for people.
  // Compact JSON in ASCII; called only where it is asked for.
  std::function<std::string()> json;
};

struct ViewStyle {
  Format format = Format::kTable;
  int width = 0;  // 0: no limit.
  bool colours = false;
  bool terminal = false;
};

std::string Render(const View& view, const ViewStyle& style);

// Another of a list that begins with '[' and has no end yet.
void AddToJsonList(const google::protobuf::Message& message, std::string* list);
// '[', the messages, ']'.
std::string JsonList(const std::vector<const google::protobuf::Message*>& messages);
// {"name": value, ...} of values that are JSON already.
std::string JsonObject(const std::vector<std::pair<std::string, std::string>>& members);
std::string JsonString(absl::string_view text);

// Compact JSON with a line for each value.
std::string IndentJson(absl::string_view json);
std::string JsonToYaml(absl::string_view json);

}  // namespace mesos::cli

#endif  // DAEMONS_CLI_VIEW_H_
