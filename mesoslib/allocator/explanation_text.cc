// An explanation as a table for people.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "mesos/allocator.h"
#include "mesos/values.h"

namespace mesos {
namespace {

std::string Limits(const std::map<std::string, int64_t>& limits) {
  return absl::StrJoin(limits, "; ", [](std::string* out, const auto& limit) {
    absl::StrAppend(out, limit.first, ":", MillisToDouble(limit.second));
  });
}

std::string Why(const AllocationExplanation::Agents& agents) {
  std::string text(ToString(agents.reason));
  if (!agents.subject.empty()) absl::StrAppend(&text, ": ", agents.subject);
  if (agents.reason == NoOfferReason::kFiltered) {
    absl::StrAppend(&text, " until ", absl::FormatTime(absl::RFC3339_sec, agents.until,
                                                       absl::UTCTimeZone()));
  }
  return text;
}

std::string Examples(const AllocationExplanation::Agents& agents) {
  std::string text = absl::StrJoin(agents.examples, ", ", [](std::string* out, const AgentId& id) {
    absl::StrAppend(out, id.value());
  });
  if (agents.examples.size() < agents.count) absl::StrAppend(&text, ", ...");
  return text;
}

}  // namespace

absl::string_view ToString(NoOfferReason reason) {
  switch (reason) {
    case NoOfferReason::kOffered:
      return "held or on offer";
    case NoOfferReason::kInactive:
      return "agent is not active";
    case NoOfferReason::kNotWhitelisted:
      return "not on the whitelist";
    case NoOfferReason::kGpus:
      return "kept for frameworks with GPU_RESOURCES";
    case NoOfferReason::kRegion:
      return "remote region, for frameworks with REGION_AWARE";
    case NoOfferReason::kAgentCapability:
      return "agent lacks capability";
    case NoOfferReason::kConstraint:
      return "offer constraint not met";
    case NoOfferReason::kReserved:
      return "reserved for";
    case NoOfferReason::kCapability:
      return "framework lacks capability";
    case NoOfferReason::kQuotaLimit:
      return "quota limit of role";
    case NoOfferReason::kHeadroom:
      return "held back for the guarantee of";
    case NoOfferReason::kBelowMinimum:
      return "less than the smallest offer wanted";
    case NoOfferReason::kFiltered:
      return "refused before, filtered";
    case NoOfferReason::kNext:
      return "may be offered in the next round";
  }
  return "unknown";
}

std::string AllocationExplanation::ToString() const {
  std::string text = absl::StrCat("framework ", framework.value(), "\n");
  for (const Role& role : roles) {
    absl::StrAppend(&text, "role ", role.role, "\n");
    absl::StrAppendFormat(&text, "  share    %.4f%s, weight %g\n", role.share,
                          role.dominant_resource.empty() ? "" : " of " + role.dominant_resource,
                          role.weight);
    if (!role.quota.empty()) {
      absl::StrAppend(&text, "  quota    guarantees {", role.quota.guarantees.ToString(),
                      "}, limits {", Limits(role.quota.limits), "}, consumed {",
                      role.consumed.ToString(), "}\n");
    }
    if (!role.idle.empty()) {
      absl::StrAppend(&text, "  takes no part: ", role.idle, "\n");
      continue;
    }
    absl::StrAppend(&text, "  rank     ", role.rank + 1);
    if (!role.ahead.empty()) {
      absl::StrAppend(&text, ", after ", absl::StrJoin(role.ahead, ", "),
                      role.ahead.size() < role.rank ? ", ..." : "");
    }
    text += '\n';
    if (role.agents.empty()) continue;
    size_t width = 3;
    for (const Agents& agents : role.agents) width = std::max(width, Why(agents).size());
    absl::StrAppendFormat(&text, "  %7s  %-*s  %s\n", "agents", width, "why", "such as");
    for (const Agents& agents : role.agents) {
      absl::StrAppendFormat(&text, "  %7d  %-*s  %s\n", agents.count, width, Why(agents),
                            Examples(agents));
    }
  }
  return text;
}

}  // namespace mesos
