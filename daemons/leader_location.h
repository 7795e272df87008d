// Where the master is, as users say it, and who leads according to ZooKeeper. Without gRPC, which
// takes longer to load than a short command to run.
#ifndef DAEMONS_LEADER_LOCATION_H_
#define DAEMONS_LEADER_LOCATION_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mesos/leader_election.h"
#include "mesos/log.h"

namespace mesos {

// "host:port", "grpc://host:port", or "zk://...". As a flag it is shown without its password.
struct MasterLocation {
  std::string text;

  bool is_zookeeper() const;
};

absl::Status ParseFlag(absl::string_view text, MasterLocation* value);
std::string FormatFlag(const MasterLocation& value);
absl::string_view FlagTypeName(const MasterLocation*);

// InvalidArgument names `flag` and says what is wrong with it.
absl::Status CheckMaster(absl::string_view flag, const MasterLocation& master);
// The same, for what must be ZooKeeper.
absl::Status CheckZooKeeper(absl::string_view flag, const MasterLocation& zookeeper);

// Where a leader serves HTTP: "10.0.0.1:5050", and gRPC.
std::string LeaderAddress(const Leader& leader);
std::string LeaderGrpcAddress(const Leader& leader);

// Who leads according to this ZooKeeper. Waits, off any loop; DeadlineExceeded: nobody is known
// within `timeout`. `log` may be null.
absl::StatusOr<Leader> FindLeader(const MasterLocation& zookeeper, absl::Duration timeout,
                                  LogSink* log);

}  // namespace mesos

#endif  // DAEMONS_LEADER_LOCATION_H_
