// gRPC writes to stderr of its own accord; the library prints nothing.
#ifndef MESOSLIB_RPC_QUIET_H_
#define MESOSLIB_RPC_QUIET_H_

namespace mesos {

// Silences gRPC's own log, for the whole process, unless the environment sets GRPC_VERBOSITY.
void QuietGrpc();

}  // namespace mesos

#endif  // MESOSLIB_RPC_QUIET_H_
