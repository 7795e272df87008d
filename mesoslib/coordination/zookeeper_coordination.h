// ZooKeeperCoordination: election, detection and registry on one client, whatever it is connected
// with.
#ifndef MESOSLIB_COORDINATION_ZOOKEEPER_COORDINATION_H_
#define MESOSLIB_COORDINATION_ZOOKEEPER_COORDINATION_H_

#include <string>
#include <utility>

#include "absl/time/time.h"
#include "mesos/event_loop.h"
#include "mesos/log.h"
#include "mesos/random.h"
#include "mesoslib/coordination/master_group.h"
#include "mesoslib/coordination/zookeeper_client.h"
#include "mesoslib/coordination/zookeeper_detector.h"
#include "mesoslib/coordination/zookeeper_election.h"
#include "mesoslib/coordination/zookeeper_state_store.h"

namespace mesos {

// Lives on one loop.
struct ZooKeeperCoordination {
  ZooKeeperCoordination(ZooKeeperConnector connect, std::string base,
                        absl::Duration connect_timeout, EventLoop* loop, Random* random,
                        LogSink* log)
      : client(std::move(connect), std::move(base), connect_timeout, loop, random, log),
        group(&client, loop, random, log),
        election(&client, &group, loop, random, log),
        detector(&group, loop),
        registry(&client, loop, random, log) {
    // Whoever leads hears of a lost session before all others.
    client.AddObserver(&election);
    client.AddObserver(&registry);
    client.AddObserver(&group);
    group.AddObserver(&election);
    group.AddObserver(&detector);
    client.Start();
  }

  ZooKeeperClient client;
  MasterGroup group;
  ZooKeeperElection election;
  ZooKeeperDetector detector;
  ZooKeeperStateStore registry;
};

}  // namespace mesos

#endif  // MESOSLIB_COORDINATION_ZOOKEEPER_COORDINATION_H_
