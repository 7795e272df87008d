// RequestParser: the bytes of one request, as they arrive, become a Request.
//
//   switch (parser.Feed(&bytes)) {       // Takes what belongs to this request from the front.
//     case kNeedsMore: ...               // All was taken.
//     case kHead: ...                    // Once, between head and body, also where there is none.
//     case kDone: Handle(parser.TakeRequest()); ...
//     case kRefused: Answer(parser.refusal()); ...  // What follows has no meaning: close.
//   }
//
// Memory follows the bytes that arrive, up to the limits; bodies are charged to the server's
// budget. Framing is read strictly: what two readers could understand differently is refused.
// Syntax is Boost.Beast's; what that leaves open is checked here.
//
// Threads: one at a time.
#ifndef MESOSLIB_HTTP_REQUEST_PARSER_H_
#define MESOSLIB_HTTP_REQUEST_PARSER_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "mesoslib/http/exchange.h"
#include "mesoslib/http/head_scanner.h"
#include "mesoslib/http/memory_budget.h"

namespace mesos::http {

struct RequestLimits {
  HeadLimits head;
  size_t max_body_bytes = 64 << 20;  // As sent, and also when decoded; 413.
};

class RequestParser {
 public:
  enum class Step { kNeedsMore, kHead, kDone, kRefused };

  // `limits` must outlive this.
  RequestParser(const RequestLimits& limits, std::shared_ptr<MemoryBudget> budget);
  ~RequestParser();

  Step Feed(absl::string_view* bytes);

  // From kHead on.
  bool head_done() const;
  bool keep_alive() const;  // The client wants to send another request.
  bool http_1_0() const;
  bool expects_continue() const;
  bool accepts_gzip() const;
  size_t body_bytes() const;  // As sent; so far.
  bool has_body() const;
  const Request& head() const;

  // After kHead, for a body that is taken while it arrives: as a whole it may have any size.
  void StreamBody();
  std::string TakeBody();

  // Once, after kDone. The share belongs to the request's body.
  Request TakeRequest();
  MemoryShare TakeShare();

  // After kRefused.
  const Refusal& refusal() const;

 private:
  class Message;

  Step FeedHead(absl::string_view* bytes);
  Step FeedBody(absl::string_view* bytes);

  HeadScanner scanner_;
  std::string
      pending_;  // What cannot be read before more has come: a part of the head, of a chunk.
  std::unique_ptr<Message> message_;
};

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_REQUEST_PARSER_H_
