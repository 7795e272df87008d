// Client and Http against real servers on loopback.
#include "daemons/cli/client.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "daemons/cli/http.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mesoslib/http/http_server.h"
#include "mesoslib/http/replies.h"

namespace mesos::cli {
namespace {

using ::testing::HasSubstr;

class ClientTest : public ::testing::Test {
 protected:
  using Server = std::unique_ptr<http::HttpServer>;

  static Server Serve(http::Handler handler) {
    http::HttpServerOptions options;
    options.address = "127.0.0.1:0";
    options.handler = std::move(handler);
    auto server = http::CreateHttpServer(std::move(options));
    EXPECT_TRUE(server.ok()) << server.status();
    return *std::move(server);
  }

  static std::string AddressOf(const Server& server) {
    return absl::StrCat("127.0.0.1:", server->port());
  }

  absl::StatusOr<v1::master::Response> Ask(const std::string& master,
                                           absl::Duration timeout = absl::Seconds(20)) {
    Client client(http_.get(), master, timeout, nullptr);
    return client.Ask(v1::master::Call::GET_HEALTH);
  }

  const std::unique_ptr<Http> http_ = CreateHttp();
};

TEST_F(ClientTest, ACallIsPostedAsJsonAndItsAnswerReadInEitherEncoding) {
  for (const bool json : {false, true}) {
    const Server server = Serve([&](std::unique_ptr<http::Exchange> exchange) {
      const http::Request& request = exchange->request();
      EXPECT_EQ(request.method, "POST");
      EXPECT_EQ(request.path, "/api/v1");
      EXPECT_EQ(request.headers.Find("Content-Type").value_or(""), "application/json");
      EXPECT_EQ(request.headers.Find("Accept").value_or(""), "application/x-protobuf");
      EXPECT_EQ(request.body, R"({"type":"GET_HEALTH"})");
      v1::master::Response response;
      response.mutable_get_health()->set_healthy(true);
      exchange->Reply(
          {.headers = {{"Content-Type", json ? "application/json" : "application/x-protobuf"}},
           .body = json ? R"({"get_health":{"healthy":true}})" : response.SerializeAsString()});
    });
    const auto response = Ask(AddressOf(server));
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_TRUE(response->get_health().healthy());
  }
}

TEST_F(ClientTest, TheLeaderIsFollowedWithTheCall) {
  std::string body;
  const Server leader = Serve([&](std::unique_ptr<http::Exchange> exchange) {
    body = exchange->request().method + " " + exchange->request().body;
    exchange->Reply({});
  });
  const Server other = Serve([&](std::unique_ptr<http::Exchange> exchange) {
    exchange->Reply({.status = 307,
                     .headers = {{"Location", absl::StrCat("//", AddressOf(leader),
                                                           exchange->request().path)}}});
  });
  EXPECT_TRUE(Ask(AddressOf(other)).ok());
  EXPECT_EQ(body, R"(POST {"type":"GET_HEALTH"})");
}

TEST_F(ClientTest, RedirectionsThatNeverEndOrLeadElsewhereAreRefused) {
  for (const char* location : {"/api/v1", "file:///etc/passwd", "gopher://127.0.0.1:1/"}) {
    const Server server = Serve([&](std::unique_ptr<http::Exchange> exchange) {
      exchange->Reply({.status = 307, .headers = {{"Location", location}}});
    });
    const absl::Status status = Ask(AddressOf(server)).status();
    EXPECT_FALSE(status.ok()) << location;
    EXPECT_FALSE(absl::IsInvalidArgument(status)) << status;
  }
}

TEST_F(ClientTest, SilenceAndClosedPortsAreToldApart) {
  const Server server = Serve([](std::unique_ptr<http::Exchange> exchange) {
    static auto* held = new std::vector<std::unique_ptr<http::Exchange>>;
    held->push_back(std::move(exchange));
  });
  const absl::Status late = Ask(AddressOf(server), absl::Milliseconds(50)).status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(late)) << late;
  EXPECT_THAT(std::string(late.message()), HasSubstr("no answer within 50ms"));
  const absl::Status nobody = Ask("127.0.0.1:1").status();
  EXPECT_TRUE(absl::IsUnavailable(nobody)) << nobody;
  EXPECT_THAT(std::string(nobody.message()), HasSubstr("cannot reach the master at 127.0.0.1:1: "));
}

TEST_F(ClientTest, RefusalsKeepTheirReason) {
  for (const auto& [code, expected] : {std::pair(400, absl::StatusCode::kFailedPrecondition),
                                       std::pair(403, absl::StatusCode::kPermissionDenied),
                                       std::pair(404, absl::StatusCode::kNotFound),
                                       std::pair(409, absl::StatusCode::kFailedPrecondition),
                                       std::pair(501, absl::StatusCode::kUnimplemented),
                                       std::pair(503, absl::StatusCode::kUnavailable),
                                       std::pair(418, absl::StatusCode::kInternal)}) {
    const Server server = Serve([code = code](std::unique_ptr<http::Exchange> exchange) {
      exchange->Reply(http::TextReply(code, "the reason\nis " + std::string(100'000, 'x')));
    });
    const absl::Status status = Ask(AddressOf(server)).status();
    EXPECT_EQ(status.code(), expected) << code;
    EXPECT_THAT(std::string(status.message()), HasSubstr("the reason\\nis xxx"));
    EXPECT_LT(status.message().size(), 600u);
  }
}

TEST(HttpAddressTest, AnAddressIsWrittenInManyWays) {
  for (const auto& [text, address] :
       {std::pair("host", "host:5050"), std::pair("host:1", "host:1"),
        std::pair("http://10.0.0.1:5051/", "10.0.0.1:5051"), std::pair("[::1]", "[::1]:5050"),
        std::pair("[fe80::1%eth0]:80", "[fe80::1%eth0]:80")}) {
    EXPECT_EQ(HttpAddress(text, 5050).value_or("?"), address) << text;
  }
  for (const char* text :
       {"", ":5050", "host:", "host:0", "host:x", "host:65536", "a b", "::1", "[::1", "[::1]x",
        "h/../x", "h@evil:1", "https://h", "h?x", "h\r\nX: y"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(HttpAddress(text, 5050).status())) << text;
  }
}

}  // namespace
}  // namespace mesos::cli
