// Texts that operators and frameworks write: resources, attributes, roles. What is accepted,
// printed and parsed again, is equal, and the algebra's laws hold for it.
//
// The first line of an input says what the rest is: "attributes", "role", or "resources", where two
// more lines are two resources.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mesos/attributes.h"
#include "mesos/resources.h"
#include "mesos/roles.h"
#include "mesoslib/testing/fuzz_input.h"

namespace mesos {
namespace {

std::string Both(const Resources& a, const Resources& b) {
  return absl::StrCat(a.ToJson(), "\n--\n", b.ToJson());
}

void ExpectSame(const Resources& a, const Resources& b, const std::string& details) {
  FUZZ_CHECK(a == b, absl::StrCat(details, "\n", Both(a, b)));
}

// Nothing where it is refused; then the reason must be one.
Resources Parse(absl::string_view text) {
  const absl::StatusOr<Resources> resources = Resources::Parse(text);
  if (resources.ok()) return *resources;
  FUZZ_CHECK(resources.status().code() == absl::StatusCode::kInvalidArgument,
             resources.status().ToString());
  return Resources();
}

void CheckWritten(const Resources& resources, bool from_json) {
  const std::string json = resources.ToJson();
  const absl::StatusOr<Resources> again = Resources::Parse(json);
  FUZZ_CHECK(again.ok(), absl::StrCat(again.status().ToString(), " of ", json));
  ExpectSame(*again, resources, "read from JSON again");
  Resources::ProtoList protos;
  resources.ToProto(&protos);
  const absl::StatusOr<Resources> parsed = Resources::FromProto(protos);
  FUZZ_CHECK(parsed.ok(), absl::StrCat(parsed.status().ToString(), " of ", json));
  ExpectSame(*parsed, resources, "read from protos again");
  // JSON says more than the plain text can.
  if (from_json) return;
  const std::string text = resources.ToString();
  const absl::StatusOr<Resources> reread = Resources::Parse(text);
  FUZZ_CHECK(reread.ok(), absl::StrCat(reread.status().ToString(), " of ", text));
  ExpectSame(*reread, resources, text);
}

void CheckEntries(const Resources& resources) {
  const ResourceEntry* previous = nullptr;
  for (const ResourceEntry& entry : resources) {
    FUZZ_CHECK(previous == nullptr || previous->Compare(entry) < 0, resources.ToJson());
    FUZZ_CHECK(entry.copies() > 0, resources.ToJson());
    FUZZ_CHECK(entry.millis() > 0 || !entry.ranges().empty() || !entry.items().empty(),
               resources.ToJson());
    previous = &entry;
  }
}

void CheckLaws(const Resources& a, const Resources& b) {
  const Resources sum = a + b;
  ExpectSame(sum, b + a, "a + b == b + a");
  FUZZ_CHECK(sum.Contains(a) && sum.Contains(b), Both(a, b));
  FUZZ_CHECK(a.Contains(a), a.ToJson());
  FUZZ_CHECK(a.Contains(a - b), Both(a, b));
  FUZZ_CHECK((a - a).empty(), a.ToJson());
  FUZZ_CHECK((a.Contains(b) && b.Contains(a)) == (a == b), Both(a, b));
  FUZZ_CHECK(a.Contains(b) == ((a - b) + b == a), Both(a, b));
  ExpectSame((sum - a) + a, sum, "(sum - a) + a == sum");
  ExpectSame((a.Scalars() + b.Scalars()) - b.Scalars(), a.Scalars(), "(a + b) - b == a");
  for (const Resources& resources : {a, sum, sum - a}) CheckEntries(resources);
}

void CheckResources(absl::string_view first, absl::string_view second) {
  const Resources a = Parse(first);
  const Resources b = Parse(second);
  CheckWritten(a, absl::StrContains(first, "[{"));
  CheckLaws(a, b);
  CheckLaws(b, a);
  // Whoever reads it may be asked for what it amounts to, whatever it is.
  FUZZ_CHECK((a + b).ScalarMillis("cpus") >= a.ScalarMillis("cpus"), Both(a, b));
  (a + b).ports();
  a.ToUnreserved();
}

void CheckAttributes(absl::string_view text) {
  const absl::StatusOr<Attributes> attributes = Attributes::Parse(text);
  if (!attributes.ok()) return;
  const std::string printed = attributes->ToString();
  const absl::StatusOr<Attributes> again = Attributes::Parse(printed);
  FUZZ_CHECK(again.ok(), absl::StrCat(again.status().ToString(), " of ", printed));
  FUZZ_CHECK(*again == *attributes, absl::StrCat(printed, "\n--\n", again->ToString()));
  Attributes::ProtoList protos;
  attributes->ToProto(&protos);
  const absl::StatusOr<Attributes> read = Attributes::FromProto(protos);
  FUZZ_CHECK(read.ok() && *read == *attributes, printed);
}

void CheckRole(absl::string_view role) {
  if (!ValidateRole(role).ok()) return;
  const std::string text(role);
  FUZZ_CHECK(role.size() <= kMaxRoleBytes && !role.empty(), text);
  for (const absl::string_view ancestor : AncestorsOf(role)) {
    FUZZ_CHECK(ValidateRole(ancestor).ok(), text);
    FUZZ_CHECK(IsStrictSubroleOf(role, ancestor), text);
    FUZZ_CHECK(TopLevelRole(ancestor) == TopLevelRole(role), text);
  }
  FUZZ_CHECK(!IsStrictSubroleOf(role, role), text);
  // A role names a reservation, and is printed as one.
  if (role == kDefaultRole) return;
  const absl::StatusOr<Resources> reserved = Resources::Parse("cpus:1", role);
  if (!reserved.ok()) return;  // It is no UTF-8.
  ExpectSame(reserved->ReservedTo(role), *reserved, text);
  CheckWritten(*reserved, /*from_json=*/true);
}

}  // namespace
}  // namespace mesos

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  absl::string_view bytes = mesos::FuzzedBytes(data, size);
  const absl::string_view kind = mesos::TakeLine(&bytes);
  if (kind == "resources") {
    const absl::string_view first = mesos::TakeLine(&bytes);
    mesos::CheckResources(first, bytes);
  } else if (kind == "attributes") {
    mesos::CheckAttributes(bytes);
  } else if (kind == "role") {
    mesos::CheckRole(bytes);
  }
  return 0;
}
