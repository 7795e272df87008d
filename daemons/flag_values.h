// What flags carry besides numbers and words.
#ifndef DAEMONS_FLAG_VALUES_H_
#define DAEMONS_FLAG_VALUES_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "mesos/allocator.h"
#include "mesos/master.h"
#include "mesos/resources.h"

namespace mesos {

// JSON with the proto's field names. `flag` is for the error: "domain".
absl::Status ParseJsonFlag(absl::string_view flag, const std::string& text,
                           google::protobuf::Message* message);

// {"NAME":"value"}.
absl::StatusOr<std::map<std::string, std::string>> ParseVariablesFlag(absl::string_view flag,
                                                                      const std::string& text);

// "role=weight,role=weight"; weights are finite and above zero.
absl::StatusOr<std::map<std::string, double>> ParseWeights(const std::string& text);

// "drf" or "random".
absl::StatusOr<Sorter> ParseSorter(absl::string_view flag, const std::string& text);

// "55%", as 0.55; from 0 to 100.
absl::StatusOr<double> ParsePercentage(absl::string_view flag, const std::string& text);

// "1/10mins": so many agents in a time.
absl::StatusOr<AgentRemovalRate> ParseRate(absl::string_view flag, const std::string& text);

// What a machine has, where nobody says otherwise.
struct MachineCapacity {
  int cpus = 1;
  int64_t memory_bytes = int64_t{1} << 30;
  int64_t disk_bytes = int64_t{10} << 30;
};

// Of this machine, with the file system that `work_dir`, which exists, is on.
MachineCapacity MeasureMachine(const std::string& work_dir);

// --resources: text or JSON. Of cpus, mem, disk and ports, what is not named is taken from the
// machine, with room left for others: 1 GB of memory and 5 GB of disk, or half where there is less
// than twice as much. "disk:0" names disk.
absl::StatusOr<Resources> AgentResources(const std::string& text, const std::string& default_role,
                                         const MachineCapacity& machine);

}  // namespace mesos

#endif  // DAEMONS_FLAG_VALUES_H_
