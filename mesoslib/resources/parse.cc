// Both texts become protos first, so that all forms are judged by the same rules.
#include <map>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/util/json_util.h"
#include "mesos/resources.h"
#include "mesos/roles.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/resources/json.h"
#include "mesoslib/resources/reader.h"
#include "mesoslib/resources/text.h"

namespace mesos {
namespace {

// "name(role)" or "name".
absl::Status ParseKey(absl::string_view text, v1::Resource* resource) {
  const std::string key(absl::StripAsciiWhitespace(text));
  const size_t open = key.find('(');
  const std::string name(absl::StripAsciiWhitespace(absl::string_view(key).substr(0, open)));
  if (name.empty() || name.find_first_of(")[]{}<> \t\r\n") != std::string::npos) {
    return absl::InvalidArgumentError(absl::StrCat("'", key, "' must be a name, or name(role)"));
  }
  resource->set_name(name);
  if (open == std::string::npos) return absl::OkStatus();
  if (key.back() != ')') {
    return absl::InvalidArgumentError(absl::StrCat("'", key, "' lacks the ')' after its role"));
  }
  const absl::string_view role = absl::string_view(key).substr(open + 1, key.size() - open - 2);
  resource->set_role(std::string(absl::StripAsciiWhitespace(role)));
  return absl::OkStatus();
}

absl::Status ParseValue(absl::string_view text, v1::Resource* resource) {
  const std::string value = WithoutSpaces(text);
  if (value.empty()) return absl::InvalidArgumentError("the value after ':' is missing");
  if (value.front() == '[') {
    ASSIGN_OR_RETURN(const Ranges ranges, Ranges::Parse(value));
    resource->set_type(v1::Value::RANGES);
    ranges.ToProto(resource->mutable_ranges());
    return absl::OkStatus();
  }
  if (value.front() == '{') {
    ASSIGN_OR_RETURN(const Items items, Items::Parse(value));
    resource->set_type(v1::Value::SET);
    items.ToProto(resource->mutable_set());
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const int64_t millis, ParseMillis(value));
  if (millis == 0 && value.find_first_of("123456789") < value.find_first_of("eE")) {
    return absl::InvalidArgumentError(
        absl::StrCat(value, " is zero when rounded to three decimals"));
  }
  resource->set_type(v1::Value::SCALAR);
  resource->mutable_scalar()->set_value(MillisToDouble(millis));
  return absl::OkStatus();
}

absl::Status ParseOne(absl::string_view text, v1::Resource* resource) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits(':', 1));
  if (parts.size() != 2) {
    return absl::InvalidArgumentError("expected name:value, such as cpus:4");
  }
  RETURN_IF_ERROR(ParseKey(parts[0], resource));
  return ParseValue(parts[1], resource);
}

absl::Status ParseSimple(absl::string_view text, Resources::ProtoList* protos) {
  for (absl::string_view one : absl::StrSplit(text, ';', absl::SkipWhitespace())) {
    RETURN_IF_ERROR(Annotate(ParseOne(one, protos->Add()), absl::StrCat("resources: '", one, "'")));
  }
  return absl::OkStatus();
}

absl::Status ParseJson(absl::string_view text, Resources::ProtoList* protos) {
  // Any message with `repeated Resource resources` serves to hold the array.
  v1::Offer holder;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  const google::protobuf::util::Status status = google::protobuf::util::JsonStringToMessage(
      absl::StrCat("{\"resources\":", text, "}"), &holder, options);
  if (!status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("resources: not a JSON array of resources: ", std::string(status.message())));
  }
  protos->Swap(holder.mutable_resources());
  return absl::OkStatus();
}

// One name means one kind of thing.
absl::Status CheckOneTypePerName(const Resources::ProtoList& protos) {
  std::map<std::string, v1::Value::Type> types;
  for (const v1::Resource& proto : protos) {
    const auto [known, added] = types.emplace(proto.name(), proto.type());
    if (known->second == proto.type()) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "resources: '", proto.name(), "' is given both as ", v1::Value::Type_Name(known->second),
        " and as ", v1::Value::Type_Name(proto.type())));
  }
  return absl::OkStatus();
}

void FillRole(absl::string_view default_role, Resources::ProtoList* protos) {
  if (default_role == kDefaultRole) return;
  for (v1::Resource& proto : *protos) {
    if (proto.has_role() || proto.reservations_size() > 0) continue;
    proto.set_role(std::string(default_role));
  }
}

}  // namespace

absl::StatusOr<Resources> Resources::Parse(absl::string_view text, absl::string_view default_role) {
  RETURN_IF_ERROR(Annotate(ValidateRole(default_role), "default role"));
  if (!IsUtf8(text) || !IsUtf8(default_role)) {
    return absl::InvalidArgumentError("resources: the text is not UTF-8");
  }
  text = absl::StripAsciiWhitespace(text);
  ProtoList protos;
  const bool is_json = !text.empty() && text.front() == '[';
  RETURN_IF_ERROR(is_json ? ParseJson(text, &protos) : ParseSimple(text, &protos));
  RETURN_IF_ERROR(CheckOneTypePerName(protos));
  FillRole(default_role, &protos);
  return ResourceReader::Read(protos, ResourceReader::Zero::kDrop);
}

}  // namespace mesos
