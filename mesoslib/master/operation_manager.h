// OperationManager: what becomes of operations on agents' resources once they are in the books:
// they go down to their agents, updates come up, acknowledgements go down again.
//
//             Send              Update (from the agent)             Acknowledge
//   (applied) -----> PENDING -----------------------------> FINISHED, DROPPED, .. ----> (forgotten)
//                       |
//                       +-- the agent is unreachable, gone, removed: told once, forgotten
//
// The books have changed before an operation is sent: the agent makes of its resources what the
// master has made of them. An operation whose framework gave it an id stays until the framework has
// acknowledged its last update; for all others the master does that. So it does for frameworks that
// have ended, and for those that nobody has known for kAdoptionTimeout.
#ifndef MESOSLIB_MASTER_OPERATION_MANAGER_H_
#define MESOSLIB_MASTER_OPERATION_MANAGER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mesos/event_loop.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/random.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/master/framework_manager.h"
#include "mesoslib/master/ledger.h"

namespace mesos::master {

class OperationManager {
 public:
  // So long a framework may be away after a failover before its agents' updates are dropped.
  static constexpr absl::Duration kAdoptionTimeout = absl::Minutes(10);
  // Of one framework, that wait for their agents or for its acknowledgement.
  static constexpr size_t kMaxOperations = 10'000;

  OperationManager(EventLoop* loop, Random* random, Ledger* ledger, FrameworkManager* frameworks,
                   Logger log)
      : loop_(loop), random_(random), ledger_(ledger), frameworks_(frameworks), log_(log) {}

  // Whether the framework may begin one more, with that id.
  absl::Status Admit(const Framework& framework, const v1::Offer::Operation& operation) const;

  // The agent is connected. A null framework: an operator's.
  void Send(const Framework* framework, Agent* agent, v1::Offer::Operation operation);

  // An operation that never came into the books; `agent` may be empty.
  void Reject(const Framework& framework, const v1::Offer::Operation& operation,
              const AgentId& agent, v1::OperationState state, absl::string_view why);

  void Update(Agent* agent, internal::AgentMessage::OperationUpdate update);
  void Acknowledge(const Framework& framework,
                   const v1::scheduler::Call::AcknowledgeOperationStatus& acknowledge);

  // Puts together what a returning agent says with what was known of it. Of what it has not named
  // it is asked, with `answer`, or it has forgotten it: then nobody repeats the update.
  void TakeUp(const AgentId& agent, const internal::AgentMessage::Reregister& message,
              internal::MasterMessage::Reregistered* answer);
  // Its frameworks are told that its operations are in that state, as far as they have not ended.
  void AgentLost(const AgentId& agent, v1::OperationState state, absl::string_view why);

  // Null where there is none.
  const v1::Operation* Find(const FrameworkId& framework, absl::string_view id) const;
  // In the order they came.
  std::vector<const v1::Operation*> All() const;
  // Whether any on this agent is not acknowledged yet.
  bool HasAny(const AgentId& agent) const;

  // To the framework, if it is connected.
  static void Send(const Framework& framework, v1::OperationStatus status);

 private:
  struct Record {
    v1::Operation proto;
    absl::Time since;
  };
  using Id = std::pair<FrameworkId, std::string>;

  // Null: that uuid, or that id of its framework, is in use.
  Record* Add(v1::Operation proto);
  Record* FindByUuid(absl::string_view uuid);
  void Forward(Agent* agent, Record& record);
  // The last that is heard of it. `record` is gone then.
  void AcknowledgeTo(Agent* agent, const Record& record);
  static void AcknowledgeTo(Agent* agent, const std::string& uuid, const std::string& status_uuid);
  void Forget(const std::string& uuid);
  std::vector<std::string> UuidsOn(const AgentId& agent) const;

  EventLoop* const loop_;
  Random* const random_;
  Ledger* const ledger_;
  FrameworkManager* const frameworks_;
  const Logger log_;

  uint64_t next_ = 0;
  absl::btree_map<uint64_t, Record> records_;
  absl::btree_map<std::string, uint64_t> by_uuid_;
  absl::btree_map<Id, uint64_t> by_id_;
  absl::btree_set<std::pair<AgentId, uint64_t>> by_agent_;
  absl::btree_map<FrameworkId, size_t> count_;
};

// FINISHED, FAILED, ERROR, DROPPED, GONE_BY_OPERATOR.
bool HasEnded(v1::OperationState state);

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_OPERATION_MANAGER_H_
