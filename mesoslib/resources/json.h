// Messages as JSON in Mesos's dialect: names as in the .proto, enums by name, 64-bit integers as
// numbers. Only what is set is written.
#ifndef MESOSLIB_RESOURCES_JSON_H_
#define MESOSLIB_RESOURCES_JSON_H_

#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "google/protobuf/repeated_field.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos {

// JSON has no other text.
bool IsUtf8(absl::string_view text);

std::string MessageToJson(const google::protobuf::Message& message);

std::string ResourcesToJson(const google::protobuf::RepeatedPtrField<v1::Resource>& resources);

}  // namespace mesos

#endif  // MESOSLIB_RESOURCES_JSON_H_
