// Small helpers of the text grammars in this folder.
#ifndef MESOSLIB_RESOURCES_TEXT_H_
#define MESOSLIB_RESOURCES_TEXT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mesos {

std::string WithoutSpaces(absl::string_view text);

// "[a, b]" gives {"a", "b"} for the brackets '[' and ']'; "[]" gives nothing. Spaces are dropped;
// an empty word between commas is an error.
absl::StatusOr<std::vector<std::string>> ParseBracketed(absl::string_view text, char open,
                                                        char close);

}  // namespace mesos

#endif  // MESOSLIB_RESOURCES_TEXT_H_
