// What the master knows: plain records of frameworks, agents, offers and tasks. They point at each
// other; the Ledger owns them and keeps the pointers true. Records have no rules of their own.
#ifndef MESOSLIB_MASTER_RECORDS_H_
#define MESOSLIB_MASTER_RECORDS_H_

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/map.h"
#include "mesos/allocator.h"
#include "mesos/endpoint.h"
#include "mesos/event_loop.h"
#include "mesos/ids.h"
#include "mesos/master_state.h"
#include "mesos/resources.h"
#include "mesos/v1/mesos.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "mesoslib/master/counters.h"
#include "mesoslib/master/index.h"
#include "mesoslib/master/shelf.h"
#include "mesoslib/master/unreachable_tasks.h"

namespace mesos::master {

struct Agent;
struct Framework;
struct Task;

using SchedulerSink = Sink<v1::scheduler::Event>;
using AgentSink = Sink<internal::MasterMessage>;

// Sessions are numbered from 1 by the master that opened them; 0 is none.
using SessionId = uint64_t;

using TaskDescription = MasterState::TaskDescription;

// Agents as they are shown to those who ask for the state.
using AgentShelf = Shelf<Agent, MasterState::Agent, 8, 8>;

struct Task {
  explicit Task(TaskDescription what)
      : description(std::make_shared<const TaskDescription>(std::move(what))) {}

  const TaskId& id() const { return description->id; }
  const std::string& name() const { return description->name; }
  const ExecutorId& executor() const { return description->executor; }
  const AgentId& agent_id() const { return description->agent; }
  const Resources& resources() const { return description->resources; }

  // Never null. Shared with those who have asked for the state.
  std::shared_ptr<const TaskDescription> description;
  Framework* framework = nullptr;
  Agent* agent = nullptr;  // Null once its agent is unreachable or gone.
  // The state of the update the framework was sent last, and the one the agent has got to
  // meanwhile: updates wait for the acknowledgement of those before them.
  v1::TaskState state = v1::TASK_STAGING;
  v1::TaskState latest_state = v1::TASK_STAGING;
  // Its agent has come back without naming it and without having what it would hold: the operation
  // that was to make that has not arrived. The agent is asked, and it holds nothing meanwhile.
  bool unfounded = false;
  // Whether `resources` count as used on the agent.
  bool holds_resources = false;
  // The update that was forwarded last, without `data`; null before the first.
  std::shared_ptr<const v1::TaskStatus> status;
  // When that update came, until it is acknowledged.
  absl::Time heard = absl::InfinitePast();
  // On the one of its framework's shelves that it is on.
  uint64_t place = kNoPlace;
  // Those who hear of changes have heard of it as it is.
  bool told = false;
};

struct Offer {
  OfferId id;
  Framework* framework = nullptr;
  Agent* agent = nullptr;
  std::string role;
  Resources resources;
  TimerId timeout = 0;
  bool sent = false;  // The framework knows of it.
};

// Their order among each other.
bool Precedes(const Task& a, const Task& b);
bool Precedes(const Offer& a, const Offer& b);
bool Precedes(const Agent& a, const Agent& b);

struct Executor {
  std::shared_ptr<const v1::ExecutorInfo> info;  // Not null.
  Resources resources;
};

struct FrameworkCapabilities {
  bool revocable_resources = false;
  bool task_killing_state = false;
  bool gpu_resources = false;
  bool shared_resources = false;
  bool partition_aware = false;
  bool multi_role = false;
  bool reservation_refinement = false;
  bool region_aware = false;
};

struct Framework {
  FrameworkId id;
  v1::FrameworkInfo info;
  FrameworkCapabilities capabilities;
  std::set<std::string> roles;
  std::set<std::string> suppressed_roles;
  // As it has said them, and as the allocator asks them; null: none.
  v1::scheduler::OfferConstraints said_constraints;
  std::shared_ptr<const OfferConstraints> offer_constraints;

  // Known from its agents only, after a failover; it has not subscribed with this master yet.
  bool recovered = false;
  SessionId session = 0;  // 0: disconnected.
  std::shared_ptr<SchedulerSink> sink;
  Peer peer;
  TimerId heartbeat = 0;
  TimerId failover = 0;

  absl::Time registered_time = absl::InfinitePast();
  absl::Time reregistered_time = absl::InfinitePast();
  absl::Time unregistered_time = absl::InfinitePast();

  const std::shared_ptr<FrameworkCounts> counts = std::make_shared<FrameworkCounts>();
  std::shared_ptr<PrincipalCounts> principal_counts;  // Null: it has no principal.

  // Keys are views of the tasks' own ids.
  Book<absl::string_view, Task> tasks;
  TaskShelf task_shelf{TaskShelf::Places::kReused};
  Members<Offer> offers;

  // History, bounded, the oldest first.
  UnreachableTasks unreachable_tasks;
  std::deque<std::unique_ptr<Task>> completed_tasks;
  TaskShelf completed_shelf{TaskShelf::Places::kInAgeOrder};

  // Copies of what was said, for those who ask for the state; without shown_info there are none.
  mutable std::shared_ptr<const v1::FrameworkInfo> shown_info;
  mutable std::shared_ptr<const v1::scheduler::OfferConstraints> shown_constraints;

  bool connected() const { return session != 0; }
};

struct AgentCapabilities {
  bool multi_role = false;
  bool hierarchical_role = false;
  bool reservation_refinement = false;
  bool agent_draining = false;
};

struct Agent {
  AgentId id;
  v1::AgentInfo info;
  std::string version;
  std::vector<v1::AgentInfo::Capability> capability_list;
  AgentCapabilities capabilities;
  std::string resource_version_uuid;
  Resources total;
  // Of `total`, what it lends out besides what it has. Those who use it may hold more than that.
  Resources oversubscribed;

  SessionId session = 0;  // 0: disconnected.
  std::shared_ptr<AgentSink> sink;
  Peer peer;
  TimerId ping = 0;
  int unanswered_pings = 0;
  // A removal is on its way to the registry.
  bool leaving = false;

  // An operator has taken it out of service: nothing of it is offered. DrainManager keeps these.
  bool deactivated = false;
  std::optional<v1::DrainInfo> drain;  // None: its tasks go on.
  absl::Time drain_start = absl::InfinitePast();
  // When its machine is to be maintained. MaintenanceManager keeps it.
  std::optional<v1::Unavailability> unavailability;

  absl::Time registered_time = absl::InfinitePast();
  absl::Time reregistered_time = absl::InfinitePast();

  // Held by tasks and executors, of all frameworks; resources carry their allocation role.
  Resources used;
  Resources offered;

  Members<Task> tasks;
  Members<Offer> offers;
  // Custom executors that run, or are about to.
  std::map<std::pair<FrameworkId, ExecutorId>, Executor> executors;

  uint64_t place = kNoPlace;
  mutable std::shared_ptr<const v1::AgentInfo> shown_info;  // As a framework's.

  bool connected() const { return session != 0; }
};

// A call of the framework's is taken; and it has been worked off.
inline void CountCall(const Framework& framework, v1::scheduler::Call::Type type) {
  ++framework.counts->calls[type];
  if (framework.principal_counts != nullptr) ++framework.principal_counts->received;
}
inline void CountProcessed(const Framework& framework) {
  if (framework.principal_counts != nullptr) ++framework.principal_counts->processed;
}

inline bool Precedes(const Task& a, const Task& b) {
  if (a.framework != b.framework) return a.framework->id < b.framework->id;
  return a.id() < b.id();
}
// Offers' ids are numbers after one prefix.
inline bool Precedes(const Offer& a, const Offer& b) {
  const size_t a_size = a.id.value().size(), b_size = b.id.value().size();
  return a_size != b_size ? a_size < b_size : a.id < b.id;
}
// The connected ones by their sessions, which is quick, after the others.
inline bool Precedes(const Agent& a, const Agent& b) {
  return a.session != b.session ? a.session < b.session : a.id < b.id;
}

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_RECORDS_H_
