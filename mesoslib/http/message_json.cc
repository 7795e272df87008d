// The writing half; the reading one is in message_json_reader.cc.
#include "mesoslib/http/message_json.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "mesoslib/http/json_writer.h"

namespace mesos::http {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

void WriteMessage(const Message& message, JsonWriter* writer);

// One value of a field: a list's at `index`, or, where that is negative, the only one.
class Value {
 public:
  Value(const Message& message, const Reflection& reflection, const FieldDescriptor* field,
        int index)
      : message_(message), reflection_(reflection), field_(field), index_(index) {}

  template <typename Singular, typename Repeated>
  decltype(auto) Get(Singular singular, Repeated repeated) const {
    return index_ < 0 ? (reflection_.*singular)(message_, field_)
                      : (reflection_.*repeated)(message_, field_, index_);
  }

  const std::string& Bytes(std::string* scratch) const {
    return index_ < 0 ? reflection_.GetStringReference(message_, field_, scratch)
                      : reflection_.GetRepeatedStringReference(message_, field_, index_, scratch);
  }

  const Message& Submessage() const {
    return index_ < 0 ? reflection_.GetMessage(message_, field_)
                      : reflection_.GetRepeatedMessage(message_, field_, index_);
  }

 private:
  const Message& message_;
  const Reflection& reflection_;  // The message's; to ask for it costs something.
  const FieldDescriptor* const field_;
  const int index_;
};

void WriteBytes(const FieldDescriptor* field, const Value& value, JsonWriter* writer) {
  std::string scratch;
  const std::string& bytes = value.Bytes(&scratch);
  if (field->type() == FieldDescriptor::TYPE_BYTES) return writer->Base64(bytes);
  writer->Text(bytes);
}

void WriteValue(const FieldDescriptor* field, const Value& value, JsonWriter* writer) {
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      writer->Int(value.Get(&Reflection::GetInt32, &Reflection::GetRepeatedInt32));
      return;
    case FieldDescriptor::CPPTYPE_INT64:
      writer->Int64(value.Get(&Reflection::GetInt64, &Reflection::GetRepeatedInt64));
      return;
    case FieldDescriptor::CPPTYPE_UINT32:
      writer->Uint(value.Get(&Reflection::GetUInt32, &Reflection::GetRepeatedUInt32));
      return;
    case FieldDescriptor::CPPTYPE_UINT64:
      writer->Uint64(value.Get(&Reflection::GetUInt64, &Reflection::GetRepeatedUInt64));
      return;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      writer->Number(value.Get(&Reflection::GetDouble, &Reflection::GetRepeatedDouble));
      return;
    case FieldDescriptor::CPPTYPE_FLOAT:
      writer->Number(value.Get(&Reflection::GetFloat, &Reflection::GetRepeatedFloat));
      return;
    case FieldDescriptor::CPPTYPE_BOOL:
      writer->Bool(value.Get(&Reflection::GetBool, &Reflection::GetRepeatedBool));
      return;
    case FieldDescriptor::CPPTYPE_ENUM:
      writer->Name(value.Get(&Reflection::GetEnum, &Reflection::GetRepeatedEnum)->name());
      return;
    case FieldDescriptor::CPPTYPE_STRING:
      return WriteBytes(field, value, writer);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return WriteMessage(value.Submessage(), writer);
  }
}

std::string KeyText(const Message& entry, const FieldDescriptor* key) {
  const Reflection& reflection = *entry.GetReflection();
  switch (key->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(reflection.GetInt32(entry, key));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(reflection.GetInt64(entry, key));
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(reflection.GetUInt32(entry, key));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(reflection.GetUInt64(entry, key));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(entry, key) ? "true" : "false";
    default:
      return reflection.GetString(entry, key);
  }
}

// By key, so that equal messages are equal texts.
void WriteMap(const Message& message, const Reflection& reflection, const FieldDescriptor* field,
              JsonWriter* writer) {
  const FieldDescriptor* key = field->message_type()->map_key();
  const FieldDescriptor* value = field->message_type()->map_value();
  std::vector<std::pair<std::string, const Message*>> entries;
  for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
    const Message& entry = reflection.GetRepeatedMessage(message, field, i);
    entries.emplace_back(KeyText(entry, key), &entry);
  }
  std::sort(entries.begin(), entries.end());
  writer->StartObject();
  for (const auto& [name, entry] : entries) {
    writer->Text(name);
    WriteValue(value, Value(*entry, *entry->GetReflection(), value, -1), writer);
  }
  writer->EndObject();
}

void WriteRepeated(const Message& message, const Reflection& reflection,
                   const FieldDescriptor* field, JsonWriter* writer) {
  const int size = reflection.FieldSize(message, field);
  if (size == 0) return;
  writer->Name(field->name());
  if (field->is_map()) return WriteMap(message, reflection, field, writer);
  writer->StartArray();
  for (int i = 0; i < size; ++i) {
    WriteValue(field, Value(message, reflection, field, i), writer);
  }
  writer->EndArray();
}

// Recursion is as deep as the message: protobuf's parser and JsonToMessage allow 100.
void WriteMessage(const Message& message, JsonWriter* writer) {
  const Descriptor& type = *message.GetDescriptor();
  const Reflection& reflection = *message.GetReflection();
  writer->StartObject();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    if (field->is_repeated()) {
      WriteRepeated(message, reflection, field, writer);
      continue;
    }
    const bool has_default = field->has_default_value() && !field->options().deprecated();
    if (!has_default && !reflection.HasField(message, field)) continue;
    writer->Name(field->name());
    WriteValue(field, Value(message, reflection, field, -1), writer);
  }
  writer->EndObject();
}

}  // namespace

void AppendJson(const Message& message, std::string* json) {
  JsonOutput output(json);
  JsonWriter writer(&output);
  WriteMessage(message, &writer);
}

std::string MessageToJson(const Message& message) {
  std::string json;
  AppendJson(message, &json);
  return json;
}

}  // namespace mesos::http
