// ZooKeeper: what a cluster with several masters agrees through: who leads, where the leader is, and
// the registry, in an Apache ZooKeeper ensemble.
//
//   auto loop = mesos::CreateThreadEventLoop("watch").value();
//   auto zookeeper =
//       mesos::CreateZooKeeper({.url = "zk://a:2181,b:2181,c:2181/mesos"}, loop.get()).value();
//   std::unique_ptr<mesos::LeaderDetector::Detection> watch;
//   loop->Post([&] {
//     watch = zookeeper->detector().Watch([](const std::optional<mesos::Leader>& leader) {
//       std::puts(leader.has_value() ? leader->info.hostname().c_str() : "nobody leads");
//     });
//   });
//
// The znodes are Mesos's (json.info_... with MasterInfo as JSON), so that its tools find the leader,
// and it finds ours. All three parts share one session. It is given up, and a leader hears Lost,
// after three quarters of its timeout without a server's confirmation, before a server can have
// ended it. ZooKeeper's C client speaks neither TLS nor SASL: a password in the URL keeps others
// from writing, but crosses the network in the clear.
//
// Threads: made and destroyed on any thread; the parts belong to the loop. Two threads of the C
// client and one of ours serve it.
// Ownership: the loop and the log must outlive it, and it must outlive candidacies, detections and
// those who use the registry. Destroying it ends the session, which may wait for seconds for a
// server that is slow, or for the resolution of a name: better not on the loop.
// Errors: the factory answers a malformed URL; that the ensemble cannot be reached is no error but
// waited out for ever. The registry's are those of a StateStore: Unavailable while there is no
// session, Aborted when another master has written, DataLoss naming the znode that is damaged.
#ifndef MESOS_ZOOKEEPER_H_
#define MESOS_ZOOKEEPER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesos/event_loop.h"
#include "mesos/export.h"
#include "mesos/leader_election.h"
#include "mesos/log.h"
#include "mesos/state_store.h"
#include "mesos/version.h"

namespace mesos {

struct ZooKeeperOptions {
  // zk://[user:password@]host:port,.../path, or file:///path of a file that holds it. With a
  // password, znodes are made such that everybody may read and only the same user change them.
  std::string url;
  // What is asked for; the servers choose one in their limits (2 to 20 of their ticks). At least
  // 100 ms, at most one hour.
  absl::Duration session_timeout = absl::Seconds(10);
  LogSink* log = nullptr;  // May be null.
};

class MESOS_EXPORT ZooKeeper {
 public:
  virtual ~ZooKeeper() = default;

  virtual LeaderElection& election() = 0;
  virtual LeaderDetector& detector() = 0;

  // At <path>/registry. Load it before the first commit, and again after any error of a commit: a
  // store whose write has failed, or whose session was lost, answers errors until it was loaded.
  virtual StateStore& registry() = 0;
};

// InvalidArgument: what is wrong with an option. What is wrong with the URL's file: NotFound or
// PermissionDenied. ResourceExhausted: the system gives no thread.
MESOS_EXPORT absl::StatusOr<std::unique_ptr<ZooKeeper>> CreateZooKeeper(ZooKeeperOptions options,
                                                                        EventLoop* loop,
                                                                        HeaderVersion headers = {});

}  // namespace mesos

#endif  // MESOS_ZOOKEEPER_H_
