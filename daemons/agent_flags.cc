#include "daemons/agent_flags.h"

#include <unistd.h>

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "daemons/flag_values.h"
#include "daemons/folders.h"
#include "daemons/process_flags.h"
#include "mesos/attributes.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

constexpr char kBootIdFile[] = "/proc/sys/kernel/random/boot_id";

bool IsRoot() { return geteuid() == 0; }

absl::StatusOr<AgentRecovery> ReadRecovery(const std::string& text) {
  if (text == "reconnect") return AgentRecovery::kReconnect;
  if (text == "cleanup") return AgentRecovery::kCleanup;
  return absl::InvalidArgumentError(
      absl::StrCat("--recover is ", Quoted(text), ", expected reconnect or cleanup"));
}

absl::StatusOr<ReconfigurationPolicy> ReadPolicy(const std::string& text) {
  if (text == "equal") return ReconfigurationPolicy::kEqual;
  if (text == "additive") return ReconfigurationPolicy::kAdditive;
  return absl::InvalidArgumentError(
      absl::StrCat("--reconfiguration_policy is ", Quoted(text), ", expected equal or additive"));
}

// What no flag says follows from the isolators.
absl::StatusOr<MesosContainerizerOptions::Launcher> ReadLauncher(const AgentFlags& flags) {
  const bool cgroups = absl::c_any_of(
      flags.isolation, [](const std::string& name) { return absl::StartsWith(name, "cgroups"); });
  const std::string text = flags.launcher.value_or(cgroups ? "linux" : "posix");
  if (text == "posix") return MesosContainerizerOptions::Launcher::kPosix;
  if (text == "linux") return MesosContainerizerOptions::Launcher::kLinux;
  return absl::InvalidArgumentError(
      absl::StrCat("--launcher is ", Quoted(text), ", expected posix or linux"));
}

}  // namespace

void AgentFlags::AddTo(FlagSet* flags) {
  flags
      ->Add(&master, "master",
            "The master: host:port of its HTTP API (gRPC's is 10 above), grpc://host:port, or "
            "zk://[user:password@]host:port,.../path, where the one that leads is found.")
      .Required();
  flags->Add(&zk_session_timeout, "zk_session_timeout",
             "How long the leading master is taken to lead still when ZooKeeper is not heard of.");
  flags->Add(&work_dir, "work_dir", "Where sandboxes and checkpoints are kept.").Required();
  flags->Add(&runtime_dir, "runtime_dir",
             "Where the state of running containers is kept; best on a file system that is cleared "
             "at reboot. By default /var/run/mesos for root, otherwise run in work_dir.");
  flags->Add(&network.ip, "ip", "The address to listen at; by default all of this machine's.");
  flags->Add(&network.advertise_ip, "advertise_ip", "The address others are told to find us at.");
  flags->Add(&network.hostname, "hostname", "The name others are told; by default the machine's.");
  flags->Add(&network.port, "port",
             "The port of the HTTP API. 0: any free one, which is logged; an agent that is started "
             "again needs the one it had, see --reconfiguration_policy.");
  flags->Add(&network.grpc_port, "grpc_port",
             "The port of the gRPC API; by default 10 above --port. 0: any free one, which is "
             "logged.");
  flags->Add(&resources, "resources",
             "What is offered: text (cpus:4;mem:1024;ports:[31000-32000]) or JSON. Of cpus, mem, "
             "disk and ports, what is not named is taken from the machine.");
  flags->Add(&default_role, "default_role", "The role that resources without one are reserved to.");
  flags->Add(&attributes, "attributes", "What is told about this machine: rack:2;os:linux.");
  flags->Add(&launcher, "launcher",
             "What keeps a container's processes together: posix, their session; linux, a cgroup, "
             "which only root leaves; needs root. By default what --isolation needs.");
  flags->Add(&cgroups_root, "cgroups_root",
             "The cgroup below which containers have theirs; this agent's alone.");
  flags->Add(
      &isolation, "isolation",
      "What containers are kept from: posix/cpu and posix/mem, which only count; cgroups/cpu, "
      "cgroups/mem and cgroups/pids, of version 1.");
  flags->Add(
      &cgroups_enable_cfs, "cgroups_enable_cfs",
      "Whether cgroups/cpu keeps a container from more CPU time than it was given, also where "
      "some is idle.");
  flags->Add(&switch_user, "switch_user",
             "Whether tasks run under the account they name; only root can do that.");
  flags->Add(&agent.registration_backoff_factor, "registration_backoff_factor",
             "The pause between attempts to register grows from this.");
  flags->Add(&agent.executor_registration_timeout, "executor_registration_timeout",
             "How long an executor has to register.");
  flags->Add(&agent.executor_reregistration_timeout, "executor_reregistration_timeout",
             "How long executors have to come back to a restarted agent; at most 15 s.");
  flags->Add(&agent.executor_shutdown_grace_period, "executor_shutdown_grace_period",
             "How long an executor has to end its tasks before it is killed.");
  flags->Add(&agent.recovery_timeout, "recovery_timeout",
             "How long executors wait for an agent that is away.");
  flags->Add(&recover, "recover",
             "What becomes of the containers of the agent that ran here before. reconnect: they go "
             "on. cleanup: they are ended, the master is told, the agent's id is forgotten, and "
             "the program ends; so changes that --reconfiguration_policy refuses can be made.");
  flags->Add(&agent.strict, "strict",
             "Whether damaged checkpoints are fatal. Otherwise they are set aside, and what is "
             "whole recovers.");
  flags->Add(&reconfiguration_policy, "reconfiguration_policy",
             "Which changes of hostname, port, domain, resources and attributes are taken while "
             "the machine runs. equal: none. additive: more resources and attributes.");
  flags->Add(&executor_environment_variables, "executor_environment_variables",
             "What executors find in their environment: JSON, {\"NAME\":\"value\"}.");
  flags->Add(&domain, "domain", "The machine's region and zone, as JSON of a DomainInfo.");
  modules.AddTo(flags);
  flags->Add(&agent.oversubscribed_resources_interval, "oversubscribed_resources_interval",
             "How often the resource estimator is asked.");
  flags->Add(&agent.qos_correction_interval_min, "qos_correction_interval_min",
             "The pause after an answer of the QoS controller; 100 ms where it is less.");
}

absl::StatusOr<AgentSettings> ReadAgentSettings(const AgentFlags& flags) {
  AgentSettings settings;
  ASSIGN_OR_RETURN(settings.containerizer.launcher, ReadLauncher(flags));
  settings.containerizer.cgroups_root = flags.cgroups_root;
  settings.containerizer.isolation = flags.isolation;
  settings.containerizer.cgroups_enable_cfs = flags.cgroups_enable_cfs;
  RETURN_IF_ERROR(CheckMaster("master", flags.master));
  ASSIGN_OR_RETURN(settings.identity, IdentifyHost(flags.network));
  AgentOptions& agent = settings.agent = flags.agent;
  agent.hostname = settings.identity.hostname;
  agent.ip = settings.identity.advertised_ip;
  agent.port = flags.network.port;
  ASSIGN_OR_RETURN(agent.recover, ReadRecovery(flags.recover));
  ASSIGN_OR_RETURN(agent.reconfiguration_policy, ReadPolicy(flags.reconfiguration_policy));
  agent.switch_user = flags.switch_user && IsRoot();
  if (flags.domain.has_value()) {
    RETURN_IF_ERROR(ParseJsonFlag("domain", *flags.domain, &agent.domain.emplace()));
  }
  ASSIGN_OR_RETURN(
      agent.executor_environment_variables,
      ParseVariablesFlag("executor_environment_variables", flags.executor_environment_variables));
  auto attributes = Attributes::Parse(flags.attributes);
  if (!attributes.ok()) return Annotate(attributes.status(), "--attributes");
  agent.attributes = *std::move(attributes);
  ASSIGN_OR_RETURN(agent.work_dir, MakeFolder("work_dir", flags.work_dir));
  ASSIGN_OR_RETURN(agent.resources, AgentResources(flags.resources, flags.default_role,
                                                   MeasureMachine(agent.work_dir)));
  const std::string runtime_dir = flags.runtime_dir.has_value()
                                      ? *flags.runtime_dir
                                      : (IsRoot() ? "/var/run/mesos" : agent.work_dir + "/run");
  ASSIGN_OR_RETURN(settings.containerizer.runtime_dir, MakeFolder("runtime_dir", runtime_dir));
  if (auto boot_id = ReadFlagFile(kBootIdFile); boot_id.ok()) {
    agent.boot_id = std::string(absl::StripAsciiWhitespace(*boot_id));
  }
  return settings;
}

}  // namespace mesos
