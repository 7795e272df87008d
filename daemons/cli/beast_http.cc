// Http by Boost.Beast. What a peer may do is bounded here: only http, so many redirections, so many
// bytes, so much time. (libcurl would do, but brings fifty libraries: to load those takes longer
// than most commands.)
#include <algorithm>
#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "daemons/cli/http.h"
#include "daemons/cli/text.h"

namespace mesos::cli {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr int kMaxRedirections = 5;
constexpr uint64_t kMaxBodyBytes = uint64_t{1} << 30;
constexpr uint32_t kMaxHeaderBytes = 64 << 10;
constexpr size_t kReadBytes = 64 << 10;

struct Url {
  std::string host;
  uint16_t port = 80;
  std::string target;

  std::string Authority() const {
    return absl::StrCat(absl::StrContains(host, ':') ? absl::StrCat("[", host, "]") : host, ":",
                        port);
  }
};

// "http://host:port/path?query"; an address of IPv6 is in brackets.
std::optional<Url> ParseUrl(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, "http://")) return std::nullopt;
  // What would be more than one line, or another field, of a request.
  if (std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c == 0x7f; })) {
    return std::nullopt;
  }
  const size_t path = std::min(text.find_first_of("/?#"), text.size());
  absl::string_view host = text.substr(0, path);
  Url url;
  url.target = std::string(text.substr(path, text.find('#') - path));
  if (!absl::StartsWith(url.target, "/")) url.target.insert(0, "/");
  const size_t colon = host.rfind(':');
  if (colon != host.npos && host.find(']', colon) == host.npos) {
    uint32_t port = 0;
    if (!absl::SimpleAtoi(host.substr(colon + 1), &port) || port == 0 || port > UINT16_MAX) {
      return std::nullopt;
    }
    url.port = static_cast<uint16_t>(port);
    host = host.substr(0, colon);
  }
  if (absl::ConsumePrefix(&host, "[") && !absl::ConsumeSuffix(&host, "]")) return std::nullopt;
  if (host.empty() || absl::StrContains(host, '@')) return std::nullopt;
  url.host = std::string(host);
  return url;
}

// Where a redirection from there leads to.
std::string Resolve(const Url& from, absl::string_view location) {
  if (absl::StartsWith(location, "//")) return absl::StrCat("http:", location);
  if (absl::StartsWith(location, "/")) {
    return absl::StrCat("http://", from.Authority(), location);
  }
  return std::string(location);
}

bool IsRedirection(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

class BeastHttp final : public Http {
 public:
  // Beast reads no more at once than there is room for.
  BeastHttp() { buffer_.reserve(kReadBytes); }

  absl::StatusOr<HttpAnswer> Send(const HttpRequest& request) override {
    const Clock::time_point deadline = Clock::now() + absl::ToChronoMilliseconds(request.timeout);
    std::optional<Url> url = ParseUrl(request.url);
    if (!url.has_value()) {
      return absl::InvalidArgumentError(
          absl::StrCat("'", Printable(request.url), "' is no http:// address"));
    }
    for (int i = 0; i <= kMaxRedirections; ++i) {
      std::string location;
      absl::StatusOr<HttpAnswer> answer = Ask(*url, request, deadline, &location);
      if (absl::IsDeadlineExceeded(answer.status())) {
        return absl::DeadlineExceededError(
            absl::StrCat("no answer within ", absl::FormatDuration(request.timeout)));
      }
      if (!answer.ok() || !IsRedirection(answer->status) || location.empty()) return answer;
      url = ParseUrl(Resolve(*url, location));
      if (!url.has_value()) {
        return absl::DataLossError(absl::StrCat("it redirects to '",
                                                CutEnd(Printable(location), 100),
                                                "', which is no http:// address"));
      }
    }
    return absl::DataLossError(absl::StrCat("it redirects more than ", kMaxRedirections, " times"));
  }

 private:
  using Parser = beast::response_parser<beast::string_body>;

  absl::StatusOr<HttpAnswer> Ask(const Url& url, const HttpRequest& request,
                                 Clock::time_point deadline, std::string* location) {
    beast::request<beast::string_body> message(
        request.body.empty() ? beast::verb::get : beast::verb::post, url.target, 11);
    message.set(beast::field::host, url.Authority());
    message.set(beast::field::user_agent, "mesos-cli");
    message.set(beast::field::accept, request.accept);
    if (!request.body.empty()) {
      message.set(beast::field::content_type, "application/json");
      message.body() = request.body;
      message.prepare_payload();
    }
    // A connection that was kept may have been closed by now.
    const bool kept = socket_.is_open() && peer_ == url.Authority();
    std::optional<Parser> parser;
    error_code error;
    if (kept) error = Exchange(message, deadline, &parser);
    if (!kept || (error && !parser->got_some() && error != asio::error::timed_out)) {
      error = Connect(url, deadline);
      if (!error) error = Exchange(message, deadline, &parser);
    }
    if (error) {
      Close();
      return Failure(error);
    }
    if (!parser->get().keep_alive()) Close();
    HttpAnswer answer;
    answer.status = static_cast<int>(parser->get().result_int());
    answer.content_type = std::string(parser->get()[beast::field::content_type]);
    *location = std::string(parser->get()[beast::field::location]);
    answer.body = std::move(parser->get().body());
    return answer;
  }

  error_code Connect(const Url& url, Clock::time_point deadline) {
    Close();
    peer_ = url.Authority();
    error_code error;
    // Most masters are numbers, for which no resolver's thread is needed.
    const asio::ip::address address = asio::ip::make_address(url.host, error);
    if (!error) {
      return Await(deadline, [&](auto done) {
        socket_.async_connect(tcp::endpoint(address, url.port), std::move(done));
      });
    }
    const auto found = std::make_shared<tcp::resolver::results_type>();
    error = Await(deadline, [&](auto done) {
      resolver_.async_resolve(url.host, absl::StrCat(url.port),
                              [found, done](error_code why, tcp::resolver::results_type results) {
                                *found = std::move(results);
                                done(why);
                              });
    });
    if (error) return error;
    return Await(deadline, [&](auto done) {
      asio::async_connect(socket_, *found,
                          [done](error_code why, const tcp::endpoint&) { done(why); });
    });
  }

  error_code Exchange(const beast::request<beast::string_body>& message, Clock::time_point deadline,
                      std::optional<Parser>* parser) {
    parser->emplace();
    const auto rest = [](auto done) { return [done](error_code why, size_t) { done(why); }; };
    error_code error =
        Await(deadline, [&](auto done) { beast::async_write(socket_, message, rest(done)); });
    if (error) return error;
    do {
      parser->emplace();
      (*parser)->header_limit(kMaxHeaderBytes);
      (*parser)->body_limit(kMaxBodyBytes);
      error = Await(deadline,
                    [&](auto done) { beast::async_read(socket_, buffer_, **parser, rest(done)); });
    } while (!error && beast::to_status_class((*parser)->get().result()) ==
                           beast::status_class::informational);
    return error;
  }

  // Begins something, and waits until it calls back; timed_out where that is not in time. A search
  // for a name may go on after that.
  template <typename Begin>
  error_code Await(Clock::time_point deadline, Begin begin) {
    const auto result = std::make_shared<std::optional<error_code>>();
    begin([result](error_code why) { *result = why; });
    context_.restart();
    while (!result->has_value() && context_.run_one_until(deadline) > 0) {
    }
    if (result->has_value()) return **result;
    Close();
    context_.poll();
    return asio::error::timed_out;
  }

  void Close() {
    error_code ignored;
    socket_.close(ignored);
    buffer_.clear();
  }

  static absl::Status Failure(const error_code& error) {
    if (error == asio::error::timed_out) return absl::DeadlineExceededError("");
    if (error == beast::error::end_of_stream || error == asio::error::eof) {
      return absl::UnavailableError("it closes the connection without an answer");
    }
    if (error == beast::error::body_limit) {
      return absl::DataLossError("the answer has more than a gigabyte");
    }
    if (error == beast::error::partial_message) {
      return absl::DataLossError("the answer is cut off");
    }
    const std::string what = Printable(error.message());
    const bool is_http = error.category() == beast::make_error_code(beast::error{}).category();
    if (is_http) return absl::DataLossError(absl::StrCat("the answer is no HTTP: ", what));
    return absl::UnavailableError(what);
  }

  asio::io_context context_{1};
  tcp::resolver resolver_{context_};
  tcp::socket socket_{context_};
  boost::beast::flat_buffer buffer_{kReadBytes + kMaxHeaderBytes};
  std::string peer_;  // Whom the socket is connected with.
};

}  // namespace

std::unique_ptr<Http> CreateHttp() { return std::make_unique<BeastHttp>(); }

}  // namespace mesos::cli
