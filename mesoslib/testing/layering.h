// Which folder may include what, and what the core may not call: the walls of the house, as a table
// (layering.cc) and a check.
#ifndef MESOSLIB_TESTING_LAYERING_H_
#define MESOSLIB_TESTING_LAYERING_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace mesos {

// Whether files like this one are checked: C++ sources and .proto files.
bool IsLayeredSource(absl::string_view path);

// What is wrong in one file, as "path:line: rule". `path` is relative to the workspace. Tests, that
// is files named _test.cc, in testing/, or including a test library, may use everything.
std::vector<std::string> CheckLayering(absl::string_view path, absl::string_view text);

}  // namespace mesos

#endif  // MESOSLIB_TESTING_LAYERING_H_
