// FrameworkManager: the life of a framework.
//
//                     SUBSCRIBE                 the session ends
//      (unknown) -------------------> connected -----------------> disconnected
//                                      ^  |  ^                       |    |
//      recovered ------- SUBSCRIBE ----+  |  +------ SUBSCRIBE ------+    | failover_timeout
//      (its agents tell of it             | TEARDOWN                      v
//       after a failover)                 +-------------------------> completed
//
// A recovered framework that does not subscribe is completed after its failover_timeout too, but
// has at least as long as agents have to come back. A framework that subscribes again, on another
// session, ends the former one ("Framework failed over"). A completed framework's id is never good
// for anything again.
#ifndef MESOSLIB_MASTER_FRAMEWORK_MANAGER_H_
#define MESOSLIB_MASTER_FRAMEWORK_MANAGER_H_

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "mesos/event_loop.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/master/ledger.h"
#include "mesoslib/master/offer_manager.h"
#include "mesoslib/master/task_manager.h"

namespace mesos::master {

class FrameworkManager {
 public:
  struct Options {
    v1::MasterInfo master;
    bool root_submissions;
    std::set<std::string> roles;
    absl::Duration heartbeat_interval;
    // The least time that a framework, known from its agents, has to subscribe.
    absl::Duration recovery_timeout;
    size_t max_completed_frameworks;
  };

  // `next_framework` numbers those that come without an id.
  FrameworkManager(Options options, EventLoop* loop, Ledger* ledger, OfferManager* offers,
                   TaskManager* tasks, uint64_t* next_framework, Logger log);

  void OpenSession(SessionId session, std::shared_ptr<SchedulerSink> sink, Peer peer);
  void CloseSession(SessionId session);
  void CloseAllSessions(const absl::Status& reason);

  // Refusals are told on the session as an ERROR event, and end it; the error is also returned.
  absl::Status Subscribe(SessionId session, const v1::scheduler::Call::Subscribe& subscribe);

  // The framework that is subscribed on this session. InvalidArgument: there is no such framework;
  // FailedPrecondition: it is not subscribed here.
  absl::StatusOr<Framework*> Find(SessionId session, const FrameworkId& id) const;

  absl::Status Update(Framework* framework, const v1::scheduler::Call::UpdateFramework& update);

  // Ends the framework: its tasks are killed, its session is closed, it becomes history.
  void Remove(Framework* framework);

  // A framework that an agent tells of. Null: it is completed, or its description is damaged.
  Framework* Recover(const v1::FrameworkInfo& info);

  const std::deque<std::unique_ptr<Framework>>& completed() const { return completed_; }
  // Of those principals that have a framework.
  const std::map<std::string, std::weak_ptr<PrincipalCounts>>& principals() const {
    return principals_;
  }
  bool IsCompleted(const FrameworkId& id) const { return completed_ids_.contains(id); }

 private:
  struct Session {
    std::shared_ptr<SchedulerSink> sink;
    Peer peer;
    Framework* framework = nullptr;
  };
  // What a framework asks for besides its description.
  struct Terms {
    std::set<std::string> roles;
    std::set<std::string> suppressed_roles;
    v1::scheduler::OfferConstraints said_constraints;
    std::shared_ptr<const OfferConstraints> offer_constraints;
  };
  // A changed description, and the agents that are to hear of it.
  struct InfoUpdate {
    FrameworkId framework;
    std::vector<AgentId> agents;
    size_t next = 0;
  };

  absl::Status Admit(const v1::FrameworkInfo& info, std::set<std::string>* roles) const;
  // Of a SUBSCRIBE or an UPDATE_FRAMEWORK; what these do not say, the framework no longer wants.
  template <typename Body>
  absl::StatusOr<Terms> ReadTerms(const Body& body) const;
  static void SetTerms(Terms terms, Framework* framework);
  // Null for no principal.
  std::shared_ptr<PrincipalCounts> CountsOf(const std::string& principal);
  void Refuse(SessionId session, const absl::Status& why);
  void EndSession(SessionId session, absl::Status reason);
  void Connect(Framework* framework, SessionId session);
  void Disconnect(Framework* framework);
  // Unless it is back by then.
  void RemoveLater(Framework* framework, absl::Duration timeout);
  void Heartbeat(Framework* framework);
  // Where it has tasks or executors.
  std::vector<Agent*> AgentsOf(const Framework& framework) const;
  void SendUpdatedInfoToAgents(const Framework& framework);
  void SendSomeUpdates();
  void ShutdownOnAgents(Framework* framework);

  const Options options_;
  EventLoop* const loop_;
  Ledger* const ledger_;
  OfferManager* const offers_;
  TaskManager* const tasks_;
  uint64_t* const next_framework_;
  const Logger log_;

  absl::btree_map<SessionId, Session> sessions_;
  std::deque<std::unique_ptr<Framework>> completed_;
  absl::btree_set<FrameworkId> completed_ids_;
  std::deque<InfoUpdate> updates_;
  std::map<std::string, std::weak_ptr<PrincipalCounts>> principals_;
  Lifetime lifetime_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_FRAMEWORK_MANAGER_H_
