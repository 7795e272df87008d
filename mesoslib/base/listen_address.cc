#include "mesoslib/base/listen_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

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

// A socket bound to the address; errno says why there is none.
UniqueFd Bind(const SocketAddress& address) {
  UniqueFd fd(socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return fd;
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  const auto* to = reinterpret_cast<const sockaddr*>(&address.storage);
  if (bind(fd.get(), to, address.size) == 0) return fd;
  const int error = errno;
  fd.Reset();
  errno = error;
  return fd;
}

absl::Status ListenError(const std::string& address, int error) {
  if (error == EADDRINUSE) {
    return absl::UnavailableError(absl::StrCat("address ", address, " is in use"));
  }
  if (error == EADDRNOTAVAIL) {
    return absl::UnavailableError(absl::StrCat("address ", address, " is not of this machine"));
  }
  return absl::UnavailableError(
      absl::StrCat("cannot listen at address ", address, ": ", std::strerror(error)));
}

absl::Status Malformed(const std::string& address) {
  return absl::InvalidArgumentError(
      absl::StrCat("address ", Quoted(address), " is not of the form ip:port or [ip6]:port"));
}

}  // namespace

absl::Status ValidateListenAddress(const std::string& address) {
  return Parse(address).has_value() ? absl::OkStatus() : Malformed(address);
}

absl::StatusOr<UniqueFd> Listen(const std::string& address) {
  const std::optional<SocketAddress> parsed = Parse(address);
  if (!parsed.has_value()) return Malformed(address);
  UniqueFd fd = Bind(*parsed);
  if (!fd.valid() || listen(fd.get(), SOMAXCONN) != 0) return ListenError(address, errno);
  return fd;
}

UniqueFd BindAddress(const std::string& address) {
  if (const std::optional<SocketAddress> parsed = Parse(address)) return Bind(*parsed);
  errno = EINVAL;
  return UniqueFd();
}

absl::StatusOr<int> ListeningPort(const UniqueFd& listener) {
  SocketAddress address;
  address.size = sizeof(address.storage);
  if (getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address.storage), &address.size) !=
      0) {
    return absl::InternalError(
        absl::StrCat("cannot tell a listening socket's port: ", std::strerror(errno)));
  }
  if (address.storage.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&address.storage)->sin6_port);
  }
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_port);
}

absl::Status ExplainListenFailure(const std::string& address) {
  const std::optional<SocketAddress> parsed = Parse(address);
  if (!parsed.has_value()) return Malformed(address);
  // Where nothing is wrong now, somebody had it a moment ago.
  return ListenError(address, Bind(*parsed).valid() ? EADDRINUSE : errno);
}

}  // namespace mesos
