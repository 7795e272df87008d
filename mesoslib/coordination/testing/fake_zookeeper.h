// FakeZooKeeper: an ensemble in virtual time, with the faults of a real one: lost connections, lost
// answers, sessions that end, silence.
//
//   FakeZooKeeper ensemble(&loop);
//   ZooKeeperCoordination parts(ensemble.Connector(), "/mesos", ...);
//   ensemble.FailWrite(3, FakeZooKeeper::Fault::kLostAfter);  // Done, but nobody hears of it.
#ifndef MESOSLIB_COORDINATION_TESTING_FAKE_ZOOKEEPER_H_
#define MESOSLIB_COORDINATION_TESTING_FAKE_ZOOKEEPER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mesos/event_loop.h"
#include "mesoslib/coordination/zookeeper_handle.h"

namespace mesos {

class FakeZooKeeper {
 public:
  using Session = uint64_t;

  static constexpr absl::Duration kSessionTimeout = absl::Seconds(10);

  struct Node {
    std::string data;
    int32_t version = 0;
    Session owner = 0;  // 0: not ephemeral.
  };

  // What becomes of a write.
  enum class Fault {
    kLostBefore,  // It is not done; the connection breaks.
    kLostAfter,   // It is done; the connection breaks.
  };

  explicit FakeZooKeeper(EventLoop* loop) : loop_(loop) {}

  ZooKeeperConnector Connector();

  // Reached by nobody: connections break, sessions go on until their time is up.
  void SetAway(bool away);
  // Connections stay, and nothing is answered.
  void SetSilent(bool silent) { silent_ = silent; }
  // How long an answer takes.
  void SetDelay(absl::Duration delay) { delay_ = delay; }
  // All connections break, and are there again a moment later.
  void BreakConnections();
  void ExpireSessions();

  // The `nth` write from now on, from 1 on.
  void FailWrite(int nth, Fault fault) { faults_[writes_ + nth] = fault; }
  int writes() const { return writes_; }

  // The tree, as an operator sees it.
  std::map<std::string, Node>& nodes() { return nodes_; }
  void Put(const std::string& path, const std::string& data, bool ephemeral = false);
  void Erase(const std::string& path);
  std::vector<std::string> ChildrenOf(const std::string& path) const;
  // The largest request and node ever seen.
  size_t max_request_bytes() const { return max_request_bytes_; }
  size_t max_node_bytes() const { return max_node_bytes_; }
  int sessions() const { return static_cast<int>(sessions_.size()); }

 private:
  class Handle;
  struct Client {
    Handle* handle = nullptr;  // Null: gone, and not known to be.
    absl::Time deadline;
  };

  void Touch(Session session);
  void End(Session session);
  void ExpireOld();
  void Changed(const std::string& path);
  absl::Status Apply(Session session, const std::vector<ZooKeeperOp>& ops);
  absl::Status CheckOp(const ZooKeeperOp& op, const std::map<std::string, Node>& nodes) const;

  EventLoop* const loop_;
  bool away_ = false;
  bool silent_ = false;
  absl::Duration delay_;
  std::map<std::string, Node> nodes_ = {{"/", {}}};
  std::map<std::string, std::set<Session>> watches_;
  std::map<Session, Client> sessions_;
  std::set<Handle*> handles_;
  Session next_session_ = 1;
  uint64_t next_sequence_ = 0;
  int writes_ = 0;
  std::map<int, Fault> faults_;
  size_t max_request_bytes_ = 0;
  size_t max_node_bytes_ = 0;
};

}  // namespace mesos

#endif  // MESOSLIB_COORDINATION_TESTING_FAKE_ZOOKEEPER_H_
