// The reading half: RapidJSON's events straight into the message, by its descriptor, without a tree
// in between and without recursion.
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/http/message_json.h"
#include "rapidjson/error/en.h"
#include "rapidjson/memorystream.h"
#include "rapidjson/reader.h"

namespace mesos::http {
namespace {

using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

using Number = std::variant<int64_t, uint64_t, double>;

// None: it is not a whole number, or none that T can hold.
template <typename T>
std::optional<T> ToInteger(const Number& number) {
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

double ToDouble(const Number& number) {
  return std::visit([](auto value) { return static_cast<double>(value); }, number);
}

std::string ToText(const Number& number) {
  return std::visit([](auto value) { return absl::StrCat(value); }, number);
}

std::optional<Number> ParseNumber(absl::string_view text) {
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

// What a value of this field, or of this list, has to be.
std::string Expectation(const FieldDescriptor* field) {
  switch (field->cpp_type()) {
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
      return absl::StrCat("the name of a ", field->enum_type()->full_name());
    case FieldDescriptor::CPPTYPE_STRING:
      return field->type() == FieldDescriptor::TYPE_BYTES ? "bytes in base64" : "a string";
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return "an object";
  }
  return "nothing";
}

// Where the next value goes: a field of a message, or its list, or its map's latest entry.
class Target {
 public:
  Target(Message* message, const Reflection& reflection, const FieldDescriptor* field)
      : message_(message), reflection_(reflection), field_(field) {}

  const FieldDescriptor* field() const { return field_; }

  // False: that is no value of this field.
  bool PutBool(bool value) const {
    if (field_->cpp_type() != FieldDescriptor::CPPTYPE_BOOL) return false;
    Put(&Reflection::SetBool, &Reflection::AddBool, value);
    return true;
  }

  bool PutNumber(const Number& number) const {
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

  bool PutText(absl::string_view text) const {
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
        const std::optional<Number> number = ParseNumber(text);
        return number.has_value() && PutNumber(*number);
    }
  }

  Message* PutMessage() const {
    return field_->is_repeated() ? reflection_.AddMessage(message_, field_)
                                 : reflection_.MutableMessage(message_, field_);
  }

 private:
  template <typename Set, typename Add, typename T>
  void Put(Set set, Add add, T value) const {
    if (field_->is_repeated()) {
      (reflection_.*add)(message_, field_, std::move(value));
    } else {
      (reflection_.*set)(message_, field_, std::move(value));
    }
  }

  template <typename T, typename Set, typename Add>
  bool PutInteger(Set set, Add add, const Number& number) const {
    const std::optional<T> value = ToInteger<T>(number);
    if (value.has_value()) Put(set, add, *value);
    return value.has_value();
  }

  bool PutBytes(absl::string_view text) const {
    std::string bytes(text);
    if (field_->type() == FieldDescriptor::TYPE_BYTES && !absl::Base64Unescape(text, &bytes)) {
      return false;
    }
    Put(&Reflection::SetString, &Reflection::AddString, std::move(bytes));
    return true;
  }

  // A name that is not known here is a newer peer's, and says nothing.
  void PutEnum(const EnumValueDescriptor* value) const {
    if (value != nullptr) Put(&Reflection::SetEnum, &Reflection::AddEnum, value);
  }

  Message* const message_;
  const Reflection& reflection_;  // The message's; to ask for it costs something.
  const FieldDescriptor* const field_;
};

// What RapidJSON calls a handler: each method answers whether to go on.
class Builder {
 public:
  Builder(const JsonLimits& limits, Message* root) : limits_(limits), root_(root) {}

  // Why a method has answered no.
  const absl::Status& status() const { return status_; }

  bool Null() {
    if (ignored_ > 0) return true;
    if (levels_.empty()) return Refuse("null");
    Level& level = levels_.back();
    ++level.elements;
    if (level.kind == Level::kList) return Refuse("null");
    if (level.kind == Level::kMap) level.reflection->RemoveLast(level.message, level.field);
    return true;
  }
  bool Bool(bool value) {
    return Scalar([&](const Target& target) { return target.PutBool(value); },
                  [&] { return std::string(value ? "true" : "false"); });
  }
  bool Int(int value) { return AnyNumber(int64_t{value}); }
  bool Uint(unsigned value) { return AnyNumber(uint64_t{value}); }
  bool Int64(int64_t value) { return AnyNumber(value); }
  bool Uint64(uint64_t value) { return AnyNumber(value); }
  bool Double(double value) { return AnyNumber(value); }
  bool RawNumber(const char* text, unsigned size, bool copy) { return String(text, size, copy); }
  bool String(const char* text, unsigned size, bool /*copy*/) {
    const absl::string_view value(text, size);
    return Scalar([&](const Target& target) { return target.PutText(value); },
                  [&] { return Quoted(value); });
  }

  bool StartObject() {
    if (!MayBegin()) return false;
    if (Ignores()) return true;
    if (levels_.empty()) return PushMessage(root_);
    Level& level = levels_.back();
    ++level.elements;
    if (level.kind == Level::kObject && level.field->is_map()) {
      return Push({Level::kMap, level.message, level.reflection, level.field});
    }
    const Target target = NextTarget();
    if (target.field()->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return Refuse("an object");
    return PushMessage(target.PutMessage());
  }

  bool Key(const char* text, unsigned size, bool /*copy*/) {
    if (ignored_ > 0) return true;
    const std::string name(text, size);
    Level& level = levels_.back();
    if (level.kind == Level::kMap) return AddEntry(name);
    level.field = level.message->GetDescriptor()->FindFieldByName(name);
    // The last of several counts.
    if (level.field != nullptr) level.reflection->ClearField(level.message, level.field);
    return true;
  }

  bool EndObject(unsigned /*members*/) { return Leave(); }

  bool StartArray() {
    if (!MayBegin()) return false;
    if (Ignores()) return true;
    if (levels_.empty()) return Refuse("a list");
    Level& level = levels_.back();
    const FieldDescriptor* field = level.field;
    if (level.kind == Level::kObject && field->is_repeated() && !field->is_map()) {
      return Push({Level::kList, level.message, level.reflection, field});
    }
    ++level.elements;
    return Refuse("a list");
  }

  bool EndArray(unsigned /*elements*/) { return Leave(); }

 private:
  // An object or a list that has begun.
  struct Level {
    enum Kind { kObject, kMap, kList };
    Kind kind;
    Message* message;  // Of a map or a list: whose field that is.
    const Reflection* reflection;
    const FieldDescriptor* field = nullptr;  // Of an object: the latest member's; null: unknown.
    Message* entry = nullptr;                // Of a map: the latest, and its key.
    std::string key;
    int elements = 0;  // Of a list: so many have begun.
  };

  template <typename Put, typename Show>
  bool Scalar(Put put, Show show) {
    if (ignored_ > 0) return true;
    if (levels_.empty()) return Refuse(show());
    Level& level = levels_.back();
    if (level.field == nullptr) return true;
    ++level.elements;
    const Target target = NextTarget();
    if (!target.field()->is_map() && put(target)) return true;
    return Refuse(show());
  }

  bool AnyNumber(const Number& number) {
    return Scalar([&](const Target& target) { return target.PutNumber(number); },
                  [&] { return ToText(number); });
  }

  // What the value that begins is for.
  Target NextTarget() const {
    const Level& level = levels_.back();
    if (level.kind != Level::kMap) return Target(level.message, *level.reflection, level.field);
    return Target(level.entry, *level.entry->GetReflection(),
                  level.field->message_type()->map_value());
  }

  bool AddEntry(const std::string& name) {
    Level& level = levels_.back();
    const FieldDescriptor* key = level.field->message_type()->map_key();
    level.key = name;
    level.entry = level.reflection->AddMessage(level.message, level.field);
    if (Target(level.entry, *level.entry->GetReflection(), key).PutText(name)) return true;
    return Fail(absl::StrCat(Path(), " has a key that is not ", Expectation(key)));
  }

  // Whether the object or list that begins is in what no field has, or is that.
  bool Ignores() {
    if (ignored_ == 0 && (levels_.empty() || levels_.back().field != nullptr)) return false;
    ++ignored_;
    return true;
  }

  bool MayBegin() {
    if (levels_.size() + ignored_ < limits_.depth) return true;
    return Fail(absl::StrCat(Path(), " is nested deeper than ", limits_.depth, " levels"));
  }

  bool PushMessage(Message* message) {
    if (++messages_ > limits_.messages) {
      return Fail(absl::StrCat("the text has more than ", limits_.messages, " objects"));
    }
    return Push({Level::kObject, message, message->GetReflection()});
  }

  bool Push(Level level) {
    levels_.push_back(std::move(level));
    return true;
  }

  bool Leave() {
    if (ignored_ > 0) {
      --ignored_;
    } else {
      levels_.pop_back();
    }
    return true;
  }

  bool Refuse(absl::string_view what) {
    const FieldDescriptor* field = levels_.empty() ? nullptr : NextTarget().field();
    const bool object = field == nullptr || field->is_map();
    return Fail(absl::StrCat(Path(), " is ", what, "; expected ",
                             object ? "an object" : Expectation(field)));
  }

  bool Fail(absl::string_view why) {
    status_ = absl::InvalidArgumentError(why);
    return false;
  }

  // Of the value that was begun last: "accept.operations[2].type".
  std::string Path() const {
    std::string path;
    for (const Level& level : levels_) {
      if (level.kind == Level::kList) {
        absl::StrAppend(&path, "[", level.elements - 1, "]");
      } else if (level.kind == Level::kMap) {
        absl::StrAppend(&path, "[", Quoted(level.key), "]");
      } else if (level.field != nullptr) {
        absl::StrAppend(&path, path.empty() ? "" : ".", level.field->name());
      }
    }
    return path.empty() ? "the text" : path;
  }

  const JsonLimits limits_;
  Message* const root_;
  std::vector<Level> levels_;
  size_t ignored_ = 0;  // So many objects and lists are open in what no field has.
  size_t messages_ = 0;
  absl::Status status_;
};

}  // namespace

absl::Status JsonToMessage(absl::string_view json, Message* message, const JsonLimits& limits) {
  message->Clear();
  if (json.size() > limits.bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("the text has ", json.size(), " bytes, of at most ", limits.bytes));
  }
  rapidjson::MemoryStream stream(json.data(), json.size());
  rapidjson::Reader reader;
  Builder builder(limits, message);
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag |
                              rapidjson::kParseValidateEncodingFlag |
                              rapidjson::kParseFullPrecisionFlag;
  const rapidjson::ParseResult result = reader.Parse<kFlags>(stream, builder);
  if (!builder.status().ok()) return builder.status();
  if (result.IsError()) {
    return absl::InvalidArgumentError(absl::StrCat("the text is no JSON, at byte ", result.Offset(),
                                                   ": ",
                                                   rapidjson::GetParseError_En(result.Code())));
  }
  // RapidJSON takes a zero byte for the end.
  if (stream.Tell() < json.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the text goes on after its object, at byte ", stream.Tell()));
  }
  return absl::OkStatus();
}

}  // namespace mesos::http
