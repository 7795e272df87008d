// Executor and ExecutorDriver: how a framework runs tasks its own way on an agent.
//
//   class MyExecutor : public mesos::Executor {
//     void LaunchTask(mesos::ExecutorDriver& driver, const mesos::v1::TaskInfo& task) override {
//       mesos::v1::TaskStatus status;
//       *status.mutable_task_id() = task.task_id();
//       status.set_state(mesos::v1::TASK_FINISHED);
//       if (!driver.SendStatusUpdate(status).ok()) std::puts("it has stopped");
//     }
//   };
//
//   // `agent` is made by CreateGrpcExecutorEndpoint(environment.agent_address).
//   absl::Status Run(const mesos::ExecutorEnvironment& environment,
//                    mesos::ExecutorEndpoint* agent, const absl::Notification& over) {
//     auto loop = mesos::CreateThreadEventLoop("executor").value();
//     auto random = mesos::CreateSystemRandom();
//     MyExecutor executor;
//     auto driver = mesos::CreateExecutorDriver(environment.options,
//                                               {loop.get(), random.get(), agent, &executor});
//     if (!driver.ok()) return driver.status();
//     absl::Status started = (*driver)->Start();
//     if (started.ok()) over.WaitForNotification();
//     return started;
//   }
//
// The agent starts the executor as a process in a container, with its identity in the environment
// (MESOS_FRAMEWORK_ID, MESOS_EXECUTOR_ID, ...); the driver subscribes with the agent and hears of
// tasks to run. Updates the agent has not acknowledged are sent again after a reconnection.
//
// Threads: the driver lives on one loop and calls the executor there, one callback at a time. Its
// methods may be called from any thread, also from within a callback.
// Ownership: what the driver was given, the executor too, must outlive it. It is destroyed on the
// loop, also within a callback, or on any other thread while the loop runs; no callback runs after
// that.
// Errors: the factory answers those of its arguments; a driver that does not run answers
// FailedPrecondition; Executor::Error tells of an agent that refuses, or is away for too long.
#ifndef MESOS_EXECUTOR_H_
#define MESOS_EXECUTOR_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mesos/endpoint.h"
#include "mesos/event_loop.h"
#include "mesos/export.h"
#include "mesos/log.h"
#include "mesos/random.h"
#include "mesos/v1/mesos.pb.h"
#include "mesos/version.h"

namespace mesos {

class ExecutorDriver;

// What an executor hears. Every callback does nothing unless overridden.
class MESOS_EXPORT Executor {
 public:
  virtual ~Executor() = default;

  // Subscribed for the first time.
  virtual void Registered(ExecutorDriver& driver, const v1::ExecutorInfo& executor,
                          const v1::FrameworkInfo& framework, const v1::AgentInfo& agent);
  // Subscribed again, after the connection or the agent was lost.
  virtual void Reregistered(ExecutorDriver& driver, const v1::AgentInfo& agent);
  virtual void Disconnected(ExecutorDriver& driver);
  virtual void LaunchTask(ExecutorDriver& driver, const v1::TaskInfo& task);
  // All of them or none. By default LaunchTask for each.
  virtual void LaunchTaskGroup(ExecutorDriver& driver, const std::vector<v1::TaskInfo>& tasks);
  virtual void KillTask(ExecutorDriver& driver, const v1::TaskID& task,
                        const v1::KillPolicy& policy);
  // `data`: any bytes.
  virtual void FrameworkMessage(ExecutorDriver& driver, const std::string& data);
  // Ends all tasks; the process is killed after the grace period if it has not exited by itself.
  virtual void Shutdown(ExecutorDriver& driver);
  // The agent refuses this executor for good, or has been away for too long; the driver is stopped.
  virtual void Error(ExecutorDriver& driver, const std::string& message);
};

// What an executor says. Answers whether the driver is one that speaks: OK, or FailedPrecondition
// (not started yet, or stopped already).
class MESOS_EXPORT ExecutorDriver {
 public:
  virtual ~ExecutorDriver() = default;

  virtual absl::Status Start() = 0;
  // No callback runs after this.
  virtual absl::Status Stop() = 0;
  // Needs task_id and state; uuid, timestamp, executor_id and source are filled in. Kept and resent
  // until acknowledged.
  virtual absl::Status SendStatusUpdate(v1::TaskStatus status) = 0;
  // Any bytes, best effort: lost while there is no connection.
  virtual absl::Status SendFrameworkMessage(const std::string& data) = 0;
};

struct ExecutorDriverOptions {
  v1::FrameworkID framework_id;  // Not empty.
  v1::ExecutorID executor_id;    // Not empty.
  // With checkpointing the driver goes on trying to reconnect for recovery_timeout; otherwise a
  // lost connection is the end.
  bool checkpoint = false;
  absl::Duration recovery_timeout = absl::Minutes(15);  // Not negative.
  // The longest pause between two attempts to subscribe. More than zero, finite.
  absl::Duration subscription_backoff_max = absl::Seconds(2);
};

// The options and the agent's gRPC address ("ip:port") as the agent put them into the environment,
// which is given as names with their values.
// InvalidArgument names the variable that is missing or malformed.
struct ExecutorEnvironment {
  ExecutorDriverOptions options;
  std::string agent_address;
};
MESOS_EXPORT absl::StatusOr<ExecutorEnvironment> ParseExecutorEnvironment(
    const std::map<std::string, std::string>& environment);

struct ExecutorDriverDependencies {
  EventLoop* loop = nullptr;          // Where the driver lives.
  Random* random = nullptr;           // For ids and pauses.
  ExecutorEndpoint* agent = nullptr;  // Where the agent is reached.
  Executor* executor = nullptr;       // What is called.
  LogSink* log = nullptr;             // May be null.
};

// InvalidArgument names the option or the dependency that is missing or makes no sense.
MESOS_EXPORT absl::StatusOr<std::unique_ptr<ExecutorDriver>> CreateExecutorDriver(
    ExecutorDriverOptions options, ExecutorDriverDependencies dependencies,
    HeaderVersion headers = {});

}  // namespace mesos

#endif  // MESOS_EXECUTOR_H_
