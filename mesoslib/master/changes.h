// Changes: tells those who want to hear it what has changed in the master's state: operators'
// SUBSCRIBE, once for each transport. Who keeps the state says here what it has changed.
//
// A task, an agent or a framework is told of as it is at that moment. That an agent has become
// unreachable or gone is not told, as in Mesos: its tasks are.
#ifndef MESOSLIB_MASTER_CHANGES_H_
#define MESOSLIB_MASTER_CHANGES_H_

#include <cstdint>
#include <memory>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "mesos/endpoint.h"
#include "mesos/event_loop.h"
#include "mesos/master_state.h"
#include "mesos/v1/master/master.pb.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/master/records.h"

namespace mesos::master {

class Changes {
 public:
  using ChangeSink = Sink<MasterChange>;

  Changes(absl::Duration heartbeat_interval, EventLoop* loop)
      : heartbeat_interval_(heartbeat_interval), loop_(loop) {}

  void OpenSession(SessionId id, std::shared_ptr<ChangeSink> sink);
  // From SUBSCRIBE on it hears what changes. InvalidArgument: another call.
  absl::Status Receive(SessionId id, const v1::master::Call& call);
  void CloseSession(SessionId id) { sessions_.erase(id); }
  void CloseAllSessions(const absl::Status& reason);

  // How many changes have been told.
  uint64_t version() const { return version_; }

  // Nothing where it is told already. Also where it is back, with its agent.
  void TaskAdded(Task* task);
  // Its state has; or, of a task that runs, what its checks say.
  void TaskUpdated(const Task& task);
  void AgentAdded(const Agent& agent);
  void AgentRemoved(const AgentId& id);
  void FrameworkAdded(const Framework& framework);
  void FrameworkUpdated(const Framework& framework);
  void FrameworkRemoved(const Framework& framework);

 private:
  struct Session {
    std::shared_ptr<ChangeSink> sink;
    bool subscribed = false;
  };

  bool AnybodyListens() const { return !sessions_.empty(); }
  void Tell(v1::master::Event event);
  void Heartbeat();

  const absl::Duration heartbeat_interval_;
  EventLoop* const loop_;
  absl::btree_map<SessionId, Session> sessions_;
  uint64_t version_ = 0;
  bool beating_ = false;
  Lifetime lifetime_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_CHANGES_H_
