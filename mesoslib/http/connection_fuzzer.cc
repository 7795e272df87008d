// Bytes from a stranger through the whole of a connection: what the handler is asked for, and what
// is answered, does not depend on the pieces in which they arrive or on how the peer reads, and
// nothing is kept when it has gone.
//
// The first line of an input cuts what follows into pieces (CutIntoPieces).
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/http/connection.h"
#include "mesoslib/http/content.h"
#include "mesoslib/http/fake_wire.h"
#include "mesoslib/http/replies.h"
#include "mesoslib/testing/fuzz_input.h"

namespace mesos::http {
namespace {

// Small, so that an input of some hundred bytes reaches them.
constexpr size_t kMaxBody = 500;
constexpr size_t kMaxInput = 16 << 10;
constexpr absl::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

std::string ToText(const Request& request) {
  std::string text = absl::StrCat(request.method, " ", request.path, "?", request.query_text, "\n");
  for (const auto& [name, value] : request.query) absl::StrAppend(&text, name, "=", value, "\n");
  for (const auto& [name, value] : request.headers.fields()) {
    absl::StrAppend(&text, name, ": ", value, "\n");
  }
  absl::StrAppend(&text, request.body, "\n");
  return text;
}

// A server with all kinds of answers, by path: /stream, /attach, and what else there is gets its
// request back, or why it is no call.
class Server {
 public:
  Server()
      : setup_{
            .handler = [this](std::unique_ptr<Exchange> exchange) { Handle(std::move(exchange)); },
            .streams_body = [](const Request& head) { return head.path == "/attach"; },
            .log = Logger(nullptr),
            .body_budget = bodies_,
            .request = {.head = {.max_line_bytes = 300, .max_bytes = 1500, .max_fields = 12},
                        .max_body_bytes = kMaxBody},
            .backlog = {.bytes = 100'000, .all = backlogs_},
            .min_gzip_bytes = 300,
            .idle_timeout = absl::Minutes(5),
            .head_timeout = absl::Seconds(10),
            .body_pace = {absl::Seconds(20), 1000},
            .write_pace = {absl::Seconds(30), 1000},
            .linger_timeout = absl::Seconds(2)} {}

  struct Transcript {
    std::string asked;
    std::string sent;
  };

  // `greedy`: the peer takes what it is sent at once, or else so little at a time as it sends.
  Transcript Talk(const std::vector<absl::string_view>& pieces, bool greedy) {
    asked_.clear();
    FakeWire wire;
    if (!greedy) wire.room = 0;
    {
      auto waker = std::make_shared<FakeWaker>();
      Connection connection(setup_, &wire, waker, "peer:1");
      for (const absl::string_view piece : pieces) {
        if (!wire.closed.empty()) break;
        connection.OnBytes(piece);
        if (!greedy) wire.room += piece.size();
        Work(&connection, &wire, waker.get());
      }
      wire.room = size_t{1} << 30;
      Work(&connection, &wire, waker.get());
      if (wire.closed.empty()) connection.OnEnd();
      Work(&connection, &wire, waker.get());
      FUZZ_CHECK(!wire.closed.empty(), absl::StrCat("it stays open after ", asked_));
      waker->callbacks.clear();
    }
    FUZZ_CHECK(bodies_->taken() == 0, absl::StrCat(bodies_->taken(), " bytes of bodies are kept"));
    FUZZ_CHECK(backlogs_->taken() == 0, absl::StrCat(backlogs_->taken(), " bytes are kept"));
    return {asked_, absl::StrReplaceAll(wire.sent, {{kContinue, ""}})};
  }

 private:
  // All that the connection's thread has to do.
  static void Work(Connection* connection, FakeWire* wire, FakeWaker* waker) {
    int turns = 0;
    while (wire->closed.empty() &&
           (waker->wakes > 0 || !waker->callbacks.empty() || (wire->awaiting && wire->room > 0))) {
      waker->wakes = 0;
      waker->RunCallbacks();
      if (wire->awaiting && wire->room > 0) {
        wire->awaiting = false;
        connection->OnWritable();
      }
      connection->OnWake();
      FUZZ_CHECK(++turns < 10'000, "the connection does not come to rest");
    }
  }

  void Handle(std::unique_ptr<Exchange> exchange) {
    const Request& request = exchange->request();
    FUZZ_CHECK(request.path[0] == '/', request.path);
    FUZZ_CHECK(request.body.size() <= kMaxBody, absl::StrCat(request.body.size(), " bytes"));
    FUZZ_CHECK(request.path.find('\0') == std::string::npos, request.path);
    absl::StrAppend(&asked_, ToText(request));
    AcceptedEncoding(request.headers, "Message-Accept");
    const auto form = AcceptedAnswer(request.headers);
    if (request.body_reader != nullptr) return Receive(std::move(exchange));
    if (request.path == "/stream") return Stream(exchange.get());
    v1::scheduler::Call call;
    if (auto refusal = ReadCall(request, &call)) {
      refusal->body += ToText(request);
      return exchange->Reply(*std::move(refusal));
    }
    exchange->Reply(MessageReply(call, form.value_or(AnswerForm()).encoding));
  }

  static void Stream(Exchange* exchange) {
    auto stream =
        exchange->Stream({.headers = {{"Content-Type", "text/plain"}}}, [](const absl::Status&) {});
    stream->Write("a chunk");
    stream->Write(std::string(300, 'x'));
  }

  // The whole body, piece by piece, then an answer. `exchange` waits in the reader's callback.
  void Receive(std::shared_ptr<Exchange> exchange) {
    BodyReader* reader = exchange->request().body_reader.get();
    reader->Read([this, exchange](absl::StatusOr<std::string> bytes) {
      if (!bytes.ok()) return;
      asked_ += *bytes;
      if (bytes->empty()) return exchange->Reply({.body = "received"});
      Receive(exchange);
    });
  }

  const std::shared_ptr<MemoryBudget> bodies_ = std::make_shared<MemoryBudget>(1 << 20);
  const std::shared_ptr<MemoryBudget> backlogs_ = std::make_shared<MemoryBudget>(1 << 20);
  const ConnectionSetup setup_;
  std::string asked_;
};

// Where something is wrong, what had come decides when that is seen, and which of two wrong things
// is told: a body that is too large and ends too early, a gzip stream that breaks off.
bool IsRefused(absl::string_view sent) { return absl::StrContains(sent, "HTTP/1.1 4"); }

}  // namespace
}  // namespace mesos::http

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  absl::string_view bytes = mesos::FuzzedBytes(data, size);
  if (bytes.size() > mesos::http::kMaxInput) return 0;
  const absl::string_view sizes = mesos::TakeLine(&bytes);
  mesos::http::Server server;
  const auto whole = server.Talk({bytes}, /*greedy=*/true);
  const auto pieces = mesos::CutIntoPieces(bytes, sizes);
  for (const bool greedy : {true, false}) {
    const auto other = server.Talk(pieces, greedy);
    if (mesos::http::IsRefused(whole.sent) && mesos::http::IsRefused(other.sent)) continue;
    FUZZ_CHECK(other.asked == whole.asked, absl::StrCat(other.asked, "\n--\n", whole.asked));
    FUZZ_CHECK(other.sent == whole.sent, absl::StrCat(other.sent, "\n--\n", whole.sent));
  }
  return 0;
}
