// Content: in which of the two encodings a call comes, and which its answer may have.
//
// Media types are compared as exact text, as Mesos does: "application/json; charset=utf-8" is none
// of them. Of both encodings JSON wins.
#ifndef MESOSLIB_HTTP_CONTENT_H_
#define MESOSLIB_HTTP_CONTENT_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "mesoslib/http/exchange.h"

namespace mesos::http {

enum class Encoding {
  kJson,
  kProtobuf,
};

// "application/json", "application/x-protobuf".
absl::string_view MediaType(Encoding encoding);

// Reads the call that a request posts. None: `call` has it. Otherwise what to answer, for the first
// of these that is wrong: the method (405), no Content-Type (400), one that is not known (415), the
// body (400).
std::optional<Response> ReadCall(const Request& request, google::protobuf::Message* call);

// What the answer to a call may be. A list of records is one of calls that go on answering.
struct AnswerForm {
  Encoding encoding = Encoding::kJson;
  bool recordio = false;  // Accept names records only, and Message-Accept what is in them.
};

// What a header of the form of Accept allows. None: nothing that there is.
std::optional<Encoding> AcceptedEncoding(const Headers& headers, absl::string_view name = "Accept");
std::optional<AnswerForm> AcceptedAnswer(const Headers& headers);

// The answer where there is nothing (406).
Response NotAcceptableReply(absl::string_view name = "Accept");

std::string Encode(const google::protobuf::Message& message, Encoding encoding);

// 200, with the message.
Response MessageReply(const google::protobuf::Message& message, Encoding encoding);

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_CONTENT_H_
