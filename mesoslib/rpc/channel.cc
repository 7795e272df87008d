#include "mesoslib/rpc/channel.h"

#include <memory>
#include <string>

#include "absl/algorithm/container.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "grpc/grpc.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/thread.h"
#include "mesoslib/rpc/keepalive.h"
#include "mesoslib/rpc/quiet.h"

namespace mesos {

absl::Status ValidateServerAddress(const std::string& address) {
  const size_t colon = address.rfind(':');
  int port = 0;
  if (colon != std::string::npos && colon > 0 &&
      absl::SimpleAtoi(address.substr(colon + 1), &port) && port >= 1 && port <= 65535 &&
      absl::c_all_of(address, [](unsigned char c) { return c > ' ' && c != '/' && c != 127; })) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("address is ", Quoted(address),
                                                 ", not \"host:port\" with a port of 1 to 65535"));
}

std::shared_ptr<grpc::Channel> CreateMesosChannel(const std::string& address) {
  const SignalsBlocked for_threads_of_grpc;
  QuietGrpc();
  grpc::ChannelArguments arguments;
  for (const auto& [name, value] : KeepaliveArguments()) arguments.SetInt(name, value);
  arguments.SetMaxReceiveMessageSize(-1);  // A server that one has chosen may say what it wants.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5'000);  // Also: the time to connect.
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace mesos
