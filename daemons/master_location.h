// The way to the master, wherever users say it is: one master's address, or ZooKeeper, which knows
// who leads.
#ifndef DAEMONS_MASTER_LOCATION_H_
#define DAEMONS_MASTER_LOCATION_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daemons/leader_location.h"
#include "mesos/endpoint.h"
#include "mesos/event_loop.h"
#include "mesos/leader_election.h"
#include "mesos/log.h"
#include "mesos/zookeeper.h"

namespace mesos {

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
