// Channels to servers: plain text, quick to fail, quick to try again.
#ifndef MESOSLIB_RPC_CHANNEL_H_
#define MESOSLIB_RPC_CHANNEL_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "grpcpp/channel.h"

namespace mesos {

// InvalidArgument unless it is "host:port".
absl::Status ValidateServerAddress(const std::string& address);

// Channels to the same address share a connection, which is made when it is needed.
std::shared_ptr<grpc::Channel> CreateMesosChannel(const std::string& address);

}  // namespace mesos

#endif  // MESOSLIB_RPC_CHANNEL_H_
