// Agent: runs tasks on one machine and reports on them, reliably. It registers with the master,
// starts what it is told to in containers, and resends status updates until they are acknowledged.
//
//   // `master` is Master::agents(), or made by CreateGrpcAgentEndpoint.
//   void RunAgent(mesos::AgentEndpoint* master, const absl::Notification& over) {
//     auto loop = mesos::CreateThreadEventLoop("agent").value();
//     auto random = mesos::CreateSystemRandom();
//     auto checkpoints = mesos::CreateLevelDbStateStore("/var/lib/mesos/meta", loop.get()).value();
//     auto containerizer =
//         mesos::CreateMesosContainerizer({.runtime_dir = "/run/mesos"}, {loop.get()}).value();
//     mesos::AgentOptions options;
//     options.resources = mesos::Resources::Parse("cpus:4;mem:4096").value();
//     options.work_dir = "/var/lib/mesos";
//     auto agent = mesos::CreateAgent(options, {loop.get(), random.get(), master,
//                                               containerizer.get(), checkpoints.get()})
//                      .value();
//     agent->Start([](absl::Status /*recovered*/) { /* OK: it registers with the master. */ });
//     over.WaitForNotification();
//   }
//
// A task with a command needs no executor process: the agent itself plays the command executor. A
// task with an executor of the framework's own is handed to that executor, which opens a session at
// executors().
//
// Threads: lives on one loop; all methods may be called from any thread, callbacks run on the loop.
// Ownership: what it was given must outlive it. Destroying it, on the loop (the callbacks given to
// its methods may) or on any other thread while the loop runs, leaves containers running, for a
// successor with the same checkpoints to take up; Shutdown() ends them. Its executor sessions may
// outlive it: they are answered Unavailable.
// Errors: CreateAgent answers them for what it was given, Start for what it recovers; what befalls
// a running agent is told to `ended`. An agent that cannot write its checkpoints stops acting.
#ifndef MESOS_AGENT_H_
#define MESOS_AGENT_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesos/attributes.h"
#include "mesos/containerizer.h"
#include "mesos/endpoint.h"
#include "mesos/event_loop.h"
#include "mesos/export.h"
#include "mesos/log.h"
#include "mesos/oversubscription.h"
#include "mesos/random.h"
#include "mesos/resources.h"
#include "mesos/state_store.h"
#include "mesos/v1/mesos.pb.h"
#include "mesos/version.h"

// "mesos/v1/agent/agent.pb.h", for those who call CallOperator.
namespace mesos::v1::agent {
class Call;
class Response;
}  // namespace mesos::v1::agent

namespace mesos {

// What an agent does with what an earlier one with the same checkpoints has left.
enum class AgentRecovery {
  kReconnect,  // Takes up its containers, and waits for its executors to come back.
  // Ends its containers, tells the master how its tasks have ended, forgets its id, and is done:
  // `ended` hears OK. Without anything to recover it starts as a new agent.
  kCleanup,
};

// Which changes of hostname, port, domain, resources and attributes an agent accepts between two
// lives. What is refused after a reboot makes it a new agent.
enum class ReconfigurationPolicy {
  kEqual,     // None.
  kAdditive,  // More resources and attributes, wider ranges, a domain where there was none.
};

// The flag of mesos-agent with the same name sets each of these.
struct AgentOptions {
  // What others are told; the agent itself listens nowhere.
  std::string hostname = "localhost";  // Not empty.
  std::string ip = "127.0.0.1";        // Not empty.
  int port = 5051;                     // Of the HTTP API; 0 to 65535.
  Resources resources;                 // All it has to offer. Not empty.
  Attributes attributes;
  std::optional<v1::DomainInfo> domain;  // The machine's region and zone.
  // Absolute; sandboxes and persistent volumes are below it in Mesos's layout.
  std::string work_dir;
  // Tasks run under the account their framework or command names; only root may do that. When
  // false, under the account of this process.
  bool switch_user = false;
  // What executors find in their environment besides MESOS_*. Commands see the same.
  std::map<std::string, std::string> executor_environment_variables;
  // Where executors find the agent's gRPC server: "ip:port". Empty: custom executors can't connect.
  std::string executor_endpoint;
  // The pause between attempts to register grows from this. Not negative.
  absl::Duration registration_backoff_factor = absl::Seconds(1);
  // How long an executor has to register. More than zero.
  absl::Duration executor_registration_timeout = absl::Minutes(1);
  // How long the executors of a restarted agent have to come back. More than zero, at most 15 s.
  absl::Duration executor_reregistration_timeout = absl::Seconds(2);
  // How long an executor has to end its tasks before it is killed. Not negative.
  absl::Duration executor_shutdown_grace_period = absl::Seconds(5);
  // How long executors with checkpointing wait for an agent that is away. Not negative.
  absl::Duration recovery_timeout = absl::Minutes(15);
  // Tells one run of the machine from the next: when it is another one than the checkpoints have,
  // no container is left. Empty: not known.
  std::string boot_id;
  AgentRecovery recover = AgentRecovery::kReconnect;
  // Damaged checkpoints: when true, Start fails with DataLoss and nothing is touched; when false,
  // they are set aside in the store, under "damaged/" and the key they had, and all else recovers.
  bool strict = true;
  ReconfigurationPolicy reconfiguration_policy = ReconfigurationPolicy::kEqual;
  // How many that have ended are remembered, for operators to look at.
  size_t max_completed_frameworks = 50;
  size_t max_completed_executors_per_framework = 150;
  // How often the resource estimator is asked. More than zero.
  absl::Duration oversubscribed_resources_interval = absl::Seconds(15);
  // The pause between the QoS controller's answer and the next question: at least this, and at
  // least 100 ms. Not negative.
  absl::Duration qos_correction_interval_min = absl::ZeroDuration();
};

struct AgentDependencies {
  EventLoop* loop = nullptr;               // Where it lives.
  Random* random = nullptr;                // For ids and pauses.
  AgentEndpoint* master = nullptr;         // Where the leading master is reached.
  Containerizer* containerizer = nullptr;  // Made with the same loop; nobody else uses it.
  StateStore* checkpoints = nullptr;       // Made with the same loop; nobody else uses it.
  LogSink* log = nullptr;                  // May be null.
  // May be null. Called on the loop, at most once, when the agent has stopped acting by itself, and
  // why: OK when it has cleaned up (see AgentRecovery) and DeadlineExceeded when the master did not
  // take notice, Aborted where the master told it to leave (its containers are gone), otherwise
  // what became of its checkpoints. It must not destroy the agent before it returns.
  std::function<void(absl::Status)> ended = nullptr;
  ResourceEstimator* resource_estimator = nullptr;  // Null: nothing is oversubscribed.
  QosController* qos_controller = nullptr;          // Null: nobody has to give way.
};

class MESOS_EXPORT Agent {
 public:
  using Done = absl::AnyInvocable<void(absl::Status)>;
  using Called = absl::AnyInvocable<void(absl::StatusOr<v1::agent::Response>)>;

  virtual ~Agent() = default;

  // Recovers what an earlier instance checkpointed, then registers, and goes on trying until it
  // succeeds. `done` is called on the loop once recovery is over: OK, what is wrong with the
  // checkpoints (DataLoss: damaged, see AgentOptions::strict) or the containers, Cancelled (shut
  // down meanwhile), FailedPrecondition (started before; or a change of options that the
  // reconfiguration policy refuses: the message says which, and how to go on).
  virtual void Start(Done done) = 0;

  // Tells the master that it leaves, ends all containers, then calls `done` on the loop: OK, why it
  // had stopped acting before, or FailedPrecondition (shutting down already).
  virtual void Shutdown(Done done) = 0;

  // Where executors come in.
  virtual ExecutorEndpoint& executors() = 0;

  // The operator's interface. `done` is called on the loop, with errors as Master::CallOperator.
  virtual void CallOperator(v1::agent::Call call, Peer peer, Called done) = 0;
};

// InvalidArgument names the option or the dependency that is missing or makes no sense.
MESOS_EXPORT absl::StatusOr<std::unique_ptr<Agent>> CreateAgent(AgentOptions options,
                                                                AgentDependencies dependencies,
                                                                HeaderVersion headers = {});

}  // namespace mesos

#endif  // MESOS_AGENT_H_
