#include "bench/loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace mesos::bench {

void Fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

UniqueFd ConnectLoopback(int port) {
  UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) Fail("connect");
  return fd;
}

void SendAll(const UniqueFd& to, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(to.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) Fail("send");
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

RequestPump::RequestPump(int port, absl::string_view path, int connections)
    : request_(absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: localhost:5050\r\n",
                            "User-Agent: bench/1.0\r\nAccept: application/json\r\n\r\n")),
      epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  for (int i = 0; i < connections; ++i) {
    connections_.push_back(ConnectLoopback(port));
    epoll_event event = {.events = EPOLLIN, .data = {.u32 = static_cast<uint32_t>(i)}};
    epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, connections_.back().get(), &event);
  }
}

int64_t RequestPump::Run(absl::Duration duration) {
  const absl::Time end = absl::Now() + duration;
  for (const UniqueFd& connection : connections_) SendAll(connection, request_);
  int64_t answered = 0;
  while (absl::Now() < end) answered += Turn(/*again=*/true);
  const int under_way = static_cast<int>(connections_.size());
  for (int left = under_way; left > 0;) left -= Turn(/*again=*/false);
  return answered + under_way;
}

int RequestPump::Turn(bool again) {
  epoll_event events[16];
  const int ready = epoll_wait(epoll_.get(), events, 16, 1000);
  if (ready <= 0) Fail("epoll_wait");
  for (int i = 0; i < ready; ++i) {
    const UniqueFd& connection = connections_[events[i].data.u32];
    char answer[1024];
    const ssize_t size = recv(connection.get(), answer, sizeof(answer), 0);
    if (size <= 0 || !absl::StartsWith(absl::string_view(answer, static_cast<size_t>(size)),
                                       "HTTP/1.1 200 OK")) {
      Fail("not the answer");
    }
    if (again) SendAll(connection, request_);
  }
  return ready;
}

}  // namespace mesos::bench
