#include "mesoslib/http/metrics_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "mesoslib/http/json_writer.h"

namespace mesos::http {
namespace {

std::string FamilyOf(const std::string& name) {
  std::string family = name;
  for (char& c : family) {
    if (!absl::ascii_isalnum(c)) c = '_';
  }
  const bool begins_well = !family.empty() && !absl::ascii_isdigit(family[0]);
  return begins_well ? family : absl::StrCat("_", family);
}

// In HELP texts and in labels; quotes matter in labels only, and may be escaped in both.
std::string Escape(const std::string& text) {
  return absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\n", "\\n"}, {"\"", "\\\""}});
}

std::string Number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value);  // The shortest.
  return std::string(text.data(), end.ptr);
}

}  // namespace

std::string MetricsAsJson(const Metrics& metrics) {
  std::string json;
  JsonOutput output(&json);
  JsonWriter writer(&output);
  writer.StartObject();
  for (const auto& [name, value] : metrics) {
    writer.Text(name);
    writer.Number(value);
  }
  writer.EndObject();
  return json;
}

std::string MetricsForPrometheus(const Metrics& metrics) {
  std::map<std::string, std::vector<std::pair<std::string, double>>> families;
  for (const auto& [name, value] : metrics) families[FamilyOf(name)].emplace_back(name, value);
  std::string text;
  for (const auto& [family, samples] : families) {
    absl::StrAppend(&text, "# HELP ", family, " ", Escape(samples.front().first), "\n# TYPE ",
                    family, " gauge\n");
    for (const auto& [name, value] : samples) {
      absl::StrAppend(&text, family);
      if (samples.size() > 1) absl::StrAppend(&text, "{mesos_name=\"", Escape(name), "\"}");
      absl::StrAppend(&text, " ", Number(value), "\n");
    }
  }
  return text;
}

}  // namespace mesos::http
