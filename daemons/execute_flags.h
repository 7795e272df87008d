// The flags of mesos-execute, and the framework and tasks they describe.
#ifndef DAEMONS_EXECUTE_FLAGS_H_
#define DAEMONS_EXECUTE_FLAGS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daemons/master_location.h"
#include "daemons/package_upload.h"
#include "mesos/resources.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/base/flags.h"

namespace mesos {

struct ExecuteFlags {
  MasterLocation master;
  std::string name = "mesos-execute";
  std::optional<std::string> command;
  bool shell = true;
  std::string env;
  std::string resources = "cpus:1;mem:128";
  std::string role = "*";
  std::optional<absl::Duration> kill_after;
  std::optional<absl::Duration> timeout;
  bool checkpoint = false;
  std::optional<std::string> principal;
  std::optional<std::string> user;
  std::optional<std::string> task;
  std::optional<std::string> task_group;
  std::string containerizer = "mesos";
  std::optional<std::string> docker_image;
  std::optional<std::string> appc_image;
  std::vector<std::string> networks;
  std::optional<std::string> volumes;
  std::optional<std::string> rlimits;
  std::optional<std::string> effective_capabilities;
  std::optional<std::string> bounding_capabilities;
  bool tty = false;
  std::string content_type = "protobuf";
  bool partition_aware = true;
  std::vector<std::string> framework_capabilities;
  std::optional<std::string> package;
  std::string hadoop = "hadoop";
  std::string hdfs = "localhost:9000";
  bool overwrite = false;
  bool version = false;

  void AddTo(FlagSet* flags);
};

// What runs: one task, or a group of them with their executor. They lack agent_id only, and the
// executor framework_id.
struct ExecuteTasks {
  std::vector<v1::TaskInfo> tasks;
  std::optional<v1::ExecutorInfo> executor;
  Resources resources;  // Of all of them.
};

struct ExecuteJob {
  v1::FrameworkInfo framework;
  ExecuteTasks work;
  std::optional<PackageUpload> upload;  // Before anything runs.
};

// InvalidArgument names the flag.
absl::StatusOr<ExecuteJob> ReadExecuteJob(const ExecuteFlags& flags);

}  // namespace mesos

#endif  // DAEMONS_EXECUTE_FLAGS_H_
