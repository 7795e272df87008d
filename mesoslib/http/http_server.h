// HttpServer: HTTP/1.1 and 1.0 for handlers of exchange.h.
//
//   auto server = CreateHttpServer({.address = "127.0.0.1:0", .handler = Router(routes)});
//   if (!server.ok()) return server.status();
//   (*server)->port();
//
// Connections are kept open and may carry requests ahead of their answers. Bodies may be chunked
// and compressed, both ways. A request that breaks a rule or a limit is answered with a line of
// text that says which, and its connection is closed; others notice nothing.
//
// Threads: `threads` of its own. Handlers run on them, several at a time, and must not block.
// Destroying the server, on another thread, closes all connections (streams hear Unavailable) and
// waits for its threads.
// Ownership: the log must outlive the server; exchanges and streams need not.
#ifndef MESOSLIB_HTTP_HTTP_SERVER_H_
#define MESOSLIB_HTTP_HTTP_SERVER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesos/log.h"
#include "mesoslib/http/exchange.h"

namespace mesos::http {

struct HttpServerOptions {
  std::string address;  // "ip:port" or "[ip6]:port"; port 0: any free one.
  Handler handler;
  // Whether the body of a request, whose head is given, is streamed: its handler is called at once
  // and reads it (Request::body_reader). It may be of any size and take any time. Null: none is.
  std::function<bool(const Request& head)> streams_body;
  int threads = 2;

  // At the limit, the connection is closed that has waited longest for a request, those that never
  // had one first; where none waits, a new one is answered 503.
  size_t max_connections = 10'000;
  size_t max_head_bytes = 64 << 10;          // 431.
  size_t max_body_bytes = 64 << 20;          // As sent, and when decoded; 413.
  size_t max_total_body_bytes = 1ull << 30;  // Of all requests at a time; 503.
  // A stream whose client reads too slowly is cut off when so much waits for it.
  size_t max_backlog_bytes = 64 << 20;
  // While more waits for all clients together, each may have 64 KiB waiting.
  size_t max_total_backlog_bytes = 1ull << 30;

  // Long, for Mesos's scheduler library takes the end of an idle connection for that of its
  // session. Clients that are gone are noticed by TCP's keepalive in two minutes.
  absl::Duration idle_timeout = absl::Hours(24);
  // For the first byte of a new connection, and for a whole head from its first byte on; 408.
  absl::Duration head_timeout = absl::Seconds(10);
  // Without a byte; and of the whole time, beyond min_bytes_per_second. 408 for bodies; clients
  // that do not take an answer are cut off.
  absl::Duration body_timeout = absl::Seconds(20);
  absl::Duration write_timeout = absl::Seconds(30);
  size_t min_bytes_per_second = 1024;
  // How long a client has to take the last answer and to close its side.
  absl::Duration linger_timeout = absl::Seconds(2);

  LogSink* log = nullptr;  // May be null.
};

class HttpServer {
 public:
  virtual ~HttpServer() = default;
  virtual int port() const = 0;  // The one it listens on, also where any was asked for.
};

// InvalidArgument: a malformed address or option. Unavailable: the address is in use or not of this
// machine. ResourceExhausted: the system gives no threads or descriptors.
absl::StatusOr<std::unique_ptr<HttpServer>> CreateHttpServer(HttpServerOptions options);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_HTTP_SERVER_H_
