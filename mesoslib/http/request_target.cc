#include "mesoslib/http/request_target.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/http/query.h"

namespace mesos::http {
namespace {

// Removes "http://host"; what is left may be empty.
bool ConsumeSchemeAndHost(absl::string_view* target) {
  for (const absl::string_view scheme : {"http://", "https://"}) {
    if (!absl::StartsWithIgnoreCase(*target, scheme)) continue;
    const size_t end = std::min(target->find_first_of("/?", scheme.size()), target->size());
    if (end == scheme.size()) return false;
    target->remove_prefix(end);
    return true;
  }
  return false;
}

}  // namespace

absl::Status ParseTarget(absl::string_view target, Request* request) {
  absl::string_view rest = target;
  const bool absolute = ConsumeSchemeAndHost(&rest);
  const size_t mark = rest.find('?');
  absl::string_view path = rest.substr(0, mark);
  if ((absolute && path.empty()) || (target == "*" && request->method == "OPTIONS")) path = "/";
  if (!absl::StartsWith(path, "/")) {
    return absl::InvalidArgumentError(
        absl::StrCat("request target ", Quoted(target), " has no path: it begins with '/'"));
  }
  auto decoded = DecodePercent(path);
  RETURN_IF_ERROR(Annotate(decoded.status(), "path"));
  request->path = *std::move(decoded);
  if (mark == rest.npos) return absl::OkStatus();
  auto query = ParseQuery(rest.substr(mark + 1));
  RETURN_IF_ERROR(Annotate(query.status(), "query"));
  request->query = *std::move(query);
  request->query_text = std::string(rest.substr(mark + 1));
  return absl::OkStatus();
}

}  // namespace mesos::http
