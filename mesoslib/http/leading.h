// Leading: which master leads, as far as the host of this one knows, and what a master that does
// not lead answers instead of what it was asked for.
#ifndef MESOSLIB_HTTP_LEADING_H_
#define MESOSLIB_HTTP_LEADING_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

#include "mesoslib/http/exchange.h"

namespace mesos::http {

struct Leading {
  enum class State {
    kHere,        // This master, as far as is known: it may still answer that it does not lead.
    kRecovering,  // This master, once it has recovered its registry.
    kElsewhere,
    kNobody,
  };
  State state = State::kHere;
  // Where the leader's HTTP is, but for kNobody. An IPv6 address comes without brackets.
  std::string hostname;
  int port = 0;
};

// Asked on the server's threads for each request; must not block. Null: always this master.
using WhoLeads = std::function<Leading()>;

// 307 to this path of the leader, which there is, with a query as it is sent in a URL.
Response RedirectReply(const Leading& leading, absl::string_view path, absl::string_view query);

// None: this master leads, and answers itself. Otherwise 307 to the same path of the one that does,
// with the same query, or 503.
std::optional<Response> AnswerUnlessLeading(const WhoLeads& who_leads, const Request& request);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_LEADING_H_
