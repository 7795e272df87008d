#include "mesoslib/http/metric_names.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace mesos::http {
namespace {

std::string FamilyOf(absl::string_view name) {
  std::string family(name);
  for (char& c : family) {
    if (!absl::ascii_isalnum(c)) c = '_';
  }
  const bool begins_well = !family.empty() && !absl::ascii_isdigit(family[0]);
  return begins_well ? family : absl::StrCat("_", family);
}

// Names that begin like this have labels next, and then what they are a metric of.
struct Labelled {
  absl::string_view prefix;
  absl::string_view labels[2];
};
constexpr Labelled kLabelled[] = {
    {"master/frameworks/", {"name", "id"}},
    {"master/messages/", {"from", "kind"}},
    {"slave/messages/", {"from", "kind"}},
};

constexpr absl::string_view kCounters[] = {
    "allocator/mesos/allocation_runs", "containerizer/mesos/container_destroy_errors",
    "master/dropped_messages",         "master/recovery_slave_removals",
    "master/slave_registrations",      "master/slave_removals",
    "master/slave_reregistrations",    "slave/container_launch_errors",
    "slave/executors_preempted",       "slave/executors_terminated",
    "slave/recovery_errors",
};

// All names that begin like this.
constexpr absl::string_view kCounterPrefixes[] = {
    "master/invalid_",
    "master/messages_",
    "master/slave_removals/",
    "master/slave_shutdowns_",
    "master/slave_unreachable_",
    "master/task_",
    "master/valid_",
    "slave/invalid_",
    "slave/valid_",
};

constexpr absl::string_view kFinalStates[] = {
    "dropped", "error", "failed", "finished", "gone", "gone_by_operator", "killed", "lost"};

bool IsFinalState(absl::string_view state) {
  return std::find(std::begin(kFinalStates), std::end(kFinalStates), state) !=
         std::end(kFinalStates);
}

// Below master/frameworks/NAME/ID/.
bool IsFrameworkCounter(absl::string_view name) {
  for (absl::string_view kind : {"calls", "events", "operations"}) {
    if (name == kind || absl::StartsWith(name, absl::StrCat(kind, "/"))) return true;
  }
  return absl::StartsWith(name, "offers/") || absl::StartsWith(name, "tasks/terminal/");
}

// What is after the labels; empty where the name has none.
absl::string_view TakeLabels(absl::string_view name, const Labelled** labelled,
                             absl::string_view values[2]) {
  for (const Labelled& candidate : kLabelled) {
    absl::string_view rest = name;
    if (!absl::ConsumePrefix(&rest, candidate.prefix)) continue;
    for (int i = 0; i < 2; ++i) {
      const size_t slash = rest.find('/');
      if (slash == rest.npos) return {};
      values[i] = rest.substr(0, slash);
      rest.remove_prefix(slash + 1);
    }
    *labelled = &candidate;
    return rest;
  }
  return {};
}

}  // namespace

PrometheusName NameForPrometheus(absl::string_view name) {
  const Labelled* labelled = nullptr;
  absl::string_view values[2];
  const absl::string_view rest = TakeLabels(name, &labelled, values);
  if (rest.empty()) return {FamilyOf(name), {}, std::string(name)};
  PrometheusName result;
  result.family = FamilyOf(absl::StrCat(labelled->prefix, rest));
  result.help = std::string(labelled->prefix);
  for (int i = 0; i < 2; ++i) {
    result.labels.emplace_back(labelled->labels[i], values[i]);
    absl::StrAppend(&result.help, "<", labelled->labels[i], ">/");
  }
  absl::StrAppend(&result.help, rest);
  return result;
}

bool IsCounter(absl::string_view name) {
  if (std::find(std::begin(kCounters), std::end(kCounters), name) != std::end(kCounters)) {
    return true;
  }
  for (absl::string_view prefix : kCounterPrefixes) {
    if (absl::StartsWith(name, prefix)) return true;
  }
  const Labelled* labelled = nullptr;
  absl::string_view values[2];
  const absl::string_view rest = TakeLabels(name, &labelled, values);
  if (!rest.empty()) return labelled->prefix == kLabelled[0].prefix && IsFrameworkCounter(rest);
  for (absl::string_view prefix : {"master/tasks_", "slave/tasks_"}) {
    if (absl::string_view state = name; absl::ConsumePrefix(&state, prefix)) {
      return IsFinalState(state);
    }
  }
  if (absl::StartsWith(name, "master/operations/")) {
    return IsFinalState(name.substr(name.rfind('/') + 1));
  }
  return absl::StartsWith(name, "frameworks/") && (absl::EndsWith(name, "/messages_received") ||
                                                   absl::EndsWith(name, "/messages_processed"));
}

}  // namespace mesos::http
