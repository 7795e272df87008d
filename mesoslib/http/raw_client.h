// RawClient: an HTTP client for tests that send what no proper client would. It speaks bytes over a
// loopback socket; every wait ends after kPatience.
#ifndef MESOSLIB_HTTP_RAW_CLIENT_H_
#define MESOSLIB_HTTP_RAW_CLIENT_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mesoslib/base/unique_fd.h"
#include "mesoslib/http/exchange.h"

namespace mesos::http {

struct RawResponse {
  int status = 0;
  std::string status_line;
  Headers headers;
  std::string body;  // Without chunks' borders.

  std::string Header(absl::string_view name) const {
    return std::string(headers.Find(name).value_or(""));
  }
};

class RawClient {
 public:
  static constexpr absl::Duration kPatience = absl::Seconds(20);

  // `receive_buffer`: how much the system keeps for this client; 0: as it likes.
  explicit RawClient(int port, int receive_buffer = 0);

  // False: the server has closed the connection.
  bool Send(absl::string_view bytes);
  // Each byte in a packet of its own.
  bool SendSlowly(absl::string_view bytes);

  // Nothing: the connection ended, or what came is no response.
  std::optional<RawResponse> ReadResponse(bool has_body = true);
  // Only the head, of a response whose body is a stream.
  std::optional<RawResponse> ReadHead();
  std::optional<std::string> ReadChunk();  // "" is the last.
  std::optional<std::string> Read(size_t bytes);

  // Whether the server ends the connection; what it sends before that is dropped.
  bool AwaitEnd();
  // Whether the server cuts the connection off, rather than ending it in good order.
  bool AwaitReset();
  // What the server sends until it ends the connection.
  std::string ReadAll();

  void ShutdownSending();
  void Close() { fd_.Reset(); }

 private:
  // False: the end.
  bool Receive();
  std::optional<std::string> ReadLine();

  UniqueFd fd_;
  std::string received_;
};

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_RAW_CLIENT_H_
