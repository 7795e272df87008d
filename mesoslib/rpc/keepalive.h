// How both sides notice, on an idle connection, that the other is gone.
#ifndef MESOSLIB_RPC_KEEPALIVE_H_
#define MESOSLIB_RPC_KEEPALIVE_H_

#include <string>
#include <utility>
#include <vector>

#include "grpc/grpc.h"

namespace mesos {

// Channel arguments for clients and servers: a ping after 20 s of silence, answered within 10 s.
inline std::vector<std::pair<std::string, int>> KeepaliveArguments() {
  return {
      {GRPC_ARG_KEEPALIVE_TIME_MS, 20'000},
      {GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000},
      {GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1},
      {GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0},
      {GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000},
  };
}

}  // namespace mesos

#endif  // MESOSLIB_RPC_KEEPALIVE_H_
