#include "mesoslib/http/response_head.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos::http {
namespace {

constexpr std::pair<int, absl::string_view> kReasons[] = {
    {200, "OK"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {413, "Payload Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
};

absl::string_view Reason(int status) {
  for (const auto& [code, reason] : kReasons) {
    if (code == status) return reason;
  }
  return "Unknown";
}

std::string OneLine(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  return text;
}

void AppendFraming(const Response& response, const HeadFacts& facts, std::string* head) {
  if (!HasBody(response.status)) return;
  if (facts.framing == Framing::kLength) {
    absl::StrAppend(head, "Content-Length: ", response.body_size(), "\r\n");
  } else if (facts.framing == Framing::kChunked) {
    absl::StrAppend(head, "Transfer-Encoding: chunked\r\n");
  }
}

void AppendConnection(const HeadFacts& facts, std::string* head) {
  if (!facts.keep_alive) {
    absl::StrAppend(head, "Connection: close\r\n");
  } else if (facts.http_1_0) {
    absl::StrAppend(head, "Connection: keep-alive\r\n");
  }
}

}  // namespace

std::string ResponseHead(const Response& response, const HeadFacts& facts) {
  const int status = response.status >= 100 && response.status <= 999 ? response.status : 500;
  std::string head = absl::StrCat("HTTP/1.1 ", status, " ", Reason(status), "\r\n");
  absl::StrAppend(&head, "Date: ", facts.date, "\r\n");
  for (const auto& [name, value] : response.headers.fields()) {
    absl::StrAppend(&head, OneLine(name), ": ", OneLine(value), "\r\n");
  }
  AppendFraming(response, facts, &head);
  AppendConnection(facts, &head);
  head += "\r\n";
  return head;
}

bool HasBody(int status) { return status >= 200 && status != 204 && status != 304; }

Response ErrorResponse(int status, absl::string_view message) {
  return Response{.status = status,
                  .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
                  .body = absl::StrCat(OneLine(std::string(message)), "\n")};
}

}  // namespace mesos::http
