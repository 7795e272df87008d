// Clients that break the rules, over real sockets: they are told so or cut off, and others notice
// nothing.
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/http/gzip.h"
#include "mesoslib/http/raw_client.h"
#include "mesoslib/http/server_fixture.h"

namespace mesos::http {
namespace {

using testing::HasSubstr;

class HostileTest : public ServerTest {
 protected:
  // The status with which these bytes are refused; the connection ends after that.
  int Refused(absl::string_view bytes) {
    RawClient client = Client();
    client.Send(bytes);
    const std::optional<RawResponse> response = client.ReadResponse();
    if (!response.has_value()) return 0;
    EXPECT_EQ(response->Header("Connection"), "close");
    EXPECT_TRUE(absl::EndsWith(response->body, "\n"));
    message_ = response->body;
    client.ShutdownSending();
    EXPECT_TRUE(client.AwaitEnd());
    return response->status;
  }

  std::string message_;
};

std::string Post(absl::string_view fields, absl::string_view body = "") {
  return absl::StrCat("POST /echo HTTP/1.1\r\nHost: x\r\n", fields, "\r\n", body);
}

TEST_F(HostileTest, Case01_MalformedEscapesAre400) {
  Start();
  EXPECT_EQ(Refused("GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n"), 400);
  EXPECT_EQ(message_, "path: malformed escape '%zz': '%' is followed by two hexadecimal digits\n");
  EXPECT_EQ(Refused("GET /a?% HTTP/1.1\r\nHost: x\r\n\r\n"), 400);
  ExpectServerWorks();
}

TEST_F(HostileTest, Case02_EmptyPathsAre400) {
  Start();
  EXPECT_EQ(Refused("GET ?a HTTP/1.1\r\nHost: x\r\n\r\n"), 400);
  EXPECT_EQ(Refused("GET  HTTP/1.1\r\nHost: x\r\n\r\n"), 400);
  ExpectServerWorks();
}

TEST_F(HostileTest, Case03_TrailersAre400) {
  Start();
  EXPECT_EQ(Refused(Post("Transfer-Encoding: chunked\r\n", "1\r\nx\r\n0\r\nA: b\r\n\r\n")), 400);
  ExpectServerWorks();
}

TEST_F(HostileTest, FramingTricksAre400) {
  Start();
  const std::string hidden = "0\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n";
  EXPECT_EQ(Refused(Post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", hidden)), 400);
  EXPECT_EQ(Refused(Post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", hidden)), 400);
  EXPECT_EQ(Refused(Post("Content-Length: 4\r\nContent-Length: 40\r\n", hidden)), 400);
  EXPECT_EQ(Refused(Post("Content-Length: 4\r\nContent-Length: 4\r\n", hidden)), 400);
  EXPECT_EQ(Refused(Post("Content-Length : 4\r\n", hidden)), 400);
  EXPECT_EQ(Refused(Post("Content-Length:\r\n 4\r\n", hidden)), 400);
  EXPECT_EQ(Refused(Post("Transfer-Encoding: xchunked\r\n", hidden)), 501);
  EXPECT_EQ(Refused(Post("Transfer-Encoding: chunked\r\n", "5\r\nabc\r\n0\r\n\r\n")), 400);
  EXPECT_EQ(Refused(Post("Transfer-Encoding: chunked\r\n", "1\nx\r\n0\r\n\r\n")), 400);
  EXPECT_EQ(Refused("GET /hello HTTP/1.1\nHost: x\n\n"), 400);
  EXPECT_EQ(Refused(std::string("GET /\0 HTTP/1.1\r\n", 17)), 400);
  ExpectServerWorks();
}

TEST_F(HostileTest, Case07_WhatIsTooLargeIsRefusedAsThat) {
  Start({.max_body_bytes = 1000});
  EXPECT_EQ(Refused("GET /" + std::string(20'000, 'a')), 414);
  EXPECT_EQ(Refused("GET / HTTP/1.1\r\nA: " + std::string(70'000, 'a')), 431);
  EXPECT_EQ(Refused(Post("Content-Length: 1001\r\n")), 413);
  EXPECT_EQ(message_, "the body has more than 1000 bytes\n");
  EXPECT_EQ(Refused(Post("Expect: 100-continue\r\nContent-Length: 1001\r\n")), 413);
  EXPECT_EQ(Refused(Post("Transfer-Encoding: chunked\r\n", "3e9\r\n")), 413);
  EXPECT_EQ(Refused(Post("Content-Length: 99999999999\r\n", std::string(5'000'000, 'x'))), 413);
  Gzip gzip;
  gzip.Write(std::string(100'000, '\0'));
  const std::string bomb = gzip.Finish().value();
  EXPECT_EQ(
      Refused(Post(absl::StrCat("Content-Encoding: gzip\r\nContent-Length: ", bomb.size(), "\r\n"),
                   bomb)),
      413);
  ExpectServerWorks();
}

TEST_F(HostileTest, Case07_SlowSendersAreCutOff) {
  Start({.head_timeout = absl::Milliseconds(50), .body_timeout = absl::Milliseconds(50)});
  EXPECT_EQ(Refused("GET / HTTP/1.1\r\nHost:"), 408);
  EXPECT_EQ(Refused(Post("Content-Length: 5\r\n", "abcd")), 408);
  RawClient silent = Client();
  EXPECT_TRUE(silent.AwaitEnd());
  ExpectServerWorks();
}

TEST_F(HostileTest, Case06_ASlowReaderIsCutOffAndOthersNoticeNothing) {
  Start({.threads = 1, .max_backlog_bytes = 4 << 20});
  RawClient slow = Client(/*receive_buffer=*/4096);
  RawClient fast = Client();
  OpenStream to_slow = Subscribe(&slow);
  OpenStream to_fast = Subscribe(&fast);
  const std::string event(100 << 10, 'e');
  for (int i = 0; i < 200; ++i) {
    to_slow.stream->Write(event);
    to_fast.stream->Write(event);
    ASSERT_EQ(fast.ReadChunk(), event);
  }
  EXPECT_EQ(to_slow.closed->Take().value().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(log_.lines.Take().value(), HasSubstr("reads too slowly"));
  EXPECT_TRUE(slow.AwaitEnd());
  to_fast.stream->Write("last");
  EXPECT_EQ(fast.ReadChunk(), "last");
  EXPECT_EQ(to_fast.closed->size(), 0u);
}

TEST_F(HostileTest, Case06_AReaderThatStopsIsCutOffInTime) {
  Start({.write_timeout = absl::Milliseconds(50)});
  RawClient slow = Client(/*receive_buffer=*/4096);
  OpenStream open = Subscribe(&slow);
  open.stream->Write(std::string(20 << 20, 'x'));
  EXPECT_EQ(open.closed->Take().value().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(slow.AwaitEnd());
}

TEST_F(HostileTest, Case07_TheConnectionThatWaitsLongestMakesRoom) {
  Start({.threads = 1, .max_connections = 3});
  RawClient streaming = Client();
  OpenStream open = Subscribe(&streaming);
  RawClient served = Client();
  ASSERT_TRUE(served.Send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_EQ(served.ReadResponse().value().status, 200);
  RawClient silent = Client();
  ASSERT_TRUE(silent.Send("G"));
  ExpectServerWorks();
  EXPECT_TRUE(silent.AwaitEnd());
  ASSERT_TRUE(served.Send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_EQ(served.ReadResponse().value().status, 200);
  EXPECT_EQ(open.closed->size(), 0u);
}

TEST_F(HostileTest, Case07_WithoutRoomNewConnectionsAre503) {
  Start({.threads = 1, .max_connections = 2});
  std::vector<RawClient> clients;
  std::vector<OpenStream> open;
  for (int i = 0; i < 2; ++i) {
    clients.push_back(Client());
    open.push_back(Subscribe(&clients.back()));
  }
  EXPECT_EQ(Client().ReadResponse().value().status, 503);
  clients[0].Close();
  EXPECT_EQ(open[0].closed->Take().value().code(), absl::StatusCode::kUnavailable);
  ExpectServerWorks();
}

TEST_F(HostileTest, OtherProtocolsAreRefused) {
  Start();
  EXPECT_EQ(Refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
  EXPECT_EQ(Refused("\x16\x03\x01\x02\x01\x01\xfc\x03\x03"), 400);
  EXPECT_EQ(Refused("SSH-2.0-OpenSSH_9.2\r\n\r\n"), 400);
  ExpectServerWorks();
}

TEST_F(HostileTest, ManyWhoConnectAndGoLeaveNothing) {
  Start();
  for (int i = 0; i < 500; ++i) {
    RawClient client = Client();
    if (i % 3 == 0) client.Send("GET /hello HTTP/1.1\r\n");
    if (i % 3 == 1) client.Send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  ExpectServerWorks();
}

TEST_F(HostileTest, StreamsMayEndFromBothSidesAtOnce) {
  Start();
  for (int i = 0; i < 200; ++i) {
    RawClient client = Client();
    OpenStream open = Subscribe(&client);
    std::thread writer([stream = std::move(open.stream)]() mutable {
      for (int j = 0; j < 20; ++j) stream->Write("event");
      stream.reset();
    });
    client.Close();
    writer.join();
  }
  ExpectServerWorks();
}

TEST_F(HostileTest, AServerMayBeDestroyedWhileOthersWrite) {
  for (int i = 0; i < 20; ++i) {
    Start();
    RawClient client = Client();
    OpenStream open = Subscribe(&client);
    std::thread writer([&stream = *open.stream] {
      for (int j = 0; j < 1000; ++j) stream.Write("event");
    });
    server_.reset();
    writer.join();
    EXPECT_EQ(open.closed->Take().value().code(), absl::StatusCode::kUnavailable);
  }
}

}  // namespace
}  // namespace mesos::http
