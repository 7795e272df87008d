// The flags of mesos-agent, and what they make of an agent's options.
#ifndef DAEMONS_AGENT_FLAGS_H_
#define DAEMONS_AGENT_FLAGS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daemons/agent_modules.h"
#include "daemons/master_location.h"
#include "daemons/network.h"
#include "mesos/agent.h"
#include "mesos/containerizer.h"
#include "mesoslib/base/flags.h"

namespace mesos {

struct AgentFlags {
  NetworkFlags network{.port = 5051};
  MasterLocation master;
  absl::Duration zk_session_timeout = absl::Seconds(10);
  std::string work_dir;
  std::optional<std::string> runtime_dir;
  std::string resources;
  std::string default_role = "*";
  std::string attributes;
  std::optional<std::string> launcher;
  std::string cgroups_root = "mesos";
  std::vector<std::string> isolation = {"posix/cpu", "posix/mem"};
  bool cgroups_enable_cfs = false;
  std::string recover = "reconnect";
  std::string reconfiguration_policy = "equal";
  bool switch_user = true;
  std::string executor_environment_variables;
  std::optional<std::string> domain;
  AgentModuleFlags modules;
  // The other flags write here.
  AgentOptions agent;

  void AddTo(FlagSet* flags);
};

struct AgentSettings {
  NetworkIdentity identity;
  MesosContainerizerOptions containerizer;
  AgentOptions agent;  // But for executor_endpoint.
};

// Makes work_dir and runtime_dir. InvalidArgument names the flag.
absl::StatusOr<AgentSettings> ReadAgentSettings(const AgentFlags& flags);

}  // namespace mesos

#endif  // DAEMONS_AGENT_FLAGS_H_
