// ZooKeeperClient: a session with ZooKeeper, for ever: when one is over another is begun, after a
// growing pause.
//
//     waiting --the pause is over--> connecting --connected--> in session --lost--> waiting
//                                        \--no server answers, or refused----------/
//
// A session is given up when no server has confirmed it for three quarters of its timeout. A server
// ends a session when it has not heard of it for the whole timeout; it counts from the moment at
// which the confirmed request was sent at the earliest, a follower's word takes half a tick to its
// leader, and a tick is at most half a timeout. So it is over here before it is there.
#ifndef MESOSLIB_COORDINATION_ZOOKEEPER_CLIENT_H_
#define MESOSLIB_COORDINATION_ZOOKEEPER_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "mesos/event_loop.h"
#include "mesos/log.h"
#include "mesos/random.h"
#include "mesoslib/base/backoff.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/coordination/zookeeper_handle.h"

namespace mesos {

// Lives on one loop.
class ZooKeeperClient final : private ZooKeeperHandle::Listener {
 public:
  class Observer {
   public:
    virtual ~Observer() = default;
    // session() is there.
    virtual void SessionBegan() {}
    // What was answered Unavailable may be asked again; watches are still set.
    virtual void ConnectionIsBack() {}
    // The session is over: another may have what was its own as soon as this returns. What was
    // called is answered no more.
    virtual void SessionLost(const absl::Status& /*why*/) {}
    virtual void NodeChanged(const std::string& /*path*/) {}
  };

  // `base`: the node that all is below; synced to confirm the session.
  ZooKeeperClient(ZooKeeperConnector connect, std::string base, absl::Duration connect_timeout,
                  EventLoop* loop, Random* random, LogSink* log);

  // Observers hear of everything in this order, and outlive the client.
  void AddObserver(Observer* observer) { observers_.push_back(observer); }

  // The first session is begun.
  void Start();

  // Null: there is none.
  ZooKeeperHandle* session() const { return in_session_ ? handle_.get() : nullptr; }

  // Gives the session up, because what it has done can't be known.
  void GiveUp(const absl::Status& why) { Lose(why); }

  const std::string& base() const { return base_; }

  // Makes the base node and those above it. `done` hears Unavailable, or what forbids it; nothing
  // where the session is lost.
  void CreateBase(ZooKeeperHandle::StatusDone done);

 private:
  void Connect();
  void StateChanged(ZooKeeperHandle::State state, absl::Status why) override;
  void NodeChanged(const std::string& path) override;
  void Connected();
  void Confirm();
  void Confirmed(absl::Time sent);
  void Lose(const absl::Status& why);
  void CreateBaseFrom(size_t slash, ZooKeeperHandle::StatusDone done);

  const ZooKeeperConnector connect_;
  const std::string base_;
  const absl::Duration connect_timeout_;
  EventLoop* const loop_;
  const Logger log_;
  std::vector<Observer*> observers_;
  Backoff backoff_;

  std::unique_ptr<ZooKeeperHandle> handle_;
  bool in_session_ = false;
  bool connected_ = false;
  absl::Duration timeout_;  // The session's.
  TimerId confirm_timer_ = 0;
  TimerId deadline_timer_ = 0;

  Lifetime lifetime_;
};

}  // namespace mesos

#endif  // MESOSLIB_COORDINATION_ZOOKEEPER_CLIENT_H_
