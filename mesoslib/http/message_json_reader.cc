// The reading half: RapidJSON's events straight into the message, by its descriptor, without a tree
// in between and without recursion.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/http/json_field.h"
#include "mesoslib/http/message_json.h"
#include "rapidjson/error/en.h"
#include "rapidjson/memorystream.h"
#include "rapidjson/reader.h"

namespace mesos::http {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// RapidJSON takes an escape for the second half of a surrogate pair without the first one, and
// makes of it what is no UTF-8.
bool HasHalfPair(absl::string_view text) {
  for (size_t at = text.find('\xed'); at != text.npos; at = text.find('\xed', at + 1)) {
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xa0) return true;
  }
  return false;
}

// What RapidJSON calls a handler: each method answers whether to go on.
class Builder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Builder> {
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
    if (level.kind == Level::kMap) RemoveLastEntry(&level);
    return true;
  }
  bool Bool(bool value) {
    return Scalar([&](const JsonField& field) { return field.PutBool(value); },
                  [&] { return std::string(value ? "true" : "false"); });
  }
  // Numbers come as text: RapidJSON's own exact reading of a long fraction reaches beyond its
  // tables.
  bool RawNumber(const char* text, unsigned size, bool /*copy*/) {
    const absl::string_view number(text, size);
    if (int64_t value = 0; absl::SimpleAtoi(number, &value)) return AnyNumber(value);
    if (uint64_t value = 0; absl::SimpleAtoi(number, &value)) return AnyNumber(value);
    double value = 0;
    if (absl::SimpleAtod(number, &value) && std::isfinite(value)) return AnyNumber(value);
    return Fail(absl::StrCat(Path(), " is ", number, ", which is too large for a number"));
  }
  bool String(const char* text, unsigned size, bool /*copy*/) {
    const absl::string_view value(text, size);
    if (HasHalfPair(value)) return FailHalfPair();
    return Scalar([&](const JsonField& field) { return field.PutText(value); },
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
    const JsonField field = NextField();
    if (field.descriptor()->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE)
      return Refuse("an object");
    return PushMessage(field.PutMessage());
  }

  bool Key(const char* text, unsigned size, bool /*copy*/) {
    if (ignored_ > 0) return true;
    const std::string name(text, size);
    if (HasHalfPair(name)) return FailHalfPair();
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
    int elements = 0;                        // Of a list: so many have begun.
    // Of a map: the latest member's, then all entries' as they stand, and where that is.
    std::string key;
    Message* entry = nullptr;
    std::vector<std::string> keys;
    absl::flat_hash_map<std::string, size_t> positions;
  };

  template <typename Put, typename Show>
  bool Scalar(Put put, Show show) {
    if (ignored_ > 0) return true;
    if (levels_.empty()) return Refuse(show());
    Level& level = levels_.back();
    if (level.field == nullptr) return true;
    ++level.elements;
    const JsonField field = NextField();
    if (!field.descriptor()->is_map() && put(field)) return true;
    return Refuse(show());
  }

  bool AnyNumber(const JsonNumber& number) {
    return Scalar([&](const JsonField& field) { return field.PutNumber(number); },
                  [&] { return ToText(number); });
  }

  // What the value that begins is for.
  JsonField NextField() const {
    const Level& level = levels_.back();
    if (level.kind != Level::kMap) return JsonField(level.message, *level.reflection, level.field);
    return JsonField(level.entry, *level.entry->GetReflection(),
                     level.field->message_type()->map_value());
  }

  bool AddEntry(const std::string& name) {
    Level& level = levels_.back();
    level.key = name;
    // The last of several counts. A message that is a map's entry twice is not what is sent on.
    if (const auto former = level.positions.find(name); former != level.positions.end()) {
      const size_t last = level.keys.size() - 1;
      level.reflection->SwapElements(level.message, level.field, former->second, last);
      std::swap(level.keys[former->second], level.keys[last]);
      level.positions[level.keys[former->second]] = former->second;
      RemoveLastEntry(&level);
    }
    level.entry = level.reflection->AddMessage(level.message, level.field);
    level.positions[name] = level.keys.size();
    level.keys.push_back(name);
    const JsonField key(level.entry, *level.entry->GetReflection(),
                        level.field->message_type()->map_key());
    if (key.PutText(name)) return true;
    return Fail(absl::StrCat(Path(), " has a key that is not ", key.Expectation()));
  }

  static void RemoveLastEntry(Level* map) {
    map->reflection->RemoveLast(map->message, map->field);
    map->positions.erase(map->keys.back());
    map->keys.pop_back();
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
    std::string expected = "an object";
    if (!levels_.empty()) {
      const JsonField field = NextField();
      if (!field.descriptor()->is_map()) expected = field.Expectation();
    }
    return Fail(absl::StrCat(Path(), " is ", what, "; expected ", expected));
  }

  bool FailHalfPair() {
    return Fail(absl::StrCat(Path(), " has the second half of a surrogate pair without the first"));
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
                              rapidjson::kParseNumbersAsStringsFlag;
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
