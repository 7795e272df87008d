// absl::Status and grpc::Status: the same codes, with messages that fit into HTTP/2 trailers.
#ifndef MESOSLIB_RPC_STATUS_MAPPING_H_
#define MESOSLIB_RPC_STATUS_MAPPING_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "grpcpp/support/status.h"

namespace mesos {

// The message is cut where it would take more than 4 KB on the wire.
grpc::Status ToGrpcStatus(const absl::Status& status);

absl::Status FromGrpcStatus(const grpc::Status& status);

// Why a stream to `peer` ("master at host:port") ended. What the transport itself reports, and an
// end without a reason, is Unavailable: the connection is lost. Other codes are the peer's own
// words.
absl::Status StreamEndStatus(const grpc::Status& status, absl::string_view peer);

}  // namespace mesos

#endif  // MESOSLIB_RPC_STATUS_MAPPING_H_
