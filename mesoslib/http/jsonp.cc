#include "mesoslib/http/jsonp.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/http/query.h"
#include "mesoslib/http/response_head.h"

namespace mesos::http {
namespace {

constexpr size_t kMaxNameBytes = 128;

bool IsCallbackName(absl::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes || absl::ascii_isdigit(name.front())) {
    return false;
  }
  return std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '_' || c == '$' || c == '.';
  });
}

// `text` with what the query asks for around it.
Response Wrap(const Request& request, std::string text, TextPieces pieces) {
  const std::optional<std::string> callback = Parameter(request.query, "jsonp");
  if (!callback.has_value()) {
    return {.headers = {{"Content-Type", "application/json"}},
            .body = std::move(text),
            .shared_body = std::move(pieces)};
  }
  if (!IsCallbackName(*callback)) {
    return ErrorResponse(400, absl::StrCat("jsonp ", Quoted(*callback),
                                           " is not the name of a function: letters, digits, '_', "
                                           "'$' and '.' make one"));
  }
  std::string begin = absl::StrCat(*callback, "(", text);
  if (pieces.empty()) {
    begin += ");";
  } else {
    pieces.push_back(std::make_shared<const std::string>(");"));
  }
  return {.headers = {{"Content-Type", "text/javascript"}, {"X-Content-Type-Options", "nosniff"}},
          .body = std::move(begin),
          .shared_body = std::move(pieces)};
}

}  // namespace

Response JsonResponse(const Request& request, std::string json) {
  return Wrap(request, std::move(json), {});
}

Response JsonResponse(const Request& request, TextPieces pieces) {
  return Wrap(request, "", std::move(pieces));
}

void ReplyJson(Exchange* exchange, std::string json) {
  exchange->Reply(JsonResponse(exchange->request(), std::move(json)));
}

}  // namespace mesos::http
