#include "mesos/roles.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace mesos {
namespace {

absl::Status InvalidRole(absl::string_view role, absl::string_view problem) {
  constexpr size_t kShown = 100;
  return absl::InvalidArgumentError(absl::StrCat("role '", absl::CEscape(role.substr(0, kShown)),
                                                 role.size() > kShown ? "..." : "", "' ", problem));
}

bool IsForbidden(unsigned char c) {
  return absl::ascii_isspace(c) || absl::ascii_iscntrl(c) || c == '\\';
}

}  // namespace

absl::Status ValidateRole(absl::string_view role) {
  if (role == kDefaultRole) return absl::OkStatus();
  if (role.empty()) return InvalidRole(role, "is empty: expected a name such as eng/web, or *");
  if (role.size() > kMaxRoleBytes) {
    return InvalidRole(role, absl::StrCat("has ", role.size(), " bytes: at most ", kMaxRoleBytes));
  }
  if (std::any_of(role.begin(), role.end(), IsForbidden)) {
    return InvalidRole(role, "holds whitespace, a backslash or a control character");
  }
  size_t depth = 0;
  for (absl::string_view component : absl::StrSplit(role, '/')) {
    if (component.empty()) {
      return InvalidRole(role, "has an empty component: no '/' at an end, and no two in a row");
    }
    if (component == "." || component == ".." || component == "*") {
      return InvalidRole(role, absl::StrCat("has the component '", component,
                                            "': components are names, not ., .. or *"));
    }
    if (component.front() == '-') return InvalidRole(role, "has a component that begins with '-'");
    ++depth;
  }
  if (depth > kMaxRoleDepth) {
    return InvalidRole(role, absl::StrCat("has ", depth, " components: at most ", kMaxRoleDepth));
  }
  return absl::OkStatus();
}

bool IsStrictSubroleOf(absl::string_view role, absl::string_view ancestor) {
  return role.size() > ancestor.size() && role[ancestor.size()] == '/' &&
         absl::StartsWith(role, ancestor);
}

bool IsSubroleOf(absl::string_view role, absl::string_view ancestor) {
  return role == ancestor || IsStrictSubroleOf(role, ancestor);
}

std::vector<absl::string_view> AncestorsOf(absl::string_view role) {
  std::vector<absl::string_view> ancestors;
  for (size_t slash = role.find('/'); slash != absl::string_view::npos;
       slash = role.find('/', slash + 1)) {
    ancestors.push_back(role.substr(0, slash));
  }
  return ancestors;
}

absl::string_view ParentRole(absl::string_view role) {
  const size_t slash = role.rfind('/');
  return slash == absl::string_view::npos ? absl::string_view() : role.substr(0, slash);
}

absl::string_view TopLevelRole(absl::string_view role) { return role.substr(0, role.find('/')); }

absl::string_view RoleBasename(absl::string_view role) {
  const size_t slash = role.rfind('/');
  return slash == absl::string_view::npos ? role : role.substr(slash + 1);
}

}  // namespace mesos
