#include "mesoslib/rpc/listen_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "mesoslib/base/logger.h"

namespace mesos {
namespace {

struct SocketAddress {
  sockaddr_storage storage = {};
  socklen_t size = 0;
};

std::optional<SocketAddress> Parse(const std::string& text) {
  const size_t colon = text.rfind(':');
  uint32_t port = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(text.substr(colon + 1), &port) ||
      port > 65535) {
    return std::nullopt;
  }
  SocketAddress address;
  absl::string_view host(text.data(), colon);
  if (absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]")) {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(static_cast<uint16_t>(port));
    address.size = sizeof(*v6);
    if (inet_pton(AF_INET6, std::string(host).c_str(), &v6->sin6_addr) == 1) return address;
    return std::nullopt;
  }
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  v4->sin_family = AF_INET;
  v4->sin_port = htons(static_cast<uint16_t>(port));
  address.size = sizeof(*v4);
  if (inet_pton(AF_INET, std::string(host).c_str(), &v4->sin_addr) == 1) return address;
  return std::nullopt;
}

// gRPC only says that it failed: what does bind(2) say? 0: nothing is wrong now.
int BindError(const SocketAddress& address) {
  const int fd = socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  const bool bound =
      bind(fd, reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0;
  const int error = bound ? 0 : errno;
  close(fd);
  return error;
}

}  // namespace

absl::Status ValidateListenAddress(const std::string& address) {
  if (Parse(address).has_value()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("address ", Quoted(address), " is not of the form ip:port or [ip6]:port"));
}

absl::Status ExplainListenFailure(const std::string& address) {
  const std::optional<SocketAddress> parsed = Parse(address);
  const int error = parsed.has_value() ? BindError(*parsed) : EINVAL;
  if (error == EADDRINUSE || error == 0) {
    return absl::UnavailableError(absl::StrCat("address ", address, " is in use"));
  }
  if (error == EADDRNOTAVAIL) {
    return absl::UnavailableError(absl::StrCat("address ", address, " is not of this machine"));
  }
  return absl::UnavailableError(
      absl::StrCat("cannot listen at address ", address, ": ", std::strerror(error)));
}

}  // namespace mesos
