// Ledger: owns the records and is the only one to move resources between free, offered and used, so
// that on every agent, at every moment, total == free + offered + used (but for what is revocable,
// of which more may be used than an agent still lends out). It tells the allocator of every move.
// It sends nothing to anybody.
//
//                 AddOffer               TakeOffer, AddTask
//        free  ------------->  offered  -------------------->  used
//          ^                      |                              |
//          +----- ReturnOffer ----+                              |
//          +----- ReleaseTask, RemoveExecutor -------------------+
//
// Operations make other resources of what was taken out of an offer (Transform) or is free
// (TransformFree); the total changes with them.
#ifndef MESOSLIB_MASTER_LEDGER_H_
#define MESOSLIB_MASTER_LEDGER_H_

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/container/btree_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mesos/allocator.h"
#include "mesos/event_loop.h"
#include "mesos/resource_quantities.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/master/changes.h"
#include "mesoslib/master/counters.h"
#include "mesoslib/master/records.h"

namespace mesos::master {

class Ledger {
 public:
  // A framework with `max_offers` offers is made no more; 0: without limit.
  Ledger(size_t max_offers, EventLoop* loop, Allocator* allocator, Changes* changes, Logger log)
      : max_offers_(max_offers), loop_(loop), allocator_(allocator), changes_(changes), log_(log) {}

  const absl::btree_map<FrameworkId, std::unique_ptr<Framework>>& frameworks() const {
    return frameworks_;
  }
  const Book<AgentId, Agent>& agents() const { return agents_; }
  const Book<OfferId, Offer>& offers() const { return offers_; }

  // Where whoever changes something that the ledger is not asked for says so.
  Changes& changes() { return *changes_; }
  AgentShelf& agent_shelf() { return agent_shelf_; }
  // Everybody counts what he does.
  Counters& counters() { return counters_; }
  const Counters& counters() const { return counters_; }

  // Null where there is none.
  Framework* FindFramework(const FrameworkId& id) const;
  Agent* FindAgent(const AgentId& id) const;
  Offer* FindOffer(const OfferId& id) const;
  Task* FindTask(const Framework& framework, const TaskId& id) const;

  // The allocator hears of the framework and of its changes.
  Framework* AddFramework(std::unique_ptr<Framework> framework);
  void UpdateFramework(Framework* framework);
  // Suppresses or revives these roles; empty: all it has.
  void SetSuppressed(Framework* framework, const std::set<std::string>& roles, bool suppressed);
  // How much it wants in these of its roles; see Allocator::Request.
  void Request(Framework* framework, const std::map<std::string, ResourceQuantities>& wanted);
  // Has no tasks, executors or offers any more.
  std::unique_ptr<Framework> RemoveFramework(Framework* framework);

  // `agent` comes without tasks and executors; `allocations` are those it will be given at once.
  Agent* AddAgent(std::unique_ptr<Agent> agent, const std::vector<Allocation>& allocations);
  // Its total, attributes, capabilities or connection have changed.
  void UpdateAgent(Agent* agent);
  // Has no tasks, executors or offers any more.
  void RemoveAgent(Agent* agent);

  bool MayBeOffered(const Framework& framework) const {
    return max_offers_ == 0 || framework.offers.size() < max_offers_;
  }
  // The allocator has allocated the resources already.
  Offer* AddOffer(OfferId id, const Allocation& allocation);
  // The offer's resources are in the caller's hands now: it uses or returns them.
  Resources TakeOffer(Offer* offer);
  // Takes the offer and gives back all of it; see Return.
  void ReturnOffer(Offer* offer, std::optional<absl::Duration> refuse);
  // Gives back what was in an offer. With `refuse`, it was declined for that long; without, the
  // offer was void and the resources may be offered to anybody.
  void Return(Framework* framework, Agent* agent, const std::string& role,
              const Resources& resources, std::optional<absl::Duration> refuse);

  // An operation has made `after` of `before`, which was taken out of an offer for `role`.
  void Transform(Framework* framework, Agent* agent, const std::string& role,
                 const Resources& before, const Resources& after);
  // The same of what is free; neither is allocated to a role.
  void TransformFree(Agent* agent, const Resources& before, const Resources& after);
  // Neither used nor offered.
  static Resources FreeOn(const Agent& agent);

  // `task->resources` were taken out of an offer, or are known to the allocator from AddAgent.
  Task* AddTask(Framework* framework, Agent* agent, std::unique_ptr<Task> task);
  // How far the task has got, and the update that says so (null: nothing new was said). Counts what
  // has ended.
  void SetState(Task* task, v1::TaskState state, v1::TaskState latest,
                std::shared_ptr<const v1::TaskStatus> status);
  // The task uses nothing any more, though it is still remembered. Nothing happens the second time.
  void ReleaseTask(Task* task);
  // Out of the framework's and the agent's books; its resources are released.
  std::unique_ptr<Task> RemoveTask(Task* task);

  // As AddTask. A doubled id is the caller's mistake.
  void AddExecutor(Framework* framework, Agent* agent, v1::ExecutorInfo info, Resources resources);
  bool HasExecutor(const Agent& agent, const FrameworkId& framework, const ExecutorId& id) const;
  const Executor* FindExecutor(const Agent& agent, const FrameworkId& framework,
                               const ExecutorId& id) const;
  // Nothing happens where there is none.
  void RemoveExecutor(Framework* framework, Agent* agent, const ExecutorId& id);

  // The allocator forgets all that it was told of. Nothing else may be done after that.
  void EmptyAllocator();

  // Whether the records agree with each other; names the first place where they do not.
  absl::Status Check() const;

 private:
  FrameworkAllocationState AllocationStateOf(const Framework& framework) const;
  AgentAllocationState AllocationStateOf(const Agent& agent) const;
  void Recover(Framework* framework, Agent* agent, const Resources& resources);
  void Spoil(const Agent& agent) { agent_shelf_.Spoil(agent.place); }
  // The allocator and the ledger see the same moves; where it refuses one, that is our mistake.
  void Expect(const absl::Status& status, absl::string_view what) const;
  absl::Status CheckAgent(const Agent& agent) const;

  const size_t max_offers_;
  EventLoop* const loop_;
  Allocator* const allocator_;
  Changes* const changes_;
  const Logger log_;

  absl::btree_map<FrameworkId, std::unique_ptr<Framework>> frameworks_;
  Book<AgentId, Agent> agents_;
  AgentShelf agent_shelf_{AgentShelf::Places::kReused};
  Book<OfferId, Offer> offers_;
  Counters counters_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_LEDGER_H_
