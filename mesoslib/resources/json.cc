#include "mesoslib/resources/json.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "rapidjson/encodings.h"
#include "rapidjson/memorystream.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"

namespace mesos {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
// Pure ASCII comes out: other characters as \u escapes.
using Writer = rapidjson::Writer<rapidjson::StringBuffer, rapidjson::UTF8<>, rapidjson::ASCII<>>;

void WriteMessage(const Message& message, Writer* writer);

// A proto2 string may hold any bytes; JSON may not.
std::string Printable(std::string text) {
  if (IsUtf8(text)) return text;
  for (char& c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return text;
}

void WriteText(const FieldDescriptor* field, const std::string& text, Writer* writer) {
  const std::string shown =
      field->type() == FieldDescriptor::TYPE_BYTES ? absl::Base64Escape(text) : Printable(text);
  writer->String(shown.data(), static_cast<rapidjson::SizeType>(shown.size()));
}

// A repeated field's element at `index`; a singular field where index is negative.
void WriteValue(const Message& message, const FieldDescriptor* field, int index, Writer* writer) {
  const Reflection* reflection = message.GetReflection();
  const auto get = [&](auto singular, auto repeated) {
    return index < 0 ? (reflection->*singular)(message, field)
                     : (reflection->*repeated)(message, field, index);
  };
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      writer->Int(get(&Reflection::GetInt32, &Reflection::GetRepeatedInt32));
      return;
    case FieldDescriptor::CPPTYPE_INT64:
      writer->Int64(get(&Reflection::GetInt64, &Reflection::GetRepeatedInt64));
      return;
    case FieldDescriptor::CPPTYPE_UINT32:
      writer->Uint(get(&Reflection::GetUInt32, &Reflection::GetRepeatedUInt32));
      return;
    case FieldDescriptor::CPPTYPE_UINT64:
      writer->Uint64(get(&Reflection::GetUInt64, &Reflection::GetRepeatedUInt64));
      return;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      writer->Double(get(&Reflection::GetDouble, &Reflection::GetRepeatedDouble));
      return;
    case FieldDescriptor::CPPTYPE_FLOAT:
      writer->Double(get(&Reflection::GetFloat, &Reflection::GetRepeatedFloat));
      return;
    case FieldDescriptor::CPPTYPE_BOOL:
      writer->Bool(get(&Reflection::GetBool, &Reflection::GetRepeatedBool));
      return;
    case FieldDescriptor::CPPTYPE_ENUM:
      writer->String(get(&Reflection::GetEnum, &Reflection::GetRepeatedEnum)->name().c_str());
      return;
    case FieldDescriptor::CPPTYPE_STRING:
      WriteText(field, get(&Reflection::GetString, &Reflection::GetRepeatedString), writer);
      return;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      WriteMessage(index < 0 ? reflection->GetMessage(message, field)
                             : reflection->GetRepeatedMessage(message, field, index),
                   writer);
      return;
  }
}

// A map is an object in JSON; its entries are messages of a key (field 1) and a value (field 2).
void WriteMap(const Message& message, const FieldDescriptor* field, Writer* writer) {
  const Reflection* reflection = message.GetReflection();
  writer->StartObject();
  for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
    const Message& entry = reflection->GetRepeatedMessage(message, field, i);
    WriteValue(entry, entry.GetDescriptor()->FindFieldByNumber(1), -1, writer);
    WriteValue(entry, entry.GetDescriptor()->FindFieldByNumber(2), -1, writer);
  }
  writer->EndObject();
}

void WriteMessage(const Message& message, Writer* writer) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  writer->StartObject();
  for (const FieldDescriptor* field : fields) {
    writer->Key(field->name().c_str());
    if (field->is_map()) {
      WriteMap(message, field, writer);
      continue;
    }
    if (!field->is_repeated()) {
      WriteValue(message, field, -1, writer);
      continue;
    }
    writer->StartArray();
    for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
      WriteValue(message, field, i, writer);
    }
    writer->EndArray();
  }
  writer->EndObject();
}

}  // namespace

bool IsUtf8(absl::string_view text) {
  rapidjson::MemoryStream stream(text.data(), text.size());
  unsigned codepoint = 0;
  while (stream.Tell() < text.size()) {
    if (!rapidjson::UTF8<>::Decode(stream, &codepoint)) return false;
  }
  return true;
}

std::string MessageToJson(const Message& message) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  WriteMessage(message, &writer);
  return std::string(buffer.GetString(), buffer.GetSize());
}

std::string ResourcesToJson(const google::protobuf::RepeatedPtrField<v1::Resource>& resources) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartArray();
  for (const v1::Resource& resource : resources) WriteMessage(resource, &writer);
  writer.EndArray();
  return std::string(buffer.GetString(), buffer.GetSize());
}

}  // namespace mesos
