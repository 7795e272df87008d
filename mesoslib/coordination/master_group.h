// MasterGroup: the masters that stand at one path, and which of them has stood longest. What is
// there besides, or is damaged, is ignored with a warning.
#ifndef MESOSLIB_COORDINATION_MASTER_GROUP_H_
#define MESOSLIB_COORDINATION_MASTER_GROUP_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mesos/event_loop.h"
#include "mesos/leader_election.h"
#include "mesos/log.h"
#include "mesos/random.h"
#include "mesoslib/base/backoff.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/coordination/zookeeper_client.h"

namespace mesos {

class MasterGroup final : public ZooKeeperClient::Observer {
 public:
  class Observer {
   public:
    virtual ~Observer() = default;
    // What is below is another now.
    virtual void GroupChanged() = 0;
  };

  // Both must outlive it.
  MasterGroup(ZooKeeperClient* client, EventLoop* loop, Random* random, LogSink* log);

  void AddObserver(Observer* observer) { observers_.push_back(observer); }

  // Who leads, if it is known who does.
  const std::optional<Leader>& leader() const { return leader_; }
  // The leader's node; empty: nobody leads, or it is not known.
  const std::string& leader_node() const { return leader_node_; }

  // Reads the group again: what is known is not fresh until GroupChanged says so.
  void Refresh();
  bool IsFresh() const { return !reading_ && !dirty_; }
  bool Has(const std::string& node) const { return nodes_.contains(node); }

  void SessionBegan() override;
  void ConnectionIsBack() override;
  void SessionLost(const absl::Status& why) override;
  void NodeChanged(const std::string& path) override;

 private:
  using Names = std::vector<std::string>;

  void Read();
  void HandleNames(absl::StatusOr<Names> names);
  void ReadOldest();
  void HandleOldest(const std::string& name, absl::StatusOr<ZooKeeperNode> node);
  absl::StatusOr<Leader> Decode(const std::string& name, const ZooKeeperNode& node) const;
  void Ignore(const std::string& name, const absl::Status& why);
  void MakeBase();
  void RetryLater(const absl::Status& why);
  void Finish();
  void Notify();

  ZooKeeperClient* const client_;
  EventLoop* const loop_;
  const Logger log_;
  std::vector<Observer*> observers_;
  Backoff backoff_;

  bool reading_ = false;
  bool dirty_ = true;                                    // What was read is old.
  std::set<std::string> nodes_;                          // All names.
  std::set<std::pair<uint64_t, std::string>> standing_;  // Those of masters, the oldest first.
  std::set<std::string> ignored_;                        // Names that were warned about.
  std::string leader_node_;
  std::optional<Leader> leader_;
  TimerId retry_timer_ = 0;

  Lifetime lifetime_;
};

}  // namespace mesos

#endif  // MESOSLIB_COORDINATION_MASTER_GROUP_H_
