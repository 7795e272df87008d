// The target of a request line: the path and the parameters in it.
#ifndef MESOSLIB_HTTP_REQUEST_TARGET_H_
#define MESOSLIB_HTTP_REQUEST_TARGET_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "mesoslib/http/exchange.h"

namespace mesos::http {

// Fills in the path and both forms of the query of `request`, whose method is known. "/path?query",
// as proxies write it "http://host/path?query", or "*" for OPTIONS, which becomes "/".
// InvalidArgument: anything else.
absl::Status ParseTarget(absl::string_view target, Request* request);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_REQUEST_TARGET_H_
