// JsonField: where a value of a JSON text goes, and whether it may: a field of a message, or the
// next element of its list.
#ifndef MESOSLIB_HTTP_JSON_FIELD_H_
#define MESOSLIB_HTTP_JSON_FIELD_H_

#include <cstdint>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace mesos::http {

using JsonNumber = std::variant<int64_t, uint64_t, double>;

std::string ToText(const JsonNumber& number);

class JsonField {
 public:
  // `reflection` is the message's: to ask for it costs something.
  JsonField(google::protobuf::Message* message, const google::protobuf::Reflection& reflection,
            const google::protobuf::FieldDescriptor* field)
      : message_(message), reflection_(reflection), field_(field) {}

  const google::protobuf::FieldDescriptor* descriptor() const { return field_; }

  // These set the field, or add to its list. False: that is no value of this field. A name or
  // number that an enum does not have is a newer peer's: nothing is set, and true returned.
  bool PutBool(bool value) const;
  bool PutNumber(const JsonNumber& number) const;
  bool PutText(absl::string_view text) const;

  // Of a field that has messages.
  google::protobuf::Message* PutMessage() const;

  // What is a value of this field, for people: "true or false".
  std::string Expectation() const;

 private:
  template <typename Set, typename Add, typename T>
  void Put(Set set, Add add, T value) const;
  template <typename T, typename Set, typename Add>
  bool PutInteger(Set set, Add add, const JsonNumber& number) const;
  bool PutBytes(absl::string_view text) const;
  void PutEnum(const google::protobuf::EnumValueDescriptor* value) const;

  google::protobuf::Message* const message_;
  const google::protobuf::Reflection& reflection_;
  const google::protobuf::FieldDescriptor* const field_;
};

}  // namespace mesos::http

#endif  // MESOSLIB_HTTP_JSON_FIELD_H_
