// CustomExecutors: runs frameworks' own executors, and speaks with them. An executor is a process
// in a container, which subscribes with the agent; tasks wait for it in a queue and are handed over
// in order, once they are durable and the container has the resources for them.
//
//              durable            started           subscribed
//   kWriting ---------> kStarting -------> kUp ... (executor: registering -> running) ... ended
//      | shutdown          | shutdown       | no subscription in time: destroyed
//      v                   v                | shutdown: SHUTDOWN event, after the grace period
//   (nothing was run)   destroyed once      v                                      destroyed
//                       it has started
//
// When the container ends, the tasks that are still alive end with it. Lives on the agent's loop.
#ifndef MESOSLIB_AGENT_CUSTOM_EXECUTORS_H_
#define MESOSLIB_AGENT_CUSTOM_EXECUTORS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesos/agent.h"
#include "mesos/containerizer.h"
#include "mesos/endpoint.h"
#include "mesos/ids.h"
#include "mesos/resources.h"
#include "mesos/v1/executor/executor.pb.h"
#include "mesos/v1/mesos.pb.h"
#include "mesoslib/agent/framework.h"
#include "mesoslib/agent/ledger.h"
#include "mesoslib/agent/operations.h"
#include "mesoslib/base/lifetime.h"
#include "mesoslib/base/logger.h"

namespace mesos::agent {

class CustomExecutors {
 public:
  using Call = v1::executor::Call;
  using Event = v1::executor::Event;
  using Done = Session<Call>::Done;

  static constexpr absl::Duration kHeartbeatInterval = absl::Minutes(30);

  struct Dependencies {
    EventLoop* loop = nullptr;
    Random* random = nullptr;
    Containerizer* containerizer = nullptr;
    Ledger* ledger = nullptr;
    Operations* operations = nullptr;
    const v1::AgentInfo* agent = nullptr;  // As it is when it is needed.
    Logger log{nullptr};
    // For the master. Not called for frameworks that are terminating.
    absl::AnyInvocable<void(const FrameworkId&, const ExecutorId&, int wait_status)> exited;
    absl::AnyInvocable<void(const FrameworkId&, const ExecutorId&, std::string data)> message;
  };

  struct NewTask {
    v1::TaskInfo info;
    Resources resources;
  };

  CustomExecutors(const AgentOptions& options, Dependencies dependencies);
  CustomExecutors(const CustomExecutors&) = delete;
  CustomExecutors& operator=(const CustomExecutors&) = delete;
  ~CustomExecutors();

  // -- For the agent --

  // Starts an executor of whose id the framework has none.
  Executor& Start(Framework& framework, v1::ExecutorInfo info, Resources own);
  // Hands it tasks, none of whose ids it has; all of them together where they are a group. It is
  // alive.
  void Run(Framework& framework, Executor& executor, std::vector<NewTask> tasks, bool group);
  void Kill(Framework& framework, Executor& executor, const TaskId& task,
            const v1::KillPolicy* policy);
  // Best effort.
  void Message(Executor& executor, std::string data);
  // Tells the executor to end, and makes it end after its grace period.
  void Shutdown(Framework& framework, Executor& executor);
  // Ends it at once.
  void Destroy(Framework& framework, Executor& executor);
  // The same, and `report` says how its tasks have ended. False: it is being ended already.
  bool Preempt(Executor& executor, TaskReport report);
  // Nothing is done any more; containers are left as they are, sessions are closed.
  void Stop();

  // -- After a restart --

  // The executor, if it still runs, may come back within --executor_reregistration_timeout.
  void Recover(Framework& framework, Executor& executor);
  // The executor may run a task that the agent has given up; it is to end it.
  void GiveUp(Executor& executor, const TaskId& task);
  // Runs once every recovered executor has come back or ended; at once where there is none.
  void WhenReconnected(absl::AnyInvocable<void()> done);

  // -- For executors; a session is named by a number that is never used twice, and not zero --

  void Open(uint64_t session, std::shared_ptr<Sink<Event>> sink);
  void Receive(uint64_t session, Call call, Done done);
  void Close(uint64_t session);

 private:
  enum class Phase { kWriting, kStarting, kUp };
  struct Life {
    FrameworkId framework;
    ExecutorId executor;
    Phase phase = Phase::kWriting;
    bool destroying = false;  // Or to be destroyed, once it has started.
    bool reconnecting = false;
    bool updating = false;
    bool settling = false;                                  // It will be, soon.
    Resources resources;                                    // The container's.
    uint64_t session = 0;                                   // None.
    std::map<TaskId, std::optional<v1::KillPolicy>> kills;  // To be told when it is connected.
    std::optional<TaskReport> verdict;  // What becomes of the tasks that end with it.
    TimerId registration_timer = 0;
    TimerId grace_timer = 0;
    TimerId heartbeat_timer = 0;
  };
  struct Subject {
    Framework* framework = nullptr;
    Executor* executor = nullptr;
  };
  struct OpenSession {
    std::shared_ptr<Sink<Event>> sink;
    ContainerId container;  // Empty: not subscribed.
  };

  // custom_executors.cc: containers.
  Life* FindLife(const ContainerId& container);
  Subject Find(const Life& life);
  void Launch(const ContainerId& container);
  void Launched(const ContainerId& container, const absl::Status& status);
  void Watch(const ContainerId& container);
  void Durable(const ContainerId& container, const TaskId& task);
  // Brings the container's resources, then the executor's tasks, up to date.
  void Settle(const ContainerId& container);
  // Of many tasks that end together, once.
  void SettleSoon(const ContainerId& container);
  void Resized(const ContainerId& container, const absl::Status& status);
  void HandOver(Life& life, Subject subject);
  void ExpectSubscription(const ContainerId& container, Life& life, absl::Duration timeout,
                          TaskReport verdict);
  void Reconnected(Life& life);
  void DestroyContainer(const ContainerId& container, Life& life);
  void Ended(const ContainerId& container, absl::StatusOr<ContainerTermination> termination);
  TaskReport Verdict(const Life& life,
                     const absl::StatusOr<ContainerTermination>& termination) const;
  void StopTimers(Life& life);

  // custom_executor_calls.cc: sessions.
  absl::StatusOr<Subject> FindCaller(const Call& call);
  absl::Status Subscribe(uint64_t session, Subject caller, const Call::Subscribe& subscribe);
  // The executor is up and has a session.
  void Activate(const ContainerId& container, const Call::Subscribe& subscribe);
  void DropForgotten(Subject subject, const Call::Subscribe& subscribe);
  void Update(Subject caller, v1::TaskStatus status);
  void Acknowledge(const ContainerId& container, const TaskId& task, const std::string& uuid);
  void SendKill(Life& life, const TaskId& task, const std::optional<v1::KillPolicy>& policy);
  bool Deliver(const Life& life, Event event);
  void EndSession(uint64_t session, absl::string_view why);
  void Heartbeat(const ContainerId& container);

  const AgentOptions& options_;
  Dependencies deps_;
  std::map<ContainerId, Life> lives_;
  std::map<uint64_t, OpenSession> sessions_;
  int reconnecting_ = 0;
  absl::AnyInvocable<void()> reconnected_;
  Lifetime lifetime_;
};

}  // namespace mesos::agent

#endif  // MESOSLIB_AGENT_CUSTOM_EXECUTORS_H_
