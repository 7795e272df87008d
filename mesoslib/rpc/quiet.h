// gRPC writes to stderr of its own accord; the library prints nothing. But there is one such log in
// a process, and it may be the host's.
#ifndef MESOSLIB_RPC_QUIET_H_
#define MESOSLIB_RPC_QUIET_H_

namespace mesos {

// The first call silences gRPC's own log, for the whole process, unless the environment sets
// GRPC_VERBOSITY or the host uses gRPC already: then the log is as the host wants it. Later calls
// do nothing: whoever wants to hear gRPC all the same calls gpr_set_log_verbosity() after that.
void QuietGrpc();

}  // namespace mesos

#endif  // MESOSLIB_RPC_QUIET_H_
