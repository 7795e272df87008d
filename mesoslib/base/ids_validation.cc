#include "mesoslib/base/ids_validation.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace mesos {
namespace {

absl::Status InvalidId(absl::string_view field, absl::string_view id, absl::string_view problem) {
  constexpr size_t kShown = 64;
  return absl::InvalidArgumentError(absl::StrCat(field, ": '", absl::CEscape(id.substr(0, kShown)),
                                                 id.size() > kShown ? "..." : "", "' ", problem));
}

}  // namespace

absl::Status ValidateId(absl::string_view field, absl::string_view id) {
  if (id.empty()) return absl::InvalidArgumentError(absl::StrCat(field, ": is missing or empty"));
  if (id.size() > kMaxIdBytes) {
    return InvalidId(field, id, absl::StrCat("has ", id.size(), " bytes: at most ", kMaxIdBytes));
  }
  if (id == "." || id == "..") return InvalidId(field, id, "is not a name");
  for (unsigned char c : id) {
    if (c == '/' || c == '\\') return InvalidId(field, id, "holds a slash or a backslash");
    if (absl::ascii_iscntrl(c)) return InvalidId(field, id, "holds a control character");
  }
  return absl::OkStatus();
}

}  // namespace mesos
