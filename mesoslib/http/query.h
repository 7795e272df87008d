// Percent-encoding, query strings and forms: "a=1&b=x%20y".
//
// Errors: InvalidArgument, with what is malformed and what would be right.
#ifndef MESOSLIB_HTTP_QUERY_H_
#define MESOSLIB_HTTP_QUERY_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mesos::http {

using Query = std::map<std::string, std::string>;

// More parameters than this are refused: no endpoint has nearly as many.
inline constexpr size_t kMaxParameters = 256;

// Each %XX becomes its byte; what would become NUL is refused.
absl::StatusOr<std::string> DecodePercent(absl::string_view text);

// Of a URL, after the '?', or the body of an application/x-www-form-urlencoded request. '+' is a
// space, a name without '=' has the value "", and the last of a name counts.
absl::StatusOr<Query> ParseQuery(absl::string_view text);

// Nothing: there is none of that name.
std::optional<std::string> Parameter(const Query& query, const std::string& name);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_QUERY_H_
