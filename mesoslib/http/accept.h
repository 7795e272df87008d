// Takes connections from a listening socket.
#ifndef MESOSLIB_HTTP_ACCEPT_H_
#define MESOSLIB_HTTP_ACCEPT_H_

#include <string>

#include "absl/status/statusor.h"
#include "mesoslib/base/unique_fd.h"

namespace mesos::http {

// A connection: a socket that does not block and is closed on exec.
struct Accepted {
  UniqueFd socket;
  std::string peer;  // "ip:port"
};

// The next connection. Unavailable: there is none now. ResourceExhausted: the system has no
// descriptor or no memory for it; it stays where it is.
absl::StatusOr<Accepted> Accept(int listener);

// Tells a client that there is no room, if that can be done at once.
void RefuseConnection(Accepted accepted);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_ACCEPT_H_
