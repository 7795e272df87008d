#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "mesos/executor.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/status_macros.h"
#include "mesoslib/base/units.h"

namespace mesos {
namespace {

using Environment = std::map<std::string, std::string>;

// How far gRPC's port is from HTTP's where nobody says otherwise.
constexpr uint32_t kGrpcPortOffset = 10;

absl::StatusOr<std::string> Required(const Environment& environment, const std::string& name) {
  auto found = environment.find(name);
  if (found != environment.end() && !found->second.empty()) return found->second;
  return absl::InvalidArgumentError(
      absl::StrCat("the environment has no ", name, "; an agent sets it for its executors"));
}

absl::StatusOr<bool> ReadSwitch(const Environment& environment, const std::string& name) {
  auto found = environment.find(name);
  if (found == environment.end() || found->second == "0") return false;
  if (found->second == "1") return true;
  return absl::InvalidArgumentError(
      absl::StrCat(name, " is ", Quoted(found->second), ", expected 0 or 1"));
}

// Leaves `duration` as it is where the variable is missing.
absl::Status ReadDuration(const Environment& environment, const std::string& name,
                          absl::Duration* duration) {
  auto found = environment.find(name);
  if (found == environment.end()) return absl::OkStatus();
  absl::StatusOr<absl::Duration> parsed = ParseDuration(found->second);
  if (!parsed.ok()) return Annotate(parsed.status(), name);
  *duration = *parsed;
  return absl::OkStatus();
}

// "ip:port" or "[ip]:port", with `offset` added to the port.
absl::StatusOr<std::string> ReadAddress(const std::string& name, absl::string_view text,
                                        uint32_t offset) {
  const size_t colon = text.rfind(':');
  uint32_t port = 0;
  if (colon == absl::string_view::npos || colon == 0 ||
      text.find_first_not_of("0123456789", colon + 1) != absl::string_view::npos ||
      !absl::SimpleAtoi(text.substr(colon + 1), &port) || port == 0 || port + offset > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " is ", Quoted(text), ", expected ip:port, such as 10.0.0.1:5051"));
  }
  return absl::StrCat(text.substr(0, colon), ":", port + offset);
}

absl::StatusOr<std::string> AgentAddress(const Environment& environment) {
  auto grpc = environment.find("MESOS_AGENT_GRPC_ENDPOINT");
  if (grpc != environment.end()) return ReadAddress(grpc->first, grpc->second, 0);
  ASSIGN_OR_RETURN(std::string http, Required(environment, "MESOS_AGENT_ENDPOINT"));
  return ReadAddress("MESOS_AGENT_ENDPOINT", http, kGrpcPortOffset);
}

}  // namespace

absl::StatusOr<ExecutorEnvironment> ParseExecutorEnvironment(
    const std::map<std::string, std::string>& environment) {
  ExecutorEnvironment result;
  ExecutorDriverOptions& options = result.options;
  ASSIGN_OR_RETURN(std::string framework_id, Required(environment, "MESOS_FRAMEWORK_ID"));
  ASSIGN_OR_RETURN(std::string executor_id, Required(environment, "MESOS_EXECUTOR_ID"));
  options.framework_id.set_value(framework_id);
  options.executor_id.set_value(executor_id);
  ASSIGN_OR_RETURN(result.agent_address, AgentAddress(environment));
  ASSIGN_OR_RETURN(options.checkpoint, ReadSwitch(environment, "MESOS_CHECKPOINT"));
  RETURN_IF_ERROR(ReadDuration(environment, "MESOS_RECOVERY_TIMEOUT", &options.recovery_timeout));
  RETURN_IF_ERROR(ReadDuration(environment, "MESOS_SUBSCRIPTION_BACKOFF_MAX",
                               &options.subscription_backoff_max));
  return result;
}

}  // namespace mesos
