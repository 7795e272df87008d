#include "mesoslib/agent/container_config.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos::agent {
namespace {

using Environment = std::map<std::string, std::string>;

constexpr char kPath[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
// How long a custom executor at most waits between two attempts to come back.
constexpr absl::Duration kSubscriptionBackoffMax = absl::Seconds(2);

std::string User(const AgentOptions& options, const v1::FrameworkInfo& framework,
                 const v1::CommandInfo& command) {
  if (!options.switch_user) return "";
  return command.has_user() ? command.user() : framework.user();
}

// The role the resources were allocated to, which is the same for all of them.
std::string AllocationRole(const v1::FrameworkInfo& framework, const Resources& resources) {
  if (std::optional<std::string> role = resources.AllocationRole()) return *role;
  if (framework.roles_size() == 1) return framework.roles(0);
  return framework.role();
}

Environment Common(const AgentOptions& options, const AgentId& agent,
                   const v1::FrameworkInfo& framework, const Executor& executor,
                   const Resources& resources) {
  Environment environment;
  environment["PATH"] = kPath;
  for (const auto& [name, value] : options.executor_environment_variables) {
    environment[name] = value;
  }
  environment["MESOS_FRAMEWORK_ID"] = framework.id().value();
  environment["MESOS_EXECUTOR_ID"] = executor.info().executor_id().value();
  environment["MESOS_SLAVE_ID"] = agent.value();
  environment["MESOS_DIRECTORY"] = executor.directory();
  environment["MESOS_SANDBOX"] = executor.directory();
  environment["MESOS_AGENT_ENDPOINT"] = absl::StrCat(options.ip, ":", options.port);
  environment["MESOS_ALLOCATION_ROLE"] = AllocationRole(framework, resources);
  return environment;
}

}  // namespace

absl::Duration FromProto(const v1::DurationInfo& duration) {
  return absl::Nanoseconds(duration.nanoseconds());
}

absl::Duration ShutdownGrace(const AgentOptions& options, const v1::ExecutorInfo& executor) {
  return executor.has_shutdown_grace_period() ? FromProto(executor.shutdown_grace_period())
                                              : options.executor_shutdown_grace_period;
}

std::string DurationText(absl::Duration duration) {
  struct Unit {
    absl::Duration length;
    const char* name;
  };
  static constexpr Unit kUnits[] = {{absl::Minutes(1), "mins"},
                                    {absl::Seconds(1), "secs"},
                                    {absl::Milliseconds(1), "ms"},
                                    {absl::Microseconds(1), "us"}};
  for (const Unit& unit : kUnits) {
    if (duration >= unit.length && duration % unit.length == absl::ZeroDuration()) {
      return absl::StrCat(duration / unit.length, unit.name);
    }
  }
  return absl::StrCat(absl::ToInt64Nanoseconds(duration), "ns");
}

ContainerConfig CommandContainer(const AgentOptions& options, const AgentId& agent,
                                 const v1::FrameworkInfo& framework, const Executor& executor,
                                 const Task& task) {
  ContainerConfig config;
  config.command = task.info().command();
  if (task.info().has_container()) config.container = task.info().container();
  config.resources = task.resources();
  config.directory = executor.directory();
  config.work_dir = options.work_dir;
  config.user = User(options, framework, config.command);
  config.environment = Common(options, agent, framework, executor, task.resources());
  config.environment["MESOS_TASK_ID"] = task.info().task_id().value();
  return config;
}

ContainerConfig ExecutorContainer(const AgentOptions& options, const AgentId& agent,
                                  const v1::FrameworkInfo& framework, const Executor& executor,
                                  Resources resources) {
  ContainerConfig config;
  config.command = executor.info().command();
  if (executor.info().has_container()) config.container = executor.info().container();
  config.directory = executor.directory();
  config.work_dir = options.work_dir;
  config.user = User(options, framework, config.command);
  Environment& environment = config.environment =
      Common(options, agent, framework, executor, resources);
  config.resources = std::move(resources);
  environment["MESOS_SLAVE_PID"] = absl::StrCat("slave(1)@", options.ip, ":", options.port);
  if (!options.executor_endpoint.empty()) {
    environment["MESOS_AGENT_GRPC_ENDPOINT"] = options.executor_endpoint;
  }
  environment["MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD"] =
      DurationText(ShutdownGrace(options, executor.info()));
  environment["MESOS_CHECKPOINT"] = framework.checkpoint() ? "1" : "0";
  if (framework.checkpoint()) {
    environment["MESOS_RECOVERY_TIMEOUT"] = DurationText(options.recovery_timeout);
    environment["MESOS_SUBSCRIPTION_BACKOFF_MAX"] = DurationText(kSubscriptionBackoffMax);
  }
  return config;
}

}  // namespace mesos::agent
