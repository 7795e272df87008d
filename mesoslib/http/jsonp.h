// Answers of read endpoints: JSON, or JSONP where the query asks for it.
//
//   ReplyJson(exchange.get(), "{\"healthy\":true}");   // ?jsonp=show gives show({"healthy":true});
#ifndef MESOSLIB_HTTP_JSONP_H_
#define MESOSLIB_HTTP_JSONP_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mesoslib/http/exchange.h"

namespace mesos::http {

// The response that carries `json`: with the query's "jsonp" as text/javascript, without it as
// application/json. The callback's name may hold letters, digits, '_', '$' and '.', at most 128 of
// them, and does not begin with a digit; any other name is answered 400.
Response JsonResponse(const Request& request, std::string json);
// The same of a text in pieces that other answers have, too.
Response JsonResponse(const Request& request, TextPieces pieces);

void ReplyJson(Exchange* exchange, std::string json);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_JSONP_H_
