#include "mesoslib/agent/reconfiguration.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "mesos/attributes.h"
#include "mesos/resources.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"

namespace mesos::agent {
namespace {

using google::protobuf::util::MessageDifferencer;

absl::Status Changed(absl::string_view field, absl::string_view before, absl::string_view after,
                     absl::string_view rule) {
  return absl::FailedPreconditionError(
      absl::StrCat(field, " was ", Quoted(before), " and is now ", Quoted(after), "; ", rule));
}

constexpr char kMustStay[] = "it must stay the same";

std::string ToString(const v1::DomainInfo& domain) {
  const auto& fault = domain.fault_domain();
  return absl::StrCat(fault.region().name(), "/", fault.zone().name());
}

// Everything but resources and attributes.
absl::Status CheckIdentity(ReconfigurationPolicy policy, const v1::AgentInfo& before,
                           const v1::AgentInfo& after) {
  if (before.hostname() != after.hostname()) {
    return Changed("hostname", before.hostname(), after.hostname(), kMustStay);
  }
  if (before.port() != after.port()) {
    return Changed("port", absl::StrCat(before.port()), absl::StrCat(after.port()), kMustStay);
  }
  const bool first_domain =
      policy == ReconfigurationPolicy::kAdditive && !before.has_domain() && after.has_domain();
  if (first_domain) return absl::OkStatus();
  if (before.has_domain() != after.has_domain() ||
      !MessageDifferencer::Equals(before.domain(), after.domain())) {
    return Changed("domain", before.has_domain() ? ToString(before.domain()) : "",
                   after.has_domain() ? ToString(after.domain()) : "", kMustStay);
  }
  return absl::OkStatus();
}

bool Covers(const Attribute& after, const Attribute& before) {
  const Ranges* narrow = std::get_if<Ranges>(&before.value);
  const Ranges* wide = std::get_if<Ranges>(&after.value);
  if (narrow != nullptr && wide != nullptr) return wide->Contains(*narrow);
  return before == after;
}

absl::Status CheckAttributes(const Attributes& before, const Attributes& after) {
  for (const Attribute& attribute : before) {
    bool covered = false;
    for (const Attribute& candidate : after) {
      covered = covered || (candidate.name == attribute.name && Covers(candidate, attribute));
    }
    if (!covered) {
      return Changed("attributes", before.ToString(), after.ToString(),
                     absl::StrCat(Quoted(attribute.ToString()), " must stay"));
    }
  }
  return absl::OkStatus();
}

absl::Status Check(ReconfigurationPolicy policy, const v1::AgentInfo& before,
                   const v1::AgentInfo& after) {
  RETURN_IF_ERROR(CheckIdentity(policy, before, after));
  ASSIGN_OR_RETURN(const Resources had, Resources::FromProto(before.resources()));
  ASSIGN_OR_RETURN(const Resources has, Resources::FromProto(after.resources()));
  ASSIGN_OR_RETURN(const Attributes was, Attributes::FromProto(before.attributes()));
  ASSIGN_OR_RETURN(const Attributes is, Attributes::FromProto(after.attributes()));
  if (policy == ReconfigurationPolicy::kAdditive) {
    if (!has.Contains(had)) {
      return Changed("resources", had.ToString(), has.ToString(), "nothing may be taken away");
    }
    return CheckAttributes(was, is);
  }
  if (had != has) return Changed("resources", had.ToString(), has.ToString(), kMustStay);
  if (!(was == is)) return Changed("attributes", was.ToString(), is.ToString(), kMustStay);
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckReconfiguration(ReconfigurationPolicy policy, const v1::AgentInfo& before,
                                  const v1::AgentInfo& after) {
  const absl::Status status = Check(policy, before, after);
  if (status.ok()) return status;
  const bool additive_helps = policy == ReconfigurationPolicy::kEqual &&
                              Check(ReconfigurationPolicy::kAdditive, before, after).ok();
  return absl::FailedPreconditionError(absl::StrCat(
      status.message(), ", as --reconfiguration_policy=",
      policy == ReconfigurationPolicy::kEqual ? "equal" : "additive",
      " has it. Put it back as it was",
      additive_helps ? ", or allow this change with --reconfiguration_policy=additive" : "",
      ", or end all that runs here with --recover=cleanup and start once more, as a new agent"));
}

}  // namespace mesos::agent
