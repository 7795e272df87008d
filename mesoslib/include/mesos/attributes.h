// Attributes: what an agent tells about itself beside its resources. They are not used up, and only
// frameworks give them a meaning.
//
//   auto attributes = mesos::Attributes::Parse("rack:abc;zone:[1-3];level:10").value();
//   const mesos::Attribute* rack = attributes.Find("rack");
//   if (rack != nullptr && rack->IsText()) std::puts(rack->ToString().c_str());
//
// Threads: a value; one object is used by one thread at a time.
// Ownership: holds all of its data; what Find and iterators point to is valid until it changes.
// Errors: InvalidArgument names the attribute or the field, and what would be right.
#ifndef MESOS_ATTRIBUTES_H_
#define MESOS_ATTRIBUTES_H_

#include <cstddef>
#include <iosfwd>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mesos/export.h"
#include "mesos/v1/mesos.pb.h"
#include "mesos/values.h"

namespace mesos {

struct Attribute {
  std::string name;
  // A scalar, ranges, or text.
  std::variant<double, Ranges, std::string> value;

  bool IsText() const { return std::holds_alternative<std::string>(value); }
  std::string ToString() const;

  friend bool operator==(const Attribute&, const Attribute&) = default;
};

// In the order they were given; a name may come more than once.
class MESOS_EXPORT Attributes {
 public:
  using ProtoList = google::protobuf::RepeatedPtrField<v1::Attribute>;
  using const_iterator = std::vector<Attribute>::const_iterator;

  Attributes() = default;

  // "key:value;...": a value in brackets is ranges, a finite number a scalar, all else text, which
  // may itself hold ':'. Sets are refused.
  static absl::StatusOr<Attributes> Parse(absl::string_view text);
  static absl::StatusOr<Attributes> FromProto(const ProtoList& protos);

  void ToProto(ProtoList* protos) const;
  // What Parse reads back.
  std::string ToString() const;

  // The first of that name, or null.
  const Attribute* Find(absl::string_view name) const;

  bool empty() const { return attributes_.empty(); }
  size_t size() const { return attributes_.size(); }
  const_iterator begin() const { return attributes_.begin(); }
  const_iterator end() const { return attributes_.end(); }

  friend bool operator==(const Attributes&, const Attributes&) = default;

 private:
  std::vector<Attribute> attributes_;
};

MESOS_EXPORT std::ostream& operator<<(std::ostream& out, const Attributes& attributes);

}  // namespace mesos

#endif  // MESOS_ATTRIBUTES_H_
