// Registrar: the master's registry, kept in a StateStore (see registry.proto for what is in it).
// Every change is durable before its callback runs; changes made while a commit is on its way go
// out together in the next one. However many callbacks wait for a commit, few run in one turn of
// the loop.
#ifndef MESOSLIB_MASTER_REGISTRAR_H_
#define MESOSLIB_MASTER_REGISTRAR_H_

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mesos/allocator.h"
#include "mesos/event_loop.h"
#include "mesos/ids.h"
#include "mesos/internal/messages.pb.h"
#include "mesos/internal/registry.pb.h"
#include "mesos/state_store.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"
#include "mesoslib/base/timer_window.h"
#include "mesoslib/master/maintenance_plan.h"

namespace mesos::master {

class Registrar {
 public:
  using Done = absl::AnyInvocable<void(absl::Status)>;

  struct Options {
    // Damaged entries are an error; otherwise they are set aside.
    bool strict = false;
    // Of one write.
    absl::Duration store_timeout = absl::InfiniteDuration();
    // By role; written into a registry that never had any weights.
    std::map<std::string, double> weights;
  };

  struct Contents {
    internal::MasterMessage::Term term;
    absl::btree_map<AgentId, v1::AgentInfo> admitted;
    absl::btree_map<AgentId, absl::Time> unreachable;
    absl::btree_map<AgentId, absl::Time> gone;
    std::map<std::string, Quota> quotas;    // By role, none empty.
    std::map<std::string, double> weights;  // By role.
    // Also of agents that are unreachable.
    absl::btree_map<AgentId, internal::DeactivatedAgent> deactivated;
    MaintenancePlan maintenance;
  };

  // `lost` is called once if a commit after the recovery fails: Aborted, another master leads;
  // otherwise the store is broken. Nothing is written any more.
  Registrar(Options options, StateStore* store, EventLoop* loop, Logger log,
            absl::AnyInvocable<void(absl::Status)> lost);

  // Reads the registry and writes down that `leader` leads, which ends the term of any former one.
  // `registry_id` names the registry if it has no name yet. DataLoss: an entry is damaged, and
  // `strict`; FailedPrecondition: the registry needs a more capable master.
  void Recover(const v1::MasterInfo& leader, const std::string& registry_id,
               absl::AnyInvocable<void(absl::StatusOr<Contents>)> done);

  void Admit(const AgentId& id, const v1::AgentInfo& info, Done done);
  void Remove(const AgentId& id, Done done);
  void MarkUnreachable(const AgentId& id, absl::Time since, Done done);
  // Also for one that was never unreachable.
  void MarkReachable(const AgentId& id, const v1::AgentInfo& info, Done done);
  void MarkGone(const AgentId& id, absl::Time since, Done done);
  // That these were ever here.
  void Forget(const std::vector<AgentId>& unreachable, const std::vector<AgentId>& gone, Done done);
  // Takes an agent out of service, or says more of one that is.
  void Deactivate(const AgentId& id, const internal::DeactivatedAgent& agent, Done done);
  void Reactivate(const AgentId& id, Done done);
  // Replaces the whole schedule.
  void UpdateMaintenance(const MaintenancePlan& plan, Done done);
  // Replaces the quotas of these roles, all in one write; an empty one removes a role's.
  void UpdateQuotas(const std::map<std::string, Quota>& quotas, Done done);
  // Replaces the weights of these roles.
  void UpdateWeights(const std::map<std::string, double>& weights, Done done);

  // How long the store takes to read and to write.
  const TimerWindow& fetches() const { return fetches_; }
  const TimerWindow& stores() const { return stores_; }
  // Changes that are not durable yet.
  size_t queued() const { return waiting_.size() + in_flight_.size(); }

 private:
  struct Answer {
    Done done;
    absl::Status status;
  };

  void TakeOver(v1::MasterInfo leader, std::string registry_id, int attempts_left,
                absl::AnyInvocable<void(absl::StatusOr<Contents>)> done);
  void Apply(std::vector<StateStore::Mutation> mutations, Done done);
  // That the agent is deactivated goes with it.
  void EraseDeactivated(const AgentId& id, std::vector<StateStore::Mutation>* mutations);
  void RequireDraining(std::vector<StateStore::Mutation>* mutations);
  void Flush();
  void Committed(const absl::StatusOr<uint64_t>& version);
  void AnswerSome();

  const Options options_;
  StateStore* const store_;
  EventLoop* const loop_;
  const Logger log_;
  absl::AnyInvocable<void(absl::Status)> lost_;
  internal::Registry header_;              // As it is once all that waits is written.
  std::set<std::string> roles_of_quotas_;  // Likewise.
  std::set<AgentId> deactivated_;          // Likewise.
  uint64_t version_ = 0;
  bool committing_ = false;
  absl::Status broken_;
  std::vector<StateStore::Mutation> pending_;
  std::vector<Done> waiting_;
  std::vector<Done> in_flight_;
  TimerId deadline_ = 0;
  absl::Time commit_began_;
  TimerWindow fetches_;
  TimerWindow stores_;
  std::deque<Answer> answers_;
  bool answering_ = false;
  Lifetime lifetime_;
};

}  // namespace mesos::master

#endif  // MESOSLIB_MASTER_REGISTRAR_H_
