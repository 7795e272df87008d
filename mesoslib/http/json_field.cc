#include "mesoslib/http/json_field.h"

#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace mesos::http {
namespace {

using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// None: it is not a whole number, or none that T can hold.
template <typename T>
std::optional<T> ToInteger(const JsonNumber& number) {
  if (const auto* value = std::get_if<int64_t>(&number)) {
    return std::in_range<T>(*value) ? std::optional<T>(static_cast<T>(*value)) : std::nullopt;
  }
  if (const auto* value = std::get_if<uint64_t>(&number)) {
    return std::in_range<T>(*value) ? std::optional<T>(static_cast<T>(*value)) : std::nullopt;
  }
  constexpr double kExact = int64_t{1} << 53;  // Beyond that a double may mean its neighbours, too.
  const double value = std::get<double>(number);
  if (!(std::abs(value) <= kExact) || value != std::trunc(value)) return std::nullopt;
  return ToInteger<T>(static_cast<int64_t>(value));
}

double ToDouble(const JsonNumber& number) {
  return std::visit([](auto value) { return static_cast<double>(value); }, number);
}

std::optional<JsonNumber> ParseNumber(absl::string_view text) {
  if (int64_t value; absl::SimpleAtoi(text, &value)) return value;
  if (uint64_t value; absl::SimpleAtoi(text, &value)) return value;
  if (double value; absl::SimpleAtod(text, &value)) return value;
  return std::nullopt;
}

template <typename T>
std::string WholeNumber() {
  return absl::StrCat("a whole number from ", std::numeric_limits<T>::min(), " to ",
                      std::numeric_limits<T>::max());
}

}  // namespace

std::string ToText(const JsonNumber& number) {
  return std::visit([](auto value) { return absl::StrCat(value); }, number);
}

template <typename Set, typename Add, typename T>
void JsonField::Put(Set set, Add add, T value) const {
  if (field_->is_repeated()) {
    (reflection_.*add)(message_, field_, std::move(value));
  } else {
    (reflection_.*set)(message_, field_, std::move(value));
  }
}

template <typename T, typename Set, typename Add>
bool JsonField::PutInteger(Set set, Add add, const JsonNumber& number) const {
  const std::optional<T> value = ToInteger<T>(number);
  if (value.has_value()) Put(set, add, *value);
  return value.has_value();
}

void JsonField::PutEnum(const EnumValueDescriptor* value) const {
  if (value != nullptr) Put(&Reflection::SetEnum, &Reflection::AddEnum, value);
}

bool JsonField::PutBytes(absl::string_view text) const {
  std::string bytes(text);
  if (field_->type() == FieldDescriptor::TYPE_BYTES && !absl::Base64Unescape(text, &bytes)) {
    return false;
  }
  Put(&Reflection::SetString, &Reflection::AddString, std::move(bytes));
  return true;
}

bool JsonField::PutBool(bool value) const {
  if (field_->cpp_type() != FieldDescriptor::CPPTYPE_BOOL) return false;
  Put(&Reflection::SetBool, &Reflection::AddBool, value);
  return true;
}

bool JsonField::PutNumber(const JsonNumber& number) const {
  switch (field_->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return PutInteger<int32_t>(&Reflection::SetInt32, &Reflection::AddInt32, number);
    case FieldDescriptor::CPPTYPE_INT64:
      return PutInteger<int64_t>(&Reflection::SetInt64, &Reflection::AddInt64, number);
    case FieldDescriptor::CPPTYPE_UINT32:
      return PutInteger<uint32_t>(&Reflection::SetUInt32, &Reflection::AddUInt32, number);
    case FieldDescriptor::CPPTYPE_UINT64:
      return PutInteger<uint64_t>(&Reflection::SetUInt64, &Reflection::AddUInt64, number);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      Put(&Reflection::SetDouble, &Reflection::AddDouble, ToDouble(number));
      return true;
    case FieldDescriptor::CPPTYPE_FLOAT:
      Put(&Reflection::SetFloat, &Reflection::AddFloat, static_cast<float>(ToDouble(number)));
      return true;
    case FieldDescriptor::CPPTYPE_ENUM: {
      const std::optional<int> value = ToInteger<int>(number);
      if (!value.has_value()) return false;
      PutEnum(field_->enum_type()->FindValueByNumber(*value));
      return true;
    }
    default:
      return false;
  }
}

bool JsonField::PutText(absl::string_view text) const {
  switch (field_->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return PutBytes(text);
    case FieldDescriptor::CPPTYPE_ENUM:
      PutEnum(field_->enum_type()->FindValueByName(std::string(text)));
      return true;
    case FieldDescriptor::CPPTYPE_BOOL:
      return (text == "true" || text == "false") && PutBool(text == "true");
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return false;
    default:
      const std::optional<JsonNumber> number = ParseNumber(text);
      return number.has_value() && PutNumber(*number);
  }
}

Message* JsonField::PutMessage() const {
  return field_->is_repeated() ? reflection_.AddMessage(message_, field_)
                               : reflection_.MutableMessage(message_, field_);
}

std::string JsonField::Expectation() const {
  switch (field_->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return WholeNumber<int32_t>();
    case FieldDescriptor::CPPTYPE_INT64:
      return WholeNumber<int64_t>();
    case FieldDescriptor::CPPTYPE_UINT32:
      return WholeNumber<uint32_t>();
    case FieldDescriptor::CPPTYPE_UINT64:
      return WholeNumber<uint64_t>();
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return "a number";
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return absl::StrCat("the name of a ", field_->enum_type()->full_name());
    case FieldDescriptor::CPPTYPE_STRING:
      return field_->type() == FieldDescriptor::TYPE_BYTES ? "bytes in base64" : "a string";
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return "an object";
  }
  return "nothing";
}

}  // namespace mesos::http
