// Messages as JSON, in the dialect that Mesos's clients write and read.
//
// Names are the fields' names as declared (snake_case), enums are names, 64-bit integers numbers,
// bytes base64, maps objects; google.protobuf.Duration is an object like any other.
//
// What is written is compact and pure ASCII. It has the fields that are set, and those unset ones
// that have an explicit default and are not deprecated; empty lists are left out. Numbers that JSON
// lacks are "NaN", "Infinity" and "-Infinity"; bytes that are no UTF-8 in a string are written as
// U+FFFD.
//
// What is read may also have: null for whatever is unset; one value for a list of one; numbers and
// booleans as strings; members that no field has, and names that no enum has, which count as not
// there. Of a member that comes twice the last one counts. JsonLimits bound what a text may cost.
//
// Threads: any.
// Errors: InvalidArgument names the path of the field, what is there, and what would be right:
//   subscribe.framework_info.checkpoint is 'maybe'; expected true or false
#ifndef MESOSLIB_HTTP_MESSAGE_JSON_H_
#define MESOSLIB_HTTP_MESSAGE_JSON_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace mesos::http {

// Of what is read. As they are for what peers send.
struct JsonLimits {
  size_t depth = 100;  // Objects and lists within each other.
  size_t bytes = 64 << 20;
  size_t messages = 1 << 20;  // An empty one takes two bytes of text, and some hundred of memory.
};

void AppendJson(const google::protobuf::Message& message, std::string* json);

std::string MessageToJson(const google::protobuf::Message& message);

// `message` is what `json` says and nothing else; undefined after an error, but valid.
absl::Status JsonToMessage(absl::string_view json, google::protobuf::Message* message,
                           const JsonLimits& limits = {});

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_MESSAGE_JSON_H_
