// The scheduler API as bytes on a connection, as documented clients send and expect them: status
// lines and header fields byte for byte, one record in one chunk.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/http/connection.h"
#include "mesoslib/http/fake_client.h"
#include "mesoslib/http/fake_wire.h"
#include "mesoslib/http/message_json.h"
#include "mesoslib/http/scheduler_api.h"
#include "mesoslib/master/master_fixture.h"

namespace mesos::http {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using v1::scheduler::Event;

constexpr char kSubscribe[] = R"({"type":"SUBSCRIBE","subscribe":{"framework_info":)"
                              R"({"user":"nobody","name":"example","failover_timeout":3600}}})";

class SchedulerWireTest : public MasterTest {
 protected:
  SchedulerWireTest()
      : setup_{.handler = CreateSchedulerApi({.endpoint = &master_->schedulers(),
                                              .who_leads = [this] { return leading_; },
                                              .random = CreateSeededRandom(3),
                                              .background = RunAtOnce}),
               .log = Logger(nullptr),
               .body_budget = std::make_shared<MemoryBudget>(1 << 20),
               .backlog = {.bytes = 1 << 20, .all = std::make_shared<MemoryBudget>(1 << 20)},
               .idle_timeout = absl::Minutes(5),
               .head_timeout = absl::Seconds(10),
               .body_pace = {absl::Seconds(20), 1000},
               .write_pace = {absl::Seconds(30), 1000},
               .linger_timeout = absl::Seconds(2)} {}

  // One client's connection.
  struct Peer {
    explicit Peer(const ConnectionSetup& setup) : connection(setup, &wire, waker, "peer:1") {}
    ~Peer() { waker->callbacks.clear(); }

    FakeWire wire;
    std::shared_ptr<FakeWaker> waker = std::make_shared<FakeWaker>();
    Connection connection;
  };

  std::unique_ptr<Peer> Connect() { return std::make_unique<Peer>(setup_); }

  // All that the peer has been sent since the last time.
  std::string Hear(Peer* peer) {
    loop_.Settle();
    peer->waker->RunCallbacks();
    peer->connection.OnWake();
    return std::exchange(peer->wire.sent, {});
  }

  std::string Say(Peer* peer, absl::string_view bytes) {
    peer->connection.OnBytes(bytes);
    return Hear(peer);
  }

  static std::string Post(absl::string_view fields, absl::string_view body) {
    return absl::StrCat("POST /api/v1/scheduler HTTP/1.1\r\nHost: master:5050\r\n", fields,
                        "Content-Length: ", body.size(), "\r\n\r\n", body);
  }

  // What stands between two marks.
  static std::string Between(const std::string& text, const std::string& from,
                             const std::string& to) {
    const size_t begin = text.find(from);
    if (begin == text.npos) return "";
    const size_t start = begin + from.size();
    return text.substr(start, text.find(to, start) - start);
  }

  // As a chunk of its own.
  static std::string Chunk(absl::string_view record) {
    const std::string framed = absl::StrCat(record.size(), "\n", record);
    return absl::StrCat(absl::Hex(framed.size()), "\r\n", framed, "\r\n");
  }

  Leading leading_;
  const ConnectionSetup setup_;
};

TEST_F(SchedulerWireTest, AStreamIsTheseBytesAndEachRecordIsOneChunk) {
  AddAgent();
  auto peer = Connect();
  const std::string sent =
      Say(peer.get(),
          Post("Content-Type: application/json\r\nAccept: application/json\r\n", kSubscribe));
  const std::string stream = Between(sent, "Mesos-Stream-Id: ", "\r\n");
  EXPECT_EQ(stream.size(), 36u);
  const size_t end = sent.find("\r\n\r\n") + 4;
  EXPECT_EQ(absl::StrReplaceAll(sent.substr(0, end), {{stream, "ID"}}),
            "HTTP/1.1 200 OK\r\nDate: today\r\nMesos-Stream-Id: ID\r\n"
            "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
  std::vector<Event::Type> types;
  std::string again;
  for (size_t at = end; at < sent.size();) {
    // Each chunk: its size, the record's length, the record.
    const size_t size = std::stoul(sent.substr(at), nullptr, 16);
    const size_t start = sent.find("\r\n", at) + 2;
    const std::string framed = sent.substr(start, size);
    const std::string record = framed.substr(framed.find('\n') + 1);
    Event event;
    ASSERT_EQ(JsonToMessage(record, &event), absl::OkStatus()) << record;
    types.push_back(event.type());
    again += Chunk(record);
    at = start + size + 2;
  }
  EXPECT_EQ(again, sent.substr(end));
  EXPECT_THAT(types, ::testing::ElementsAre(Event::SUBSCRIBED, Event::HEARTBEAT, Event::OFFERS));
  Advance(absl::Seconds(15));
  EXPECT_EQ(Hear(peer.get()), Chunk(R"({"type":"HEARTBEAT"})"));
}

TEST_F(SchedulerWireTest, ACallThatIsTakenIs202WithoutABody) {
  auto peer = Connect();
  const std::string sent = Say(peer.get(), Post("Content-Type: application/json\r\n", kSubscribe));
  const std::string stream = Between(sent, "Mesos-Stream-Id: ", "\r\n");
  const std::string framework = Between(sent, R"("framework_id":{"value":")", "\"");
  ASSERT_NE(framework, "");
  auto caller = Connect();
  const std::string call =
      absl::StrCat(R"({"framework_id":{"value":")", framework, R"("},"type":"REVIVE"})");
  // Twice on one connection, names in any case.
  for (const char* name : {"Mesos-Stream-Id", "mesos-stream-ID"}) {
    EXPECT_EQ(Say(caller.get(), Post(absl::StrCat("content-type: application/json\r\n", name, ": ",
                                                  stream, "\r\n"),
                                     call)),
              "HTTP/1.1 202 Accepted\r\nDate: today\r\nContent-Length: 0\r\n\r\n");
  }
  // Chunked, as some clients send everything.
  EXPECT_EQ(
      Say(caller.get(),
          absl::StrCat("POST /api/v1/scheduler HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
                       "chunked\r\nContent-Type: application/json\r\nMesos-Stream-Id: ",
                       stream, "\r\n\r\n", absl::Hex(call.size()), "\r\n", call, "\r\n0\r\n\r\n")),
      "HTTP/1.1 202 Accepted\r\nDate: today\r\nContent-Length: 0\r\n\r\n");
  EXPECT_THAT(
      Say(caller.get(), Post("Content-Type: application/json\r\nMesos-Stream-Id: x\r\n", call)),
      StartsWith("HTTP/1.1 400 Bad Request\r\n"));
}

TEST_F(SchedulerWireTest, RefusalsAreTheseStatusLines) {
  auto peer = Connect();
  const struct {
    std::string request;
    std::string status_line;
  } cases[] = {
      {"GET /api/v1/scheduler HTTP/1.1\r\nHost: x\r\n\r\n", "405 Method Not Allowed"},
      {Post("", kSubscribe), "400 Bad Request"},
      {Post("Content-Type: text/html\r\n", kSubscribe), "415 Unsupported Media Type"},
      {Post("Content-Type: application/json; charset=utf-8\r\n", kSubscribe),
       "415 Unsupported Media Type"},
      {Post("Content-Type: application/json\r\n", "{"), "400 Bad Request"},
      {Post("Content-Type: application/json\r\nAccept: text/html\r\n", kSubscribe),
       "406 Not Acceptable"},
      {Post("Content-Type: application/json\r\nMesos-Stream-Id: x\r\n", kSubscribe),
       "400 Bad Request"},
  };
  for (const auto& c : cases) {
    const std::string sent = Say(peer.get(), c.request);
    const std::string body = sent.substr(sent.find("\r\n\r\n") + 4);
    EXPECT_THAT(sent, StartsWith(absl::StrCat("HTTP/1.1 ", c.status_line, "\r\nDate: today\r\n")));
    EXPECT_THAT(sent, HasSubstr(absl::StrCat("\r\nContent-Length: ", body.size(), "\r\n")));
    EXPECT_FALSE(body.empty()) << c.status_line << " says nothing";
  }
  leading_ = {Leading::State::kElsewhere, "leader", 5050};
  EXPECT_EQ(Say(peer.get(), "POST /api/v1/scheduler?a=b HTTP/1.1\r\nHost: x\r\n\r\n"),
            "HTTP/1.1 307 Temporary Redirect\r\nDate: today\r\n"
            "Location: //leader:5050/api/v1/scheduler?a=b\r\nContent-Length: 0\r\n\r\n");
}

}  // namespace
}  // namespace mesos::http
