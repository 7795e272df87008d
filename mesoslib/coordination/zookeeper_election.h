// ZooKeeperElection: candidates are ephemeral sequential znodes; the one that has stood longest
// leads.
//
//     waiting --a session begins--> creating --made--> standing --oldest--> leading
//        any of them --the session is lost, or the znode is gone--> over
//
// (While waiting or creating, a lost session makes a candidate wait again.)
#ifndef MESOSLIB_COORDINATION_ZOOKEEPER_ELECTION_H_
#define MESOSLIB_COORDINATION_ZOOKEEPER_ELECTION_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "mesos/event_loop.h"
#include "mesos/leader_election.h"
#include "mesos/log.h"
#include "mesos/random.h"
#include "mesoslib/coordination/master_group.h"
#include "mesoslib/coordination/zookeeper_client.h"

namespace mesos {

class ZooKeeperElection final : public LeaderElection,
                                public ZooKeeperClient::Observer,
                                public MasterGroup::Observer {
 public:
  // All must outlive it.
  ZooKeeperElection(ZooKeeperClient* client, MasterGroup* group, EventLoop* loop, Random* random,
                    LogSink* log);
  ~ZooKeeperElection() override;

  std::unique_ptr<Candidacy> Contend(Leader self, Candidate* candidate) override;

  void SessionBegan() override;
  void SessionLost(const absl::Status& why) override;
  void GroupChanged() override;

 private:
  class Standing;

  // Calls one of the candidacies' methods for each of them; any of them may go meanwhile.
  template <typename Method, typename... Args>
  void ForEach(Method method, const Args&... args);

  ZooKeeperClient* const client_;
  MasterGroup* const group_;
  EventLoop* const loop_;
  Random* const random_;
  LogSink* const log_;
  std::vector<Standing*> candidacies_;
};

}  // namespace mesos

#endif  // MESOSLIB_COORDINATION_ZOOKEEPER_ELECTION_H_
