// Scheduler and SchedulerDriver: how a framework is written.
//
//   class MyScheduler : public mesos::Scheduler {
//     void ResourceOffers(mesos::SchedulerDriver& driver,
//                         const std::vector<mesos::v1::Offer>& offers) override {
//       mesos::v1::TaskInfo task;
//       task.set_name("hello");
//       task.mutable_task_id()->set_value("hello");
//       *task.mutable_agent_id() = offers[0].agent_id();
//       *task.mutable_resources() = offers[0].resources();
//       task.mutable_command()->set_value("echo hello");
//       if (!driver.LaunchTasks({offers[0].id()}, {task}).ok()) std::puts("it has stopped");
//     }
//   };
//
//   // `master` is Master::schedulers(), or made by CreateGrpcSchedulerEndpoint.
//   absl::Status Run(mesos::SchedulerEndpoint* master, const absl::Notification& over) {
//     auto loop = mesos::CreateThreadEventLoop("framework").value();
//     auto random = mesos::CreateSystemRandom();
//     MyScheduler scheduler;
//     mesos::v1::FrameworkInfo framework;
//     framework.set_name("hello");
//     framework.set_user("");
//     auto driver = mesos::CreateSchedulerDriver({.framework = framework},
//                                                {loop.get(), random.get(), master, &scheduler});
//     if (!driver.ok()) return driver.status();
//     absl::Status started = (*driver)->Start();
//     if (started.ok()) over.WaitForNotification();
//     return started;
//   }
//
// The driver subscribes, and when the connection or the master is lost it connects and subscribes
// again by itself, with growing pauses. It works in process and over the network with the same
// code.
//
// Threads: the driver lives on one loop and calls the scheduler there, one callback at a time. Its
// methods may be called from any thread, also from within a callback.
// Ownership: what the driver was given, the scheduler too, must outlive it. It is destroyed on the
// loop, also within a callback, or on any other thread while the loop runs; no callback runs after
// that.
// Errors: the factory answers those of its arguments; a driver that does not run answers
// FailedPrecondition; what the master refuses for good is told to Scheduler::Error.
#ifndef MESOS_SCHEDULER_H_
#define MESOS_SCHEDULER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mesos/endpoint.h"
#include "mesos/event_loop.h"
#include "mesos/export.h"
#include "mesos/log.h"
#include "mesos/random.h"
#include "mesos/v1/mesos.pb.h"
#include "mesos/version.h"

namespace mesos {

class SchedulerDriver;

// What a framework hears. Every callback does nothing unless overridden, except that offers are
// declined.
class MESOS_EXPORT Scheduler {
 public:
  virtual ~Scheduler() = default;

  // Subscribed for the first time; keep the id to come back under it after a restart.
  virtual void Registered(SchedulerDriver& driver, const v1::FrameworkID& id,
                          const v1::MasterInfo& master);
  // Subscribed again, after the connection or the master was lost. Offers from before are void.
  virtual void Reregistered(SchedulerDriver& driver, const v1::MasterInfo& master);
  virtual void Disconnected(SchedulerDriver& driver);

  // At least one. Each is to be accepted or declined.
  virtual void ResourceOffers(SchedulerDriver& driver, const std::vector<v1::Offer>& offers);
  // The offer is void.
  virtual void OfferRescinded(SchedulerDriver& driver, const v1::OfferID& offer);

  // Unless the driver was told not to, it acknowledges the update when this returns.
  virtual void StatusUpdate(SchedulerDriver& driver, const v1::TaskStatus& status);
  virtual void OperationStatusUpdate(SchedulerDriver& driver, const v1::OperationStatus& status);
  // From an executor; `data` is any bytes.
  virtual void FrameworkMessage(SchedulerDriver& driver, const v1::ExecutorID& executor,
                                const v1::AgentID& agent, const std::string& data);
  virtual void AgentLost(SchedulerDriver& driver, const v1::AgentID& agent);
  // `wait_status` as wait(2) gives it.
  virtual void ExecutorLost(SchedulerDriver& driver, const v1::ExecutorID& executor,
                            const v1::AgentID& agent, int wait_status);

  // The master has ended the subscription for good; the driver is stopped.
  virtual void Error(SchedulerDriver& driver, const std::string& message);
};

// What a framework says. Answers, as Mesos's drivers do, whether the driver is one that speaks: OK
// (what becomes of the call, events tell), FailedPrecondition (not started yet, or stopped
// already). Calls made while disconnected are dropped, as the master would drop them. Where an
// answer stays away, the framework reconciles; see ReconcileTasks.
class MESOS_EXPORT SchedulerDriver {
 public:
  virtual ~SchedulerDriver() = default;

  virtual absl::Status Start() = 0;
  // No callback runs after this. With `failover` the framework's tasks go on, for its
  // failover_timeout; otherwise the framework is torn down.
  virtual absl::Status Stop(bool failover = false) = 0;

  // Launches tasks on the agent the offers are of; what is left over is declined under `filters`.
  virtual absl::Status LaunchTasks(const std::vector<v1::OfferID>& offers,
                                   const std::vector<v1::TaskInfo>& tasks,
                                   const v1::Filters& filters = {}) = 0;
  // The same for operations of other kinds too.
  virtual absl::Status AcceptOffers(const std::vector<v1::OfferID>& offers,
                                    const std::vector<v1::Offer::Operation>& operations,
                                    const v1::Filters& filters = {}) = 0;
  // What is declined is not offered again for `filters`' refuse_seconds; without them, for 5 s.
  virtual absl::Status DeclineOffers(const std::vector<v1::OfferID>& offers,
                                     const v1::Filters& filters = {}) = 0;
  // Asks for offers again, also of what was declined; Suppress asks for none. For `roles`; empty:
  // for all.
  virtual absl::Status ReviveOffers(const std::vector<std::string>& roles = {}) = 0;
  virtual absl::Status SuppressOffers(const std::vector<std::string>& roles = {}) = 0;
  virtual absl::Status KillTask(const v1::TaskID& task) = 0;
  // Asks for the state of these tasks; empty: of all the framework's tasks.
  virtual absl::Status ReconcileTasks(const std::vector<v1::TaskStatus>& tasks) = 0;
  // Only without implicit_acknowledgements.
  virtual absl::Status AcknowledgeStatusUpdate(const v1::TaskStatus& status) = 0;
  // To an executor; `data` is any bytes. Best effort.
  virtual absl::Status SendFrameworkMessage(const v1::ExecutorID& executor,
                                            const v1::AgentID& agent, const std::string& data) = 0;
  // Any call, of "mesos/v1/scheduler/scheduler.pb.h"; the framework's id is filled in.
  virtual absl::Status Send(v1::scheduler::Call call) = 0;
};

struct SchedulerDriverOptions {
  v1::FrameworkInfo framework;                // With an id: comes back under it.
  std::vector<std::string> suppressed_roles;  // Of the framework's; no offers until revived.
  // False: the scheduler calls AcknowledgeStatusUpdate itself.
  bool implicit_acknowledgements = true;
  // The pauses between attempts to subscribe: grow from the first, which is more than zero, to the
  // second, which is finite and not less.
  absl::Duration registration_backoff_factor = absl::Milliseconds(100);
  absl::Duration max_registration_backoff = absl::Seconds(10);
};

struct SchedulerDriverDependencies {
  EventLoop* loop = nullptr;            // Where the driver lives.
  Random* random = nullptr;             // For pauses and ids.
  SchedulerEndpoint* master = nullptr;  // Where the leading master is reached.
  Scheduler* scheduler = nullptr;       // What is called.
  LogSink* log = nullptr;               // May be null.
};

// InvalidArgument names the option or the dependency that is missing or makes no sense.
MESOS_EXPORT absl::StatusOr<std::unique_ptr<SchedulerDriver>> CreateSchedulerDriver(
    SchedulerDriverOptions options, SchedulerDriverDependencies dependencies,
    HeaderVersion headers = {});

}  // namespace mesos

#endif  // MESOS_SCHEDULER_H_
