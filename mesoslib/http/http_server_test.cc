// The server over real sockets: requests in all shapes, answers in order, streams.
#include "mesoslib/http/http_server.h"

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
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

std::string Get(absl::string_view target, absl::string_view fields = "") {
  return absl::StrCat("GET ", target, " HTTP/1.1\r\nHost: x\r\n", fields, "\r\n");
}

std::string Post(absl::string_view fields, absl::string_view body) {
  return absl::StrCat("POST /echo HTTP/1.1\r\nHost: x\r\n", fields, "\r\n", body);
}

std::string Decompress(absl::string_view bytes) {
  Gunzip gunzip;
  std::string decoded;
  EXPECT_TRUE(gunzip.Write(bytes, 1 << 30, &decoded).ok());
  EXPECT_TRUE(gunzip.Finish().ok());
  return decoded;
}

TEST_F(ServerTest, AnAnswerHasTheFieldsThatItNeeds) {
  Start();
  RawClient client = Client();
  ASSERT_TRUE(client.Send(Get("/hello")));
  const RawResponse response = client.ReadResponse().value();
  EXPECT_EQ(response.status_line, "HTTP/1.1 200 OK");
  EXPECT_EQ(response.body, "hello");
  EXPECT_EQ(response.Header("Content-Type"), "text/plain");
  EXPECT_EQ(response.Header("Content-Length"), "5");
  EXPECT_EQ(response.Header("Connection"), "");
  EXPECT_TRUE(absl::EndsWith(response.Header("Date"), " GMT"));
}

TEST_F(ServerTest, ConnectionsAreKept) {
  Start();
  RawClient client = Client();
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(client.Send(Get("/hello")));
    ASSERT_EQ(client.ReadResponse().value().body, "hello");
  }
}

TEST_F(ServerTest, ConnectionsEndWhereTheClientAsks) {
  Start();
  RawClient client = Client();
  ASSERT_TRUE(client.Send(Get("/hello", "Connection: close\r\n")));
  const RawResponse response = client.ReadResponse().value();
  EXPECT_EQ(response.body, "hello");
  EXPECT_EQ(response.Header("Connection"), "close");
  EXPECT_TRUE(client.AwaitEnd());
}

TEST_F(ServerTest, AnOlderClientGetsWhatItUnderstands) {
  Start();
  RawClient client = Client();
  ASSERT_TRUE(client.Send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  EXPECT_EQ(client.ReadResponse().value().Header("Connection"), "keep-alive");
  ASSERT_TRUE(client.Send("GET /hello HTTP/1.0\r\n\r\n"));
  EXPECT_EQ(client.ReadResponse().value().body, "hello");
  EXPECT_TRUE(client.AwaitEnd());
}

TEST_F(ServerTest, AnOlderClientsStreamEndsWithItsConnection) {
  Start();
  RawClient client = Client();
  ASSERT_TRUE(client.Send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  const RawResponse head = client.ReadHead().value();
  EXPECT_EQ(head.Header("Transfer-Encoding"), "");
  EXPECT_EQ(head.Header("Connection"), "close");
  OpenStream open = streams_.Take().value();
  open.stream->Write("one");
  EXPECT_EQ(client.Read(3), "one");
  open.stream->Write("two");
  open.stream.reset();
  EXPECT_EQ(client.ReadAll(), "two");
}

TEST_F(ServerTest, HeadsAreAnsweredWithoutABody) {
  Start();
  RawClient client = Client();
  ASSERT_TRUE(client.Send("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n" + Get("/hello")));
  EXPECT_EQ(client.ReadResponse(/*has_body=*/false).value().Header("Content-Length"), "5");
  EXPECT_EQ(client.ReadResponse().value().body, "hello");
  ASSERT_TRUE(client.Send("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n" + Get("/hello")));
  EXPECT_EQ(client.ReadResponse(/*has_body=*/false).value().Header("Transfer-Encoding"), "chunked");
  EXPECT_EQ(client.ReadResponse().value().body, "hello");
  EXPECT_EQ(streams_.Take().value().closed->Take().value().code(), absl::StatusCode::kUnavailable);
}

TEST_F(ServerTest, AnswersWithoutBodiesAreFramed) {
  Start();
  RawClient client = Client();
  ASSERT_TRUE(client.Send(Get("/accepted") + Get("/nothing") + Get("/hello")));
  const RawResponse accepted = client.ReadResponse().value();
  EXPECT_EQ(accepted.status_line, "HTTP/1.1 202 Accepted");
  EXPECT_EQ(accepted.Header("Content-Length"), "0");
  const RawResponse nothing = client.ReadResponse().value();
  EXPECT_EQ(nothing.status_line, "HTTP/1.1 204 No Content");
  EXPECT_EQ(nothing.Header("Content-Length"), "");
  EXPECT_EQ(client.ReadResponse().value().body, "hello");
}

TEST_F(ServerTest, ADroppedRequestIsAnswered500) {
  Start();
  RawClient client = Client();
  ASSERT_TRUE(client.Send(Get("/dropped")));
  EXPECT_EQ(client.ReadResponse().value().status, 500);
  ASSERT_TRUE(client.Send(Get("/hello")));
  EXPECT_EQ(client.ReadResponse().value().status, 200);
}

TEST_F(ServerTest, BytesMayComeOneByOne) {
  Start();
  RawClient client = Client();
  ASSERT_TRUE(client.SendSlowly(Get("/hello")));
  EXPECT_EQ(client.ReadResponse().value().body, "hello");
  ASSERT_TRUE(client.SendSlowly(
      Post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n")));
  EXPECT_EQ(client.ReadResponse().value().body, "abc0123456789");
}

TEST_F(ServerTest, LargeBodiesGoBothWays) {
  Start();
  RawClient client = Client();
  const std::string body(5'000'000, 'b');
  ASSERT_TRUE(client.Send(Post(absl::StrCat("Content-Length: ", body.size(), "\r\n"), body)));
  EXPECT_EQ(client.ReadResponse().value().body, body);
  std::string chunks;
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&chunks, "1388\r\n", body.substr(0, 5000), "\r\n");
  ASSERT_TRUE(client.Send(Post("Transfer-Encoding: chunked\r\n", chunks + "0\r\n\r\n")));
  EXPECT_EQ(client.ReadResponse().value().body, body);
}

TEST_F(ServerTest, RequestsSentAheadAreAnsweredInOrder) {
  Start();
  RawClient client = Client();
  std::string requests;
  for (int i = 0; i < 1000; ++i) {
    const std::string body = absl::StrCat("request ", i);
    requests += Post(absl::StrCat("Content-Length: ", body.size(), "\r\n"), body);
  }
  ASSERT_TRUE(client.Send(requests));
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(client.ReadResponse().value().body, absl::StrCat("request ", i));
  }
}

TEST_F(ServerTest, ASlowAnswerHoldsBackThoseBehindIt) {
  Start();
  RawClient client = Client();
  ASSERT_TRUE(client.Send(Get("/hold?1") + Get("/hold?2") + Get("/hello")));
  std::unique_ptr<Exchange> first = held_.Take().value();
  EXPECT_EQ(first->request().query.count("1"), 1u);
  EXPECT_EQ(held_.size(), 0u);
  first->Reply({.body = "first"});
  EXPECT_EQ(client.ReadResponse().value().body, "first");
  held_.Take().value()->Reply({.body = "second"});
  EXPECT_EQ(client.ReadResponse().value().body, "second");
  EXPECT_EQ(client.ReadResponse().value().body, "hello");
}

TEST_F(ServerTest, Case07_WhoSendsAheadAndDoesNotReadIsNotReadFrom) {
  Start({.threads = 1});
  RawClient client = Client();
  ASSERT_TRUE(client.Send(Get("/hold")));
  std::unique_ptr<Exchange> exchange = held_.Take().value();
  std::string requests;
  while (requests.size() < (8u << 20)) requests += Get("/hello");
  std::thread sender([&] { client.Send(requests); });
  ExpectServerWorks();
  exchange->Reply({});
  EXPECT_EQ(client.ReadResponse().value().body, "");
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(client.ReadResponse().value().body, "hello");
  client.ShutdownSending();
  sender.join();
}

TEST_F(ServerTest, AClientMayAskBeforeItSendsABody) {
  Start();
  RawClient client = Client();
  ASSERT_TRUE(client.Send(Post("Expect: 100-continue\r\nContent-Length: 5\r\n", "")));
  EXPECT_EQ(client.ReadResponse(/*has_body=*/false).value().status, 100);
  ASSERT_TRUE(client.Send("hello"));
  EXPECT_EQ(client.ReadResponse().value().body, "hello");
  // One that does not wait is not told.
  ASSERT_TRUE(client.Send(Post("Expect: 100-continue\r\nContent-Length: 5\r\n", "hello")));
  EXPECT_EQ(client.ReadResponse().value().body, "hello");
}

TEST_F(ServerTest, LargeAnswersAreCompressedForThoseWhoTakeIt) {
  Start();
  RawClient client = Client();
  for (const size_t size : {1024u, 100'000u, 5'000'000u}) {
    ASSERT_TRUE(client.Send(Get(absl::StrCat("/large?size=", size), "Accept-Encoding: gzip\r\n")));
    const RawResponse response = client.ReadResponse().value();
    EXPECT_EQ(response.Header("Content-Encoding"), "gzip");
    EXPECT_EQ(response.Header("Vary"), "Accept-Encoding");
    EXPECT_LT(response.body.size(), size / 5);
    EXPECT_EQ(Decompress(response.body), std::string(size, 'x'));
  }
}

TEST_F(ServerTest, OtherAnswersAreNotCompressed) {
  Start();
  RawClient client = Client();
  ASSERT_TRUE(client.Send(Get("/large?size=1023", "Accept-Encoding: gzip\r\n")));
  EXPECT_EQ(client.ReadResponse().value().body.size(), 1023u);
  ASSERT_TRUE(client.Send(Get("/large?size=100000")));
  EXPECT_EQ(client.ReadResponse().value().body.size(), 100'000u);
  ASSERT_TRUE(client.Send(Get("/stream", "Accept-Encoding: gzip\r\n")));
  EXPECT_EQ(client.ReadHead().value().Header("Content-Encoding"), "");
  OpenStream open = streams_.Take().value();
  open.stream->Write(std::string(5000, 'x'));
  EXPECT_EQ(client.ReadChunk(), std::string(5000, 'x'));
}

TEST_F(ServerTest, WhatIsWrittenToAStreamIsOneChunkEach) {
  Start();
  RawClient client = Client();
  OpenStream open = Subscribe(&client);
  open.stream->Write("");
  for (int i = 0; i < 100; ++i) open.stream->Write(absl::StrCat("event ", i));
  for (int i = 0; i < 100; ++i) ASSERT_EQ(client.ReadChunk(), absl::StrCat("event ", i));
  const std::string large(3 << 20, 'x');
  open.stream->Write(large);
  EXPECT_EQ(client.ReadChunk(), large);
}

TEST_F(ServerTest, AStreamEndsInGoodOrder) {
  Start();
  RawClient client = Client();
  OpenStream open = Subscribe(&client);
  open.stream->Write("last");
  open.stream.reset();
  EXPECT_EQ(client.ReadChunk(), "last");
  EXPECT_EQ(client.ReadChunk(), "");
  ASSERT_TRUE(client.Send(Get("/hello")));
  EXPECT_EQ(client.ReadResponse().value().body, "hello");
  EXPECT_EQ(open.closed->size(), 0u);
}

TEST_F(ServerTest, AClientThatGoesIsNoticedAtOnce) {
  Start();
  RawClient client = Client();
  OpenStream open = Subscribe(&client);
  client.Close();
  EXPECT_EQ(open.closed->Take(), absl::UnavailableError("the client has closed the connection"));
  open.stream->Write("into the void");
}

TEST_F(ServerTest, AClientThatClosesItsSideOfAStreamHasGone) {
  Start();
  RawClient client = Client();
  OpenStream open = Subscribe(&client);
  client.ShutdownSending();
  EXPECT_EQ(open.closed->Take().value().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(client.AwaitEnd());
}

TEST_F(ServerTest, AClientThatClosesItsSideGetsItsAnswers) {
  Start();
  RawClient client = Client();
  ASSERT_TRUE(client.Send(Get("/hold") + Get("/hello")));
  client.ShutdownSending();
  held_.Take().value()->Reply({.body = "late"});
  EXPECT_EQ(client.ReadResponse().value().body, "late");
  EXPECT_EQ(client.ReadResponse().value().body, "hello");
  EXPECT_TRUE(client.AwaitEnd());
}

TEST_F(ServerTest, AStreamForAClientThatHasGoneIsClosed) {
  Start();
  RawClient client = Client();
  ASSERT_TRUE(client.Send(Get("/hold")));
  std::unique_ptr<Exchange> exchange = held_.Take().value();
  client.ShutdownSending();
  Mailbox<absl::Status> closed;
  auto stream = exchange->Stream({}, [&closed](absl::Status reason) { closed.Put(reason); });
  EXPECT_EQ(closed.Take().value().code(), absl::StatusCode::kUnavailable);
}

TEST_F(ServerTest, ABodyMayBeStreamed) {
  Start({.streams_body = [](const Request& head) { return head.path == "/hold"; },
         .max_body_bytes = 1000});
  RawClient client = Client();
  ASSERT_TRUE(client.Send("POST /hold HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"));
  std::unique_ptr<Exchange> exchange = held_.Take().value();
  Mailbox<absl::StatusOr<std::string>> pieces;
  const auto read = [&] {
    exchange->request().body_reader->Read(
        [&pieces](absl::StatusOr<std::string> piece) { pieces.Put(std::move(piece)); });
    return pieces.Take().value().value();
  };
  ASSERT_TRUE(client.Send("3\r\none\r\n"));
  EXPECT_EQ(read(), "one");
  // Much more than fits anywhere, or than a body may have that is not streamed.
  constexpr size_t kChunks = 10'000;
  std::thread sender([&client] {
    const std::string chunk = absl::StrCat("400\r\n", std::string(1024, 'x'), "\r\n");
    for (size_t i = 0; i < kChunks; ++i) client.Send(chunk);
    client.Send("0\r\n\r\n");
  });
  size_t received = 0;
  for (std::string piece = read(); !piece.empty(); piece = read()) received += piece.size();
  sender.join();
  EXPECT_EQ(received, kChunks * 1024);
  exchange->Reply({.body = "done"});
  EXPECT_EQ(client.ReadResponse().value().body, "done");
  ASSERT_TRUE(client.Send(Get("/hello")));
  EXPECT_EQ(client.ReadResponse().value().body, "hello");
}

TEST_F(ServerTest, AReaderOutlivesItsServer) {
  Start({.streams_body = [](const Request&) { return true; }});
  RawClient client = Client();
  ASSERT_TRUE(client.Send("POST /hold HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"));
  std::unique_ptr<Exchange> exchange = held_.Take().value();
  Mailbox<absl::StatusOr<std::string>> pieces;
  exchange->request().body_reader->Read(
      [&pieces](absl::StatusOr<std::string> piece) { pieces.Put(std::move(piece)); });
  server_.reset();
  EXPECT_EQ(pieces.Take().value().status().code(), absl::StatusCode::kUnavailable);
  exchange->request().body_reader->Read([](absl::StatusOr<std::string>) {});
}

TEST_F(ServerTest, HandlersHearWhoAsks) {
  Start();
  RawClient client = Client();
  ASSERT_TRUE(client.Send(Get("/address")));
  EXPECT_THAT(client.ReadResponse().value().body, HasSubstr("127.0.0.1:"));
}

TEST_F(ServerTest, ADestroyedServerClosesItsConnections) {
  Start();
  RawClient idle = Client();
  RawClient streaming = Client();
  RawClient waiting = Client();
  ASSERT_TRUE(waiting.Send(Get("/hold")));
  std::unique_ptr<Exchange> exchange = held_.Take().value();
  OpenStream open = Subscribe(&streaming);
  server_.reset();
  EXPECT_EQ(open.closed->Take(), absl::UnavailableError("the server is shutting down"));
  for (RawClient* client : {&idle, &streaming, &waiting}) EXPECT_TRUE(client->AwaitEnd());
  // What outlives the server does no harm.
  open.stream->Write("too late");
  open.stream.reset();
  exchange->Reply({.body = "too late"});
}

TEST_F(ServerTest, AStreamOpenedAfterTheServerDoesNoHarm) {
  Start();
  RawClient client = Client();
  ASSERT_TRUE(client.Send(Get("/hold")));
  std::unique_ptr<Exchange> exchange = held_.Take().value();
  server_.reset();
  auto stream = exchange->Stream({}, [](absl::Status) {});
  stream->Write("x");
}

TEST_F(ServerTest, OptionsAreChecked) {
  const Handler handler = [](std::unique_ptr<Exchange>) {};
  const auto code = [](HttpServerOptions options) {
    return CreateHttpServer(std::move(options)).status().code();
  };
  EXPECT_EQ(code({.address = "localhost:0", .handler = handler}),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code({.address = "127.0.0.1:0"}), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code({.address = "127.0.0.1:0", .handler = handler, .threads = 0}),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code({.address = "127.0.0.1:0", .handler = handler, .max_connections = 0}),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(
      code({.address = "127.0.0.1:0", .handler = handler, .head_timeout = absl::ZeroDuration()}),
      absl::StatusCode::kInvalidArgument);
  Start();
  EXPECT_EQ(code({.address = absl::StrCat("127.0.0.1:", server_->port()), .handler = handler}),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace mesos::http
