#include "mesoslib/http/leading.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "mesoslib/http/replies.h"

namespace mesos::http {
namespace {

constexpr absl::string_view kInPath = "/-._~!$&'()*+,;=:@";
// Its escapes are there already.
constexpr absl::string_view kInQuery = "%?/-._~!$&'()*+,;=:@";

// As it stands in a URL again. Nothing that could end a header is left.
std::string Encode(absl::string_view text, absl::string_view allowed) {
  std::string encoded;
  for (char c : text) {
    if (absl::ascii_isalnum(c) || absl::StrContains(allowed, c)) {
      encoded += c;
    } else {
      absl::StrAppendFormat(&encoded, "%%%02X", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

}  // namespace

Response RedirectReply(const Leading& leading, absl::string_view path, absl::string_view query) {
  const bool ipv6 = absl::StrContains(leading.hostname, ':');
  const std::string host = ipv6 ? absl::StrCat("[", leading.hostname, "]") : leading.hostname;
  Response reply = EmptyReply(307);
  std::string location = absl::StrCat("//", host, ":", leading.port, Encode(path, kInPath));
  if (!query.empty()) absl::StrAppend(&location, "?", Encode(query, kInQuery));
  reply.headers.Add("Location", std::move(location));
  return reply;
}

std::optional<Response> AnswerUnlessLeading(const WhoLeads& who_leads, const Request& request) {
  if (who_leads == nullptr) return std::nullopt;
  const Leading leading = who_leads();
  switch (leading.state) {
    case Leading::State::kHere:
      return std::nullopt;
    case Leading::State::kRecovering:
      return TextReply(503, "this master does not lead yet: it is recovering");
    case Leading::State::kElsewhere:
      return RedirectReply(leading, request.path, request.query_text);
    case Leading::State::kNobody:
      return TextReply(503, "no master leads; try again");
  }
  return std::nullopt;
}

}  // namespace mesos::http
