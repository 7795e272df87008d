// The modules of mesos-agent: --modules names them and gives them their parameters, as Mesos's
// manifest does, --resource_estimator and --qos_controller choose among them.
//
//   {"libraries": [{"modules": [{"name": "org_apache_mesos_FixedResourceEstimator",
//                                "parameters": [{"key": "resources", "value": "cpus:2"}]}]}]}
//
// Both of Mesos's own are built in; no library is loaded, so `file` and `name` of one say nothing.
#ifndef DAEMONS_AGENT_MODULES_H_
#define DAEMONS_AGENT_MODULES_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "mesos/oversubscription.h"
#include "mesoslib/base/flags.h"

namespace mesos {

struct AgentModuleFlags {
  std::optional<std::string> modules;
  std::optional<std::string> resource_estimator;
  std::optional<std::string> qos_controller;

  void AddTo(FlagSet* flags);
};

struct AgentModules {
  std::unique_ptr<ResourceEstimator> resource_estimator;  // Null: none.
  std::unique_ptr<QosController> qos_controller;          // Null: none.
};

// InvalidArgument names the flag, and where in the manifest something is wrong, also of modules
// that are not chosen.
absl::StatusOr<AgentModules> CreateAgentModules(const AgentModuleFlags& flags);

}  // namespace mesos

#endif  // DAEMONS_AGENT_MODULES_H_
