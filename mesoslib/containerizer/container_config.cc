#include "mesoslib/containerizer/container_config.h"

#include <sys/resource.h>

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

constexpr size_t kMaxContainerIdBytes = 242;

absl::Status Invalid(absl::string_view field, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(field, " ", problem));
}

absl::Status NotOffered(absl::string_view field, absl::string_view what) {
  return Invalid(field,
                 absl::StrCat("asks for ", what, ", which the Mesos containerizer does not offer"));
}

absl::Status CheckText(absl::string_view field, absl::string_view text) {
  if (text.find('\0') == absl::string_view::npos) return absl::OkStatus();
  return Invalid(field, absl::StrCat("holds a NUL byte: ", Quoted(text)));
}

absl::Status ValidateNetworks(const v1::ContainerInfo& container) {
  for (int i = 0; i < container.network_infos_size(); ++i) {
    const v1::NetworkInfo& network = container.network_infos(i);
    const std::string field = absl::StrCat("container.network_infos[", i, "]");
    if (network.has_name()) {
      return NotOffered(absl::StrCat(field, ".name"),
                        absl::StrCat("the network ", Quoted(network.name())));
    }
    if (network.ip_addresses_size() > 0) {
      return NotOffered(absl::StrCat(field, ".ip_addresses"), "an address of its own");
    }
    if (network.port_mappings_size() > 0) {
      return NotOffered(absl::StrCat(field, ".port_mappings"), "mapped ports");
    }
  }
  return absl::OkStatus();
}

// A container shares all of the host's namespaces, so asking for that is fine.
absl::Status ValidateLinuxInfo(const v1::LinuxInfo& info) {
  if (info.has_capability_info() || info.has_bounding_capabilities() ||
      info.has_effective_capabilities()) {
    return NotOffered("container.linux_info", "capabilities");
  }
  if (info.has_share_pid_namespace() && !info.share_pid_namespace()) {
    return NotOffered("container.linux_info.share_pid_namespace", "a pid namespace of its own");
  }
  if (info.has_seccomp() && !info.seccomp().unconfined()) {
    return NotOffered("container.linux_info.seccomp", "a seccomp filter");
  }
  if (info.has_ipc_mode() && info.ipc_mode() != v1::LinuxInfo::SHARE_PARENT) {
    return NotOffered("container.linux_info.ipc_mode", "an IPC namespace of its own");
  }
  if (info.has_shm_size()) return NotOffered("container.linux_info.shm_size", "a /dev/shm");
  return absl::OkStatus();
}

absl::Status ValidateContainerInfo(const v1::ContainerInfo& container) {
  if (container.type() == v1::ContainerInfo::DOCKER && container.has_type()) {
    return NotOffered("container.type", "DOCKER");
  }
  if (container.has_docker()) return NotOffered("container.docker", "a Docker container");
  if (container.mesos().has_image()) return NotOffered("container.mesos.image", "an image");
  if (container.volumes_size() > 0) return NotOffered("container.volumes", "volumes");
  if (container.has_hostname()) return NotOffered("container.hostname", "a hostname");
  if (container.has_tty_info()) return NotOffered("container.tty_info", "a terminal");
  RETURN_IF_ERROR(ValidateNetworks(container));
  return ValidateLinuxInfo(container.linux_info());
}

std::optional<int> RlimitResource(v1::RLimitInfo::RLimit::Type type) {
  using RLimit = v1::RLimitInfo::RLimit;
  switch (type) {
    case RLimit::RLMT_AS:
      return RLIMIT_AS;
    case RLimit::RLMT_CORE:
      return RLIMIT_CORE;
    case RLimit::RLMT_CPU:
      return RLIMIT_CPU;
    case RLimit::RLMT_DATA:
      return RLIMIT_DATA;
    case RLimit::RLMT_FSIZE:
      return RLIMIT_FSIZE;
    case RLimit::RLMT_LOCKS:
      return RLIMIT_LOCKS;
    case RLimit::RLMT_MEMLOCK:
      return RLIMIT_MEMLOCK;
    case RLimit::RLMT_MSGQUEUE:
      return RLIMIT_MSGQUEUE;
    case RLimit::RLMT_NICE:
      return RLIMIT_NICE;
    case RLimit::RLMT_NOFILE:
      return RLIMIT_NOFILE;
    case RLimit::RLMT_NPROC:
      return RLIMIT_NPROC;
    case RLimit::RLMT_RSS:
      return RLIMIT_RSS;
    case RLimit::RLMT_RTPRIO:
      return RLIMIT_RTPRIO;
    case RLimit::RLMT_RTTIME:
      return RLIMIT_RTTIME;
    case RLimit::RLMT_SIGPENDING:
      return RLIMIT_SIGPENDING;
    case RLimit::RLMT_STACK:
      return RLIMIT_STACK;
    case RLimit::UNKNOWN:
      return std::nullopt;
  }
  return std::nullopt;
}

absl::StatusOr<std::vector<LaunchRlimit>> MakeRlimits(const v1::RLimitInfo& info) {
  std::vector<LaunchRlimit> rlimits;
  for (int i = 0; i < info.rlimits_size(); ++i) {
    const v1::RLimitInfo::RLimit& rlimit = info.rlimits(i);
    const std::string field = absl::StrCat("container.rlimit_info.rlimits[", i, "]");
    const std::optional<int> resource = RlimitResource(rlimit.type());
    if (!resource.has_value())
      return Invalid(absl::StrCat(field, ".type"), "is missing or unknown");
    if (rlimit.has_soft() != rlimit.has_hard()) {
      return Invalid(field,
                     "has only one of soft and hard: both are needed, or none for unlimited");
    }
    if (rlimit.soft() > rlimit.hard()) {
      return Invalid(
          absl::StrCat(field, ".soft"),
          absl::StrCat("is ", rlimit.soft(), ", more than hard, which is ", rlimit.hard()));
    }
    rlimits.push_back({*resource, rlimit.has_soft() ? rlimit.soft() : RLIM_INFINITY,
                       rlimit.has_hard() ? rlimit.hard() : RLIM_INFINITY});
  }
  return rlimits;
}

absl::Status CheckVariable(absl::string_view field, absl::string_view name,
                           absl::string_view value) {
  if (name.empty()) return Invalid(field, "has an empty name");
  if (name.find('=') != absl::string_view::npos) {
    return Invalid(field, absl::StrCat("has a '=' in the name ", Quoted(name)));
  }
  RETURN_IF_ERROR(CheckText(field, name));
  return CheckText(field, value);
}

absl::StatusOr<std::vector<std::string>> MakeEnvironment(const ContainerConfig& config) {
  std::map<std::string, std::string> environment = config.environment;
  for (const auto& [name, value] : environment) {
    RETURN_IF_ERROR(CheckVariable("environment", name, value));
  }
  const v1::Environment& own = config.command.environment();
  for (int i = 0; i < own.variables_size(); ++i) {
    const v1::Environment::Variable& variable = own.variables(i);
    const std::string field = absl::StrCat("command.environment.variables[", i, "]");
    if (variable.type() != v1::Environment::Variable::VALUE || variable.has_secret()) {
      return NotOffered(absl::StrCat(field, ".type"),
                        absl::StrCat(v1::Environment::Variable::Type_Name(variable.type()), " for ",
                                     Quoted(variable.name())));
    }
    RETURN_IF_ERROR(CheckVariable(field, variable.name(), variable.value()));
    environment[variable.name()] = variable.value();
  }
  std::vector<std::string> result;
  result.reserve(environment.size());
  for (const auto& [name, value] : environment) result.push_back(absl::StrCat(name, "=", value));
  return result;
}

absl::Status SetCommand(const v1::CommandInfo& command, LaunchPlan* plan) {
  if (command.uris_size() > 0) return NotOffered("command.uris", "files to fetch");
  if (command.value().empty()) return Invalid("command.value", "is missing");
  RETURN_IF_ERROR(CheckText("command.value", command.value()));
  if (command.shell()) {
    plan->executable = "/bin/sh";
    plan->arguments = {"sh", "-c", command.value()};
    return absl::OkStatus();
  }
  plan->executable = command.value();
  for (int i = 0; i < command.arguments_size(); ++i) {
    RETURN_IF_ERROR(CheckText(absl::StrCat("command.arguments[", i, "]"), command.arguments(i)));
    plan->arguments.push_back(command.arguments(i));
  }
  // A program without even argv[0] is asking for trouble.
  if (plan->arguments.empty()) plan->arguments.push_back(command.value());
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateContainerId(absl::string_view id) {
  if (id.empty()) return Invalid("container_id", "is empty");
  if (id.size() > kMaxContainerIdBytes) {
    return Invalid("container_id", absl::StrCat("has ", id.size(), " bytes, more than ",
                                                kMaxContainerIdBytes, ": ", Quoted(id)));
  }
  for (char c : id) {
    if (c == '.' || c == '/' || c == ' ' || absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      return Invalid("container_id",
                     absl::StrCat("holds a dot, slash, space or control character: ", Quoted(id)));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<LaunchPlan> MakeLaunchPlan(const ContainerConfig& config) {
  LaunchPlan plan;
  if (config.container.has_value()) {
    RETURN_IF_ERROR(ValidateContainerInfo(*config.container));
    ASSIGN_OR_RETURN(plan.rlimits, MakeRlimits(config.container->rlimit_info()));
  }
  RETURN_IF_ERROR(SetCommand(config.command, &plan));
  ASSIGN_OR_RETURN(plan.environment, MakeEnvironment(config));
  RETURN_IF_ERROR(CheckText("directory", config.directory));
  if (config.directory.empty() || config.directory[0] != '/') {
    return Invalid("directory",
                   absl::StrCat("is ", Quoted(config.directory), ", not an absolute path"));
  }
  plan.sandbox = config.directory;
  return plan;
}

}  // namespace mesos
