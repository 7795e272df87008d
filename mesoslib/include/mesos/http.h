// HTTP: serves masters and agents to the clients of Mesos's v1 API, and to people with curl.
//
//   void Serve(mesos::Master* master) {
//     auto server = mesos::CreateHttpServer({.address = "0.0.0.0:5050", .master = master});
//     if (!server.ok()) return std::perror(std::string(server.status().message()).c_str());
//     std::printf("%d\n", (*server)->port());
//   }
//
// A master is served at
// - /api/v1 (POST): the operator's calls;
// - /api/v1/scheduler (POST): schedulers; SUBSCRIBE is answered with a stream of events;
// - /health: 200 while its loop answers;
// - /redirect: 307 to the master that leads;
// - /metrics/snapshot: its metrics as one JSON object, under Mesos's names;
// - /metrics: the same for Prometheus;
// - /version: JSON;
// and an agent at /api/v1, /api/v1/executor, /health, /metrics/snapshot, /metrics and /version; also
// below /master and /slave(1). A master that does not lead answers the first two with 307 to the one
// that does, or 503. Paths are shortened until something is served there.
//
// Each connection carries the same messages, with the same meaning, as a session in process; as
// JSON or as protobuf.
//
// Threads: everything may be called from any thread; but the destructor waits, and has no place on a
// loop.
// Ownership: the server's master and agent must outlive it, and so must its log.
// Errors: the factory answers a malformed address or option with InvalidArgument. What clients are
// answered names what is wrong, and what would be right.
#ifndef MESOS_HTTP_H_
#define MESOS_HTTP_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "mesos/agent.h"
#include "mesos/export.h"
#include "mesos/log.h"
#include "mesos/master.h"
#include "mesos/version.h"

namespace mesos {

struct HttpServerOptions {
  std::string address;       // "ip:port"; port 0: any free one.
  Master* master = nullptr;  // One of the two; it must outlive the server.
  Agent* agent = nullptr;
  size_t max_request_body_bytes = 64 << 20;  // Not 0.
  // A client that does not read what it is sent is cut off when this much waits for it; not 0.
  size_t max_backlog_bytes = 64 << 20;
  size_t max_connections = 10'000;  // Not 0.
  // Operators who hear of the master's changes; when one more comes, the oldest is cut off. Not 0.
  size_t max_event_subscribers = 1000;
  LogSink* log = nullptr;           // May be null.
};

// A running server; destroying it cuts off all clients and waits for its threads.
class MESOS_EXPORT HttpServer {
 public:
  virtual ~HttpServer() = default;
  virtual int port() const = 0;  // The one it listens on, also where any was asked for.
};

// InvalidArgument: nothing or too much to serve, or a malformed address or option. Unavailable: the
// address is in use or not of this machine.
MESOS_EXPORT absl::StatusOr<std::unique_ptr<HttpServer>> CreateHttpServer(
    HttpServerOptions options, HeaderVersion headers = {});

}  // namespace mesos

#endif  // MESOS_HTTP_H_
