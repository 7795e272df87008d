#include "mesoslib/http/request_parser.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/http/gzip.h"

namespace mesos::http {
namespace {

using testing::AllOf;
using testing::Field;
using testing::HasSubstr;
using testing::Optional;
using Step = RequestParser::Step;

constexpr size_t kWhole = 1 << 30;

// What came of some bytes.
struct Outcome {
  Step step = Step::kNeedsMore;
  std::optional<Request> request;
  std::optional<Refusal> refusal;
  std::string rest;
  bool keep_alive = false;
};

class RequestParserTest : public testing::Test {
 protected:
  // Feeds `bytes` in pieces of `size` until the request is done or refused.
  Outcome Parse(absl::string_view bytes, size_t size = kWhole) {
    RequestParser parser(limits_, budget_);
    Outcome outcome;
    do {
      absl::string_view piece = bytes.substr(0, size);
      bytes.remove_prefix(piece.size());
      do {
        outcome.step = parser.Feed(&piece);
      } while (outcome.step == Step::kHead);
      if (outcome.step != Step::kNeedsMore) outcome.rest = absl::StrCat(piece, bytes);
    } while (outcome.step == Step::kNeedsMore && !bytes.empty());
    if (outcome.step == Step::kRefused) outcome.refusal = parser.refusal();
    if (outcome.step == Step::kDone) {
      outcome.keep_alive = parser.keep_alive();
      outcome.request = parser.TakeRequest();
    }
    return outcome;
  }

  // The refusal is the same however the bytes are split.
  void ExpectRefused(absl::string_view bytes, int status, const std::string& message) {
    for (const size_t size : {kWhole, size_t{1}}) {
      EXPECT_THAT(Parse(bytes, size).refusal,
                  Optional(AllOf(Field(&Refusal::status, status),
                                 Field(&Refusal::message, HasSubstr(message)))))
          << bytes.substr(0, 300) << " in pieces of " << size;
    }
  }

  RequestLimits limits_ = {.max_body_bytes = 1 << 20};
  std::shared_ptr<MemoryBudget> budget_ = std::make_shared<MemoryBudget>(2 << 20);
};

std::string Get(absl::string_view target, absl::string_view fields = "") {
  return absl::StrCat("GET ", target, " HTTP/1.1\r\nHost: x\r\n", fields, "\r\n");
}

std::string Post(absl::string_view fields, absl::string_view body) {
  return absl::StrCat("POST /api/v1 HTTP/1.1\r\nHost: x\r\n", fields, "\r\n", body);
}

std::string Chunked(absl::string_view body) { return Post("Transfer-Encoding: chunked\r\n", body); }

std::string Compress(absl::string_view text) {
  Gzip gzip;
  gzip.Write(text);
  return gzip.Finish().value();
}

TEST_F(RequestParserTest, ARequestHasMethodPathQueryAndFields) {
  const Outcome outcome = Parse(Get("/files/read?path=%2Ftmp&x=a+b", "Accept: */*\r\nA:b\r\n"));
  ASSERT_TRUE(outcome.request.has_value());
  EXPECT_EQ(outcome.request->method, "GET");
  EXPECT_EQ(outcome.request->path, "/files/read");
  EXPECT_EQ(outcome.request->query.at("path"), "/tmp");
  EXPECT_EQ(outcome.request->query.at("x"), "a b");
  EXPECT_EQ(outcome.request->headers.Find("accept"), "*/*");
  EXPECT_EQ(outcome.request->headers.Find("a"), "b");
  EXPECT_TRUE(outcome.keep_alive);
  EXPECT_EQ(outcome.rest, "");
}

TEST_F(RequestParserTest, PiecesOfAnySizeGiveTheSameRequest) {
  const std::vector<std::string> all = {
      Post("Content-Length: 11\r\n", "hello world"),
      Chunked("5;a=b\r\nhello\r\n1;x=\"y z\"\r\n \r\n005\r\nworld\r\n0\r\n\r\n"),
      Post("Transfer-Encoding: Chunked\r\nConnection: close\r\n",
           "B\r\nhello world\r\n0;x\r\n\r\n"),
      "\r\n" + Post("Content-Length: 11\r\n", "hello world"),
  };
  for (const std::string& bytes : all) {
    for (size_t size = 1; size <= bytes.size() + 4; ++size) {
      const Outcome outcome = Parse(bytes + "NEXT", size);
      ASSERT_TRUE(outcome.request.has_value()) << size << bytes;
      EXPECT_EQ(outcome.request->body, "hello world");
      EXPECT_EQ(outcome.rest, "NEXT");
    }
  }
}

TEST_F(RequestParserTest, TargetsMayNameTheHost) {
  EXPECT_EQ(Parse(Get("http://host:5050/a?b=c")).request->path, "/a");
  EXPECT_EQ(Parse(Get("http://host:5050/a?b=c")).request->query.at("b"), "c");
  EXPECT_EQ(Parse(Get("HTTP://host")).request->path, "/");
  EXPECT_EQ(Parse(Get("http://host?b=c")).request->path, "/");
  EXPECT_EQ(Parse("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").request->path, "/");
}

TEST_F(RequestParserTest, Case01_MalformedEscapesAreRefused) {
  for (const char* target : {"/%", "/%zz", "/a%2", "/%%%", "/a?b=%", "/%00", "/?%=1"}) {
    ExpectRefused(Get(target), 400, "%");
  }
}

TEST_F(RequestParserTest, Case02_EmptyPathsAreRefused) {
  for (const char* target : {"?a=b", "*", "host:80", "a/b", "http://", "http:///x", "ftp://x/y"}) {
    ExpectRefused(Get(target), 400, "begins with '/'");
  }
  ExpectRefused("GET  HTTP/1.1\r\nHost: x\r\n\r\n", 400, "target is missing");
  ExpectRefused("GET HTTP/1.1\r\nHost: x\r\n\r\n", 400, "");
}

TEST_F(RequestParserTest, MalformedRequestLinesAreRefused) {
  ExpectRefused("\r\n\r\nGET / HTTP/1.1\r\n\r\n", 400, "empty lines");
  ExpectRefused(" GET / HTTP/1.1\r\n\r\n", 400, "method");
  ExpectRefused("G@T / HTTP/1.1\r\n\r\n", 400, "method");
  ExpectRefused("GET /\r\n\r\n", 400, "");
  ExpectRefused("GET / \r\n\r\n", 400, "");
  ExpectRefused("x\r\n\r\n", 400, "");
  ExpectRefused("GET / http/1.1\r\n\r\n", 400, "does not end with HTTP/1.1");
  ExpectRefused("GET / HTTP/1.1 \r\n\r\n", 400, "does not end with HTTP/1.1");
  ExpectRefused("GET / x HTTP/1.1\r\n\r\n", 400, "does not end with HTTP/1.1");
}

TEST_F(RequestParserTest, OtherVersionsAreRefusedAsSuch) {
  ExpectRefused("GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505, "HTTP/1.1");
  ExpectRefused("GET / HTTP/1.2\r\nHost: x\r\n\r\n", 505, "HTTP/1.1");
  ExpectRefused("PRI * HTTP/2.0\r\n\r\n", 505, "HTTP/1.1");
  ExpectRefused("GET / HTTP/11\r\nHost: x\r\n\r\n", 400, "does not end with HTTP/1.1");
}

TEST_F(RequestParserTest, LinesThatDoNotEndWithCrLfAreRefusedAtOnce) {
  ExpectRefused("GET / HTTP/1.1\nHost: x", 400, "CR LF");
  ExpectRefused("GET / HTTP/1.1\r\nHost: x\n", 400, "CR LF");
  ExpectRefused("GET / HTTP/1.1\rHost: x", 400, "CR LF");
  ExpectRefused("GET / HTTP/1.1\r\nA: b\r\r\n\r\n", 400, "CR LF");
  ExpectRefused("\n", 400, "CR LF");
}

TEST_F(RequestParserTest, ControlCharactersAreRefusedAtOnce) {
  ExpectRefused(std::string("GET /\0 HTTP/1.1", 15), 400, "0x00");
  ExpectRefused(std::string("GET / HTTP/1.1\r\nA: b\0c", 22), 400, "0x00");
  ExpectRefused("GET / HTTP/1.1\r\nA: \x7f", 400, "0x7f");
  ExpectRefused("\x16\x03\x01\x02", 400, "0x16");  // TLS.
}

TEST_F(RequestParserTest, MalformedFieldsAreRefused) {
  ExpectRefused("GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n", 400, "name");
  ExpectRefused("GET / HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n", 400, "name");
  ExpectRefused("GET / HTTP/1.1\r\nHost: x\r\nA\r\n\r\n", 400, "name");
  ExpectRefused("GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n folded\r\n\r\n", 400, "folded");
  ExpectRefused("GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400, "folded");
}

TEST_F(RequestParserTest, AHostIsNeededOnce) {
  ExpectRefused("GET / HTTP/1.1\r\n\r\n", 400, "Host is missing");
  ExpectRefused(Get("/", "host: y\r\n"), 400, "Host is given more than once");
  EXPECT_TRUE(Parse("GET / HTTP/1.0\r\n\r\n").request.has_value());
  EXPECT_TRUE(Parse("GET / HTTP/1.1\r\nHost:\r\n\r\n").request.has_value());
}

TEST_F(RequestParserTest, FramingThatTwoReadersCouldUnderstandDifferentlyIsRefused) {
  const std::string body = "0\r\n\r\n";
  ExpectRefused(Post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", body), 400,
                "Transfer-Encoding");
  ExpectRefused(Post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", body), 400,
                "Content-Length");
  ExpectRefused(Post("Content-Length: 5\r\nContent-Length: 6\r\n", body), 400, "given twice");
  ExpectRefused(Post("Content-Length: 5\r\nContent-Length: 5\r\n", body), 400, "more than once");
  ExpectRefused(Post("Content-Length: 5, 5\r\n", body), 400, "more than once");
  ExpectRefused(Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", body), 400,
                "Transfer-Encoding is given twice");
  ExpectRefused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + body, 400, "HTTP/1.0");
}

TEST_F(RequestParserTest, MalformedLengthsAreRefused) {
  for (const char* length : {"-1", "+5", "0x5", "5 5", "5a", "", "1e3", "18446744073709551616"}) {
    ExpectRefused(Post(absl::StrCat("Content-Length: ", length, "\r\n"), "hello"), 400,
                  "Content-Length");
  }
}

TEST_F(RequestParserTest, OtherTransferCodingsAreNotSupported) {
  for (const char* coding : {"gzip", "gzip, chunked", "chunked, gzip", "identity", "xchunked",
                             "chunked;q=1", "\"chunked\"", ","}) {
    ExpectRefused(Post(absl::StrCat("Transfer-Encoding: ", coding, "\r\n"), "0\r\n\r\n"), 501,
                  "only 'chunked' is");
  }
}

TEST_F(RequestParserTest, MalformedChunksAreRefused) {
  ExpectRefused(Chunked("x\r\n"), 400, "chunk");
  ExpectRefused(Chunked("-1\r\n"), 400, "chunk");
  ExpectRefused(Chunked("0x5\r\nhello\r\n0\r\n\r\n"), 400, "chunk");
  ExpectRefused(Chunked("5\nhello\r\n0\r\n\r\n"), 400, "chunk");
  ExpectRefused(Chunked("5\r\nhelloX\r\n0\r\n\r\n"), 400, "chunk");
  ExpectRefused(Chunked("5\r\nhello0\r\n\r\n"), 400, "chunk");
  ExpectRefused(Chunked("\r\nhello\r\n"), 400, "chunk");
  ExpectRefused(Chunked("11111111111111111\r\nhello\r\n"), 400, "chunk");
  ExpectRefused(Chunked("5;\x01\r\nhello\r\n"), 400, "chunk");
}

TEST_F(RequestParserTest, Case03_TrailersAreRefused) {
  ExpectRefused(Chunked("5\r\nhello\r\n0\r\nX-Trailer: 1\r\n\r\n"), 400, "trailers");
  ExpectRefused(Chunked("0\r\nContent-Length: 1\r\n\r\n"), 400, "Content-Length");
}

TEST_F(RequestParserTest, LargeHeadsWithinTheLimitsAreTaken) {
  const std::string path = "/" + std::string(16'000, 'p');
  const std::string value(48'000, 'v');
  const Outcome outcome = Parse(Get(path, absl::StrCat("A: ", value, "\r\n")), 1000);
  ASSERT_TRUE(outcome.request.has_value());
  EXPECT_EQ(outcome.request->path, path);
  EXPECT_EQ(outcome.request->headers.Find("A"), value);
}

TEST_F(RequestParserTest, Case07_HeadsHaveLimits) {
  const std::string long_name(limits_.head.max_line_bytes, 'a');
  ExpectRefused(Get("/" + long_name), 414, "longer than 16384 bytes");
  ExpectRefused(std::string(1 << 20, 'a'), 414, "longer than");
  ExpectRefused(Get("/", absl::StrCat("A: ", std::string(64 << 10, 'a'), "\r\n")), 431,
                "longer than 65536 bytes");
  std::string fields;
  for (int i = 0; i < 127; ++i) fields += "A: b\r\n";
  EXPECT_TRUE(Parse(Get("/", fields)).request.has_value());
  ExpectRefused(Get("/", fields + "A: b\r\n"), 431, "more than 128 fields");
}

TEST_F(RequestParserTest, Case07_BodiesHaveALimit) {
  const std::string limit(1 << 20, 'x');
  EXPECT_EQ(Parse(Post("Content-Length: 1048576\r\n", limit), 30'000).request->body, limit);
  EXPECT_EQ(Parse(Chunked("100000\r\n" + limit + "\r\n0\r\n\r\n"), 30'000).request->body, limit);
  ExpectRefused(Post("Content-Length: 1048577\r\n", ""), 413, "more than 1048576 bytes");
  ExpectRefused(Chunked("100001\r\n"), 413, "more than 1048576 bytes");
  ExpectRefused(Chunked("ffffffffffffffff\r\n"), 413, "more than 1048576 bytes");
  ExpectRefused(Chunked("100000\r\n" + limit + "\r\n1\r\n"), 413, "more than 1048576 bytes");
}

TEST_F(RequestParserTest, Case07_ChunkExtensionsHaveALimit) {
  ExpectRefused(Chunked("5;a=" + std::string(5000, 'b')), 400, "too long");
}

TEST_F(RequestParserTest, Case07_AllBodiesTogetherHaveALimit) {
  const std::string request = Post("Content-Length: 1048576\r\n", std::string(1 << 20, 'x'));
  {
    std::vector<MemoryShare> held;
    for (int i = 0; i < 2; ++i) {
      RequestParser parser(limits_, budget_);
      absl::string_view bytes = request;
      while (parser.Feed(&bytes) == Step::kHead) {
      }
      held.push_back(parser.TakeShare());
    }
    EXPECT_EQ(budget_->taken(), size_t{2} << 20);
    ExpectRefused(Post("Content-Length: 1\r\n", "x"), 503, "take all the memory");
  }
  EXPECT_EQ(budget_->taken(), 0u);
  EXPECT_TRUE(Parse(request).request.has_value());
}

TEST_F(RequestParserTest, CompressedBodiesAreDecoded) {
  const std::string gzip = Compress("hello world");
  const std::string fields =
      absl::StrCat("Content-Encoding: gzip\r\nContent-Length: ", gzip.size(), "\r\n");
  for (const size_t size : {kWhole, size_t{1}, size_t{7}}) {
    EXPECT_EQ(Parse(Post(fields, gzip), size).request->body, "hello world");
  }
  EXPECT_EQ(Parse(Post("Content-Encoding: identity\r\nContent-Length: 2\r\n", "hi")).request->body,
            "hi");
  ExpectRefused(Post("Content-Encoding: br\r\nContent-Length: 2\r\n", "hi"), 415, "only 'gzip'");
  ExpectRefused(Post("Content-Encoding: gzip\r\nContent-Length: 2\r\n", "hi"), 400, "gzip");
  ExpectRefused(
      Post(absl::StrCat("Content-Encoding: gzip\r\nContent-Length: ", gzip.size() - 1, "\r\n"),
           gzip.substr(0, gzip.size() - 1)),
      400, "ends early");
}

TEST_F(RequestParserTest, Case07_CompressedBodiesAreMeasuredDecoded) {
  const std::string bomb = Compress(std::string(64 << 20, '\0'));
  ASSERT_LT(bomb.size(), limits_.max_body_bytes);
  ExpectRefused(
      Post(absl::StrCat("Content-Encoding: gzip\r\nContent-Length: ", bomb.size(), "\r\n"), bomb),
      413, "more than 1048576 bytes");
}

TEST_F(RequestParserTest, TheClientSaysWhatItExpects) {
  const auto parse_head = [this](const std::string& bytes) {
    auto parser = std::make_unique<RequestParser>(limits_, budget_);
    absl::string_view rest = bytes;
    EXPECT_EQ(parser->Feed(&rest), Step::kHead) << bytes;
    return parser;
  };
  EXPECT_TRUE(
      parse_head(Post("Expect: 100-continue\r\nContent-Length: 5\r\n", ""))->expects_continue());
  EXPECT_FALSE(parse_head(Get("/", "Expect: 100-continue\r\n"))->expects_continue());
  EXPECT_FALSE(parse_head("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
                   ->expects_continue());
  ExpectRefused(Get("/", "Expect: the-unexpected\r\n"), 417, "only '100-continue'");
  EXPECT_TRUE(parse_head(Get("/", "Accept-Encoding: br, gzip;q=0.5\r\n"))->accepts_gzip());
  EXPECT_FALSE(parse_head(Get("/", "Accept-Encoding: gzip; q=0, br\r\n"))->accepts_gzip());
  EXPECT_FALSE(parse_head(Get("/", "Accept-Encoding: identity\r\n"))->accepts_gzip());
  EXPECT_FALSE(parse_head(Get("/"))->accepts_gzip());
}

TEST_F(RequestParserTest, ConnectionsAreKeptAsTheVersionAndTheClientSay) {
  EXPECT_TRUE(Parse(Get("/")).keep_alive);
  EXPECT_FALSE(Parse(Get("/", "Connection: close\r\n")).keep_alive);
  EXPECT_FALSE(Parse("GET / HTTP/1.0\r\n\r\n").keep_alive);
  EXPECT_TRUE(Parse("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keep_alive);
}

}  // namespace
}  // namespace mesos::http
