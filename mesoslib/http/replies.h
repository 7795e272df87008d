// The answers that carry no message: what has become of a call, as HTTP says it.
#ifndef MESOSLIB_HTTP_REPLIES_H_
#define MESOSLIB_HTTP_REPLIES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "mesoslib/http/exchange.h"

namespace mesos::http {

// Without a body.
Response EmptyReply(int status);

// `text` is for people.
Response TextReply(int status, absl::string_view text);

// Why a call was refused. Calls of operators meet a conflict where those of schedulers and
// executors speak out of turn: what FailedPrecondition is for each, 409 or 403, the caller says.
Response RefusalReply(const absl::Status& why, int failed_precondition);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_REPLIES_H_
