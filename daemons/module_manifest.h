// ModuleManifest: what Mesos's flag --modules says, as JSON: modules, with their parameters.
#ifndef DAEMONS_MODULE_MANIFEST_H_
#define DAEMONS_MODULE_MANIFEST_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"

namespace mesos {

struct ModuleParameter {
  std::string field;  // Where it stands: "libraries[0].modules[1].parameters[2]".
  std::string value;
};

struct ModuleDescription {
  std::string field;  // "libraries[0].modules[1]".
  std::map<std::string, ModuleParameter> parameters;
};

// By name.
using ModuleManifest = std::map<std::string, ModuleDescription>;

// InvalidArgument: "--modules: <field> is <value>, expected ...".
absl::StatusOr<ModuleManifest> ParseModuleManifest(const std::string& text);

}  // namespace mesos

#endif  // DAEMONS_MODULE_MANIFEST_H_
