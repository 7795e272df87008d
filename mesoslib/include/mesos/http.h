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
// - /redirect: 307 to the master that leads;
// - /state, /state-summary, /slaves, /frameworks, /tasks and /roles: what it knows, at one moment;
// - /reserve, /unreserve, /create-volumes, /destroy-volumes, /teardown, /weights and /quota;
// - /maintenance/schedule, /maintenance/status, /machine/down and /machine/up: some of these calls,
// as Mesos's clients made them before there was a v1 API;
// an agent at
// - /api/v1 and /api/v1/executor (POST);
// - /state, /containers, /monitor/statistics: what it runs, and what that uses;
// and both at
// - /health: 200 while its loop answers;
// - /metrics/snapshot: its metrics and its machine's as one JSON object, under Mesos's names;
// - /metrics: the same for Prometheus;
// - /system/stats.json, /version, /flags: JSON;
// - /files/browse, /files/read, /files/download, /files/debug: see HttpServerOptions::files;
// - /logging/toggle: see LoggingLevel;
// - /help, /openapi.json: all of this, for people and for programs;
// also below /master and /slave(1). A master that does not lead answers calls with 307 to the one
// that does, or 503. Paths are shortened until something is served there.
//
// Each connection carries the same messages, with the same meaning, as a session in process; as
// JSON or as protobuf.
//
// Threads: everything may be called from any thread; but the destructor waits, and has no place on
// a loop.
// Ownership: the server's master and agent must outlive it, and so must its log and its level.
// Errors: the factory answers a malformed address or option with InvalidArgument. What clients are
// answered names what is wrong, and what would be right.
#ifndef MESOS_HTTP_H_
#define MESOS_HTTP_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesos/agent.h"
#include "mesos/export.h"
#include "mesos/log.h"
#include "mesos/master.h"
#include "mesos/version.h"

namespace mesos {

// How much the host's program logs: at 0 what it was told when it started, above that everything it
// could, and what HTTP is asked for besides. Any thread; neither method blocks.
class MESOS_EXPORT LoggingLevel {
 public:
  virtual ~LoggingLevel() = default;
  virtual uint32_t level() const = 0;
  // For so long, more than zero; then it is 0 again. A later call takes the place of an earlier
  // one.
  virtual void Set(uint32_t level, absl::Duration duration) = 0;
};

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
  // What /flags and GET_FLAGS tell: what the host's program was told, by name. No secrets.
  std::map<std::string, std::string> flags;
  // What /files, LIST_FILES and READ_FILE show: files and directories of this machine (absolute
  // paths) by the paths they have there, such as "/slave/log". Nothing outside of them, and no
  // filesystem that is mounted below one, can be reached, whatever symlinks there are.
  std::map<std::string, std::string> files;
  // An agent's, AgentOptions::work_dir: its sandboxes are shown too, each by its own path, and by
  // "/frameworks/ID/executors/ID/runs/latest". Empty: they are not.
  std::string work_dir;
  LoggingLevel* logging_level = nullptr;  // Null: there is none to ask for or to set.
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
