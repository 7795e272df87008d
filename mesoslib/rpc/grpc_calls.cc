#include <string>

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

template <typename Service, typename Response, typename Call>
absl::StatusOr<Response> CallOperator(const std::string& address, const Call& call,
                                      absl::Duration timeout) {
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
  const absl::Status status = FromGrpcStatus(
      Service::NewStub(CreateMesosChannel(address))->Call(&context, call, &response));
  if (absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status)) {
    return Annotate(status, address);
  }
  if (!status.ok()) return status;
  return response;
}

}  // namespace

absl::StatusOr<v1::master::Response> CallGrpcMaster(const std::string& address,
                                                    const v1::master::Call& call,
                                                    absl::Duration timeout) {
  return CallOperator<rpc::MasterOperator, v1::master::Response>(address, call, timeout);
}

absl::StatusOr<v1::agent::Response> CallGrpcAgent(const std::string& address,
                                                  const v1::agent::Call& call,
                                                  absl::Duration timeout) {
  return CallOperator<rpc::AgentOperator, v1::agent::Response>(address, call, timeout);
}

}  // namespace mesos
