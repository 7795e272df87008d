#include "mesos/attributes.h"

#include <cmath>
#include <ostream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

// Doubles read back exactly from 17 digits; most need fewer.
std::string FormatDouble(double value) {
  std::string text = absl::StrFormat("%.15g", value);
  double back = 0;
  if (absl::SimpleAtod(text, &back) && back == value) return text;
  return absl::StrFormat("%.17g", value);
}

absl::Status RefuseSet(absl::string_view name) {
  return absl::InvalidArgumentError(absl::StrCat(
      "attributes: '", name, "' is a set: expected text, a number, or ranges such as [1-3]"));
}

absl::StatusOr<Attribute> ParseOne(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits(':', 1));
  Attribute attribute;
  attribute.name = std::string(absl::StripAsciiWhitespace(parts[0]));
  if (parts.size() != 2 || attribute.name.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("attributes: '", text, "' must be name:value, such as rack:abc"));
  }
  const absl::string_view value = absl::StripAsciiWhitespace(parts[1]);
  if (value.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("attributes: '", attribute.name, "' has no value"));
  }
  if (value.front() == '{') return RefuseSet(attribute.name);
  if (value.front() == '[') {
    absl::StatusOr<Ranges> ranges = Ranges::Parse(value);
    if (!ranges.ok()) {
      return Annotate(ranges.status(), absl::StrCat("attributes: '", attribute.name, "'"));
    }
    attribute.value = *std::move(ranges);
    return attribute;
  }
  double number = 0;
  if (absl::SimpleAtod(value, &number) && std::isfinite(number)) {
    attribute.value = number;
  } else {
    attribute.value = std::string(value);
  }
  return attribute;
}

absl::StatusOr<Attribute> ReadOne(const v1::Attribute& proto) {
  Attribute attribute;
  attribute.name = proto.name();
  if (attribute.name.empty()) return absl::InvalidArgumentError("name: is missing or empty");
  if (proto.type() == v1::Value::SCALAR && proto.has_scalar()) {
    attribute.value = proto.scalar().value();
    if (std::isfinite(proto.scalar().value())) return attribute;
    return absl::InvalidArgumentError(
        absl::StrCat("scalar.value: ", proto.scalar().value(), " is not a finite number"));
  }
  if (proto.type() == v1::Value::RANGES && proto.has_ranges()) {
    absl::StatusOr<Ranges> ranges = Ranges::FromProto(proto.ranges());
    if (!ranges.ok()) return Annotate(ranges.status(), "ranges");
    attribute.value = *std::move(ranges);
    return attribute;
  }
  if (proto.type() == v1::Value::TEXT && proto.has_text()) {
    attribute.value = proto.text().value();
    return attribute;
  }
  if (proto.type() == v1::Value::SET) return RefuseSet(proto.name());
  return absl::InvalidArgumentError(
      absl::StrCat("type: is ", proto.has_type() ? v1::Value::Type_Name(proto.type()) : "missing",
                   ": expected SCALAR, RANGES or TEXT, and the value of that type"));
}

void WriteOne(const Attribute& attribute, v1::Attribute* proto) {
  proto->set_name(attribute.name);
  if (const double* number = std::get_if<double>(&attribute.value)) {
    proto->set_type(v1::Value::SCALAR);
    proto->mutable_scalar()->set_value(*number);
  } else if (const Ranges* ranges = std::get_if<Ranges>(&attribute.value)) {
    proto->set_type(v1::Value::RANGES);
    ranges->ToProto(proto->mutable_ranges());
  } else {
    proto->set_type(v1::Value::TEXT);
    proto->mutable_text()->set_value(std::get<std::string>(attribute.value));
  }
}

}  // namespace

std::string Attribute::ToString() const {
  if (const double* number = std::get_if<double>(&value)) {
    return absl::StrCat(name, ":", FormatDouble(*number));
  }
  if (const Ranges* ranges = std::get_if<Ranges>(&value)) {
    return absl::StrCat(name, ":", ranges->ToString());
  }
  return absl::StrCat(name, ":", std::get<std::string>(value));
}

absl::StatusOr<Attributes> Attributes::Parse(absl::string_view text) {
  Attributes result;
  for (absl::string_view one : absl::StrSplit(text, ';', absl::SkipWhitespace())) {
    ASSIGN_OR_RETURN(Attribute attribute, ParseOne(one));
    result.attributes_.push_back(std::move(attribute));
  }
  return result;
}

absl::StatusOr<Attributes> Attributes::FromProto(const ProtoList& protos) {
  Attributes result;
  for (const v1::Attribute& proto : protos) {
    absl::StatusOr<Attribute> attribute = ReadOne(proto);
    if (!attribute.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("attributes[", result.size(), "].",
                                                     attribute.status().message(), " (attribute '",
                                                     proto.name().substr(0, 100), "')"));
    }
    result.attributes_.push_back(*std::move(attribute));
  }
  return result;
}

void Attributes::ToProto(ProtoList* protos) const {
  for (const Attribute& attribute : attributes_) WriteOne(attribute, protos->Add());
}

std::string Attributes::ToString() const {
  return absl::StrJoin(attributes_, ";", [](std::string* out, const Attribute& attribute) {
    out->append(attribute.ToString());
  });
}

const Attribute* Attributes::Find(absl::string_view name) const {
  for (const Attribute& attribute : attributes_) {
    if (attribute.name == name) return &attribute;
  }
  return nullptr;
}

std::ostream& operator<<(std::ostream& out, const Attributes& attributes) {
  return out << attributes.ToString();
}

}  // namespace mesos
