// Whether a scheduler's call and a framework's description are well formed, before anything
// changes. Errors are InvalidArgument and name the field, its value and what would be right.
// Follows parts B4 and B10 of Mesos's v1 API.
#ifndef MESOSLIB_MASTER_CALL_VALIDATION_H_
#define MESOSLIB_MASTER_CALL_VALIDATION_H_

#include <cstddef>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesos/v1/mesos.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::master {

// Of one framework: each role is a leaf of the allocator's, and has metrics where it has filters.
inline constexpr size_t kMaxRolesOfFramework = 1000;

// The type is known (Unimplemented otherwise) and what it must carry is there.
absl::Status ValidateCall(const v1::scheduler::Call& call);

// The roles the framework subscribes to: `roles` with MULTI_ROLE, else `role`. `allowed` empty:
// every role is.
absl::StatusOr<std::set<std::string>> ValidateFrameworkInfo(const v1::FrameworkInfo& info,
                                                            const std::set<std::string>& allowed);

// `suppressed` is part of `roles`.
absl::StatusOr<std::set<std::string>> ValidateSuppressedRoles(
    const google::protobuf::RepeatedPtrField<std::string>& suppressed,
    const std::set<std::string>& roles);

// How long to refuse for: 5 s where nothing is said or the value is negative or no number; at most
// 365 days.
absl::Duration RefuseDuration(const v1::Filters& filters);

// The framework's failover timeout.
absl::Duration FailoverTimeout(const v1::FrameworkInfo& info);

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_CALL_VALIDATION_H_
