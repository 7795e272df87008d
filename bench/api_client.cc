#include "bench/api_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace mesos::bench {
namespace {

[[noreturn]] void Fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

}  // namespace

ApiClient::ApiClient(int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const int on = 1;
  setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) Fail("connect");
}

void ApiClient::Send(absl::string_view method_and_path, absl::string_view body) {
  const std::string request = absl::StrCat(method_and_path, " HTTP/1.1\r\nHost: localhost\r\n",
                                           body.empty() ? "" : "Content-Type: application/json\r\n",
                                           "Content-Length: ", body.size(), "\r\n\r\n", body);
  if (send(fd_.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    Fail("send");
  }
}

void ApiClient::Receive() {
  char buffer[64 << 10];
  const ssize_t size = recv(fd_.get(), buffer, sizeof(buffer), 0);
  if (size <= 0) Fail("recv");
  received_.append(buffer, static_cast<size_t>(size));
}

std::string ApiClient::ReadHead() {
  size_t end = 0;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) Receive();
  std::string head = received_.substr(0, end);
  received_.erase(0, end + 4);
  if (!absl::StartsWith(head, "HTTP/1.1 20")) {
    std::fprintf(stderr, "%s\n", head.c_str());
    std::exit(1);
  }
  return head;
}

size_t ApiClient::Ask(absl::string_view method_and_path, absl::string_view body) {
  Send(method_and_path, body);
  const std::string head = ReadHead();
  constexpr absl::string_view kLength = "Content-Length: ";
  size_t length = 0;
  const size_t at = head.find(kLength.data());
  if (at == std::string::npos ||
      !absl::SimpleAtoi(head.substr(at + kLength.size(), head.find('\r', at) - at - kLength.size()),
                        &length)) {
    Fail("no length");
  }
  size_t left = length - received_.size();
  received_.clear();
  std::vector<char> buffer(1 << 20);
  while (left > 0) {
    const ssize_t size = recv(fd_.get(), buffer.data(), std::min(left, buffer.size()), 0);
    if (size <= 0) Fail("recv");
    left -= static_cast<size_t>(size);
  }
  return length;
}

void ApiClient::Subscribe(absl::string_view path, absl::string_view body, int records) {
  Send(absl::StrCat("POST ", path), body);
  ReadHead();
  for (int i = 0; i < records; ++i) AwaitChunk();
}

void ApiClient::AwaitChunk(absl::string_view what) {
  for (bool found = false; !found;) {
    size_t line = 0;
    while ((line = received_.find("\r\n")) == std::string::npos) Receive();
    const size_t size = std::strtoul(received_.c_str(), nullptr, 16);
    if (size == 0) Fail("the stream has ended");
    while (received_.size() < line + 2 + size + 2) Receive();
    found = absl::StrContains(absl::string_view(received_).substr(line + 2, size), what);
    received_.erase(0, line + 2 + size + 2);
  }
  if (received_.empty()) std::string().swap(received_);  // Its memory is not the server's.
}

}  // namespace mesos::bench
