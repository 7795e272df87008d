#include "mesoslib/http/content.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/http/message_json.h"
#include "mesoslib/http/replies.h"

namespace mesos::http {
namespace {

using google::protobuf::Message;

constexpr absl::string_view kJsonType = "application/json";
constexpr absl::string_view kProtobufType = "application/x-protobuf";
constexpr absl::string_view kRecordIoType = "application/recordio";

absl::Status ParseProtobuf(const std::string& body, Message* message) {
  if (message->ParseFromString(body)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("it is no protobuf message ", message->GetTypeName()));
}

// One of the ranges that Accept lists: "text/*;q=0.5".
struct MediaRange {
  absl::string_view type;
  bool refused = false;  // Its quality is zero.
};

MediaRange ParseRange(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ';');
  MediaRange range = {absl::StripAsciiWhitespace(parts[0])};
  for (absl::string_view parameter : parts) {
    parameter = absl::StripAsciiWhitespace(parameter);
    double quality = 1;
    if (absl::ConsumePrefix(&parameter, "q=") && absl::SimpleAtod(parameter, &quality)) {
      range.refused = quality <= 0;
    }
  }
  return range;
}

// 0: the range does not have the type; the more, the more exactly it names it.
int Precision(absl::string_view range, absl::string_view type) {
  if (range == type) return 3;
  if (absl::ConsumeSuffix(&range, "/*") && range == type.substr(0, type.find('/'))) return 2;
  return range == "*" ? 1 : 0;  // What is left of "*/*".
}

// The range that names the type most exactly decides.
bool Accepts(absl::string_view accept, absl::string_view type) {
  bool accepted = false;
  int best = 0;
  for (absl::string_view text : absl::StrSplit(accept, ',')) {
    const MediaRange range = ParseRange(text);
    const int precision = Precision(range.type, type);
    if (precision <= best) continue;
    best = precision;
    accepted = !range.refused;
  }
  return accepted;
}

}  // namespace

absl::string_view MediaType(Encoding encoding) {
  return encoding == Encoding::kJson ? kJsonType : kProtobufType;
}

std::optional<Response> ReadCall(const Request& request, Message* call) {
  if (request.method != "POST") {
    Response refusal =
        TextReply(405, absl::StrCat("the method is ", Quoted(request.method), "; expected POST"));
    refusal.headers.Add("Allow", "POST");
    return refusal;
  }
  const auto type = request.headers.Find("Content-Type");
  if (!type.has_value()) {
    return TextReply(
        400, absl::StrCat("Content-Type is missing; expected ", kJsonType, " or ", kProtobufType));
  }
  if (*type != kJsonType && *type != kProtobufType) {
    return TextReply(415, absl::StrCat("Content-Type is ", Quoted(*type), "; expected exactly ",
                                       kJsonType, " or ", kProtobufType));
  }
  const absl::Status parsed =
      *type == kJsonType ? JsonToMessage(request.body, call) : ParseProtobuf(request.body, call);
  if (parsed.ok()) return std::nullopt;
  return TextReply(400, absl::StrCat("the body cannot be read: ", parsed.message()));
}

std::optional<Encoding> AcceptedEncoding(const Headers& headers, absl::string_view name) {
  const auto accept = headers.Find(name);
  if (!accept.has_value() || absl::StripAsciiWhitespace(*accept).empty()) return Encoding::kJson;
  if (Accepts(*accept, kJsonType)) return Encoding::kJson;
  if (Accepts(*accept, kProtobufType)) return Encoding::kProtobuf;
  return std::nullopt;
}

std::optional<AnswerForm> AcceptedAnswer(const Headers& headers) {
  if (const auto encoding = AcceptedEncoding(headers); encoding.has_value()) {
    return AnswerForm{*encoding, false};
  }
  if (!Accepts(*headers.Find("Accept"), kRecordIoType)) return std::nullopt;
  const auto encoding = AcceptedEncoding(headers, "Message-Accept");
  if (!encoding.has_value()) return std::nullopt;
  return AnswerForm{*encoding, true};
}

Response NotAcceptableReply(absl::string_view name) {
  return TextReply(406, absl::StrCat(name, " allows neither ", kJsonType, " nor ", kProtobufType));
}

std::string Encode(const Message& message, Encoding encoding) {
  return encoding == Encoding::kJson ? MessageToJson(message) : message.SerializeAsString();
}

Response MessageReply(const Message& message, Encoding encoding) {
  return {200, {{"Content-Type", std::string(MediaType(encoding))}}, Encode(message, encoding)};
}

}  // namespace mesos::http
