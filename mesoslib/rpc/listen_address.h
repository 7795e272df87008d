// The address a server listens at.
#ifndef MESOSLIB_RPC_LISTEN_ADDRESS_H_
#define MESOSLIB_RPC_LISTEN_ADDRESS_H_

#include <string>

#include "absl/status/status.h"

namespace mesos {

// InvalidArgument unless it is "ip:port", an IPv6 address in brackets.
absl::Status ValidateListenAddress(const std::string& address);

// Why a server cannot listen there: Unavailable with the operating system's words.
absl::Status ExplainListenFailure(const std::string& address);

}  // namespace mesos

#endif  // MESOSLIB_RPC_LISTEN_ADDRESS_H_
