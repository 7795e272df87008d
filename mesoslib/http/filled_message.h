// FilledMessage: messages in which everything is set, each field to something else, for tests of
// what carries messages.
#ifndef MESOSLIB_HTTP_FILLED_MESSAGE_H_
#define MESOSLIB_HTTP_FILLED_MESSAGE_H_

#include <cstdint>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace mesos::http {

class MessageFiller {
 public:
  // Lists get `elements`, maps one entry. Messages are nested `depth` deep at most: below that
  // their messages are not set.
  explicit MessageFiller(int depth = 8, int elements = 2) : depth_(depth), elements_(elements) {}

  void Fill(google::protobuf::Message* message) { Fill(message, depth_); }

 private:
  using Message = google::protobuf::Message;
  using FieldDescriptor = google::protobuf::FieldDescriptor;

  void Fill(Message* message, int depth) {
    const google::protobuf::Descriptor& type = *message->GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor* field = type.field(i);
      const bool nests = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
      if (nests && depth <= 1) continue;
      const int times = field->is_map() || !field->is_repeated() ? 1 : elements_;
      for (int n = 0; n < times; ++n) Put(message, field, depth);
    }
  }

  void Put(Message* message, const FieldDescriptor* field, int depth) {
    const google::protobuf::Reflection& r = *message->GetReflection();
    const bool list = field->is_repeated();
    const int64_t n = ++count_;
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32: {
        const int32_t value = n % 3 == 0 ? std::numeric_limits<int32_t>::min() : n;
        return list ? r.AddInt32(message, field, value) : r.SetInt32(message, field, value);
      }
      case FieldDescriptor::CPPTYPE_INT64: {
        const int64_t value = n % 3 == 0 ? std::numeric_limits<int64_t>::min() : -n;
        return list ? r.AddInt64(message, field, value) : r.SetInt64(message, field, value);
      }
      case FieldDescriptor::CPPTYPE_UINT32: {
        const uint32_t value = n % 3 == 0 ? std::numeric_limits<uint32_t>::max() : n;
        return list ? r.AddUInt32(message, field, value) : r.SetUInt32(message, field, value);
      }
      case FieldDescriptor::CPPTYPE_UINT64: {
        const uint64_t value = n % 3 == 0 ? std::numeric_limits<uint64_t>::max() : n;
        return list ? r.AddUInt64(message, field, value) : r.SetUInt64(message, field, value);
      }
      case FieldDescriptor::CPPTYPE_DOUBLE: {
        const double value = Double(n);
        return list ? r.AddDouble(message, field, value) : r.SetDouble(message, field, value);
      }
      case FieldDescriptor::CPPTYPE_FLOAT: {
        const float value = static_cast<float>(n) / 7;
        return list ? r.AddFloat(message, field, value) : r.SetFloat(message, field, value);
      }
      case FieldDescriptor::CPPTYPE_BOOL: {
        const bool value = n % 2 == 0;
        return list ? r.AddBool(message, field, value) : r.SetBool(message, field, value);
      }
      case FieldDescriptor::CPPTYPE_ENUM: {
        const auto* value = field->enum_type()->value(n % field->enum_type()->value_count());
        return list ? r.AddEnum(message, field, value) : r.SetEnum(message, field, value);
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        const std::string value = Text(n, field->type() == FieldDescriptor::TYPE_BYTES);
        return list ? r.AddString(message, field, value) : r.SetString(message, field, value);
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return Fill(list ? r.AddMessage(message, field) : r.MutableMessage(message, field),
                    depth - 1);
    }
  }

  static double Double(int64_t n) {
    constexpr double kTricky[] = {0.1,
                                  -0.0,
                                  5e-324,
                                  1.7976931348623157e308,
                                  123456789012345678.0,
                                  std::numeric_limits<double>::infinity(),
                                  2.0 / 3.0};
    return n % 2 == 0 ? static_cast<double>(n) : kTricky[n / 2 % 7];
  }

  static std::string Text(int64_t n, bool bytes) {
    std::string text = absl::StrCat("t", n);
    if (n % 3 == 0) text += "\"\\/\b\f\n\r\t\x01\x7f";
    if (n % 5 == 0) text += "z\u00fcrich \u65e5\u672c \U0001f600";
    if (n % 7 == 0) text += std::string(1, '\0');
    if (bytes) text += "\xff\xfe\xc3";
    return text;
  }

  const int depth_;
  const int elements_;
  int64_t count_ = 0;
};

// An M with everything set.
template <typename M>
M FilledMessage() {
  M message;
  MessageFiller().Fill(&message);
  return message;
}

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_FILLED_MESSAGE_H_
