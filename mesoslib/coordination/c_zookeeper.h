// The ZooKeeperHandle that talks to an ensemble, on ZooKeeper's C client: that client's threads
// call back, and what they bring is posted to the loop. It has neither TLS nor SASL.
#ifndef MESOSLIB_COORDINATION_C_ZOOKEEPER_H_
#define MESOSLIB_COORDINATION_C_ZOOKEEPER_H_

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "mesos/event_loop.h"
#include "mesoslib/base/worker_pool.h"
#include "mesoslib/coordination/zookeeper_handle.h"

namespace mesos {

struct CZooKeeperOptions {
  std::string servers;
  std::string credentials;  // "user:password"; empty: none.
  absl::Duration session_timeout;
};

// `worker` has one thread, which resolves names, and ends sessions: both may take long. It must run
// what it was given before it is destroyed.
std::unique_ptr<ZooKeeperHandle> CreateCZooKeeper(const CZooKeeperOptions& options,
                                                  ZooKeeperHandle::Listener* listener,
                                                  WorkerPool* worker, EventLoop* loop);

}  // namespace mesos

#endif  // MESOSLIB_COORDINATION_C_ZOOKEEPER_H_
