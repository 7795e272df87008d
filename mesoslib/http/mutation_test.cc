// Damaged requests, thousands of them, to a live server: each is answered or refused, none crashes
// or hangs it.
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "mesoslib/http/gzip.h"
#include "mesoslib/http/raw_client.h"
#include "mesoslib/http/server_fixture.h"

namespace mesos::http {
namespace {

constexpr int kRequests = 4000;

// Deterministic damage: the same for the same seed.
class Mutator {
 public:
  explicit Mutator(uint32_t seed) : random_(seed) {}

  size_t Below(size_t limit) { return random_() % limit; }

  std::string Mutate(std::string bytes) {
    for (size_t times = Below(4); times > 0; --times) MutateOnce(&bytes);
    return bytes;
  }

 private:
  static constexpr absl::string_view kPieces[] = {"\r\n",
                                                  "\n",
                                                  "\r",
                                                  "\r\n\r\n",
                                                  " ",
                                                  "\t",
                                                  ":",
                                                  ";",
                                                  ",",
                                                  "%",
                                                  "%00",
                                                  "HTTP/1.0",
                                                  "HTTP/9.9",
                                                  "chunked",
                                                  "gzip",
                                                  "-1",
                                                  "0",
                                                  "ffffffffffffffff",
                                                  "0\r\n\r\n",
                                                  "Host: y\r\n",
                                                  "\xff",
                                                  "Content-Length: 3\r\n",
                                                  "Transfer-Encoding: chunked\r\n",
                                                  "Expect: 100-continue\r\n",
                                                  "Connection: close\r\n"};

  void MutateOnce(std::string* bytes) {
    const size_t at = Below(bytes->size() + 1);
    switch (Below(6)) {
      case 0:
        bytes->insert(at, std::string(kPieces[Below(std::size(kPieces))]));
        break;
      case 1:
        bytes->insert(at, 1, static_cast<char>(Below(256)));
        break;
      case 2:
        if (at < bytes->size()) (*bytes)[at] = static_cast<char>(Below(256));
        break;
      case 3:
        bytes->erase(at, Below(8));
        break;
      case 4:
        bytes->insert(at, bytes->substr(at, Below(30)));
        break;
      default:
        bytes->resize(at);
        break;
    }
  }

  std::mt19937 random_;
};

std::vector<std::string> ValidRequests() {
  Gzip gzip;
  gzip.Write("hello hello hello hello");
  const std::string zipped = gzip.Finish().value();
  return {
      "GET /hello HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip;q=0.5, *\r\n\r\n",
      "GET http://host:80/echo?a=b%20c&d HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n",
      "GET /large?size=5000 HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n",
      "HEAD /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
      "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nhello world",
      "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;a=\"b c\"\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
      absl::StrCat("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: ",
                   zipped.size(), "\r\n\r\n", zipped),
  };
}

TEST_F(ServerTest, Case03_DamagedRequestsDoNoHarm) {
  Start({.linger_timeout = absl::Milliseconds(50)});
  const std::vector<std::string> requests = ValidRequests();
  Mutator mutator(20'261'121);
  for (int i = 0; i < kRequests; ++i) {
    std::string bytes;
    for (size_t count = 1 + mutator.Below(3); count > 0; --count) {
      bytes += mutator.Mutate(requests[mutator.Below(requests.size())]);
    }
    RawClient client = Client();
    const size_t cut = mutator.Below(bytes.size() + 1);
    client.Send(bytes.substr(0, cut));
    client.Send(bytes.substr(cut));
    client.ShutdownSending();
    ASSERT_TRUE(client.AwaitEnd()) << i << ": the server hangs after " << bytes;
    if (i % 500 == 0) ExpectServerWorks();
  }
  ExpectServerWorks();
}

TEST_F(ServerTest, UndamagedRequestsAreAllAnswered) {
  Start();
  RawClient client = Client();
  for (const std::string& request : ValidRequests()) {
    ASSERT_TRUE(client.Send(request));
    const bool head = request[0] == 'H';
    EXPECT_EQ(client.ReadResponse(!head).value().status, 200) << request;
  }
}

}  // namespace
}  // namespace mesos::http
