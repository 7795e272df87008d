// WireServer: a handler as clients meet it on a connection, byte for byte. A test plays the
// clients:
//
//   WireServer server(handler, [&] { loop.Settle(); });
//   std::unique_ptr<WirePeer> peer = server.Connect();
//   EXPECT_EQ(peer->Say("GET /health HTTP/1.1\r\nHost: x\r\n\r\n"), "HTTP/1.1 200 OK\r\n...");
//
// Every Date is "today".
#ifndef MESOSLIB_HTTP_WIRE_PEER_H_
#define MESOSLIB_HTTP_WIRE_PEER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/http/connection.h"
#include "mesoslib/http/fake_wire.h"

namespace mesos::http {

// One client's connection.
class WirePeer {
 public:
  // `setup` outlives it.
  WirePeer(const ConnectionSetup& setup, std::function<void()> settle)
      : settle_(std::move(settle)), connection_(setup, &wire_, waker_, "10.0.0.1:40000") {}
  ~WirePeer() { waker_->callbacks.clear(); }

  // What is sent in answer.
  std::string Say(absl::string_view bytes) {
    connection_.OnBytes(bytes);
    return Hear();
  }

  // All that was sent since the last time.
  std::string Hear() {
    settle_();
    waker_->RunCallbacks();
    connection_.OnWake();
    return std::exchange(wire_.sent, {});
  }

 private:
  const std::function<void()> settle_;
  FakeWire wire_;
  const std::shared_ptr<FakeWaker> waker_ = std::make_shared<FakeWaker>();
  Connection connection_;
};

class WireServer {
 public:
  // After `settle()`, all that requests have begun has come to rest.
  WireServer(Handler handler, std::function<void()> settle)
      : settle_(std::move(settle)),
        setup_{.handler = std::move(handler),
               .log = Logger(nullptr),
               .body_budget = std::make_shared<MemoryBudget>(1 << 20),
               .backlog = {.bytes = 1 << 20, .all = std::make_shared<MemoryBudget>(1 << 20)},
               .idle_timeout = absl::Minutes(5),
               .head_timeout = absl::Seconds(10),
               .body_pace = {absl::Seconds(20), 1000},
               .write_pace = {absl::Seconds(30), 1000},
               .linger_timeout = absl::Seconds(2)} {}

  std::unique_ptr<WirePeer> Connect() { return std::make_unique<WirePeer>(setup_, settle_); }

 private:
  const std::function<void()> settle_;
  const ConnectionSetup setup_;
};

// A request that posts `body`. `fields`: more lines of its head, each ended.
inline std::string Post(absl::string_view path, absl::string_view fields, absl::string_view body) {
  return absl::StrCat("POST ", path, " HTTP/1.1\r\nHost: h\r\n", fields,
                      "Content-Length: ", body.size(), "\r\n\r\n", body);
}

inline constexpr char kJson[] = "Content-Type: application/json\r\n";
// What a call that is taken is answered.
inline constexpr char kTaken[] =
    "HTTP/1.1 202 Accepted\r\nDate: today\r\nContent-Length: 0\r\n\r\n";

struct RefusedRequest {
  std::string request;
  std::string status_line;
};

// On one connection, which goes on after each. All say why.
inline void ExpectRefusals(WireServer* server, const std::vector<RefusedRequest>& refusals) {
  auto peer = server->Connect();
  for (const RefusedRequest& refusal : refusals) {
    const std::string sent = peer->Say(refusal.request);
    const size_t body = sent.find("\r\n\r\n") + 4;
    EXPECT_THAT(sent, testing::StartsWith(
                          absl::StrCat("HTTP/1.1 ", refusal.status_line, "\r\nDate: today\r\n")))
        << refusal.request;
    EXPECT_THAT(
        sent, testing::HasSubstr(absl::StrCat("\r\nContent-Length: ", sent.size() - body, "\r\n")));
    EXPECT_LT(body, sent.size()) << refusal.status_line << " says nothing";
  }
}

// A record as the only one in a chunk.
inline std::string Chunk(absl::string_view record) {
  const std::string framed = absl::StrCat(record.size(), "\n", record);
  return absl::StrCat(absl::Hex(framed.size()), "\r\n", framed, "\r\n");
}

// The records of a stream's body; none where there is anything but chunks of one record each.
inline std::vector<std::string> RecordsOf(const std::string& body) {
  std::vector<std::string> records;
  std::string again;
  for (size_t at = 0; at < body.size();) {
    const size_t start = body.find("\r\n", at);
    const size_t newline = body.find('\n', start + 2);
    if (start == body.npos || newline == body.npos) return {};
    const size_t size = std::stoul(body.substr(at, start - at), nullptr, 16);
    records.push_back(body.substr(newline + 1, start + 2 + size - newline - 1));
    again += Chunk(records.back());
    at = start + 2 + size + 2;
  }
  return again == body ? records : std::vector<std::string>();
}

// What stands between two marks; "": they are not there.
inline std::string Between(const std::string& text, const std::string& from,
                           const std::string& to) {
  const size_t begin = text.find(from);
  if (begin == text.npos) return "";
  const size_t start = begin + from.size();
  return text.substr(start, text.find(to, start) - start);
}

// An answer with a body: `head` is all but the length and the end of the head.
inline std::string Answer(absl::string_view head, absl::string_view body) {
  return absl::StrCat("HTTP/1.1 ", head, "Content-Length: ", body.size(), "\r\n\r\n", body);
}

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_WIRE_PEER_H_
