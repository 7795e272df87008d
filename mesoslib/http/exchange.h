// One HTTP request being answered: what handlers see of the server, and all that they see of it.
//
// A handler is called with an Exchange, keeps it for as long as it needs, and answers it once: with
// a whole Response, or with a ResponseStream to which it goes on writing. An exchange that is
// destroyed unanswered is answered 500.
//
// Threads: handlers are called on the server's threads and must not block; an Exchange and a
// ResponseStream may be used from any thread, one call at a time.
// Ownership: the handler's. They may outlive the connection, and the server; what is written then
// goes nowhere.
#ifndef MESOSLIB_HTTP_EXCHANGE_H_
#define MESOSLIB_HTTP_EXCHANGE_H_

#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mesos::http {

// Header fields in the order of the wire. Names are compared without case.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}

  // The first field of this name.
  std::optional<absl::string_view> Find(absl::string_view name) const;
  void Add(std::string name, std::string value);
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// A body that arrives while its request is handled already.
class BodyReader {
 public:
  // Called once, on a server's thread: with some bytes; with none, the body has ended; or with why
  // the rest never comes: Unavailable (the client has gone, or was answered), InvalidArgument (what
  // it sends is malformed).
  using Next = absl::AnyInvocable<void(absl::StatusOr<std::string>)>;

  virtual ~BodyReader() = default;
  // Asks for the next bytes; one call at a time. What nobody asks for is not read from the client.
  virtual void Read(Next next) = 0;
};

struct Request {
  std::string method;  // "GET"
  std::string path;    // Without the query, percent-decoded, beginning with '/'.
  std::map<std::string, std::string> query;  // Decoded; the last of a name.
  std::string query_text;                    // As it was sent, without its '?'; well-formed.
  Headers headers;
  std::string body;     // All of it, without its transfer and content encodings.
  std::string address;  // The peer's, "ip:port"; for people only.
  // In the place of the body, where the server was told to stream it; null otherwise. An answer
  // that comes before the body has ended closes the connection.
  std::shared_ptr<BodyReader> body_reader;
};

// A text in pieces that several answers may have.
using TextPieces = std::vector<std::shared_ptr<const std::string>>;

struct Response {
  int status = 200;
  Headers headers;   // Without Content-Length, Transfer-Encoding, Connection and Date.
  std::string body;  // Compressed by the server where the client takes it.
  // More of the body, which other answers have, too.
  TextPieces shared_body;

  size_t body_size() const;
};

// An answer whose end is not known yet: a chunked body. Destroying it ends the body in good order.
class ResponseStream {
 public:
  virtual ~ResponseStream() = default;
  // One chunk, not empty, sent as it is. Never blocks: a peer that reads too slowly is cut off when
  // more waits for it than the server's limit.
  virtual void Write(std::string chunk) = 0;
  // Calls `ready` once, on a server's thread, when the system has taken nearly all that was
  // written: for who has much to write, a piece at a time. Where the peer has gone it is destroyed
  // uncalled.
  virtual void WhenTaken(absl::AnyInvocable<void()> ready) = 0;
  // The rest of the body never comes: the connection is cut, so that the peer does not take what it
  // has for the whole. What waits is dropped, and what is written from here on.
  virtual void Fail(absl::Status why) = 0;
};

class Exchange {
 public:
  // Called once, on a server's thread, when the peer has gone or was cut off before the stream was
  // destroyed: Unavailable (it has gone), ResourceExhausted (it read too slowly).
  using Closed = absl::AnyInvocable<void(absl::Status)>;

  virtual ~Exchange() = default;
  virtual const Request& request() const = 0;

  // Each exchange is answered once, by one of these.
  virtual void Reply(Response response) = 0;
  // The head goes out at once; `head.body` is empty.
  virtual std::unique_ptr<ResponseStream> Stream(Response head, Closed closed) = 0;
};

using Handler = std::function<void(std::unique_ptr<Exchange>)>;

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_EXCHANGE_H_
