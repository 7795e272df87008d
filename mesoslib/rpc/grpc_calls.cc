#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpcpp/client_context.h"
#include "mesos/rpc.h"
#include "mesos/rpc/services.grpc.pb.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/rpc/channel.h"
#include "mesoslib/rpc/status_mapping.h"

namespace mesos {
namespace {

// One call; `send` makes it, through the service's stub.
template <typename Service, typename Response, typename Send>
absl::StatusOr<Response> CallOnce(const std::string& address, absl::Duration timeout, Send send) {
  RETURN_IF_ERROR(ValidateServerAddress(address));
  if (timeout <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError(
        absl::StrCat("timeout is ", absl::FormatDuration(timeout), ", not more than 0"));
  }
  grpc::ClientContext context;
  if (timeout != absl::InfiniteDuration()) {
    context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  }
  Response response;
  const auto stub = Service::NewStub(CreateMesosChannel(address));
  const absl::Status status = FromGrpcStatus(send(stub.get(), &context, &response));
  if (absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status)) {
    return Annotate(status, address);
  }
  if (!status.ok()) return status;
  return response;
}

template <typename Service, typename Response, typename Call>
absl::StatusOr<Response> CallOperator(const std::string& address, const Call& call,
                                      absl::Duration timeout) {
  return CallOnce<Service, Response>(address, timeout,
                                     [&](auto* stub, auto* context, Response* response) {
                                       return stub->Call(context, call, response);
                                     });
}

}  // namespace

absl::StatusOr<v1::master::Response> CallGrpcMaster(const std::string& address,
                                                    const v1::master::Call& call,
                                                    absl::Duration timeout) {
  return CallOperator<rpc::MasterOperator, v1::master::Response>(address, call, timeout);
}

absl::StatusOr<std::string> ExplainGrpcOffers(const std::string& address,
                                              const FrameworkId& framework,
                                              absl::Duration timeout) {
  rpc::ExplainOffersRequest request;
  request.mutable_framework_id()->set_value(framework.value());
  ASSIGN_OR_RETURN(rpc::ExplainOffersResponse told,
                   (CallOnce<rpc::MasterOperator, rpc::ExplainOffersResponse>(
                       address, timeout, [&](auto* stub, auto* context, auto* response) {
                         return stub->ExplainOffers(context, request, response);
                       })));
  return std::move(*told.mutable_text());
}

absl::StatusOr<v1::agent::Response> CallGrpcAgent(const std::string& address,
                                                  const v1::agent::Call& call,
                                                  absl::Duration timeout) {
  return CallOperator<rpc::AgentOperator, v1::agent::Response>(address, call, timeout);
}

}  // namespace mesos
