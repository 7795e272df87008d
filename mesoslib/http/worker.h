// Worker: one of a server's threads, and the connections it serves. Sockets and the loop are
// Boost.Asio's; no other file knows of that.
//
// Threads: its functions may be called from any thread but its own. Destroying it closes all its
// connections and waits for its thread.
#ifndef MESOSLIB_HTTP_WORKER_H_
#define MESOSLIB_HTTP_WORKER_H_

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesoslib/base/unique_fd.h"
#include "mesoslib/http/accept.h"
#include "mesoslib/http/connection.h"

namespace mesos::http {

// What the workers of a server share; must outlive them.
struct WorkerSetup {
  ConnectionSetup connection;
  absl::Duration tick;  // How often connections look at their timeouts.
  size_t max_connections = 0;
  std::atomic<size_t> connections{0};
};

class Worker {
 public:
  virtual ~Worker() = default;

  // Serves the connection. Where there are too many, one that waits for a request is closed for it,
  // or else it is answered 503.
  virtual void Serve(Accepted accepted) = 0;

  // Accepts connections and hands them to `serve`, on the worker's thread. Once.
  virtual void Listen(UniqueFd listener, std::function<void(Accepted)> serve) = 0;
};

// ResourceExhausted: the system gives no thread or no descriptors.
absl::StatusOr<std::unique_ptr<Worker>> CreateWorker(WorkerSetup* setup, const std::string& name);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_WORKER_H_
