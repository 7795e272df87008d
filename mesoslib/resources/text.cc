#include "mesoslib/resources/text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace mesos {

std::string WithoutSpaces(absl::string_view text) {
  std::string result(text);
  result.erase(std::remove_if(result.begin(), result.end(),
                              [](unsigned char c) { return absl::ascii_isspace(c); }),
               result.end());
  return result;
}

absl::StatusOr<std::vector<std::string>> ParseBracketed(absl::string_view text, char open,
                                                        char close) {
  const std::string compact = WithoutSpaces(text);
  if (compact.size() < 2 || compact.front() != open || compact.back() != close) {
    return absl::InvalidArgumentError(absl::StrCat("'", text, "' must begin with '",
                                                   std::string(1, open), "' and end with '",
                                                   std::string(1, close), "'"));
  }
  if (compact.size() == 2) return std::vector<std::string>();
  std::vector<std::string> words =
      absl::StrSplit(absl::string_view(compact).substr(1, compact.size() - 2), ',');
  if (std::find(words.begin(), words.end(), "") != words.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "' has nothing between two commas or brackets"));
  }
  return words;
}

}  // namespace mesos
