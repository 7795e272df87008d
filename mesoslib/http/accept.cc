#include "mesoslib/http/accept.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace mesos::http {
namespace {

std::string Format(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
    return absl::StrCat("[", text, "]:", ntohs(v6.sin6_port));
  }
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
  inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
  return absl::StrCat(text, ":", ntohs(v4.sin_port));
}

void SetOption(int fd, int level, int option, int value) {
  setsockopt(fd, level, option, &value, sizeof(value));
}

// Answers go out at once; a peer that is gone without a word is noticed in about two minutes.
void Configure(int fd) {
  SetOption(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  SetOption(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  SetOption(fd, IPPROTO_TCP, TCP_KEEPIDLE, 60);
  SetOption(fd, IPPROTO_TCP, TCP_KEEPINTVL, 15);
  SetOption(fd, IPPROTO_TCP, TCP_KEEPCNT, 4);
}

bool LacksResources(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

absl::StatusOr<Accepted> Accept(int listener) {
  for (;;) {
    sockaddr_storage address = {};
    socklen_t size = sizeof(address);
    UniqueFd fd(accept4(listener, reinterpret_cast<sockaddr*>(&address), &size,
                        SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd.valid()) {
      Configure(fd.get());
      return Accepted{.socket = std::move(fd), .peer = Format(address)};
    }
    const int error = errno;
    if (LacksResources(error)) {
      return absl::ResourceExhaustedError(
          absl::StrCat("cannot accept a connection: ", std::strerror(error)));
    }
    if (error == EAGAIN || error == EBADF || error == EINVAL) {
      return absl::UnavailableError("no connection waits");
    }
    // A connection that broke before it was accepted: to the next.
  }
}

void RefuseConnection(Accepted accepted) {
  constexpr absl::string_view kAnswer =
      "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 38\r\nConnection: close\r\n\r\n"
      "the server has too many connections.\r\n";
  static_cast<void>(
      send(accepted.socket.get(), kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

}  // namespace mesos::http
