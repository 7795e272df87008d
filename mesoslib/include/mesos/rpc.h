// gRPC: serves masters and agents to other machines, and reaches them there.
//
//   auto server = mesos::CreateGrpcServer({.address = "0.0.0.0:5060", .master = master.get()});
//   auto endpoint = mesos::CreateGrpcSchedulerEndpoint("leader:5060");
//
// Each connection carries the same messages, with the same meaning, as a session in process.
#ifndef MESOS_RPC_H_
#define MESOS_RPC_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesos/agent.h"
#include "mesos/endpoint.h"
#include "mesos/export.h"
#include "mesos/log.h"
#include "mesos/master.h"
#include "mesos/version.h"

namespace mesos {

struct GrpcServerOptions {
  std::string address;       // "ip:port"; port 0: any free one.
  Master* master = nullptr;  // At least one of the two; they must outlive the server.
  Agent* agent = nullptr;
  size_t max_message_bytes = 64 << 20;
  // A peer that does not read what it is sent is cut off when this much waits for it.
  size_t max_backlog_bytes = 64 << 20;
  LogSink* log = nullptr;  // May be null.
};

// A running server; destroying it cuts off all sessions and waits for its threads.
class MESOS_EXPORT GrpcServer {
 public:
  virtual ~GrpcServer() = default;
  virtual int port() const = 0;
};

// InvalidArgument: nothing to serve, or a malformed address. Unavailable: the address is in use or
// not of this machine.
MESOS_EXPORT absl::StatusOr<std::unique_ptr<GrpcServer>> CreateGrpcServer(
    GrpcServerOptions options, HeaderVersion headers = {});

// Where a server is reached; `address` is "host:port". Connections are made when a session is
// opened. A session must be destroyed before its endpoint. InvalidArgument: a malformed address.
MESOS_EXPORT absl::StatusOr<std::unique_ptr<SchedulerEndpoint>> CreateGrpcSchedulerEndpoint(
    const std::string& address, HeaderVersion headers = {});
MESOS_EXPORT absl::StatusOr<std::unique_ptr<AgentEndpoint>> CreateGrpcAgentEndpoint(
    const std::string& address, HeaderVersion headers = {});
MESOS_EXPORT absl::StatusOr<std::unique_ptr<ExecutorEndpoint>> CreateGrpcExecutorEndpoint(
    const std::string& address, HeaderVersion headers = {});

// One call of the operator's interface; waits for the answer at most until `timeout`.
MESOS_EXPORT absl::StatusOr<v1::master::Response> CallGrpcMaster(const std::string& address,
                                                                 const v1::master::Call& call,
                                                                 absl::Duration timeout);
MESOS_EXPORT absl::StatusOr<v1::agent::Response> CallGrpcAgent(const std::string& address,
                                                               const v1::agent::Call& call,
                                                               absl::Duration timeout);

}  // namespace mesos

#endif  // MESOS_RPC_H_
