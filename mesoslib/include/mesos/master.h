// Master: keeps the cluster's books. Frameworks and agents open sessions with it; it offers the
// agents' resources to the frameworks as its allocator decides, hands accepted tasks to the agents,
// and carries status updates back.
//
//   auto loop = mesos::CreateThreadEventLoop("master").value();
//   auto random = mesos::CreateSystemRandom();
//   auto registry = mesos::CreateMemoryStateStore(loop.get()).value();
//   auto allocator = mesos::CreateHierarchicalAllocator({}).value();
//   mesos::MasterDependencies parts = {loop.get(), random.get(), registry.get(), allocator.get()};
//   auto master = mesos::CreateMaster({.cluster = "example"}, parts).value();
//   master->Start([](absl::Status leads) {
//     if (!leads.ok()) std::puts(std::string(leads.message()).c_str());
//   });
//
// The behaviour is that of Apache Mesos 1.12's v1 API. Of several masters that share a registry the
// one that is elected leads; the others stand by. A master that leads no more has dropped all it
// knew but the registry; if it is elected again it begins anew, as after a crash.
//
// Threads: lives on one loop; all methods may be called from any thread, callbacks run on the loop.
// Ownership: what it was given must outlive it. Destroying it, on the loop (the callbacks given to
// its methods may) or on any other thread while the loop runs, closes all sessions; their owners
// may keep them, and are answered Unavailable.
// Errors: CreateMaster answers them for what it was given, Start for what it recovers; what befalls
// a leading master is told to `ended`. With an election nothing that a registry or a rival does
// ends it, but for `strict_registry`: it stands by and tries again.
#ifndef MESOS_MASTER_H_
#define MESOS_MASTER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesos/allocator.h"
#include "mesos/endpoint.h"
#include "mesos/event_loop.h"
#include "mesos/export.h"
#include "mesos/ids.h"
#include "mesos/leader_election.h"
#include "mesos/log.h"
#include "mesos/master_state.h"
#include "mesos/random.h"
#include "mesos/state_store.h"
#include "mesos/v1/mesos.pb.h"
#include "mesos/version.h"

// "mesos/v1/master/master.pb.h", for those who call CallOperator.
namespace mesos::v1::master {
class Call;
class Response;
}  // namespace mesos::v1::master

namespace mesos {

// At most `agents` in any `interval`, evenly spaced.
struct AgentRemovalRate {
  int agents = 0;                                  // At least 1.
  absl::Duration interval = absl::ZeroDuration();  // More than zero, finite.
};

// The flag of mesos-master with the same name sets each of these.
struct MasterOptions {
  std::string cluster;  // Its name, for people.
  // What others are told; the master itself listens nowhere.
  std::string hostname = "localhost";    // Not empty.
  std::string ip = "127.0.0.1";          // An IPv4 or IPv6 address.
  int port = 5050;                       // Of the HTTP API; 0 to 65535.
  int grpc_port = 0;                     // Announced to those who follow the leader; 0: port + 10.
  std::optional<v1::DomainInfo> domain;  // The machine's region and zone.
  bool root_submissions = true;          // Whether frameworks may run tasks as root.
  std::set<std::string> roles;           // Empty: every role is allowed.
  // By role, finite and above zero. They are copied into a registry that has no weights yet, and
  // of no effect afterwards: the operator's calls change them.
  std::map<std::string, double> weights;
  // All durations are more than zero.
  absl::Duration allocation_interval = absl::Seconds(1);  // Between batch rounds; finite.
  // How long an offer stands before it is rescinded. For ever, as in Mesos: a framework that keeps
  // its offers then keeps others from them; where not all frameworks are trusted, a few minutes.
  absl::Duration offer_timeout = absl::InfiniteDuration();
  // A new leader whose registry has quotas makes no offers before four fifths of the registry's
  // agents are back, so that guarantees are not given away, but for no longer than this.
  absl::Duration allocator_recovery_timeout = absl::Minutes(10);
  // A framework that holds so many offers is made no more until it has answered some. 0: no limit.
  size_t max_offers_per_framework = 0;
  // How long an agent has to answer a ping; after so many unanswered ones (at least 1) it is
  // unreachable.
  absl::Duration agent_ping_timeout = absl::Seconds(15);
  int max_agent_ping_timeouts = 5;
  // How long agents have to come back to a new master before they are unreachable.
  absl::Duration agent_reregister_timeout = absl::Minutes(10);
  // The greatest share of the registry's agents, 0 to 1, that may become unreachable because they
  // did not come back to a new master. If more did not, the fault is likely elsewhere: the master
  // removes none of them and leads no more.
  double recovery_agent_removal_limit = 1;
  // How many agents may become unreachable in what time; the others wait for their turn, and stay
  // if they answer meanwhile. Nobody waits longer than agent_reregister_timeout: an agent that was
  // heard last at T is unreachable no later than
  //   T + agent_ping_timeout x (max_agent_ping_timeouts + 1) + agent_reregister_timeout.
  std::optional<AgentRemovalRate> agent_removal_rate_limit;
  // How often a subscribed framework hears a HEARTBEAT.
  absl::Duration heartbeat_interval = absl::Seconds(15);
  // How many that have ended, or are unreachable, are remembered, for operators to look at.
  size_t max_completed_frameworks = 50;
  size_t max_completed_tasks_per_framework = 1000;
  size_t max_unreachable_tasks_per_framework = 1000;
  // A damaged entry of the registry, or one that a newer master wrote: true, the master does not
  // lead; false, the entry is set aside in the registry, under damaged/, and logged.
  bool strict_registry = false;  // --registry_strict
  // How long the registry may take to be read, and to take one write. A master whose registry does
  // not answer in time does not lead, or leads no more.
  absl::Duration registry_fetch_timeout = absl::Seconds(60);
  absl::Duration registry_store_timeout = absl::Seconds(20);
  // How often the registry forgets agents that are unreachable or gone: those older than the age,
  // and of each kind the oldest above the count.
  absl::Duration registry_gc_interval = absl::Minutes(15);
  absl::Duration registry_max_agent_age = absl::Hours(14 * 24);
  size_t registry_max_agent_count = 102400;
};

struct MasterDependencies {
  EventLoop* loop = nullptr;       // Where it lives.
  Random* random = nullptr;        // For ids.
  StateStore* registry = nullptr;  // Made with the same loop; nobody else uses it.
  Allocator* allocator = nullptr;  // Nobody else uses it.
  LogSink* log = nullptr;          // May be null.
  // May be null. Called on the loop, at most once, when the master leads no more and never will
  // again, and why: Aborted where another master has taken over, otherwise what became of the
  // registry. Sessions are closed then, and every call is answered Unavailable. It must not destroy
  // the master before it returns.
  std::function<void(absl::Status)> ended = nullptr;
  // Of the same loop. Null: the master leads at once. Otherwise it leads whenever it is elected,
  // and `ended` is called for `strict_registry` only.
  LeaderElection* election = nullptr;
  // Of the same loop. May be null: a standby master then does not know who leads.
  LeaderDetector* detector = nullptr;
};

// How a master stands.
struct MasterStanding {
  enum class State {
    kStandingBy,  // Another master leads, or none; or it was not started.
    kRecovering,  // It leads once it has read the registry.
    kLeading,
  };
  State state = State::kStandingBy;
  // Who leads, or will once it has recovered, as far as this master knows.
  std::optional<Leader> leader;
};

// A session on it hears what changes, from the SUBSCRIBE on that is sent on it; no other call is
// answered there. Whoever wants to know all takes the state next, and skips the changes that it
// has. A HEARTBEAT comes every heartbeat_interval.
using ChangeEndpoint = Endpoint<v1::master::Call, MasterChange>;

class MESOS_EXPORT Master {
 public:
  using Started = absl::AnyInvocable<void(absl::Status)>;
  using Updated = absl::AnyInvocable<void(absl::Status)>;
  using Called = absl::AnyInvocable<void(absl::StatusOr<v1::master::Response>)>;
  using StateTaken = absl::AnyInvocable<void(absl::StatusOr<std::shared_ptr<const MasterState>>)>;
  using Explained = absl::AnyInvocable<void(absl::StatusOr<AllocationExplanation>)>;

  virtual ~Master() = default;

  // Without an election: recovers the registry and begins to lead. With one: stands for election,
  // and leads once it is elected and has recovered the registry; where that fails it withdraws, and
  // stands again after a while. `done` is called on the loop: OK (it leads, or stands), what is
  // wrong with the registry, or FailedPrecondition (started before). As long as it does not lead,
  // sessions are closed and calls answered with Unavailable, which names the leader if known.
  virtual void Start(Started done) = 0;

  // Who it is; the same for its whole life.
  virtual const v1::MasterInfo& info() const = 0;

  // At the moment; never waits. A call that follows may find that it has changed.
  virtual MasterStanding standing() const = 0;

  // Where frameworks and agents come in.
  virtual SchedulerEndpoint& schedulers() = 0;
  virtual AgentEndpoint& agents() = 0;

  // The operator's interface; its SUBSCRIBE is for changes(). `done` is called on the loop:
  // InvalidArgument (malformed, names the field), NotFound, FailedPrecondition (a quota that cannot
  // be kept), Unavailable (not leading; a change may have been made all the same), Unimplemented
  // (names the call). What asks for much is put together in short turns, as a state is.
  virtual void CallOperator(v1::master::Call call, Peer peer, Called done) = 0;

  // All that it knows at one moment, later than the call. It is put together in many short turns of
  // the loop, and what has changed since the last one only: cheap enough to be asked for often.
  // `done` is called on the loop: Unavailable (not leading).
  virtual void GetState(StateTaken done) = 0;

  // What changes.
  virtual ChangeEndpoint& changes() = 0;

  // From now on agents are offered only if their hostname is among these; without a list, all are.
  // Those that are not listed stay registered, and what was offered or runs there stays. Kept for
  // the master's whole life, whether it leads or not. `done` is called on the loop: OK, or
  // Unimplemented where the allocator knows no whitelist.
  virtual void UpdateWhitelist(std::optional<std::set<std::string>> hostnames, Updated done) = 0;

  // Why a framework is offered what it is, and why nothing else; for people. `done` is called on
  // the loop: NotFound (no such framework), Unavailable (not leading), Unimplemented (the allocator
  // tells no reasons). Times in it are times of day. Changes nothing; costs as much as there are
  // agents.
  virtual void ExplainOffers(FrameworkId framework, Explained done) = 0;
};

// InvalidArgument names the option or the dependency that is missing or makes no sense.
MESOS_EXPORT absl::StatusOr<std::unique_ptr<Master>> CreateMaster(MasterOptions options,
                                                                  MasterDependencies dependencies,
                                                                  HeaderVersion headers = {});

}  // namespace mesos

#endif  // MESOS_MASTER_H_
