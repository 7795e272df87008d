// Http against peers that say whatever a test wants, byte for byte.
#include "daemons/cli/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/base/unique_fd.h"

namespace mesos::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kEmpty[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

// Answers with one text after the other. An empty one: the connection is closed, and the next one
// taken. After the last one it is closed.
class Peer {
 public:
  explicit Peer(std::vector<std::string> answers, int family = AF_INET)
      : answers_(std::move(answers)), listener_(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_storage address = {};
    socklen_t size = sizeof(address);
    if (family == AF_INET6) {
      auto* v6 = reinterpret_cast<sockaddr_in6*>(&address);
      v6->sin6_family = AF_INET6;
      v6->sin6_addr = in6addr_loopback;
    } else {
      auto* v4 = reinterpret_cast<sockaddr_in*>(&address);
      v4->sin_family = AF_INET;
      v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
    listens_ = bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0 &&
               listen(listener_.get(), 8) == 0;
    getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(reinterpret_cast<sockaddr_in*>(&address)->sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~Peer() {
    shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }

  bool listens() const { return listens_; }
  std::string Url() const { return absl::StrCat("http://127.0.0.1:", port_, "/x?y=z"); }
  int port() const { return port_; }
  // What was asked, once all answers were given.
  std::vector<std::string> Requests() {
    thread_.join();
    thread_ = std::thread([] {});
    return requests_;
  }

 private:
  void Serve() {
    UniqueFd connection;
    for (const std::string& answer : answers_) {
      if (connection.get() < 0) connection.Reset(accept(listener_.get(), nullptr, nullptr));
      if (answer.empty()) {
        connection.Reset();
        continue;
      }
      std::string request = Read(connection.get());
      // The other end may have been closed in between.
      if (request.empty()) {
        connection.Reset(accept(listener_.get(), nullptr, nullptr));
        request = Read(connection.get());
      }
      if (!IsWhole(request)) return;
      requests_.push_back(request);
      for (size_t sent = 0; sent < answer.size();) {
        const ssize_t more =
            send(connection.get(), answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
        if (more <= 0) return;
        sent += more;
      }
    }
  }

  static std::string Read(int connection) {
    std::string request;
    char bytes[4096];
    while (!IsWhole(request)) {
      const ssize_t got = read(connection, bytes, sizeof(bytes));
      if (got <= 0) break;
      request.append(bytes, got);
    }
    return request;
  }

  // The requests here have no body, or "{}".
  static bool IsWhole(const std::string& request) {
    if (!absl::StrContains(request, "\r\n\r\n")) return false;
    return absl::StartsWith(request, "GET ") || absl::EndsWith(request, "\r\n\r\n{}");
  }

  const std::vector<std::string> answers_;
  const UniqueFd listener_;
  bool listens_ = false;
  int port_ = 0;
  std::vector<std::string> requests_;
  std::thread thread_;
};

absl::StatusOr<HttpAnswer> Get(const std::string& url, absl::Duration timeout = absl::Seconds(20)) {
  return CreateHttp()->Send({.url = url, .timeout = timeout});
}

std::string ErrorOf(const std::string& answer) {
  Peer peer({answer});
  const auto got = Get(peer.Url());
  EXPECT_TRUE(absl::IsDataLoss(got.status())) << got.status() << answer.substr(0, 100);
  return std::string(got.status().message());
}

TEST(HttpTest, ARequestIsTheseBytes) {
  Peer peer({kEmpty, kEmpty});
  const auto http = CreateHttp();
  ASSERT_TRUE(http->Send({.url = peer.Url()}).ok());
  ASSERT_TRUE(http->Send({.url = peer.Url(), .body = "{}", .accept = "a/b"}).ok());
  const std::vector<std::string> requests = peer.Requests();
  ASSERT_THAT(requests, SizeIs(2));
  const std::string host = absl::StrCat("Host: 127.0.0.1:", peer.port(), "\r\n");
  EXPECT_EQ(requests[0], absl::StrCat("GET /x?y=z HTTP/1.1\r\n", host,
                                      "User-Agent: mesos-cli\r\nAccept: application/json\r\n\r\n"));
  EXPECT_EQ(requests[1], absl::StrCat("POST /x?y=z HTTP/1.1\r\n", host,
                                      "User-Agent: mesos-cli\r\nAccept: a/b\r\n"
                                      "Content-Type: application/json\r\n"
                                      "Content-Length: 2\r\n\r\n{}"));
}

TEST(HttpTest, AnAnswerComesInAnyOfItsForms) {
  const std::string large(300'000, 'x');
  for (const auto& [answer, body] : std::vector<std::pair<std::string, std::string>>{
           {absl::StrCat("HTTP/1.1 404 No\r\nContent-Type: a/b\r\nContent-Length: ", large.size(),
                         "\r\n\r\n", large),
            large},
           {"HTTP/1.1 404 No\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked\r\n\r\n"
            "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
            "abc"},
           // To the end of the connection.
           {"HTTP/1.0 404 No\r\nContent-Type: a/b\r\n\r\nabc", "abc"},
           {"HTTP/1.1 100 Continue\r\n\r\n"
            "HTTP/1.1 404 No\r\nContent-Type: a/b\r\nContent-Length: 1\r\n\r\na",
            "a"}}) {
    Peer peer({answer});
    const auto got = Get(peer.Url());
    ASSERT_TRUE(got.ok()) << got.status() << answer.substr(0, 200);
    EXPECT_EQ(got->status, 404);
    EXPECT_EQ(got->content_type, "a/b");
    EXPECT_EQ(got->body, body);
  }
}

TEST(HttpTest, AConnectionIsKeptAndOpenedAgainWhereItIsNoMore) {
  // The peer closes its end between the second answer and the third request.
  Peer peer({kEmpty, kEmpty, "", kEmpty,
             "HTTP/1.1 200 OK\r\nConnection: close\r\n"
             "Content-Length: 0\r\n\r\n",
             "", kEmpty});
  const auto http = CreateHttp();
  for (int i = 0; i < 5; ++i) {
    const auto got = http->Send({.url = peer.Url(), .body = "{}"});
    ASSERT_TRUE(got.ok()) << i << " " << got.status();
  }
  EXPECT_THAT(peer.Requests(), SizeIs(5));
}

TEST(HttpTest, WhatIsNoHttpOrCutOffIsLost) {
  EXPECT_THAT(ErrorOf("SSH-2.0-OpenSSH_9.2p1\r\n\r\n"), HasSubstr("is no HTTP"));
  EXPECT_THAT(ErrorOf(absl::StrCat("HTTP/1.1 200 OK\r\nX: ", std::string(70'000, 'x'), "\r\n\r\n")),
              HasSubstr("is no HTTP"));
  EXPECT_THAT(ErrorOf("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"), HasSubstr("is no HTTP"));
  EXPECT_EQ(ErrorOf("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), "the answer is cut off");
  EXPECT_EQ(ErrorOf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc"),
            "the answer is cut off");
  EXPECT_EQ(ErrorOf("HTTP/1.1 200 OK\r\nContent-Length: 2000000000\r\n\r\n"),
            "the answer has more than a gigabyte");
}

TEST(HttpTest, APeerThatOnlyClosesIsUnavailable) {
  Peer peer({"", ""});
  const auto got = Get(peer.Url());
  EXPECT_TRUE(absl::IsUnavailable(got.status())) << got.status();
}

TEST(HttpTest, AnAnswerThatStopsInTheMiddleIsLate) {
  Peer peer({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", kEmpty});
  const auto http = CreateHttp();
  const auto got = http->Send({.url = peer.Url(), .timeout = absl::Milliseconds(50)});
  EXPECT_TRUE(absl::IsDeadlineExceeded(got.status())) << got.status();
}

TEST(HttpTest, RedirectionsLeadOnAndNowhereElse) {
  Peer leader({kEmpty, kEmpty});
  const auto to = [](const std::string& where) {
    return absl::StrCat("HTTP/1.1 307 Elsewhere\r\nLocation: ", where,
                        "\r\nContent-Length: 0\r\n\r\n");
  };
  const std::string address = absl::StrCat("127.0.0.1:", leader.port());
  Peer other({to("/here?now"), to(absl::StrCat("//", address, "/a"))});
  Peer third({to(absl::StrCat("http://", address))});
  const auto http = CreateHttp();
  for (Peer* peer : {&other, &third}) {
    const auto got = http->Send({.url = peer->Url(), .body = "{}"});
    ASSERT_TRUE(got.ok()) << got.status();
    EXPECT_EQ(got->status, 200);
  }
  EXPECT_THAT(other.Requests()[1], HasSubstr("POST /here?now HTTP/1.1\r\n"));
  const std::vector<std::string> requests = leader.Requests();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_THAT(requests[0], HasSubstr("POST /a HTTP/1.1\r\n"));
  EXPECT_THAT(requests[1], HasSubstr("POST / HTTP/1.1\r\n"));

  for (const char* where : {"https://127.0.0.1/", "file:///etc/passwd", "relative", "http://",
                            "//user@127.0.0.1/", "http://127.0.0.1:0/", "http://[::1/"}) {
    EXPECT_THAT(ErrorOf(to(where)), HasSubstr("which is no http:// address")) << where;
  }
  Peer again(std::vector<std::string>(6, to("/x")));
  EXPECT_EQ(Get(again.Url()).status().message(), "it redirects more than 5 times");
}

TEST(HttpTest, AUrlHasAHostByNameOrNumber) {
  Peer peer({kEmpty});
  EXPECT_TRUE(Get(absl::StrCat("http://localhost:", peer.port())).ok());
  EXPECT_THAT(peer.Requests()[0], HasSubstr("GET / HTTP/1.1\r\nHost: localhost:"));
  if (Peer v6({kEmpty}, AF_INET6); v6.listens()) {
    EXPECT_TRUE(Get(absl::StrCat("http://[::1]:", v6.port(), "/")).ok());
    EXPECT_THAT(v6.Requests()[0], HasSubstr("Host: [::1]:"));
  }
  for (const char* url : {"", "x", "https://x", "http://", "http://x:y", "http://a b/",
                          "http://x/\r\nX: y", "http://x/\x7f"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Get(url).status())) << url;
  }
  const auto unknown = Get("http://host.invalid:1/");
  EXPECT_TRUE(absl::IsUnavailable(unknown.status())) << unknown.status();
}

}  // namespace
}  // namespace mesos::cli
