// AgentManager: the life of an agent.
//
//      Register              no pong for agent_ping_timeout x max_agent_ping_timeouts
//   ---------------> registered ------------------------------------> unreachable
//                     |  ^   ^                                           |
//        Unregister,  |  |   +------------- Reregister ------------------+
//        replaced     |  |
//                     v  +---- Reregister ---- recovered (in the registry, not back since the
//                  removed                                master's failover) ---> unreachable,
//                                                         after agent_reregister_timeout
//   any of them ---- MarkGone ----> gone (never admitted again)
//
// Every arrow is in the registry before anybody hears of it. A registered agent whose session has
// ended stays registered, without offers, until it is back or unreachable.
#ifndef MESOSLIB_MASTER_AGENT_MANAGER_H_
#define MESOSLIB_MASTER_AGENT_MANAGER_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "mesos/event_loop.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/master.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/master/absent_agents.h"
#include "mesoslib/master/drain_manager.h"
#include "mesoslib/master/framework_manager.h"
#include "mesoslib/master/ledger.h"
#include "mesoslib/master/maintenance_manager.h"
#include "mesoslib/master/offer_manager.h"
#include "mesoslib/master/operation_manager.h"
#include "mesoslib/master/registrar.h"
#include "mesoslib/master/removal_queue.h"
#include "mesoslib/master/task_manager.h"

namespace mesos::master {

class AgentManager {
 public:
  using MarkedGone = absl::AnyInvocable<void(absl::Status)>;

  // What has happened to agents in this term.
  struct Counters {
    uint64_t registrations = 0;
    uint64_t reregistrations = 0;
    uint64_t removed_for_another = 0;  // A new agent has registered at its address.
    uint64_t removed_unhealthy = 0;    // Unreachable.
    uint64_t removed_unregistered = 0;
    uint64_t removed_maintenance = 0;
    uint64_t recovery_removals = 0;  // Did not come back after the failover.
    uint64_t unreachable_scheduled = 0;
    uint64_t unreachable_completed = 0;
    uint64_t unreachable_canceled = 0;  // Answered at the last moment.
  };

  // `next_agent` numbers the agents that come without an id.
  // `lost`: too many agents did not come back; this master should not lead.
  AgentManager(const v1::MasterInfo& master, const MasterOptions& options, EventLoop* loop,
               Ledger* ledger, Registrar* registrar, OfferManager* offers, TaskManager* tasks,
               OperationManager* operations, FrameworkManager* frameworks, DrainManager* drains,
               MaintenanceManager* maintenance, uint64_t* next_agent, Logger log,
               absl::AnyInvocable<void(absl::Status)> lost);
  ~AgentManager();

  // What the registry knows; those admitted there have agent_reregister_timeout to come back.
  void Recover(Registrar::Contents contents);

  void OpenSession(SessionId session, std::shared_ptr<AgentSink> sink, Peer peer);
  void CloseSession(SessionId session);
  void CloseAllSessions(const absl::Status& reason);
  void Receive(SessionId session, internal::AgentMessage message);

  // OK also where it was gone before. NotFound: no such agent; Unavailable: it is changing state
  // right now.
  void MarkGone(const AgentId& id, MarkedGone done);

  // Its machine is maintained from now on: it is told to end, and removed.
  void RemoveForMaintenance(Agent* agent);
  // The agent has been spoken with: it may be drained by now.
  void LookAtDrain(const AgentId& id);

  enum class Standing {
    kUnknown,   // Never admitted, removed, or gone.
    kPresent,   // Registered, expected back, or unreachable.
    kChanging,  // Its removal or its return is being written.
  };
  Standing StandingOf(const AgentId& id) const;

  bool HasRecovered() const { return !recovered_.empty(); }
  bool IsRecovered(const AgentId& id) const { return recovered_.contains(id); }
  const AbsentAgents& absent() const { return absent_; }
  const Counters& counters() const { return counters_; }
  const absl::btree_map<AgentId, v1::AgentInfo>& recovered() const { return recovered_; }

 private:
  struct Session {
    std::shared_ptr<AgentSink> sink;
    Peer peer;
    Agent* agent = nullptr;
    bool registering = false;  // The registry is being written.
  };
  using Reregister = internal::AgentMessage::Reregister;

  void Register(SessionId session, internal::AgentMessage::Register message);
  void ComeBack(SessionId session, Reregister message);
  void AddNew(SessionId session, internal::AgentMessage::Register message);
  void SendRegistered(const Agent& agent);
  // `given_up`: see ReturningAgent.
  void AddReturning(SessionId session, const Reregister& message, bool given_up);
  void ReplaceKnown(Agent* agent, SessionId session, const Reregister& message);
  std::unique_ptr<Agent> NewAgent(SessionId session, const v1::AgentInfo& info,
                                  const Resources& total) const;
  void Attach(Agent* agent, SessionId session);
  void Populate(std::unique_ptr<Agent> agent, SessionId session, const Reregister& message,
                std::vector<std::unique_ptr<Task>> known, bool given_up);
  void RemoveReplaced(const Agent& agent);
  void Refuse(SessionId session, absl::string_view why);
  void EndSession(SessionId session, absl::Status reason);

  void SchedulePing(Agent* agent);
  void Ping(const AgentId& id, absl::Time planned);
  void Pong(Agent* agent);
  void RemoveSilent(const AgentId& id);
  void Detach(Agent* agent);
  void BeginLeaving(Agent* agent);
  void MarkUnreachable(Agent* agent);
  void Hear(Agent* agent, internal::AgentMessage message);
  void Lend(Agent* agent, const internal::AgentMessage::UpdateOversubscribed& message);
  void Unregister(Agent* agent, absl::string_view why, uint64_t* counter);
  void BecomeGone(const AgentId& id, absl::Time since);
  void AwaitRecovered(absl::Duration timeout);
  void RecoveryTimedOut();
  void Expect(const AgentId& id, const v1::AgentInfo& info);
  void MarkRecoveredUnreachable(const AgentId& id);
  // `operations`: the state that its operations are in from now on.
  void Remove(Agent* agent, const StatusFields& fields, v1::OperationState operations);
  void RemoveExecutors(Agent* agent);
  void ExecutorExited(Agent* agent, const internal::AgentMessage::ExitedExecutor& exited);
  void Forward(Agent* agent, internal::AgentMessage::ExecutorMessage message);
  void TellFrameworksOfLoss(const AgentId& id);

  const v1::MasterInfo master_;
  const MasterOptions options_;
  EventLoop* const loop_;
  Ledger* const ledger_;
  Registrar* const registrar_;
  OfferManager* const offers_;
  TaskManager* const tasks_;
  OperationManager* const operations_;
  FrameworkManager* const frameworks_;
  DrainManager* const drains_;
  MaintenanceManager* const maintenance_;
  uint64_t* const next_agent_;
  const Logger log_;

  internal::MasterMessage::Term term_;
  absl::btree_map<SessionId, Session> sessions_;
  absl::btree_map<AgentId, v1::AgentInfo> recovered_;
  size_t admitted_ = 0;  // How many were in the registry at the recovery.
  AbsentAgents absent_;
  RemovalQueue removals_;
  Counters counters_;
  // Who registered there last; may be gone meanwhile.
  absl::btree_map<std::string, AgentId> by_address_;
  // Agents whose return or removal is being written while they are not in the ledger.
  absl::btree_set<AgentId> in_transition_;
  // Who waits for agents that are being marked gone.
  absl::btree_map<AgentId, MarkedGone> marking_gone_;
  absl::AnyInvocable<void(absl::Status)> lost_;
  Lifetime lifetime_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_AGENT_MANAGER_H_
