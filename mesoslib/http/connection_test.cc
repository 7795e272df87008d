// A connection on a wire and a clock that the test holds: timeouts, back pressure, cuts.
#include "mesoslib/http/connection.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/http/fake_wire.h"

namespace mesos::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class ConnectionTest : public testing::Test {
 protected:
  ConnectionTest()
      : setup_{.handler =
                   [this](std::unique_ptr<Exchange> exchange) {
                     exchanges_.push_back(std::move(exchange));
                   },
               .streams_body = [](const Request& head) { return head.path == "/attach"; },
               .log = Logger(nullptr),
               .body_budget = std::make_shared<MemoryBudget>(1 << 20),
               .request = {.max_body_bytes = 1 << 20},
               .backlog = {.bytes = 1000, .all = std::make_shared<MemoryBudget>(1 << 20)},
               .idle_timeout = absl::Minutes(5),
               .head_timeout = absl::Seconds(10),
               .body_pace = {absl::Seconds(20), 1000},
               .write_pace = {absl::Seconds(30), 1000},
               .linger_timeout = absl::Seconds(2)},
        connection_(setup_, &wire_, waker_, "peer:1") {}

  // What was posted and never ran may know the waker that keeps it.
  ~ConnectionTest() override { waker_->callbacks.clear(); }

  void Pass(absl::Duration duration) {
    wire_.now += duration;
    connection_.OnTime();
  }

  std::string TakeSent() { return std::exchange(wire_.sent, {}); }

  // The peer takes so much more.
  void MakeRoom(size_t bytes) {
    wire_.room += bytes;
    if (std::exchange(wire_.awaiting, false)) connection_.OnWritable();
  }

  std::unique_ptr<Exchange> TakeExchange() {
    EXPECT_EQ(exchanges_.size(), 1u);
    std::unique_ptr<Exchange> exchange = std::move(exchanges_.back());
    exchanges_.pop_back();
    return exchange;
  }

  void Answer(std::string body) {
    TakeExchange()->Reply({.body = std::move(body)});
    connection_.OnWake();
  }

  std::unique_ptr<ResponseStream> OpenStream() {
    connection_.OnBytes(kRequest);
    auto stream = TakeExchange()->Stream(
        {}, [this](absl::Status reason) { closed_.push_back(std::move(reason)); });
    connection_.OnWake();
    TakeSent();
    return stream;
  }

  static constexpr absl::string_view kRequest = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

  std::vector<std::unique_ptr<Exchange>> exchanges_;
  std::vector<absl::Status> closed_;
  FakeWire wire_;
  std::shared_ptr<FakeWaker> waker_ = std::make_shared<FakeWaker>();
  const ConnectionSetup setup_;
  Connection connection_;
};

TEST_F(ConnectionTest, AnAnswerIsTheseBytes) {
  connection_.OnBytes(kRequest);
  Answer("hi");
  EXPECT_EQ(TakeSent(), "HTTP/1.1 200 OK\r\nDate: today\r\nContent-Length: 2\r\n\r\nhi");
}

TEST_F(ConnectionTest, AHandlersFieldsCannotAddLines) {
  connection_.OnBytes(kRequest);
  TakeExchange()->Reply({.status = 307, .headers = {{"Location", "//x\r\nSet-Cookie: a"}}});
  connection_.OnWake();
  EXPECT_THAT(TakeSent(), HasSubstr("\r\nLocation: //x  Set-Cookie: a\r\n"));
}

TEST_F(ConnectionTest, OnlyTheFirstAnswerCounts) {
  connection_.OnBytes(kRequest);
  std::unique_ptr<Exchange> exchange = TakeExchange();
  exchange->Reply({.body = "one"});
  exchange->Reply({.body = "two"});
  connection_.OnWake();
  EXPECT_THAT(TakeSent(), testing::EndsWith("one"));
  connection_.OnWake();
  EXPECT_EQ(TakeSent(), "");
}

TEST_F(ConnectionTest, Case07_ANewConnectionSaysSomethingSoon) {
  Pass(absl::Seconds(9));
  EXPECT_EQ(wire_.closed, "");
  Pass(absl::Seconds(1));
  EXPECT_EQ(wire_.closed, "in good order");
  EXPECT_EQ(wire_.sent, "");
}

TEST_F(ConnectionTest, AnIdleConnectionIsKeptForLong) {
  connection_.OnBytes(kRequest);
  Answer("");
  Pass(absl::Minutes(5) - absl::Seconds(1));
  EXPECT_EQ(wire_.closed, "");
  Pass(absl::Seconds(1));
  EXPECT_EQ(wire_.closed, "in good order");
}

TEST_F(ConnectionTest, Case07_AHeadThatTricklesInIsRefused) {
  for (int i = 0; i < 9; ++i) {
    connection_.OnBytes("G");
    Pass(absl::Seconds(1));
  }
  EXPECT_EQ(wire_.sent, "");
  Pass(absl::Seconds(1));
  EXPECT_THAT(TakeSent(), StartsWith("HTTP/1.1 408 Request Timeout"));
  EXPECT_TRUE(wire_.shutdown);
}

TEST_F(ConnectionTest, Case07_ABodyThatStallsIsRefused) {
  connection_.OnBytes("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
  connection_.OnBytes(std::string(90'000, 'x'));
  Pass(absl::Seconds(19));
  connection_.OnBytes("x");
  Pass(absl::Seconds(19));
  EXPECT_EQ(wire_.sent, "");
  Pass(absl::Seconds(1));
  EXPECT_THAT(TakeSent(), StartsWith("HTTP/1.1 408 Request Timeout"));
}

TEST_F(ConnectionTest, Case07_ABodyThatTricklesInIsRefused) {
  connection_.OnBytes("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
  for (int i = 0; i < 19; ++i) {
    Pass(absl::Seconds(1));
    connection_.OnBytes("x");
  }
  EXPECT_EQ(wire_.sent, "");
  Pass(absl::Seconds(2));
  EXPECT_THAT(TakeSent(), StartsWith("HTTP/1.1 408 Request Timeout"));
  EXPECT_THAT(exchanges_, IsEmpty());
}

TEST_F(ConnectionTest, ABodyThatComesAtTheLeastPaceIsTaken) {
  connection_.OnBytes("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
  for (int i = 0; i < 100; ++i) {
    Pass(absl::Seconds(1));
    connection_.OnBytes(std::string(1000, 'x'));
  }
  EXPECT_EQ(TakeExchange()->request().body.size(), 100'000u);
}

TEST_F(ConnectionTest, AHandlerMayTakeItsTime) {
  connection_.OnBytes(kRequest);
  Pass(absl::Hours(10));
  Answer("late");
  EXPECT_THAT(TakeSent(), testing::EndsWith("late"));
}

TEST_F(ConnectionTest, AnIdleStreamIsKeptForEver) {
  auto stream = OpenStream();
  Pass(absl::Hours(100));
  EXPECT_EQ(wire_.closed, "");
}

TEST_F(ConnectionTest, Case07_AnAnswerThatIsNotTakenIsCutOff) {
  wire_.room = 10;
  connection_.OnBytes(kRequest);
  Answer(std::string(100'000, 'x'));
  Pass(absl::Seconds(29));
  MakeRoom(50'000);
  Pass(absl::Seconds(29));
  EXPECT_EQ(wire_.closed, "");
  Pass(absl::Seconds(1));
  EXPECT_EQ(wire_.closed, "at once");
}

TEST_F(ConnectionTest, Case07_AnAnswerThatIsTakenByTheByteIsCutOff) {
  wire_.room = 10;
  connection_.OnBytes(kRequest);
  Answer(std::string(100'000, 'x'));
  for (int i = 0; i < 29; ++i) {
    Pass(absl::Seconds(1));
    MakeRoom(1);
  }
  EXPECT_EQ(wire_.closed, "");
  Pass(absl::Seconds(2));
  EXPECT_EQ(wire_.closed, "at once");
}

TEST_F(ConnectionTest, Case06_AStreamThatIsNotReadIsCutOffAtTheLimit) {
  auto stream = OpenStream();
  wire_.room = 0;
  for (int i = 0; i < 3; ++i) {
    stream->Write(std::string(300, 'x'));
    connection_.OnWake();
  }
  EXPECT_EQ(wire_.closed, "");
  stream->Write(std::string(300, 'x'));
  connection_.OnWake();
  EXPECT_EQ(wire_.closed, "at once");
  ASSERT_EQ(closed_.size(), 1u);
  EXPECT_EQ(closed_[0].code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(closed_[0].message()), HasSubstr("more than 1000 bytes wait"));
  stream->Write("goes nowhere");
  stream.reset();
  EXPECT_EQ(closed_.size(), 1u);
}

TEST_F(ConnectionTest, Case06_TheConnectionIsToldOfACutWhileItWaits) {
  auto stream = OpenStream();
  wire_.room = 0;
  stream->Write(std::string(900, 'x'));
  connection_.OnWake();
  stream->Write("x");
  const int wakes = waker_->wakes;
  stream->Write(std::string(900, 'x'));
  EXPECT_EQ(waker_->wakes, wakes + 1);
}

TEST_F(ConnectionTest, Case06_AStreamThatIsReadTooSlowlyIsCutOff) {
  auto stream = OpenStream();
  wire_.room = 0;
  stream->Write("event");
  connection_.OnWake();
  Pass(absl::Seconds(30));
  ASSERT_EQ(closed_.size(), 1u);
  EXPECT_EQ(closed_[0].code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(ConnectionTest, AStreamThatFailsIsCutOffWithoutItsLastChunk) {
  auto stream = OpenStream();
  stream->Write("some");
  connection_.OnWake();
  stream->Fail(absl::AbortedError("the disk is broken"));
  stream = nullptr;
  connection_.OnWake();
  EXPECT_EQ(TakeSent(), "4\r\nsome\r\n");
  EXPECT_EQ(wire_.closed, "at once");
}

TEST_F(ConnectionTest, AnEventMayBeLargerThanTheLimit) {
  auto stream = OpenStream();
  stream->Write(std::string(5000, 'x'));
  connection_.OnWake();
  EXPECT_EQ(TakeSent(), "1388\r\n" + std::string(5000, 'x') + "\r\n");
  stream->Write("next");
  connection_.OnWake();
  EXPECT_EQ(TakeSent(), "4\r\nnext\r\n");
  EXPECT_THAT(closed_, IsEmpty());
}

TEST_F(ConnectionTest, ASlowReaderThatCatchesUpIsKept) {
  auto stream = OpenStream();
  for (int i = 0; i < 100; ++i) {
    wire_.room = 0;
    stream->Write(std::string(900, 'x'));
    connection_.OnWake();
    MakeRoom(450);
    MakeRoom(10'000);
  }
  EXPECT_EQ(wire_.sent.size(), 100u * 907);
  EXPECT_THAT(closed_, IsEmpty());
}

TEST_F(ConnectionTest, Case07_AClientThatSendsDuringItsStreamIsCutOffAtALimit) {
  auto stream = OpenStream();
  connection_.OnBytes(std::string(60'000, 'x'));
  EXPECT_EQ(wire_.closed, "");
  connection_.OnBytes(std::string(10'000, 'x'));
  EXPECT_EQ(wire_.closed, "at once");
  EXPECT_EQ(closed_.size(), 1u);
}

TEST_F(ConnectionTest, WhatIsSentAheadWaitsUpToALimit) {
  connection_.OnBytes(kRequest);
  for (int i = 0; i < 3000; ++i) connection_.OnBytes(kRequest);
  EXPECT_FALSE(wire_.reading);
  for (int i = 0; i < 3001; ++i) Answer("");
  EXPECT_TRUE(wire_.reading);
  EXPECT_THAT(exchanges_, IsEmpty());
}

TEST_F(ConnectionTest, NoMoreRequestsAreReadThanAnswersAreTaken) {
  wire_.room = 0;
  connection_.OnBytes(kRequest);
  Answer(std::string(100'000, 'x'));
  connection_.OnBytes(kRequest);
  EXPECT_THAT(exchanges_, IsEmpty());
  MakeRoom(200'000);
  EXPECT_EQ(exchanges_.size(), 1u);
}

TEST_F(ConnectionTest, ARefusedClientMayReadWhy) {
  connection_.OnBytes("nonsense\r\n\r\nand more of it");
  EXPECT_THAT(TakeSent(), StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_TRUE(wire_.shutdown);
  connection_.OnBytes("what it still sends is dropped");
  EXPECT_EQ(wire_.closed, "");
  Pass(absl::Seconds(2));
  EXPECT_EQ(wire_.closed, "in good order");
}

TEST_F(ConnectionTest, ARefusedClientThatCloses) {
  connection_.OnBytes("nonsense\r\n\r\n");
  connection_.OnEnd();
  EXPECT_EQ(wire_.closed, "in good order");
}

TEST_F(ConnectionTest, ARequestThatEndsEarlyIsRefused) {
  connection_.OnBytes("GET / HT");
  connection_.OnEnd();
  EXPECT_THAT(TakeSent(), HasSubstr("in the middle of the request\n"));
  EXPECT_EQ(wire_.closed, "in good order");
}

TEST_F(ConnectionTest, ABrokenConnectionTellsItsStream) {
  auto stream = OpenStream();
  connection_.OnBroken();
  EXPECT_THAT(closed_, ElementsAre(absl::UnavailableError("the connection is broken")));
  connection_.OnWake();
  connection_.OnTime();
  stream.reset();
}

TEST_F(ConnectionTest, AConnectionThatBreaksWhileItIsSentToIsClosed) {
  auto stream = OpenStream();
  wire_.broken = true;
  stream->Write("x");
  connection_.OnWake();
  EXPECT_EQ(closed_.size(), 1u);
  EXPECT_EQ(wire_.closed, "in good order");
}

TEST_F(ConnectionTest, AStreamThatEndedIsNotToldOfTheEnd) {
  auto stream = OpenStream();
  wire_.room = 0;
  stream->Write("x");
  connection_.OnWake();
  stream.reset();
  connection_.OnBroken();
  EXPECT_THAT(closed_, IsEmpty());
}

TEST_F(ConnectionTest, AStreamOpenedTooLateIsToldOnTheServersThread) {
  connection_.OnBytes(kRequest);
  std::unique_ptr<Exchange> exchange = TakeExchange();
  connection_.OnBroken();
  auto stream =
      exchange->Stream({}, [this](absl::Status reason) { closed_.push_back(std::move(reason)); });
  EXPECT_THAT(closed_, IsEmpty());
  ASSERT_EQ(waker_->callbacks.size(), 1u);
  waker_->RunCallbacks();
  EXPECT_EQ(closed_.size(), 1u);
}

TEST_F(ConnectionTest, LargeBodiesAreCompressedInTurns) {
  connection_.OnBytes("GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n");
  TakeExchange()->Reply({.body = std::string(1 << 20, 'x')});
  connection_.OnWake();
  int turns = 0;
  while (wire_.sent.empty() && ++turns < 100) connection_.OnWake();
  EXPECT_EQ(turns, 3);
  EXPECT_THAT(TakeSent(), HasSubstr("Content-Encoding: gzip\r\n"));
}

constexpr absl::string_view kAttach =
    "POST /attach HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";

// Reads what a client sends, piece by piece.
class PieceReader {
 public:
  explicit PieceReader(std::shared_ptr<BodyReader> reader) : reader_(std::move(reader)) {}

  void Read() {
    reader_->Read([this](absl::StatusOr<std::string> piece) { pieces.push_back(piece); });
  }

  std::vector<absl::StatusOr<std::string>> pieces;

 private:
  const std::shared_ptr<BodyReader> reader_;
};

TEST_F(ConnectionTest, AStreamedBodyIsReadAsItArrives) {
  connection_.OnBytes(kAttach);
  std::unique_ptr<Exchange> exchange = TakeExchange();
  PieceReader reader(exchange->request().body_reader);
  reader.Read();
  EXPECT_THAT(reader.pieces, IsEmpty());
  connection_.OnBytes("3\r\none\r\n3\r\nt");
  EXPECT_EQ(reader.pieces.at(0).value(), "onet");
  connection_.OnBytes("wo\r\n");
  EXPECT_EQ(reader.pieces.size(), 1u);
  reader.Read();
  waker_->RunCallbacks();
  EXPECT_EQ(reader.pieces.at(1).value(), "wo");
  Pass(absl::Hours(10));
  connection_.OnBytes("0\r\n\r\n");
  reader.Read();
  waker_->RunCallbacks();
  EXPECT_EQ(reader.pieces.at(2).value(), "");
  exchange->Reply({.body = "done"});
  connection_.OnWake();
  EXPECT_THAT(TakeSent(), testing::EndsWith("done"));
  connection_.OnBytes(kRequest);
  Answer("next");
  EXPECT_THAT(TakeSent(), testing::EndsWith("next"));
}

TEST_F(ConnectionTest, Case07_AStreamedBodyThatNobodyReadsIsLeftWhereItIs) {
  connection_.OnBytes(kAttach);
  std::unique_ptr<Exchange> exchange = TakeExchange();
  int sent = 0;
  while (wire_.reading && ++sent < 1000) {
    connection_.OnBytes(absl::StrCat("1000\r\n", std::string(4096, 'x'), "\r\n"));
  }
  EXPECT_LE(sent, 40);
  PieceReader reader(exchange->request().body_reader);
  size_t size = 0;
  for (int i = 0; i < 10 && !wire_.reading; ++i) {
    reader.Read();
    waker_->RunCallbacks();
    connection_.OnWake();
  }
  for (const auto& piece : reader.pieces) size += piece.value().size();
  EXPECT_TRUE(wire_.reading);
  EXPECT_GT(size, 0u);
}

TEST_F(ConnectionTest, AnAnswerBeforeTheEndOfAStreamedBodyClosesTheConnection) {
  connection_.OnBytes(kAttach);
  std::unique_ptr<Exchange> exchange = TakeExchange();
  PieceReader reader(exchange->request().body_reader);
  reader.Read();
  exchange->Reply({.status = 403});
  connection_.OnWake();
  EXPECT_THAT(TakeSent(), HasSubstr("Connection: close"));
  EXPECT_TRUE(wire_.shutdown);
  EXPECT_EQ(reader.pieces.at(0).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(ConnectionTest, AMalformedStreamedBodyIsRefused) {
  connection_.OnBytes(kAttach);
  std::unique_ptr<Exchange> exchange = TakeExchange();
  PieceReader reader(exchange->request().body_reader);
  reader.Read();
  connection_.OnBytes("xyz\r\n");
  EXPECT_EQ(reader.pieces.at(0).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(TakeSent(), StartsWith("HTTP/1.1 400 Bad Request"));
  exchange->Reply({.body = "goes nowhere"});
  connection_.OnWake();
  EXPECT_EQ(TakeSent(), "");
}

TEST_F(ConnectionTest, AReaderHearsThatItsClientHasGone) {
  connection_.OnBytes(kAttach);
  std::unique_ptr<Exchange> exchange = TakeExchange();
  PieceReader reader(exchange->request().body_reader);
  reader.Read();
  connection_.OnEnd();
  EXPECT_EQ(reader.pieces.at(0).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(wire_.closed, "in good order");
}

TEST_F(ConnectionTest, WorthIsWhatWouldBeLost) {
  const Connection::Worth fresh = connection_.worth().value();
  EXPECT_FALSE(fresh.served);
  connection_.OnBytes(kRequest);
  EXPECT_FALSE(connection_.worth().has_value());
  Answer("");
  EXPECT_TRUE(connection_.worth()->served);
  EXPECT_TRUE(fresh < *connection_.worth());
  auto stream = OpenStream();
  EXPECT_FALSE(connection_.worth().has_value());
}

}  // namespace
}  // namespace mesos::http
