#include "mesoslib/http/query.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"

namespace mesos::http {
namespace {

// The byte that "%XX" stands for.
absl::StatusOr<char> Unescape(absl::string_view escape) {
  if (escape.size() < 3 || !absl::ascii_isxdigit(escape[1]) || !absl::ascii_isxdigit(escape[2])) {
    return absl::InvalidArgumentError(absl::StrCat("malformed escape ", Quoted(escape),
                                                   ": '%' is followed by two hexadecimal digits"));
  }
  const char byte = absl::HexStringToBytes(escape.substr(1, 2))[0];
  if (byte == '\0') return absl::InvalidArgumentError("the escape '%00' is not allowed");
  return byte;
}

absl::StatusOr<std::string> Decode(absl::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      ASSIGN_OR_RETURN(const char byte, Unescape(text.substr(i, 3)));
      decoded += byte;
      i += 2;
    } else {
      decoded += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

}  // namespace

absl::StatusOr<std::string> DecodePercent(absl::string_view text) {
  return Decode(text, /*plus_is_space=*/false);
}

absl::StatusOr<Query> ParseQuery(absl::string_view text) {
  Query parameters;
  if (static_cast<size_t>(std::count(text.begin(), text.end(), '&')) >= kMaxParameters) {
    return absl::InvalidArgumentError(
        absl::StrCat("there are more than ", kMaxParameters, " parameters"));
  }
  for (const absl::string_view pair : absl::StrSplit(text, '&', absl::SkipEmpty())) {
    const size_t equals = pair.find('=');
    ASSIGN_OR_RETURN(std::string name, Decode(pair.substr(0, equals), /*plus_is_space=*/true));
    std::string value;
    if (equals != pair.npos) {
      ASSIGN_OR_RETURN(value, Decode(pair.substr(equals + 1), /*plus_is_space=*/true));
    }
    parameters[std::move(name)] = std::move(value);
  }
  return parameters;
}

std::optional<std::string> Parameter(const Query& query, const std::string& name) {
  const auto found = query.find(name);
  if (found == query.end()) return std::nullopt;
  return found->second;
}

}  // namespace mesos::http
