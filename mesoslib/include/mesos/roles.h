// Roles: the names under which frameworks share a cluster. A role is a path of components separated
// by '/', such as "eng/web"; "*" is the default role, alone and without children. What is reserved
// to a role may be used by the roles below it too.
//
//   if (mesos::ValidateRole("eng/web").ok() && mesos::IsStrictSubroleOf("eng/web", "eng")) {
//     std::puts(std::string(mesos::RoleBasename("eng/web")).c_str());  // web
//   }
//
// Threads: functions without state; any thread.
// Ownership: the views they return point into the role they were given.
// Errors: InvalidArgument, from ValidateRole, shows the role and what is wrong with it. The others
// have none, and expect valid roles.
#ifndef MESOS_ROLES_H_
#define MESOS_ROLES_H_

#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "mesos/export.h"

namespace mesos {

inline constexpr char kDefaultRole[] = "*";

// Far beyond any organisation's chart, and small enough that a walk over a peer's role path is
// cheap however often it is repeated.
inline constexpr size_t kMaxRoleBytes = 4096;
inline constexpr size_t kMaxRoleDepth = 64;

// "*", or components that are not empty, ".", "..", or "*", do not begin with '-', and hold neither
// whitespace, backslashes nor control characters.
MESOS_EXPORT absl::Status ValidateRole(absl::string_view role);

// True for ("eng/web", "eng"); a role is not below itself, and nothing is below "*".
MESOS_EXPORT bool IsStrictSubroleOf(absl::string_view role, absl::string_view ancestor);

// Below, or the same.
MESOS_EXPORT bool IsSubroleOf(absl::string_view role, absl::string_view ancestor);

// From the top down, without the role itself: "a/b/c" has {"a", "a/b"}. The views point into
// `role`.
MESOS_EXPORT std::vector<absl::string_view> AncestorsOf(absl::string_view role);

// "a/b" of "a/b/c"; empty for a top-level role.
MESOS_EXPORT absl::string_view ParentRole(absl::string_view role);

// "a" of "a/b/c".
MESOS_EXPORT absl::string_view TopLevelRole(absl::string_view role);

// "c" of "a/b/c".
MESOS_EXPORT absl::string_view RoleBasename(absl::string_view role);

}  // namespace mesos

#endif  // MESOS_ROLES_H_
