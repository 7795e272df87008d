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

absl::Status ReadVolumes(const std::string& text, v1::ContainerInfo* container) {
  // A list as the one member of a message.
  return ParseJsonFlag("volumes", absl::StrCat("{\"volumes\":", text, "}"), container);
}

// For our own containerizer.
void ReadImage(const ExecuteFlags& flags, v1::ContainerInfo* container) {
  if (flags.docker_image.has_value()) {
    v1::Image* image = container->mutable_mesos()->mutable_image();
    image->set_type(v1::Image::DOCKER);
    image->mutable_docker()->set_name(*flags.docker_image);
  }
  if (flags.appc_image.has_value()) {
    v1::Image* image = container->mutable_mesos()->mutable_image();
    image->set_type(v1::Image::APPC);
    image->mutable_appc()->set_name(*flags.appc_image);
    // Images are told apart by these.
    for (const auto& [name, value] : {std::pair("os", "linux"), std::pair("arch", "amd64")}) {
      v1::Label* label = image->mutable_appc()->mutable_labels()->add_labels();
      label->set_key(name);
      label->set_value(value);
    }
  }
}

absl::Status ReadDockerContainer(const ExecuteFlags& flags, v1::ContainerInfo* container) {
  if (!flags.docker_image.has_value()) {
    return absl::InvalidArgumentError("--containerizer=docker needs --docker_image");
  }
  if (flags.networks.size() > 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("--networks names ", flags.networks.size(),
                     " networks; with --containerizer=docker there can be one"));
  }
  const std::pair<bool, absl::string_view> unfit[] = {
      {flags.appc_image.has_value(), "appc_image"},
      {flags.rlimits.has_value(), "rlimits"},
      {flags.effective_capabilities.has_value(), "effective_capabilities"},
      {flags.bounding_capabilities.has_value(), "bounding_capabilities"},
      {flags.tty, "tty"}};
  for (const auto& [given, flag] : unfit) {
    if (given) {
      return absl::InvalidArgumentError(absl::StrCat("--", flag, " needs --containerizer=mesos"));
    }
  }
  container->set_type(v1::ContainerInfo::DOCKER);
  container->mutable_docker()->set_image(*flags.docker_image);
  if (!flags.networks.empty()) {
    container->mutable_docker()->set_network(v1::ContainerInfo::DockerInfo::USER);
  }
  return absl::OkStatus();
}

// What the task runs in; empty where no flag asks for anything.
absl::Status ReadContainer(const ExecuteFlags& flags, v1::ContainerInfo* container) {
  if (flags.containerizer != "mesos" && flags.containerizer != "docker") {
    return absl::InvalidArgumentError(absl::StrCat(
        "--containerizer is ", Quoted(flags.containerizer), "; expected 'mesos' or 'docker'"));
  }
  if (flags.docker_image.has_value() && flags.appc_image.has_value()) {
    return absl::InvalidArgumentError("give either --docker_image or --appc_image");
  }
  if (flags.volumes.has_value()) RETURN_IF_ERROR(ReadVolumes(*flags.volumes, container));
  for (const std::string& network : flags.networks) {
    container->add_network_infos()->set_name(network);
  }
  if (flags.containerizer == "docker") return ReadDockerContainer(flags, container);
  ReadImage(flags, container);
  if (flags.effective_capabilities.has_value()) {
    RETURN_IF_ERROR(
        ParseJsonFlag("effective_capabilities", *flags.effective_capabilities,
                      container->mutable_linux_info()->mutable_effective_capabilities()));
  }
  if (flags.bounding_capabilities.has_value()) {
    RETURN_IF_ERROR(
        ParseJsonFlag("bounding_capabilities", *flags.bounding_capabilities,
                      container->mutable_linux_info()->mutable_bounding_capabilities()));
  }
  if (flags.rlimits.has_value()) {
    RETURN_IF_ERROR(ParseJsonFlag("rlimits", *flags.rlimits, container->mutable_rlimit_info()));
  }
  if (flags.tty) container->mutable_tty_info();
  if (container->ByteSizeLong() > 0) container->set_type(v1::ContainerInfo::MESOS);
  return absl::OkStatus();
}

absl::Status ReadGroup(const ExecuteFlags& flags, ExecuteTasks* work) {
  v1::TaskGroupInfo group;
  RETURN_IF_ERROR(ParseJsonFlag("task_group", *flags.task_group, &group));
  if (group.tasks().empty()) return absl::InvalidArgumentError("--task_group has no tasks");
  work->tasks.assign(group.tasks().begin(), group.tasks().end());
  work->executor.emplace();
  work->executor->set_type(v1::ExecutorInfo::DEFAULT);
  work->executor->mutable_executor_id()->set_value("default-executor");
  Resources::Parse("cpus:0.1;mem:32;disk:32")->ToProto(work->executor->mutable_resources());
  return absl::OkStatus();
}

absl::Status ReadTasks(const ExecuteFlags& flags, ExecuteTasks* work) {
  if (flags.command.has_value() + flags.task.has_value() + flags.task_group.has_value() != 1) {
    return absl::InvalidArgumentError("give one of --command, --task and --task_group");
  }
  v1::ContainerInfo container;
  RETURN_IF_ERROR(ReadContainer(flags, &container));
  if (container.has_type() && !flags.command.has_value()) {
    return absl::InvalidArgumentError(
        "what the container is like belongs into --task or --task_group; its flags need --command");
  }
  if (flags.task_group.has_value()) return ReadGroup(flags, work);
  v1::TaskInfo& task = work->tasks.emplace_back();
  if (flags.task.has_value()) {
    RETURN_IF_ERROR(ParseJsonFlag("task", *flags.task, &task));
    if (!task.has_name()) task.set_name(flags.name);
    if (!task.has_task_id()) task.mutable_task_id()->set_value(task.name());
    return absl::OkStatus();
  }
  task.set_name(flags.name);
  task.mutable_task_id()->set_value(flags.name);
  if (container.has_type()) *task.mutable_container() = std::move(container);
  return ReadCommand(flags, task.mutable_command());
}

// The command fetches what is put there first.
absl::Status ReadPackage(const ExecuteFlags& flags, ExecuteJob* job) {
  if (!flags.package.has_value()) return absl::OkStatus();
  if (!flags.command.has_value()) {
    return absl::InvalidArgumentError("--package is for a task of --command");
  }
  const std::string name = flags.package->substr(flags.package->rfind('/') + 1);
  if (name.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--package is ", Quoted(*flags.package), "; expected the path of a file"));
  }
  job->upload = {.package = *flags.package,
                 .uri = absl::StrCat("hdfs://", flags.hdfs, "/", job->framework.user(), "/", name),
                 .hadoop = flags.hadoop,
                 .overwrite = flags.overwrite};
  job->work.tasks[0].mutable_command()->add_uris()->set_value(job->upload->uri);
  return absl::OkStatus();
}

// What is needed where a task does not say it, and what all need together.
absl::Status ReadResources(const ExecuteFlags& flags, ExecuteTasks* work) {
  for (v1::TaskInfo& task : work->tasks) {
    if (task.resources().empty() && !flags.task_group.has_value()) {
      absl::StatusOr<Resources> resources = Resources::Parse(flags.resources);
      if (!resources.ok()) return Annotate(resources.status(), "--resources");
      resources->ToProto(task.mutable_resources());
    }
    absl::StatusOr<Resources> needed = Resources::FromProto(task.resources());
    if (!needed.ok()) {
      return Annotate(needed.status(), flags.task_group.has_value() ? "--task_group" : "--task");
    }
    work->resources += *needed;
  }
  if (work->executor.has_value()) {
    work->resources += Resources::FromProto(work->executor->resources()).value();
  }
  if (work->resources.empty()) return absl::InvalidArgumentError("--resources is empty");
  return absl::OkStatus();
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
  flags->Add(&task_group, "task_group",
             "Tasks that run together, as JSON of a TaskGroupInfo, instead of --command.");
  flags->Add(&containerizer, "containerizer", "Whose container it is: mesos or docker.");
  flags->Add(&docker_image, "docker_image", "The command runs in this Docker image.");
  flags->Add(&appc_image, "appc_image", "The command runs in this Appc image.");
  flags->Add(&networks, "networks", "The container's networks, by name.");
  flags->Add(&volumes, "volumes", "The container's volumes: JSON, a list of Volume.");
  flags->Add(&rlimits, "rlimits", "The container's limits: JSON of an RLimitInfo.");
  flags->Add(&effective_capabilities, "effective_capabilities",
             "The command's Linux capabilities: JSON of a CapabilityInfo.");
  flags->Add(&bounding_capabilities, "bounding_capabilities",
             "The most that it may ever have: JSON of a CapabilityInfo.");
  flags->Add(&tty, "tty", "Whether the container has a terminal.");
  flags->Add(&content_type, "content_type",
             "protobuf or json, for scripts that give it: what is sent to gRPC's port is protobuf "
             "either way.");
  flags->Add(&partition_aware, "partition_aware", "Whether the framework is PARTITION_AWARE.");
  flags->Add(&framework_capabilities, "framework_capabilities", "More capabilities.");
  flags->Add(&package, "package",
             "A file that is put into HDFS, from where the command's agent fetches it.");
  flags->Add(&hadoop, "hadoop", "Hadoop's client, which does that.");
  flags->Add(&hdfs, "hdfs", "The host:port of HDFS.");
  flags->Add(&overwrite, "overwrite", "Whether the package replaces one of its name.");
  flags->Add(&version, "version", "Show the version and exit.");
}

absl::StatusOr<ExecuteJob> ReadExecuteJob(const ExecuteFlags& flags) {
  ExecuteJob job;
  RETURN_IF_ERROR(CheckMaster("master", flags.master));
  if (flags.content_type != "protobuf" && flags.content_type != "json") {
    return absl::InvalidArgumentError(absl::StrCat("--content_type is ", Quoted(flags.content_type),
                                                   "; expected 'protobuf' or 'json'"));
  }
  RETURN_IF_ERROR(ReadFramework(flags, &job.framework));
  RETURN_IF_ERROR(ReadTasks(flags, &job.work));
  RETURN_IF_ERROR(ReadPackage(flags, &job));
  RETURN_IF_ERROR(ReadResources(flags, &job.work));
  return job;
}

}  // namespace mesos
