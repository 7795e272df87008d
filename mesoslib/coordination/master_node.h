// The znodes of masters that stand for election: their names and what they hold, as Mesos has them.
#ifndef MESOSLIB_COORDINATION_MASTER_NODE_H_
#define MESOSLIB_COORDINATION_MASTER_NODE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mesos/leader_election.h"

namespace mesos {

// What our nodes are called, before the digits that ZooKeeper adds.
inline constexpr absl::string_view kMasterNodePrefix = "json.info_";

// A child of the path that masters share: "<label>_<digits>", or only digits.
struct MasterNodeName {
  std::string label;
  uint64_t sequence = 0;
};

// None: not a name of this form, such as "log_replicas".
std::optional<MasterNodeName> ParseMasterNodeName(absl::string_view name);

// Whether nodes with this label are masters: "json.info" (JSON), "info" (binary), "" (only the
// master's pid; Mesos of long ago).
bool IsMasterLabel(absl::string_view label);

// MasterInfo as JSON, with the additional member grpc_port.
std::string EncodeMasterNode(const Leader& leader);

// InvalidArgument says what is wrong with the data.
absl::StatusOr<Leader> DecodeMasterNode(absl::string_view label, absl::string_view data);

}  // namespace mesos

#endif  // MESOSLIB_COORDINATION_MASTER_NODE_H_
