#include "mesoslib/master/framework_metrics.h"

#include <array>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "mesos/task_states.h"

namespace mesos::master {
namespace {

// Names may be as long as a message; each metric repeats them.
constexpr size_t kMaxNameBytes = 128;

std::string EncodeName(absl::string_view name) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : name) {
    if (encoded.size() >= kMaxNameBytes) break;
    if (absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.' || c == '~') {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded.append({'%', kHex[byte >> 4], kHex[byte & 15]});
    }
  }
  return encoded;
}

struct Suffix {
  int kind;
  std::string text;
};

// Of all kinds that an enum has, but for the one that means none of them.
template <typename IsValid, typename NameOf>
std::vector<Suffix> SuffixesOf(absl::string_view before, int kinds, IsValid is_valid,
                               NameOf name_of) {
  std::vector<Suffix> suffixes;
  for (int kind = 0; kind < kinds; ++kind) {
    if (!is_valid(kind) || name_of(kind) == "UNKNOWN") continue;
    suffixes.push_back({kind, absl::StrCat(before, absl::AsciiStrToLower(name_of(kind)))});
  }
  return suffixes;
}

// Made once; thousands of frameworks have the same.
struct Suffixes {
  using Call = v1::scheduler::Call;
  using Event = v1::scheduler::Event;
  using Operation = v1::Offer::Operation;

  static bool IsActive(int state) {
    return v1::TaskState_IsValid(state) && state != v1::TASK_UNKNOWN &&
           !IsTerminal(static_cast<v1::TaskState>(state));
  }
  static bool IsFinal(int state) {
    return v1::TaskState_IsValid(state) && state != v1::TASK_UNKNOWN && !IsActive(state);
  }
  static std::string StateName(int state) {
    return v1::TaskState_Name(static_cast<v1::TaskState>(state));
  }

  const std::vector<Suffix> calls =
      SuffixesOf("calls/", Call::Type_ARRAYSIZE, Call::Type_IsValid,
                 [](int kind) { return Call::Type_Name(static_cast<Call::Type>(kind)); });
  const std::vector<Suffix> events =
      SuffixesOf("events/", Event::Type_ARRAYSIZE, Event::Type_IsValid,
                 [](int kind) { return Event::Type_Name(static_cast<Event::Type>(kind)); });
  const std::vector<Suffix> active =
      SuffixesOf("tasks/active/", v1::TaskState_ARRAYSIZE, IsActive, StateName);
  const std::vector<Suffix> ended =
      SuffixesOf("tasks/terminal/", v1::TaskState_ARRAYSIZE, IsFinal, StateName);
  const std::vector<Suffix> operations =
      SuffixesOf("operations/", Operation::Type_ARRAYSIZE, Operation::Type_IsValid,
                 [](int kind) { return Operation::Type_Name(static_cast<Operation::Type>(kind)); });
};

const Suffixes& AllSuffixes() {
  static const auto* const suffixes = new Suffixes;
  return *suffixes;
}

}  // namespace

void AddFrameworkMetrics(const Framework& framework, const TaskCounts& active,
                         MetricList* metrics) {
  const std::string prefix = absl::StrCat("master/frameworks/", EncodeName(framework.info.name()),
                                          "/", framework.id.value(), "/");
  auto add = [&](absl::string_view name, uint64_t value) {
    AddMetric(absl::StrCat(prefix, name), static_cast<double>(value), metrics);
  };
  auto add_each = [&](const std::vector<Suffix>& suffixes, const auto& counts) {
    for (const Suffix& suffix : suffixes) add(suffix.text, counts[suffix.kind]);
  };
  auto sum = [](const auto& counts) {
    uint64_t all = 0;
    for (const uint64_t count : counts) all += count;
    return all;
  };
  const Suffixes& suffixes = AllSuffixes();
  const FrameworkCounts& counts = *framework.counts;
  add("subscribed", framework.connected());
  add("calls", sum(counts.calls));
  add_each(suffixes.calls, counts.calls);
  add("events", sum(counts.events));
  add_each(suffixes.events, counts.events);
  add("offers/sent", counts.offers_sent);
  add("offers/accepted", counts.offers_accepted);
  add("offers/declined", counts.offers_declined);
  add("offers/rescinded", counts.offers_rescinded);
  add_each(suffixes.active, active);
  add_each(suffixes.ended, counts.ended);
  add("operations", sum(counts.operations));
  add_each(suffixes.operations, counts.operations);
  for (const std::string& role : framework.roles) {
    add(absl::StrCat("roles/", role, "/suppressed"), framework.suppressed_roles.contains(role));
  }
}

}  // namespace mesos::master
