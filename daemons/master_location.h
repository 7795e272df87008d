// Where the master is, as users say it, and the way there: one master's address, or ZooKeeper,
// which knows who leads.
#ifndef DAEMONS_MASTER_LOCATION_H_
#define DAEMONS_MASTER_LOCATION_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mesos/endpoint.h"
#include "mesos/event_loop.h"
#include "mesos/leader_election.h"
#include "mesos/log.h"
#include "mesos/zookeeper.h"

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

// An endpoint of the master, and what finds it. Destroyed off the loop, after its sessions.
template <typename E>
struct MasterWay {
  std::unique_ptr<ZooKeeper> zookeeper;  // Null: the master's address is known.
  std::unique_ptr<E> endpoint;
};

// `loop` and `log` outlive what is returned. InvalidArgument names --master.
absl::StatusOr<MasterWay<AgentEndpoint>> FindMasterOfAgents(const MasterLocation& master,
                                                            absl::Duration zk_session_timeout,
                                                            EventLoop* loop, LogSink* log);
absl::StatusOr<MasterWay<SchedulerEndpoint>> FindMasterOfSchedulers(
    const MasterLocation& master, absl::Duration zk_session_timeout, EventLoop* loop, LogSink* log);

}  // namespace mesos

#endif  // DAEMONS_MASTER_LOCATION_H_
