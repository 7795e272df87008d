// MasterState: all that a master knew at one moment, for dashboards, tools and rules of a host's
// own. Master::GetState takes it without keeping the master from its work.
//
//   void Count(mesos::Master* master) {
//     master->GetState([](absl::StatusOr<std::shared_ptr<const mesos::MasterState>> state) {
//       if (!state.ok()) return;
//       size_t running = 0;
//       for (const mesos::MasterState::Framework& framework : (*state)->frameworks) {
//         for (const auto& page : framework.tasks) running += page->items.size();
//       }
//       std::printf("%zu tasks\n", running);
//     });
//   }
//
// Nothing in it ever changes. What has not changed between two states is shared by them: pages are
// the same objects, and keep what was made of them (see PageNotes).
//
// Threads: any, also several at once.
// Ownership: holds all of its data, and may outlive the master.
// Errors: none; AnswerFrom says its own.
#ifndef MESOS_MASTER_STATE_H_
#define MESOS_MASTER_STATE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesos/allocator.h"
#include "mesos/export.h"
#include "mesos/ids.h"
#include "mesos/resources.h"
#include "mesos/v1/mesos.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::v1::master {
class Call;
class Event;
class Response;
}  // namespace mesos::v1::master

namespace mesos {

// What readers have made of a page and would make again next time, such as its text in some
// format. It goes when the page does.
//
// Threads: any.
class PageNotes {
 public:
  // What was kept for `reader`, an address that is only that reader's; null: nothing.
  std::shared_ptr<const void> Find(const void* reader) const {
    std::lock_guard lock(mutex_);
    for (const auto& [whose, note] : notes_) {
      if (whose == reader) return note;
    }
    return nullptr;
  }
  void Keep(const void* reader, std::shared_ptr<const void> note) const {
    std::lock_guard lock(mutex_);
    notes_.emplace_back(reader, std::move(note));
  }

 private:
  mutable std::mutex mutex_;
  mutable std::vector<std::pair<const void*, std::shared_ptr<const void>>> notes_;
};

struct MasterState {
  template <typename Item>
  struct Page {
    std::vector<Item> items;
    PageNotes notes;
  };
  template <typename Item>
  using Pages = std::vector<std::shared_ptr<const Page<Item>>>;

  // What only some tasks have.
  struct TaskDetails {
    v1::Labels labels;
    v1::DiscoveryInfo discovery;
    v1::ContainerInfo container;
    v1::HealthCheck health_check;
    v1::KillPolicy kill_policy;
    std::map<std::string, double> limits;  // Units by resource name; may be infinite.
    std::string user;
  };

  // What a task is for all its life.
  struct TaskDescription {
    TaskId id;
    std::string name;
    ExecutorId executor;  // Empty for a command task.
    AgentId agent;
    Resources resources;
    std::shared_ptr<const TaskDetails> details;  // Null where it would be empty.
  };

  struct Task {
    std::shared_ptr<const TaskDescription> description;
    // The state its agent has got to, and the one of the update that the framework was sent last:
    // updates wait for the acknowledgement of those before them.
    v1::TaskState state = v1::TASK_STAGING;
    v1::TaskState update_state = v1::TASK_STAGING;
    bool holds_resources = false;
    std::shared_ptr<const v1::TaskStatus> status;  // That update, without `data`; null before it.
  };
  struct Framework {
    FrameworkId id;
    std::shared_ptr<const v1::FrameworkInfo> info;
    std::set<std::string> roles;
    std::shared_ptr<const v1::scheduler::OfferConstraints> offer_constraints;  // Null: none.
    bool connected = false;
    bool recovered = false;  // Known from its agents only; it has not subscribed with this master.
    std::string address;     // Its scheduler's, "ip:port"; for people.
    // InfinitePast: never.
    absl::Time registered_time = absl::InfinitePast();
    absl::Time reregistered_time = absl::InfinitePast();
    absl::Time unregistered_time = absl::InfinitePast();
    google::protobuf::RepeatedPtrField<v1::InverseOffer> inverse_offers;
    Pages<Task> tasks;              // In no order that says anything.
    Pages<Task> unreachable_tasks;  // The oldest first.
    Pages<Task> completed_tasks;    // The oldest first.
  };

  struct Offer {
    OfferId id;
    FrameworkId framework;
    std::string role;
    Resources resources;
  };

  struct Executor {
    FrameworkId framework;
    std::shared_ptr<const v1::ExecutorInfo> info;
    Resources resources;
  };

  struct Agent {
    AgentId id;
    std::shared_ptr<const v1::AgentInfo> info;  // Without resources.
    std::vector<v1::AgentInfo::Capability> capabilities;
    std::string version;
    std::string address;  // "ip:port"; for people.
    bool connected = false;
    bool deactivated = false;                    // By an operator.
    std::shared_ptr<const v1::DrainInfo> drain;  // Null: it is not drained.
    absl::Time drain_start = absl::InfinitePast();
    absl::Time registered_time = absl::InfinitePast();
    absl::Time reregistered_time = absl::InfinitePast();
    Resources total;
    Resources used;  // By tasks and executors; what each role holds carries its allocation role.
    Resources offered;
    std::vector<Offer> offers;
    std::vector<Executor> executors;
  };

  v1::MasterInfo master;
  std::string cluster;
  absl::Time start_time = absl::InfinitePast();
  absl::Time elected_time = absl::InfinitePast();
  // How many changes had been told: those that follow have greater numbers. And how often those
  // who listen hear a HEARTBEAT.
  uint64_t version = 0;
  absl::Duration heartbeat_interval;

  std::vector<Framework> frameworks;
  std::vector<Framework> completed_frameworks;  // The oldest first.
  Pages<Agent> agents;
  // Known from the registry only; they have not come back to this master.
  std::vector<v1::AgentInfo> recovered_agents;
  size_t unreachable_agents = 0;
  std::map<std::string, Quota> quotas;    // By role; those that operators have set.
  std::map<std::string, double> weights;  // The same.
};

// Something that has changed in a master's state, as its operators hear of it.
struct MasterChange {
  uint64_t number = 0;  // See MasterState::version.
  std::shared_ptr<const v1::master::Event> event;
};

// The answer to a call that asks for nothing that a state does not have: GET_STATE, GET_AGENTS,
// GET_FRAMEWORKS, GET_EXECUTORS, GET_TASKS, GET_ROLES. Unimplemented: another call. Takes a second
// for a few hundred thousand tasks.
MESOS_EXPORT absl::StatusOr<v1::master::Response> AnswerFrom(const MasterState& state,
                                                             const v1::master::Call& call);
MESOS_EXPORT bool IsAnsweredFromState(const v1::master::Call& call);

}  // namespace mesos

#endif  // MESOS_MASTER_STATE_H_
