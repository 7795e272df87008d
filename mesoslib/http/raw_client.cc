#include "mesoslib/http/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace mesos::http {

RawClient::RawClient(int port, int receive_buffer)
    : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const int on = 1;
  setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (receive_buffer > 0) {
    setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
  }
  const timeval patience = absl::ToTimeval(kPatience);
  setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) fd_.Reset();
}

bool RawClient::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool RawClient::SendSlowly(absl::string_view bytes) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (!Send(bytes.substr(i, 1))) return false;
  }
  return true;
}

bool RawClient::Receive() {
  char buffer[64 << 10];
  const ssize_t received = recv(fd_.get(), buffer, sizeof(buffer), 0);
  if (received <= 0) return false;
  received_.append(buffer, static_cast<size_t>(received));
  return true;
}

std::optional<std::string> RawClient::ReadLine() {
  size_t end = received_.find("\r\n");
  while (end == std::string::npos) {
    if (!Receive()) return std::nullopt;
    end = received_.find("\r\n");
  }
  std::string line = received_.substr(0, end);
  received_.erase(0, end + 2);
  return line;
}

std::optional<std::string> RawClient::Read(size_t bytes) {
  while (received_.size() < bytes) {
    if (!Receive()) return std::nullopt;
  }
  std::string result = received_.substr(0, bytes);
  received_.erase(0, bytes);
  return result;
}

std::optional<RawResponse> RawClient::ReadHead() {
  std::optional<std::string> line = ReadLine();
  if (!line.has_value() || !absl::StartsWith(*line, "HTTP/1.1 ")) return std::nullopt;
  RawResponse response;
  response.status_line = *line;
  response.status = std::atoi(line->c_str() + 9);
  while ((line = ReadLine()).has_value() && !line->empty()) {
    const std::pair<std::string, std::string> field =
        absl::StrSplit(*line, absl::MaxSplits(": ", 1));
    response.headers.Add(field.first, field.second);
  }
  if (!line.has_value()) return std::nullopt;
  return response;
}

std::optional<std::string> RawClient::ReadChunk() {
  const std::optional<std::string> line = ReadLine();
  if (!line.has_value()) return std::nullopt;
  char* end = nullptr;
  const size_t size = std::strtoul(line->c_str(), &end, 16);
  if (line->empty() || *end != '\0') return std::nullopt;
  std::optional<std::string> chunk = Read(size);
  if (!chunk.has_value() || Read(2) != "\r\n") return std::nullopt;
  return chunk;
}

std::optional<RawResponse> RawClient::ReadResponse(bool has_body) {
  std::optional<RawResponse> response = ReadHead();
  if (!response.has_value() || !has_body) return response;
  if (response->Header("Transfer-Encoding") == "chunked") {
    for (;;) {
      const std::optional<std::string> chunk = ReadChunk();
      if (!chunk.has_value()) return std::nullopt;
      if (chunk->empty()) return response;
      response->body += *chunk;
    }
  }
  size_t length = 0;
  if (!absl::SimpleAtoi(response->Header("Content-Length"), &length)) return response;
  std::optional<std::string> body = Read(length);
  if (!body.has_value()) return std::nullopt;
  response->body = *std::move(body);
  return response;
}

std::string RawClient::ReadAll() {
  while (Receive()) {
  }
  return std::exchange(received_, {});
}

bool RawClient::AwaitEnd() {
  errno = 0;
  while (Receive()) received_.clear();
  return errno != EAGAIN && errno != EWOULDBLOCK;
}

bool RawClient::AwaitReset() {
  errno = 0;
  while (Receive()) received_.clear();
  return errno == ECONNRESET;
}

void RawClient::ShutdownSending() { shutdown(fd_.get(), SHUT_WR); }

}  // namespace mesos::http
