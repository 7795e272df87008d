#include "daemons/execute_flags.h"

#include <pwd.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "daemons/flag_values.h"
#include "daemons/network.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"

namespace mesos {
namespace {

using Capability = v1::FrameworkInfo::Capability;

std::string OwnUser() {
  const uid_t uid = geteuid();
  if (uid == 0) return "root";  // Spares the account database.
  const passwd* entry = getpwuid(uid);
  return entry == nullptr ? "" : entry->pw_name;
}

absl::Status ReadFramework(const ExecuteFlags& flags, v1::FrameworkInfo* framework) {
  framework->set_name(flags.name);
  framework->set_user(flags.user.has_value() ? *flags.user : OwnUser());
  framework->set_checkpoint(flags.checkpoint);
  framework->add_roles(flags.role);
  if (flags.principal.has_value()) framework->set_principal(*flags.principal);
  framework->add_capabilities()->set_type(Capability::MULTI_ROLE);
  framework->add_capabilities()->set_type(Capability::RESERVATION_REFINEMENT);
  framework->add_capabilities()->set_type(Capability::TASK_KILLING_STATE);
  if (flags.partition_aware) framework->add_capabilities()->set_type(Capability::PARTITION_AWARE);
  for (const std::string& name : flags.framework_capabilities) {
    Capability::Type type = Capability::UNKNOWN;
    if (!Capability::Type_Parse(absl::AsciiStrToUpper(name), &type)) {
      return absl::InvalidArgumentError(absl::StrCat("--framework_capabilities names ",
                                                     Quoted(name), ", which is no capability"));
    }
    framework->add_capabilities()->set_type(type);
  }
  return absl::OkStatus();
}

absl::Status ReadCommand(const ExecuteFlags& flags, v1::CommandInfo* command) {
  command->set_shell(flags.shell);
  if (flags.shell) {
    command->set_value(*flags.command);
  } else {
    const std::vector<std::string> words =
        absl::StrSplit(*flags.command, absl::ByAnyChar(" \t\n"), absl::SkipEmpty());
    if (words.empty()) return absl::InvalidArgumentError("--command is empty");
    command->set_value(words[0]);
    for (const std::string& word : words) command->add_arguments(word);
  }
  ASSIGN_OR_RETURN(const auto variables, ParseVariablesFlag("env", flags.env));
  for (const auto& [name, value] : variables) {
    v1::Environment::Variable* variable = command->mutable_environment()->add_variables();
    variable->set_name(name);
    variable->set_value(value);
  }
  return absl::OkStatus();
}

absl::Status ReadTask(const ExecuteFlags& flags, v1::TaskInfo* task) {
  if (flags.command.has_value() == flags.task.has_value()) {
    return absl::InvalidArgumentError("give either --command or --task");
  }
  if (flags.task.has_value()) {
    RETURN_IF_ERROR(ParseJsonFlag("task", *flags.task, task));
    if (!task->has_name()) task->set_name(flags.name);
    if (!task->has_task_id()) task->mutable_task_id()->set_value(task->name());
    return absl::OkStatus();
  }
  task->set_name(flags.name);
  task->mutable_task_id()->set_value(flags.name);
  return ReadCommand(flags, task->mutable_command());
}

}  // namespace

void ExecuteFlags::AddTo(FlagSet* flags) {
  flags
      ->Add(&master, "master",
            "The master: host:port of its HTTP API (gRPC's is 10 above), grpc://host:port, or "
            "zk://[user:password@]host:port,.../path, where the one that leads is found.")
      .Required();
  flags->Add(&name, "name", "The name of the framework and the task.");
  flags->Add(&command, "command", "What to run.");
  flags->Add(&shell, "shell",
             "Whether the command is for the shell; otherwise it is a program and its arguments, "
             "separated by spaces.");
  flags->Add(&env, "env", "The command's environment: JSON, {\"NAME\":\"value\"}.");
  flags->Add(&resources, "resources", "What the task needs.");
  flags->Add(&role, "role", "The framework's role.");
  flags->Add(&kill_after, "kill_after", "The task is killed when it has run for that long.");
  flags->Add(&timeout, "timeout", "After so long mesos-execute gives up, and the task is killed.");
  flags->Add(&checkpoint, "checkpoint", "Whether the agent checkpoints the framework.");
  flags->Add(&principal, "principal", "The framework's principal.");
  flags->Add(&user, "user", "The account to run under; by default yours.");
  flags->Add(&task, "task", "The task as JSON of a TaskInfo, instead of --command.");
  flags->Add(&partition_aware, "partition_aware", "Whether the framework is PARTITION_AWARE.");
  flags->Add(&framework_capabilities, "framework_capabilities", "More capabilities.");
  flags->Add(&version, "version", "Show the version and exit.");
}

absl::StatusOr<ExecuteJob> ReadExecuteJob(const ExecuteFlags& flags) {
  ExecuteJob job;
  RETURN_IF_ERROR(CheckMaster("master", flags.master));
  RETURN_IF_ERROR(ReadFramework(flags, &job.framework));
  RETURN_IF_ERROR(ReadTask(flags, &job.task));
  if (job.task.resources().empty()) {
    absl::StatusOr<Resources> resources = Resources::Parse(flags.resources);
    if (!resources.ok()) return Annotate(resources.status(), "--resources");
    resources->ToProto(job.task.mutable_resources());
  }
  absl::StatusOr<Resources> needed = Resources::FromProto(job.task.resources());
  if (!needed.ok()) return Annotate(needed.status(), "--task");
  job.resources = *std::move(needed);
  if (job.resources.empty()) return absl::InvalidArgumentError("--resources is empty");
  return job;
}

}  // namespace mesos
