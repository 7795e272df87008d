#include "mesoslib/master/resource_requests.h"

#include "absl/strings/str_cat.h"
#include "mesos/resources.h"
#include "mesoslib/base/status_macros.h"

namespace mesos::master {
namespace {

using Wanted = std::map<std::string, ResourceQuantities>;

constexpr int kMaxResources = 1000;

std::set<std::string> RolesOf(const ResourceEntry& entry, const std::set<std::string>& roles) {
  const std::string allocated(entry.allocation_role());
  if (roles.contains(allocated)) return {allocated};
  const std::string reserved(entry.IsUnreserved() ? "" : entry.reservation_role());
  if (roles.contains(reserved)) return {reserved};
  return roles;
}

absl::Status AddResource(const v1::Resource& proto, const std::set<std::string>& roles,
                         Wanted* wanted) {
  ASSIGN_OR_RETURN(const Resources resources, Resources::FromProto(proto));
  for (const ResourceEntry& entry : resources) {
    if (entry.type() != ResourceEntry::Type::kScalar) continue;
    for (const std::string& role : RolesOf(entry, roles)) {
      (*wanted)[role].Add(entry.name(), entry.millis());
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Wanted> WantedByRole(const v1::scheduler::Call::Request& request,
                                    const std::set<std::string>& roles) {
  Wanted wanted;
  if (request.requests().empty()) {
    for (const std::string& role : roles) wanted[role];
    return wanted;
  }
  int count = 0;
  for (int i = 0; i < request.requests_size(); ++i) {
    const v1::Request& one = request.requests(i);
    count += one.resources_size();
    if (count > kMaxResources) {
      return absl::InvalidArgumentError(
          absl::StrCat("request.requests name more than ", kMaxResources,
                       " resources; expected sums rather than their parts"));
    }
    for (int j = 0; j < one.resources_size(); ++j) {
      RETURN_IF_ERROR(Annotate(AddResource(one.resources(j), roles, &wanted),
                               absl::StrCat("request.requests[", i, "].resources[", j, "]")));
    }
  }
  return wanted;
}

}  // namespace mesos::master
