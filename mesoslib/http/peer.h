// Who calls, as HTTP knows it.
#ifndef MESOSLIB_HTTP_PEER_H_
#define MESOSLIB_HTTP_PEER_H_

#include "mesos/endpoint.h"
#include "mesoslib/http/exchange.h"

namespace mesos::http {

inline Peer PeerOf(const Request& request) { return {.principal = "", .address = request.address}; }

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_PEER_H_
