// gRPC: serves masters and agents to other machines, and reaches them there.
//
//   #include "mesos/v1/master/master.pb.h"
//
//   void Serve(mesos::Master* master) {
//     auto server = mesos::CreateGrpcServer({.address = "0.0.0.0:5060", .master = master});
//     if (!server.ok()) return std::perror(std::string(server.status().message()).c_str());
//     std::printf("%d\n", (*server)->port());
//   }
//
//   void Ask() {
//     auto endpoint = mesos::CreateGrpcSchedulerEndpoint("leader:5060").value();  // For a driver.
//     mesos::v1::master::Call call;
//     call.set_type(mesos::v1::master::Call::GET_HEALTH);
//     auto answer = mesos::CallGrpcMaster("leader:5060", call, absl::Seconds(5));
//     if (answer.ok()) std::printf("%d\n", answer->get_health().healthy());
//   }
//
// Each connection carries the same messages, with the same meaning, as a session in process.
//
// Threads: everything may be called from any thread; but destructors, CallGrpc... and
// ExplainGrpcOffers wait, and have no place on a loop. Sinks are called from gRPC's threads.
// Ownership: a server's master and agent must outlive it, and so must its log; an endpoint outlives
// its sessions.
// Errors: factories answer a malformed address or option with InvalidArgument; a peer that cannot
// be reached is Unavailable, to a session's sink or as the answer to a call.
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
#include "mesos/ids.h"
#include "mesos/log.h"
#include "mesos/master.h"
#include "mesos/version.h"

namespace mesos {

struct GrpcServerOptions {
  std::string address;       // "ip:port"; port 0: any free one.
  Master* master = nullptr;  // At least one of the two; they must outlive the server.
  Agent* agent = nullptr;
  size_t max_message_bytes = 64 << 20;  // Of what a peer sends; not 0.
  // A peer that does not read what it is sent is cut off when this much waits for it; not 0.
  size_t max_backlog_bytes = 64 << 20;
  LogSink* log = nullptr;  // May be null.
};

// A running server; destroying it cuts off all sessions and waits for its threads.
class MESOS_EXPORT GrpcServer {
 public:
  virtual ~GrpcServer() = default;
  virtual int port() const = 0;  // The one it listens on, also where any was asked for.
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

// One call of the operator's interface; waits for the answer at most for `timeout`, which is more
// than zero. Unavailable: no connection. DeadlineExceeded: no answer. Otherwise what the peer says.
MESOS_EXPORT absl::StatusOr<v1::master::Response> CallGrpcMaster(const std::string& address,
                                                                 const v1::master::Call& call,
                                                                 absl::Duration timeout);
MESOS_EXPORT absl::StatusOr<v1::agent::Response> CallGrpcAgent(const std::string& address,
                                                               const v1::agent::Call& call,
                                                               absl::Duration timeout);

// Why the framework is offered what it is, as a table for people. Waits and fails as the calls
// above; NotFound: no such framework.
MESOS_EXPORT absl::StatusOr<std::string> ExplainGrpcOffers(const std::string& address,
                                                           const FrameworkId& framework,
                                                           absl::Duration timeout);

}  // namespace mesos

#endif  // MESOS_RPC_H_
