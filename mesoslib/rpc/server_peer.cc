#include "mesoslib/rpc/server_peer.h"

#include <string>

#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace mesos {

Peer PeerOf(const grpc::CallbackServerContext& context) {
  const std::string uri = context.peer();  // "ipv4:10.0.0.1:4711", "ipv6:%5B::1%5D:4711"
  absl::string_view address = uri;
  absl::ConsumePrefix(&address, "ipv4:") || absl::ConsumePrefix(&address, "ipv6:");
  Peer peer;
  peer.address = absl::StrReplaceAll(address, {{"%5B", "["}, {"%5D", "]"}});
  return peer;
}

}  // namespace mesos
