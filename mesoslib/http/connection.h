// Connection: one client's connection, from its first byte to its end. It reads requests, hands
// them to the handler one after the other, and sends the answers in the same order.
//
//             head, body             answer                     sent
//             (or head, then kReceiving: the body goes to the handler as it comes)
//   kReading ------------> kHandling ----------------------------------> kReading
//     |                      |   \-> kCompressing (large bodies) --/       ^
//     |                      | head of a stream                            |
//     |                      v                    ended, sent              |
//     |                    kStreaming -------------------------------------+
//     | refused                                                            |
//     v                                            sent          or, where the client or the
//   kClosing <------------------------------------------------------ answer end the connection
//     | sent
//     v           the peer closes, or has had its time
//   kLingering ---------------------------------------> (closed)
//
// A client may send requests before it has the answers to others: they wait, up to a limit. Reading
// goes on while an answer is made, so that a client that goes is noticed.
//
// Threads: one, the wire's. Ownership: the wire's; handlers keep an Outlet.
#ifndef MESOSLIB_HTTP_CONNECTION_H_
#define MESOSLIB_HTTP_CONNECTION_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/http/byte_queue.h"
#include "mesoslib/http/exchange.h"
#include "mesoslib/http/gzip.h"
#include "mesoslib/http/inlet.h"
#include "mesoslib/http/memory_budget.h"
#include "mesoslib/http/outlet.h"
#include "mesoslib/http/progress_clock.h"
#include "mesoslib/http/request_parser.h"
#include "mesoslib/http/response_head.h"
#include "mesoslib/http/wire.h"

namespace mesos::http {

// What all connections of a server have in common.
struct ConnectionSetup {
  Handler handler;
  std::function<bool(const Request&)> streams_body;  // May be null.
  Logger log;
  std::shared_ptr<MemoryBudget> body_budget;
  RequestLimits request;
  BacklogLimit backlog;
  size_t min_gzip_bytes = 1024;
  absl::Duration idle_timeout;  // Between requests.
  absl::Duration head_timeout;  // For the first byte of the first request; for a head from there.
  Pace body_pace;
  Pace write_pace;
  absl::Duration linger_timeout;
};

class Connection {
 public:
  // `setup` must outlive it; `wire` owns it. `peer`: "ip:port", for people.
  Connection(const ConnectionSetup& setup, Wire* wire, std::shared_ptr<Outlet::Waker> waker,
             std::string peer);
  ~Connection();

  void OnBytes(absl::string_view bytes);
  void OnEnd();  // The peer sends nothing more.
  void OnBroken();
  void OnWritable();
  void OnWake();  // See Outlet.
  void OnTime();  // Called now and then, at least some times in the shortest timeout.

  // Closes the connection at once.
  void Stop(const absl::Status& reason);

  // What is lost when it is closed to make room for others; the lowest first. Nothing: a request.
  struct Worth {
    bool served = false;  // It had requests before, and its client may count on it.
    absl::Time waiting_since;
    bool operator<(const Worth& other) const {
      return std::tie(served, waiting_since) < std::tie(other.served, other.waiting_since);
    }
  };
  std::optional<Worth> worth() const;

 private:
  enum class State {
    kReading,
    kReceiving,
    kHandling,
    kCompressing,
    kStreaming,
    kClosing,
    kLingering,
    kClosed
  };

  // A body that is compressed in slices, so that other connections have their turn.
  struct Compression;

  // Does all that can be done now, with `bytes` behind those that wait.
  void Advance(absl::string_view bytes);
  void Run();
  // Does one thing; false: something must happen first.
  bool Step();
  bool StepReading();
  bool StepReceiving();
  bool StepHandling();
  bool StepCompressing();
  bool StepStreaming();
  bool StepClosing();
  // Sends what waits. True: there was something, and all was sent.
  bool Flush();
  void AwaitWritable(size_t sent);
  void UpdateReading();

  void Handle(Request request, MemoryShare share);
  void StartReceiving();
  void Answer(Outlet::Answer answer);
  void Reply(Response response);
  void Send(Response response);
  void StartStream(const Response& head);
  void AnswerSent();
  void Refuse(const Refusal& refusal);
  void CutOff(const absl::Status& reason);
  void Close(const absl::Status& reason, bool at_once);
  HeadFacts Facts(Framing framing);

  const ConnectionSetup& setup_;
  Wire* const wire_;
  const std::shared_ptr<Outlet::Waker> waker_;
  const std::string peer_;

  State state_ = State::kReading;
  std::string input_;         // What was read too early.
  absl::string_view unread_;  // Within Advance(): what was read and not yet used.
  ByteQueue output_;
  bool reading_ = true;
  bool awaiting_writable_ = false;
  bool blocked_ = false;  // Since write_clock_ started, the output was never empty.
  bool peer_ended_ = false;

  // The current request, or the next one.
  std::unique_ptr<RequestParser> parser_;
  std::shared_ptr<Outlet> outlet_;
  std::shared_ptr<Inlet> inlet_;  // Where the body is streamed.
  std::unique_ptr<Compression> compression_;
  bool served_ = false;  // A request was answered.
  bool keep_alive_ = true;
  bool http_1_0_ = false;
  bool head_only_ = false;
  bool accepts_gzip_ = false;

  absl::Time waiting_since_;  // For a request, for the rest of its head, for the peer's end.
  ProgressClock body_clock_;
  ProgressClock write_clock_;
};

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_CONNECTION_H_
