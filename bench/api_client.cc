#include "bench/api_client.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "bench/loopback.h"

namespace mesos::bench {
namespace {

// Empty: there is none.
absl::string_view HeaderOf(absl::string_view head, absl::string_view name) {
  const std::string line = absl::StrCat("\r\n", name, ": ");
  const size_t at = head.find(line);
  if (at == absl::string_view::npos) return "";
  head.remove_prefix(at + line.size());
  return head.substr(0, head.find('\r'));
}

}  // namespace

ApiClient::ApiClient(int port) : fd_(ConnectLoopback(port)) {}

void ApiClient::HangUp() {
  hung_up_ = true;
  shutdown(fd_.get(), SHUT_RDWR);
}

void ApiClient::Send(const Post& post) {
  SendAll(fd_,
          absl::StrCat("POST ", post.path, " HTTP/1.1\r\nHost: localhost\r\nAccept: ", post.type,
                       "\r\nContent-Type: ", post.type, "\r\nContent-Length: ", post.body.size(),
                       post.stream_id.empty() ? "" : "\r\nMesos-Stream-Id: ", post.stream_id,
                       "\r\n\r\n", post.body));
}

bool ApiClient::Receive() {
  char buffer[64 << 10];
  const ssize_t size = recv(fd_.get(), buffer, sizeof(buffer), 0);
  // What the server still sends to who has hung up is answered with a reset.
  if (size < 0 && hung_up_) return false;
  if (size < 0) Fail("recv");
  received_.append(buffer, static_cast<size_t>(size));
  return size > 0;
}

std::string ApiClient::ReadHead() {
  size_t end = 0;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!Receive()) Fail("the connection has ended");
  }
  std::string head = received_.substr(0, end);
  received_.erase(0, end + 4);
  if (!absl::StartsWith(head, "HTTP/1.1 20")) {
    while (Receive()) {
    }
    std::fprintf(stderr, "%s\n\n%s\n", head.c_str(), received_.c_str());
    std::exit(1);
  }
  return head;
}

size_t ApiClient::ReadBody() {
  size_t length = 0;
  if (!absl::SimpleAtoi(HeaderOf(ReadHead(), "Content-Length"), &length)) Fail("no length");
  size_t left = length - std::min(length, received_.size());
  received_.clear();
  if (left == 0) return length;
  std::vector<char> buffer(std::min<size_t>(left, 1 << 20));
  while (left > 0) {
    const ssize_t size = recv(fd_.get(), buffer.data(), std::min(left, buffer.size()), 0);
    if (size <= 0) Fail("recv");
    left -= static_cast<size_t>(size);
  }
  return length;
}

size_t ApiClient::Get(absl::string_view path) {
  SendAll(fd_, absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  return ReadBody();
}

size_t ApiClient::Ask(const Post& post) {
  Send(post);
  return ReadBody();
}

void ApiClient::Subscribe(const Post& post) {
  Send(post);
  stream_id_ = std::string(HeaderOf(ReadHead(), "Mesos-Stream-Id"));
}

std::optional<std::string> ApiClient::NextChunk() {
  size_t line = 0;
  while ((line = received_.find("\r\n")) == std::string::npos) {
    if (!Receive()) return std::nullopt;
  }
  const size_t size = std::strtoul(received_.c_str(), nullptr, 16);
  if (size == 0) return std::nullopt;
  while (received_.size() < line + 2 + size + 2) {
    if (!Receive()) return std::nullopt;
  }
  std::string chunk = received_.substr(line + 2, size);
  received_.erase(0, line + 2 + size + 2);
  if (received_.empty()) std::string().swap(received_);  // Its memory is not the server's.
  return chunk;
}

void ApiClient::AwaitChunk(absl::string_view what) {
  for (;;) {
    const std::optional<std::string> chunk = NextChunk();
    if (!chunk.has_value()) Fail("the stream has ended");
    if (absl::StrContains(*chunk, what)) return;
  }
}

}  // namespace mesos::bench
