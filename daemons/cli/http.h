// HTTP as the command line needs it: a request, and the whole answer.
#ifndef DAEMONS_CLI_HTTP_H_
#define DAEMONS_CLI_HTTP_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace mesos::cli {

struct HttpRequest {
  std::string url;   // "http://10.0.0.1:5050/api/v1"
  std::string body;  // Posted, as application/json; empty: GET.
  std::string accept = "application/json";
  absl::Duration timeout = absl::Seconds(5);
};

struct HttpAnswer {
  int status = 0;
  std::string content_type;
  std::string body;
};

class Http {
 public:
  virtual ~Http() = default;

  // Waits for the answer, whatever its status; redirections are followed. Unavailable: nobody
  // answers there; DeadlineExceeded: not in time; InvalidArgument: the URL; DataLoss: what comes is
  // no HTTP, or too much.
  virtual absl::StatusOr<HttpAnswer> Send(const HttpRequest& request) = 0;
};

// Keeps connections open between requests. One thread at a time.
std::unique_ptr<Http> CreateHttp();

}  // namespace mesos::cli

#endif  // DAEMONS_CLI_HTTP_H_
