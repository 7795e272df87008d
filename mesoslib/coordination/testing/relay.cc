#include "mesoslib/coordination/testing/relay.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <utility>

namespace mesos {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

UniqueFd Bind(int* port) {
  UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  if (bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) return UniqueFd();
  getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
  *port = ntohs(address.sin_port);
  return fd;
}

void WriteAll(int fd, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);
    if (sent <= 0) return;
    data += sent;
    size -= static_cast<size_t>(sent);
  }
}

}  // namespace

UniqueFd ListenOnLoopback(int* port) {
  UniqueFd fd = Bind(port);
  if (fd.valid()) listen(fd.get(), 64);
  return fd;
}

UniqueFd ReserveLoopbackPort(int* port) { return Bind(port); }

UniqueFd ConnectToLoopback(int port) {
  UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  const sockaddr_in address = Loopback(port);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return UniqueFd();
  }
  return fd;
}

Relay::Relay(int server_port)
    : server_port_(server_port),
      listener_(ListenOnLoopback(&port_)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_([this] { Run(); }) {}

Relay::~Relay() {
  stopping_ = true;
  SetMode(Mode::kCut);
  thread_.join();
}

void Relay::SetMode(Mode mode) {
  mode_ = mode;
  const uint64_t one = 1;
  static_cast<void>(!write(wake_.get(), &one, sizeof(one)));
}

std::vector<Relay::Session> Relay::sessions() const {
  MutexLock lock(&mutex_);
  return sessions_;
}

void Relay::Run() {
  while (!stopping_) {
    const Mode mode = mode_;
    if (mode == Mode::kCut) pairs_.clear();
    std::vector<pollfd> polled = {{wake_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    std::vector<Pair*> pairs;
    if (mode == Mode::kForward) {
      for (Pair& pair : pairs_) {
        polled.push_back({pair.client.get(), POLLIN, 0});
        polled.push_back({pair.server.get(), POLLIN, 0});
        pairs.push_back(&pair);
      }
    }
    poll(polled.data(), polled.size(), -1);
    uint64_t count = 0;
    if (polled[0].revents != 0) static_cast<void>(!read(wake_.get(), &count, sizeof(count)));
    if (mode_ != mode) continue;
    if (polled[1].revents != 0) Accept();
    for (size_t i = 0; i < pairs.size(); ++i) {
      if (polled[2 + 2 * i].revents != 0) Forward(pairs[i], /*from_server=*/false);
      if (polled[3 + 2 * i].revents != 0) Forward(pairs[i], /*from_server=*/true);
    }
    pairs_.remove_if([](const Pair& pair) { return pair.closed; });
  }
}

void Relay::Accept() {
  UniqueFd client(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!client.valid() || mode_ == Mode::kCut) return;
  const int on = 1;
  setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  UniqueFd server = ConnectToLoopback(server_port_);
  if (!server.valid()) return;
  pairs_.push_back({std::move(client), std::move(server), "", false});
}

void Relay::Forward(Pair* pair, bool from_server) {
  if (pair->closed) return;
  char buffer[65536];
  const int from = from_server ? pair->server.get() : pair->client.get();
  const ssize_t size = recv(from, buffer, sizeof(buffer), 0);
  if (size <= 0) {
    pair->closed = true;
    return;
  }
  if (from_server && pair->greeting.size() < 40) {
    pair->greeting.append(buffer, static_cast<size_t>(size));
    ReadGreeting(*pair);
  }
  WriteAll(from_server ? pair->client.get() : pair->server.get(), buffer,
           static_cast<size_t>(size));
}

// Length, protocol version, timeout: 4 bytes each; the session's number: 8; its password: a length
// of 4 and 16 bytes.
void Relay::ReadGreeting(const Pair& pair) {
  if (pair.greeting.size() < 40) return;
  Session session;
  for (size_t i = 12; i < 20; ++i) {
    session.id = session.id << 8 | static_cast<unsigned char>(pair.greeting[i]);
  }
  session.password = pair.greeting.substr(24, 16);
  MutexLock lock(&mutex_);
  sessions_.push_back(std::move(session));
}

}  // namespace mesos
