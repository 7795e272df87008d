// Who calls, as gRPC knows it.
#ifndef MESOSLIB_RPC_SERVER_PEER_H_
#define MESOSLIB_RPC_SERVER_PEER_H_

#include "grpcpp/server_context.h"
#include "mesos/endpoint.h"

namespace mesos {

Peer PeerOf(const grpc::CallbackServerContext& context);

}  // namespace mesos

#endif  // MESOSLIB_RPC_SERVER_PEER_H_
