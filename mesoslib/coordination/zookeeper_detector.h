// ZooKeeperDetector: tells who leads, as MasterGroup sees it.
#ifndef MESOSLIB_COORDINATION_ZOOKEEPER_DETECTOR_H_
#define MESOSLIB_COORDINATION_ZOOKEEPER_DETECTOR_H_

#include <memory>
#include <optional>
#include <vector>

#include "mesos/event_loop.h"
#include "mesos/leader_election.h"
#include "mesoslib/coordination/master_group.h"

namespace mesos {

class ZooKeeperDetector final : public LeaderDetector, public MasterGroup::Observer {
 public:
  // Both must outlive it.
  ZooKeeperDetector(MasterGroup* group, EventLoop* loop);
  ~ZooKeeperDetector() override;

  std::unique_ptr<Detection> Watch(Changed changed) override;

  void GroupChanged() override;

 private:
  class Watcher;

  MasterGroup* const group_;
  EventLoop* const loop_;
  std::vector<Watcher*> watchers_;
};

}  // namespace mesos

#endif  // MESOSLIB_COORDINATION_ZOOKEEPER_DETECTOR_H_
