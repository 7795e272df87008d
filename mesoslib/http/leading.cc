#include "mesoslib/http/leading.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "mesoslib/http/replies.h"

namespace mesos::http {
namespace {

// As it stands in a URL again. Nothing that could end a header is left.
std::string EncodePath(absl::string_view path) {
  std::string encoded;
  for (char c : path) {
    if (absl::ascii_isalnum(c) || absl::StrContains("/-._~!$&'()*+,;=:@", c)) {
      encoded += c;
    } else {
      absl::StrAppendFormat(&encoded, "%%%02X", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

}  // namespace

Response RedirectReply(const Leading& leading, absl::string_view path) {
  const bool ipv6 = absl::StrContains(leading.hostname, ':');
  const std::string host = ipv6 ? absl::StrCat("[", leading.hostname, "]") : leading.hostname;
  Response reply = EmptyReply(307);
  reply.headers.Add("Location",
                    absl::StrCat("//", host, ":", leading.port, EncodePath(path)));
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
      return RedirectReply(leading, request.path);
    case Leading::State::kNobody:
      return TextReply(503, "no master leads; try again");
  }
  return std::nullopt;
}

}  // namespace mesos::http
