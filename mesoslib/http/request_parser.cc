#include "mesoslib/http/request_parser.h"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/http/gzip.h"
#include "mesoslib/http/request_target.h"

namespace mesos::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;
using beast::http::error;

// Longer than any size of a chunk with the extensions that somebody uses.
constexpr size_t kMaxChunkHeadBytes = 4096;

absl::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

// What the parser's codes mean to the sender.
Refusal Explain(const error_code& code) {
  const auto is = [&code](error value) { return code == value; };
  if (is(error::bad_method)) return {400, "the request line's method is malformed"};
  if (is(error::bad_target)) return {400, "the request line's target is missing or malformed"};
  if (is(error::bad_version)) return {400, "the request line does not end with HTTP/1.1"};
  if (is(error::bad_field)) return {400, "the name of a header field is malformed"};
  if (is(error::bad_value)) return {400, "the value of a header field is malformed"};
  if (is(error::multiple_content_length) || is(error::bad_content_length)) {
    return {400, "Content-Length is malformed, given twice or given besides Transfer-Encoding"};
  }
  if (is(error::bad_transfer_encoding)) {
    return {400, "Transfer-Encoding is given twice or besides Content-Length"};
  }
  if (is(error::bad_chunk)) return {400, "the size of a chunk is malformed"};
  if (is(error::bad_chunk_extension)) return {400, "the extension of a chunk is malformed"};
  if (is(error::bad_line_ending)) return {400, "the size of a chunk does not end with CR LF"};
  return {400, "the request is malformed"};
}

// "HTTP/2.0" and its kin: well-formed, and not for us.
bool IsOtherVersion(absl::string_view head) {
  const absl::string_view line = head.substr(0, head.find('\r'));
  const absl::string_view version = line.substr(line.rfind(' ') + 1);
  return version.size() == 8 && absl::StartsWith(version, "HTTP/") &&
         absl::ascii_isdigit(version[5]) && version[6] == '.' && absl::ascii_isdigit(version[7]) &&
         version != "HTTP/1.0" && version != "HTTP/1.1";
}

// Whether "gzip" is among the codings of Accept-Encoding, not with a weight of zero.
bool ListsGzip(absl::string_view accept_encoding) {
  for (absl::string_view coding : absl::StrSplit(accept_encoding, ',')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(coding, absl::MaxSplits(';', 1));
    if (!absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(parts.first), "gzip")) continue;
    std::string weight(parts.second);
    absl::StrReplaceAll({{" ", ""}}, &weight);
    return weight != "q=0" && weight != "q=0.0" && weight != "q=0.00" && weight != "q=0.000";
  }
  return false;
}

}  // namespace

// What Beast's parser finds becomes a request; its callbacks are called from put() only.
class RequestParser::Message final : public beast::http::basic_parser<true> {
 public:
  Message(const RequestLimits& limits, std::shared_ptr<MemoryBudget> budget)
      : max_body_bytes_(limits.max_body_bytes), share_(std::move(budget)) {
    header_limit(static_cast<uint32_t>(limits.head.max_bytes + 1));
    body_limit(limits.max_body_bytes);
  }

  // All of the head. False: refused.
  bool ParseHead(absl::string_view head) {
    error_code code;
    put(boost::asio::buffer(head.data(), head.size()), code);
    if (!code && is_header_done()) return CheckHead();
    if (refusal_.has_value()) return false;
    if (code == error::bad_version && IsOtherVersion(head)) {
      return Refuse(505, "this server speaks HTTP/1.1 and HTTP/1.0");
    }
    return RefuseFor(code);
  }

  // How much of the body it took. False: refused.
  bool ParseBody(absl::string_view bytes, size_t* taken) {
    error_code code;
    *taken = put(boost::asio::buffer(bytes.data(), bytes.size()), code);
    if (refusal_.has_value()) return false;
    return !code || code == error::need_more || RefuseFor(code);
  }

  // Once the body has ended. False: refused.
  bool FinishBody() {
    if (!gunzip_.has_value()) return true;
    const absl::Status status = gunzip_->Finish();
    return status.ok() || Refuse(400, std::string(status.message()));
  }

  bool Refuse(int status, std::string message) {
    refusal_ = Refusal{status, std::move(message)};
    return false;
  }

  const std::optional<Refusal>& refusal() const { return refusal_; }
  bool http_1_0() const { return http_1_0_; }
  bool expects_continue() const { return expects_continue_; }
  bool accepts_gzip() const { return accepts_gzip_; }
  size_t body_bytes() const { return body_bytes_; }
  Request* request() { return &request_; }
  MemoryShare* share() { return &share_; }

 private:
  void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target,
                       int version, error_code& code) override {
    request_.method = std::string(method);
    http_1_0_ = version == 10;
    if (const absl::Status status = ParseTarget(View(target), &request_); !status.ok()) {
      Stop(400, std::string(status.message()), code);
    }
  }

  void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value,
                     error_code& code) override {
    if (is_header_done()) {
      return Stop(400, "fields follow the last chunk: trailers are not supported", code);
    }
    request_.headers.Add(std::string(name), std::string(value));
  }

  size_t on_body_impl(beast::string_view piece, error_code& code) override {
    Add(View(piece), code);
    return piece.size();
  }
  size_t on_chunk_body_impl(uint64_t, beast::string_view piece, error_code& code) override {
    Add(View(piece), code);
    return piece.size();
  }

  void on_response_impl(int, beast::string_view, int, error_code&) override {}
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>&, error_code&) override {}
  void on_chunk_header_impl(uint64_t, beast::string_view, error_code&) override {}
  void on_finish_impl(error_code&) override {}

  bool RefuseFor(const error_code& code) {
    if (code == error::body_limit) return RefuseLargeBody();
    refusal_ = Explain(code);
    return false;
  }

  bool RefuseLargeBody() {
    return Refuse(413, absl::StrCat("the body has more than ", max_body_bytes_, " bytes"));
  }

  // Ends put() from within a callback.
  void Stop(int status, std::string message, error_code& code) {
    Refuse(status, std::move(message));
    code = error::bad_value;
  }

  // What Beast takes and we do not, and what the fields ask for.
  bool CheckHead() { return CheckHost() && CheckFraming() && ReadCodings() && ReadExpectation(); }

  size_t Count(absl::string_view name) const {
    size_t count = 0;
    for (const auto& field : request_.headers.fields()) {
      count += absl::EqualsIgnoreCase(field.first, name) ? 1 : 0;
    }
    return count;
  }

  bool CheckHost() {
    const size_t hosts = Count("Host");
    if (hosts > 1) return Refuse(400, "Host is given more than once");
    return hosts == 1 || http_1_0_ || Refuse(400, "Host is missing: HTTP/1.1 needs it");
  }

  bool CheckFraming() {
    const auto length = request_.headers.Find("Content-Length");
    if (Count("Content-Length") > 1 || (length.has_value() && absl::StrContains(*length, ','))) {
      return Refuse(400, "Content-Length is given more than once");
    }
    const auto coding = request_.headers.Find("Transfer-Encoding");
    if (!coding.has_value()) return true;
    if (http_1_0_) return Refuse(400, "Transfer-Encoding does not exist in HTTP/1.0");
    if (Count("Transfer-Encoding") > 1) return Refuse(400, "Transfer-Encoding is given twice");
    if (absl::EqualsIgnoreCase(*coding, "chunked")) return true;
    return Refuse(501, absl::StrCat("transfer coding ", Quoted(*coding),
                                    " is not supported: only 'chunked' is"));
  }

  bool ReadCodings() {
    if (const auto accepted = request_.headers.Find("Accept-Encoding")) {
      accepts_gzip_ = ListsGzip(*accepted);
    }
    const auto coding = request_.headers.Find("Content-Encoding");
    if (!coding.has_value() || absl::EqualsIgnoreCase(*coding, "identity")) return true;
    if (!absl::EqualsIgnoreCase(*coding, "gzip")) {
      return Refuse(415, absl::StrCat("content coding ", Quoted(*coding),
                                      " is not supported: only 'gzip' is"));
    }
    if (!is_done()) gunzip_.emplace();
    return true;
  }

  bool ReadExpectation() {
    const auto expectation = request_.headers.Find("Expect");
    if (!expectation.has_value() || http_1_0_) return true;
    if (!absl::EqualsIgnoreCase(*expectation, "100-continue")) {
      return Refuse(417, absl::StrCat("expectation ", Quoted(*expectation),
                                      " is not supported: only '100-continue' is"));
    }
    expects_continue_ = !is_done();
    return true;
  }

  void Add(absl::string_view piece, error_code& code) {
    body_bytes_ += piece.size();
    std::string& body = request_.body;
    if (!gunzip_.has_value()) {
      body.append(piece.data(), piece.size());
    } else if (const absl::Status status =
                   gunzip_->Write(piece, max_body_bytes_ - body.size(), &body);
               !status.ok()) {
      Refuse(400, std::string(status.message()));
      if (absl::IsResourceExhausted(status)) RefuseLargeBody();
      code = error::bad_value;
      return;
    }
    if (!share_.GrowTo(body.size())) {
      Stop(503, "the bodies of other requests take all the memory there is for them", code);
    }
  }

  const size_t max_body_bytes_;
  Request request_;
  MemoryShare share_;
  std::optional<Gunzip> gunzip_;
  std::optional<Refusal> refusal_;
  size_t body_bytes_ = 0;
  bool http_1_0_ = false;
  bool expects_continue_ = false;
  bool accepts_gzip_ = false;
};

RequestParser::RequestParser(const RequestLimits& limits, std::shared_ptr<MemoryBudget> budget)
    : scanner_(limits.head), message_(std::make_unique<Message>(limits, std::move(budget))) {}

RequestParser::~RequestParser() = default;

RequestParser::Step RequestParser::Feed(absl::string_view* bytes) {
  return message_->is_header_done() ? FeedBody(bytes) : FeedHead(bytes);
}

RequestParser::Step RequestParser::FeedHead(absl::string_view* bytes) {
  const std::optional<size_t> end = scanner_.Scan(*bytes);
  if (scanner_.refusal().has_value()) return Step::kRefused;
  absl::string_view head = bytes->substr(0, end.value_or(bytes->size()));
  bytes->remove_prefix(head.size());
  if (!end.has_value() || !pending_.empty()) {
    pending_.append(head.data(), head.size());
    head = pending_;
  }
  if (!end.has_value()) return Step::kNeedsMore;
  absl::ConsumePrefix(&head, "\r\n");
  const bool accepted = message_->ParseHead(head);
  std::string().swap(pending_);
  message_->eager(true);
  return accepted ? Step::kHead : Step::kRefused;
}

RequestParser::Step RequestParser::FeedBody(absl::string_view* bytes) {
  if (!message_->is_done()) {
    const size_t before = pending_.size();
    if (before > 0) pending_.append(bytes->data(), bytes->size());
    size_t taken = 0;
    if (!message_->ParseBody(before > 0 ? pending_ : *bytes, &taken)) return Step::kRefused;
    if (before == 0) {
      bytes->remove_prefix(taken);
      if (!message_->is_done()) pending_ = std::string(*bytes);
    } else if (message_->is_done()) {
      bytes->remove_prefix(taken - before);
    } else {
      pending_.erase(0, taken);
    }
    if (!message_->is_done()) {
      *bytes = {};
      if (pending_.size() <= kMaxChunkHeadBytes) return Step::kNeedsMore;
      message_->Refuse(400, "the size of a chunk, with its extensions, is too long");
      return Step::kRefused;
    }
  }
  return message_->FinishBody() ? Step::kDone : Step::kRefused;
}

bool RequestParser::head_done() const { return message_->is_header_done(); }
bool RequestParser::keep_alive() const { return message_->keep_alive(); }
bool RequestParser::http_1_0() const { return message_->http_1_0(); }
bool RequestParser::expects_continue() const { return message_->expects_continue(); }
bool RequestParser::accepts_gzip() const { return message_->accepts_gzip(); }
size_t RequestParser::body_bytes() const { return message_->body_bytes(); }
bool RequestParser::has_body() const { return !message_->is_done(); }
const Request& RequestParser::head() const { return *message_->request(); }
void RequestParser::StreamBody() { message_->body_limit(boost::none); }
std::string RequestParser::TakeBody() {
  message_->share()->Set(0);
  return std::exchange(message_->request()->body, {});
}
Request RequestParser::TakeRequest() { return std::move(*message_->request()); }
MemoryShare RequestParser::TakeShare() { return std::move(*message_->share()); }

const Refusal& RequestParser::refusal() const {
  return scanner_.refusal().has_value() ? *scanner_.refusal() : *message_->refusal();
}

}  // namespace mesos::http
