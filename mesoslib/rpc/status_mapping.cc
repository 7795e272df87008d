#include "mesoslib/rpc/status_mapping.h"

#include <cstddef>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace mesos {
namespace {

constexpr size_t kMaxMessageBytes = 4096;

// gRPC writes a byte that is not printable as "%XX".
std::string CutForTrailers(absl::string_view message) {
  size_t bytes = 0;
  for (size_t i = 0; i < message.size(); ++i) {
    bytes += absl::ascii_isprint(message[i]) && message[i] != '%' ? 1 : 3;
    if (bytes > kMaxMessageBytes) return std::string(message.substr(0, i));
  }
  return std::string(message);
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      CutForTrailers(status.message()));
}

absl::Status FromGrpcStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

absl::Status StreamEndStatus(const grpc::Status& status, absl::string_view peer) {
  switch (status.error_code()) {
    case grpc::StatusCode::OK:
      return absl::UnavailableError(absl::StrCat(peer, ": the connection was closed"));
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::INTERNAL:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::UNAVAILABLE:
      return absl::UnavailableError(absl::StrCat(peer, ": ", status.error_message()));
    default:
      return FromGrpcStatus(status);
  }
}

}  // namespace mesos
