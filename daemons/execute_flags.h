// The flags of mesos-execute, and the framework and task they describe.
#ifndef DAEMONS_EXECUTE_FLAGS_H_
#define DAEMONS_EXECUTE_FLAGS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daemons/master_location.h"
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
  bool partition_aware = true;
  std::vector<std::string> framework_capabilities;
  bool version = false;

  void AddTo(FlagSet* flags);
};

struct ExecuteJob {
  v1::FrameworkInfo framework;
  v1::TaskInfo task;  // Lacks agent_id only.
  Resources resources;
};

// InvalidArgument names the flag.
absl::StatusOr<ExecuteJob> ReadExecuteJob(const ExecuteFlags& flags);

}  // namespace mesos

#endif  // DAEMONS_EXECUTE_FLAGS_H_
