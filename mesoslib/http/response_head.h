// The first lines of a response, and responses that refuse.
#ifndef MESOSLIB_HTTP_RESPONSE_HEAD_H_
#define MESOSLIB_HTTP_RESPONSE_HEAD_H_

#include <string>

#include "absl/strings/string_view.h"
#include "mesoslib/http/exchange.h"

namespace mesos::http {

// How a client finds the end of the body.
enum class Framing { kLength, kChunked, kUntilClose };

struct HeadFacts {
  Framing framing = Framing::kLength;
  bool keep_alive = true;
  bool http_1_0 = false;  // The client's version.
  absl::string_view date;
};

// Status line, fields and the empty line. A handler's fields cannot add lines: CR, LF and NUL in
// them become spaces.
std::string ResponseHead(const Response& response, const HeadFacts& facts);

// Whether a response of this status has a body, or could have one.
bool HasBody(int status);

// One line of text that says what is wrong.
Response ErrorResponse(int status, absl::string_view message);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_RESPONSE_HEAD_H_
