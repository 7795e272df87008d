#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "grpc/grpc.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/resource_quota.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "mesos/rpc.h"
#include "mesoslib/base/listen_address.h"
#include "mesoslib/base/mutex.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/thread.h"
#include "mesoslib/rpc/keepalive.h"
#include "mesoslib/rpc/quiet.h"
#include "mesoslib/rpc/services.h"

namespace mesos {
namespace {

using Services = std::vector<std::unique_ptr<grpc::Service>>;

class CallbackGrpcServer final : public GrpcServer {
 public:
  CallbackGrpcServer(Services services, std::shared_ptr<StreamHost> host,
                     std::unique_ptr<grpc::Server> server, int port)
      : host_(std::move(host)),
        services_(std::move(services)),
        server_(std::move(server)),
        port_(port) {}

  ~CallbackGrpcServer() override {
    server_->Shutdown(std::chrono::system_clock::now());
    host_->sessions->WaitUntilZero(std::chrono::seconds(10));
  }

  int port() const override { return port_; }

 private:
  const std::shared_ptr<StreamHost> host_;
  const Services services_;
  const std::unique_ptr<grpc::Server> server_;
  const int port_;
};

// Health and reflection are gRPC's own services; the latter needs threads, which are bounded here.
void ConfigureThreads(grpc::ServerBuilder* builder) {
  grpc::ResourceQuota quota("mesos");
  quota.SetMaxThreads(4);
  builder->SetResourceQuota(quota);
  builder->SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder->SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder->SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 1);
}

void ConfigureConnections(const GrpcServerOptions& options, grpc::ServerBuilder* builder) {
  builder->SetMaxReceiveMessageSize(static_cast<int>(
      std::min<size_t>(options.max_message_bytes, std::numeric_limits<int>::max())));
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder->AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 10'000);
  for (const auto& [name, value] : KeepaliveArguments()) builder->AddChannelArgument(name, value);
}

// Whether new servers have a health service is a switch of the whole process: on for this server
// only, or else a host's own server would have one, too, that it may not want.
std::unique_ptr<grpc::Server> BuildWithHealthService(grpc::ServerBuilder* builder) {
  static Mutex* const one_at_a_time = new Mutex();
  MutexLock lock(one_at_a_time);
  const bool before = grpc::DefaultHealthCheckServiceEnabled();
  grpc::EnableDefaultHealthCheckService(true);
  std::unique_ptr<grpc::Server> server = builder->BuildAndStart();
  grpc::EnableDefaultHealthCheckService(before);
  return server;
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> CreateGrpcServer(GrpcServerOptions options,
                                                             HeaderVersion headers) {
  RETURN_IF_ERROR(CheckVersion(headers));
  if (options.master == nullptr && options.agent == nullptr) {
    return absl::InvalidArgumentError(
        "neither master nor agent is given: there is nothing to serve");
  }
  RETURN_IF_ERROR(ValidateListenAddress(options.address));
  if (options.max_message_bytes == 0) {
    return absl::InvalidArgumentError("max_message_bytes is 0: no call could be received");
  }
  if (options.max_backlog_bytes == 0) {
    return absl::InvalidArgumentError("max_backlog_bytes is 0: no event could be sent");
  }
  const SignalsBlocked for_threads_of_grpc;
  QuietGrpc();
  // Idempotent; linking gRPC's reflection library has the same effect, on all servers of a process.
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();

  auto host = std::make_shared<StreamHost>();
  host->max_backlog_bytes = options.max_backlog_bytes;
  host->log_sink = options.log;
  Services services;
  if (options.master != nullptr) services = MasterServices(options.master, host);
  if (options.agent != nullptr) {
    for (auto& service : AgentServices(options.agent, host)) services.push_back(std::move(service));
  }

  grpc::ServerBuilder builder;
  ConfigureThreads(&builder);
  ConfigureConnections(options, &builder);
  int port = 0;
  builder.AddListeningPort(options.address, grpc::InsecureServerCredentials(), &port);
  for (const auto& service : services) builder.RegisterService(service.get());
  std::unique_ptr<grpc::Server> server = BuildWithHealthService(&builder);
  if (server == nullptr || port == 0) return ExplainListenFailure(options.address);
  return std::make_unique<CallbackGrpcServer>(std::move(services), std::move(host),
                                              std::move(server), port);
}

}  // namespace mesos
