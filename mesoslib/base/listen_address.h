// The address a server listens at.
//
//   ASSIGN_OR_RETURN(UniqueFd listener, Listen("127.0.0.1:0"));
//   ASSIGN_OR_RETURN(int port, ListeningPort(listener));
#ifndef MESOSLIB_BASE_LISTEN_ADDRESS_H_
#define MESOSLIB_BASE_LISTEN_ADDRESS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mesoslib/base/unique_fd.h"

namespace mesos {

// InvalidArgument unless it is "ip:port", an IPv6 address in brackets.
absl::Status ValidateListenAddress(const std::string& address);

// A TCP socket that listens there; it does not block and is closed on exec. InvalidArgument: a
// malformed address. Unavailable: the address is in use or not of this machine.
absl::StatusOr<UniqueFd> Listen(const std::string& address);

// The same, but that it does not listen: it keeps the port from others. Not valid where that fails,
// and errno says why; EINVAL: a malformed address.
UniqueFd BindAddress(const std::string& address);

// The port of such a socket, also where any was asked for.
absl::StatusOr<int> ListeningPort(const UniqueFd& listener);

// Why somebody else's server cannot listen there: Unavailable with the operating system's words.
absl::Status ExplainListenFailure(const std::string& address);

}  // namespace mesos

#endif  // MESOSLIB_BASE_LISTEN_ADDRESS_H_
