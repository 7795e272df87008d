// Agent: runs tasks on one machine and reports on them, reliably. It registers with the master,
// starts what it is told to in containers, and resends status updates until they are acknowledged.
//
// A task with a command needs no executor process: the agent itself plays the command executor. A
// task with an executor of the framework's own is handed to that executor, which opens a session at
// executors().
//
// Threads: lives on one loop; all methods may be called from any thread. Destroying it leaves
// containers running, for a successor with the same checkpoints to take up; Shutdown() ends them.
// Called on the loop, or on any other thread while the loop runs. What it was given must outlive
// it.
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

// The flag of mesos-agent with the same name sets each of these.
struct AgentOptions {
  std::string hostname = "localhost";
  std::string ip = "127.0.0.1";
  int port = 5051;
  Resources resources;  // Not empty.
  Attributes attributes;
  std::optional<v1::DomainInfo> domain;
  // Absolute; sandboxes are below it in Mesos's layout.
  std::string work_dir;
  // Tasks run under the account their framework or command names; only root may do that. When
  // false, under the account of this process.
  bool switch_user = false;
  // What executors find in their environment besides MESOS_*. Commands see the same.
  std::map<std::string, std::string> executor_environment_variables;
  // Where executors find the agent's gRPC server: "ip:port". Empty: custom executors can't connect.
  std::string executor_endpoint;
  absl::Duration registration_backoff_factor = absl::Seconds(1);
  absl::Duration executor_registration_timeout = absl::Minutes(1);
  absl::Duration executor_shutdown_grace_period = absl::Seconds(5);
  absl::Duration recovery_timeout = absl::Minutes(15);
  // Tells one run of the machine from the next: when it is another one than the checkpoints have,
  // no container is left. Empty: not known.
  std::string boot_id;
  size_t max_completed_frameworks = 50;
  size_t max_completed_executors_per_framework = 150;
};

struct AgentDependencies {
  EventLoop* loop = nullptr;
  Random* random = nullptr;
  AgentEndpoint* master = nullptr;         // Where the leading master is reached.
  Containerizer* containerizer = nullptr;  // Made with the same loop; nobody else uses it.
  StateStore* checkpoints = nullptr;       // Made with the same loop; nobody else uses it.
  LogSink* log = nullptr;                  // May be null.
  // May be null. Called on the loop, at most once, when the agent has stopped acting by itself, and
  // why: Aborted where the master told it to leave (its containers are gone), otherwise what became
  // of its checkpoints. It must not destroy the agent before it returns.
  std::function<void(absl::Status)> ended = nullptr;
};

class MESOS_EXPORT Agent {
 public:
  using Done = absl::AnyInvocable<void(absl::Status)>;
  using Called = absl::AnyInvocable<void(absl::StatusOr<v1::agent::Response>)>;

  virtual ~Agent() = default;

  // Recovers what an earlier instance checkpointed, then registers, and goes on trying until it
  // succeeds. `done` is called on the loop once recovery is over. Called once.
  virtual void Start(Done done) = 0;

  // Tells the master that it leaves, ends all containers, then calls `done` on the loop.
  virtual void Shutdown(Done done) = 0;

  // Where executors come in.
  virtual ExecutorEndpoint& executors() = 0;

  // The operator's interface; errors as Master::CallOperator.
  virtual void CallOperator(v1::agent::Call call, Peer peer, Called done) = 0;
};

// InvalidArgument names the option or the dependency that is missing or makes no sense.
MESOS_EXPORT absl::StatusOr<std::unique_ptr<Agent>> CreateAgent(AgentOptions options,
                                                                AgentDependencies dependencies,
                                                                HeaderVersion headers = {});

}  // namespace mesos

#endif  // MESOS_AGENT_H_
