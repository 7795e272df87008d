#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpcpp/channel.h"
#include "mesos/endpoint.h"
#include "mesos/rpc.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/thread.h"
#include "mesoslib/rpc/channel.h"
#include "mesoslib/rpc/client_stream.h"
#include "mesoslib/rpc/live_count.h"
#include "mesoslib/rpc/protocols.h"

namespace mesos {
namespace {

template <typename P>
class GrpcEndpoint final : public Endpoint<typename P::Call, typename P::Event> {
 public:
  explicit GrpcEndpoint(const std::string& address)
      : peer_(absl::StrCat(P::kPeer, " at ", address)),
        stub_(P::Service::NewStub(CreateMesosChannel(address))) {}

  // A process may end when this is gone: what sessions sent last goes out first.
  ~GrpcEndpoint() override { streams_->WaitUntilZero(2 * kGoodbyeTimeout); }

  std::unique_ptr<Session<typename P::Call>> Open(std::shared_ptr<Sink<typename P::Event>> sink,
                                                  Peer /*peer*/) override {
    const SignalsBlocked for_threads_of_grpc;
    auto stream =
        std::make_shared<ClientStream<P>>(std::move(sink), peer_, LiveCount::Hold(streams_));
    stream->Start(stub_->async());
    return std::make_unique<ClientSession<P>>(std::move(stream));
  }

 private:
  const std::string peer_;
  const std::shared_ptr<LiveCount> streams_ = std::make_shared<LiveCount>();
  const std::unique_ptr<typename P::Service::Stub> stub_;
};

template <typename P>
absl::StatusOr<std::unique_ptr<Endpoint<typename P::Call, typename P::Event>>> CreateEndpoint(
    const std::string& address, HeaderVersion headers) {
  RETURN_IF_ERROR(CheckVersion(headers));
  RETURN_IF_ERROR(ValidateServerAddress(address));
  return std::make_unique<GrpcEndpoint<P>>(address);
}

}  // namespace

absl::StatusOr<std::unique_ptr<SchedulerEndpoint>> CreateGrpcSchedulerEndpoint(
    const std::string& address, HeaderVersion headers) {
  return CreateEndpoint<SchedulerProtocol>(address, headers);
}

absl::StatusOr<std::unique_ptr<AgentEndpoint>> CreateGrpcAgentEndpoint(const std::string& address,
                                                                       HeaderVersion headers) {
  return CreateEndpoint<AgentProtocol>(address, headers);
}

absl::StatusOr<std::unique_ptr<ExecutorEndpoint>> CreateGrpcExecutorEndpoint(
    const std::string& address, HeaderVersion headers) {
  return CreateEndpoint<ExecutorProtocol>(address, headers);
}

}  // namespace mesos
