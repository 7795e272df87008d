#include "daemons/flag_values.h"

#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "google/protobuf/util/json_util.h"
#include "mesoslib/base/flags.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace mesos {
namespace {

using Json = nlohmann::json;

constexpr int64_t kMegabyte = 1 << 20;
constexpr int64_t kGigabyte = 1 << 30;

absl::Status Bad(absl::string_view flag, absl::string_view text, absl::string_view expected) {
  return absl::InvalidArgumentError(
      absl::StrCat("--", flag, " is ", Quoted(text), ", expected ", expected));
}

// What `text`, which Resources::Parse has accepted, names.
std::set<std::string> NamedKinds(const std::string& text) {
  std::set<std::string> names;
  if (absl::StartsWith(absl::StripAsciiWhitespace(text), "[")) {
    const Json list = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    for (const Json& item : list) {
      auto name = item.is_object() ? item.find("name") : item.end();
      if (item.is_object() && name != item.end() && name->is_string()) names.insert(*name);
    }
    return names;
  }
  for (absl::string_view item : absl::StrSplit(text, ';')) {
    const absl::string_view name = item.substr(0, item.find_first_of("(:"));
    names.emplace(absl::StripAsciiWhitespace(name));
  }
  return names;
}

// In MB, with room left for others.
int64_t ForTasks(int64_t bytes, int64_t room) {
  return (bytes >= 2 * room ? bytes - room : bytes / 2) / kMegabyte;
}

}  // namespace

absl::Status ParseJsonFlag(absl::string_view flag, const std::string& text,
                           google::protobuf::Message* message) {
  const auto status = google::protobuf::util::JsonStringToMessage(text, message);
  if (status.ok()) return absl::OkStatus();
  const std::string why(status.message().data(), status.message().size());
  return absl::InvalidArgumentError(absl::StrCat("--", flag, " is no JSON of a ",
                                                 message->GetTypeName(), ": ",
                                                 absl::CHexEscape(why.substr(0, why.find('\n')))));
}

absl::StatusOr<std::map<std::string, std::string>> ParseVariablesFlag(absl::string_view flag,
                                                                      const std::string& text) {
  std::map<std::string, std::string> variables;
  if (text.empty()) return variables;
  constexpr absl::string_view kExpected = R"(JSON of the form {"NAME":"value"})";
  const Json object = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return Bad(flag, text, kExpected);
  for (const auto& [name, value] : object.items()) {
    if (name.empty() || !value.is_string()) return Bad(flag, text, kExpected);
    variables[name] = value.get<std::string>();
  }
  return variables;
}

absl::StatusOr<double> ParsePercentage(absl::string_view flag, const std::string& text) {
  absl::string_view number = text;
  double percent = 0;
  const bool valid = absl::ConsumeSuffix(&number, "%") && absl::SimpleAtod(number, &percent) &&
                     percent >= 0 && percent <= 100;
  if (!valid) return Bad(flag, text, "a percentage from 0% to 100%, as 55%");
  return percent / 100;
}

absl::StatusOr<AgentRemovalRate> ParseRate(absl::string_view flag, const std::string& text) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('/', 1));
  AgentRemovalRate rate;
  const bool counted = absl::SimpleAtoi(parts.first, &rate.agents) && rate.agents > 0;
  if (!counted || !ParseFlag(parts.second, &rate.interval).ok() ||
      rate.interval <= absl::ZeroDuration() || rate.interval == absl::InfiniteDuration()) {
    return Bad(flag, text, "a number and a time above zero, as 1/10mins");
  }
  return rate;
}

absl::StatusOr<Sorter> ParseSorter(absl::string_view flag, const std::string& text) {
  if (text == "drf") return Sorter::kFairShare;
  if (text == "random") return Sorter::kRandom;
  return Bad(flag, text, "drf or random");
}

absl::StatusOr<std::map<std::string, double>> ParseWeights(const std::string& text) {
  std::map<std::string, double> weights;
  if (text.empty()) return weights;
  for (absl::string_view item : absl::StrSplit(text, ',')) {
    const std::vector<std::string> parts = absl::StrSplit(item, '=');
    double weight = 0;
    if (parts.size() != 2 || parts[0].empty() || !absl::SimpleAtod(parts[1], &weight) ||
        !std::isfinite(weight) || weight <= 0 || !weights.emplace(parts[0], weight).second) {
      return Bad("weights", text, "role=weight,role=weight with weights above 0, each role once");
    }
  }
  return weights;
}

MachineCapacity MeasureMachine(const std::string& work_dir) {
  MachineCapacity machine;
  machine.cpus = static_cast<int>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
  const int64_t pages = sysconf(_SC_PHYS_PAGES);
  const int64_t page = sysconf(_SC_PAGESIZE);
  if (pages > 0 && page > 0) machine.memory_bytes = pages * page;
  struct statvfs disk;
  if (statvfs(work_dir.c_str(), &disk) == 0) {
    machine.disk_bytes = static_cast<int64_t>(disk.f_blocks * disk.f_frsize);
  }
  return machine;
}

absl::StatusOr<Resources> AgentResources(const std::string& text, const std::string& default_role,
                                         const MachineCapacity& machine) {
  absl::StatusOr<Resources> given = Resources::Parse(text, default_role);
  if (!given.ok()) return Annotate(given.status(), "--resources");
  const std::set<std::string> named = NamedKinds(text);
  const std::pair<std::string, std::string> detected[] = {
      {"cpus", absl::StrCat(machine.cpus)},
      {"mem", absl::StrCat(ForTasks(machine.memory_bytes, kGigabyte))},
      {"disk", absl::StrCat(ForTasks(machine.disk_bytes, 5 * kGigabyte))},
      {"ports", "[31000-32000]"},
  };
  for (const auto& [name, amount] : detected) {
    if (named.count(name) > 0) continue;
    absl::StatusOr<Resources> one = Resources::Parse(absl::StrCat(name, ":", amount), default_role);
    if (!one.ok()) return Annotate(one.status(), "--default_role");
    *given += *one;
  }
  return given;
}

}  // namespace mesos
