// What a framework asks for with REQUEST, as the allocator is told.
#ifndef MESOSLIB_MASTER_RESOURCE_REQUESTS_H_
#define MESOSLIB_MASTER_RESOURCE_REQUESTS_H_

#include <map>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "mesos/resource_quantities.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::master {

// How much it wants in each of its `roles`, besides what it holds; empty quantities: as much as
// there is, which is what a call without requests says of all roles. Roles that are not named want
// what they wanted before.
//
// A resource counts in the role that it is allocated or, failing that, reserved to, if that is one
// of `roles`; otherwise in all of them, each the whole amount. What is no scalar does not count,
// and neither does the agent that a request names. InvalidArgument: a resource makes no sense, or
// there are more than 1000.
absl::StatusOr<std::map<std::string, ResourceQuantities>> WantedByRole(
    const v1::scheduler::Call::Request& request, const std::set<std::string>& roles);

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_RESOURCE_REQUESTS_H_
