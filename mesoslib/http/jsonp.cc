#include "mesoslib/http/jsonp.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "mesoslib/base/logger.h"
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

}  // namespace

Response JsonResponse(const Request& request, std::string json) {
  const auto callback = request.query.find("jsonp");
  if (callback == request.query.end()) {
    return {.headers = {{"Content-Type", "application/json"}}, .body = std::move(json)};
  }
  if (!IsCallbackName(callback->second)) {
    return ErrorResponse(400, absl::StrCat("jsonp ", Quoted(callback->second),
                                           " is not the name of a function: letters, digits, '_', "
                                           "'$' and '.' make one"));
  }
  return {.headers = {{"Content-Type", "text/javascript"}, {"X-Content-Type-Options", "nosniff"}},
          .body = absl::StrCat(callback->second, "(", json, ");")};
}

void ReplyJson(Exchange* exchange, std::string json) {
  exchange->Reply(JsonResponse(exchange->request(), std::move(json)));
}

}  // namespace mesos::http
