// A strict reader of the part of TOML that the command line's configuration needs: tables, and keys
// with strings, integers, booleans, and lists of strings.
#ifndef DAEMONS_CLI_TOML_H_
#define DAEMONS_CLI_TOML_H_

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mesos::cli {

struct TomlValue {
  std::variant<std::string, int64_t, bool, std::vector<std::string>> value;
  int line = 0;
};

// By the whole key: "master.zookeeper.path". InvalidArgument begins with the line: "line 3: ...".
absl::StatusOr<std::map<std::string, TomlValue>> ReadToml(absl::string_view text);

}  // namespace mesos::cli

#endif  // DAEMONS_CLI_TOML_H_
