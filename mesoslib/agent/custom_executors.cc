#include "mesoslib/agent/custom_executors.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "mesoslib/agent/command_tasks.h"
#include "mesoslib/agent/container_config.h"
#include "mesoslib/agent/paths.h"
#include "mesoslib/base/uuid.h"

namespace mesos::agent {
namespace {

constexpr absl::Duration kDestroyRetry = absl::Minutes(1);
// A timer that is later than this tells that the whole process did not run.
constexpr absl::Duration kStandstill = absl::Seconds(1);
// What is said of an executor whose end nobody saw: killed.
constexpr int kUnknownWaitStatus = 9;

TaskReport Report(v1::TaskState state, v1::TaskStatus::Reason reason, std::string message) {
  TaskReport report;
  report.state = state;
  report.reason = reason;
  report.message = std::move(message);
  return report;
}

}  // namespace

CustomExecutors::CustomExecutors(const AgentOptions& options, Dependencies dependencies)
    : options_(options), deps_(std::move(dependencies)) {}

CustomExecutors::~CustomExecutors() { Stop(); }

void CustomExecutors::Stop() {
  for (auto& [container, life] : lives_) StopTimers(life);
  // What comes back from the containerizer and the checkpoints finds nothing here.
  lives_.clear();
  for (auto& [number, session] : std::exchange(sessions_, {})) {
    session.sink->Closed(absl::UnavailableError("the agent has stopped"));
  }
}

Executor& CustomExecutors::Start(Framework& framework, v1::ExecutorInfo info, Resources own) {
  const ContainerId container(NewUuidText(deps_.random));
  const ExecutorId id(info.executor_id().value());
  Executor::Spec spec;
  spec.info = std::move(info);
  spec.resources = std::move(own);
  spec.container = container;
  spec.directory =
      SandboxPath(options_.work_dir, deps_.ledger->agent_id(), framework.id(), id, container);
  Executor* executor = deps_.ledger->AddExecutor(framework, std::move(spec));
  Life& life = lives_[container];
  life.framework = framework.id();
  life.executor = id;
  // Posted, for the tasks it is started for come right after this.
  deps_.loop->Post(lifetime_.Guard([this, container] {
    Life* life = FindLife(container);
    if (life == nullptr) return;
    deps_.ledger->WhenDurable(*Find(*life).framework,
                              lifetime_.Guard([this, container] { Launch(container); }));
  }));
  return *executor;
}

void CustomExecutors::Run(Framework& framework, Executor& executor, std::vector<NewTask> tasks,
                          bool group) {
  Executor::Batch batch;
  batch.group = group;
  for (NewTask& task : tasks) {
    batch.tasks.push_back(TaskId(task.info.task_id().value()));
    deps_.ledger->AddTask(framework, executor, std::move(task.info), std::move(task.resources));
  }
  const TaskId first = batch.tasks.front();
  executor.Enqueue(std::move(batch));
  deps_.ledger->WhenDurable(framework, lifetime_.Guard([this, container = executor.container(),
                                                        first] { Durable(container, first); }));
}

void CustomExecutors::Durable(const ContainerId& container, const TaskId& task) {
  Life* life = FindLife(container);
  if (life == nullptr) return;
  for (Executor::Batch& batch : Find(*life).executor->queue()) {
    if (batch.tasks.front() == task) batch.stage = Executor::Batch::Stage::kDurable;
  }
  Settle(container);
}

CustomExecutors::Life* CustomExecutors::FindLife(const ContainerId& container) {
  auto life = lives_.find(container);
  return life == lives_.end() ? nullptr : &life->second;
}

CustomExecutors::Subject CustomExecutors::Find(const Life& life) {
  Framework* framework = deps_.ledger->frameworks().Find(life.framework);
  return {framework, framework == nullptr ? nullptr : framework->FindExecutor(life.executor)};
}

void CustomExecutors::Launch(const ContainerId& container) {
  Life* life = FindLife(container);
  if (life == nullptr) return;
  const Subject subject = Find(*life);
  const Resources resources = subject.executor->Allocated();
  if (!deps_.operations->IsReady(resources)) {
    return deps_.operations->WhenReady(resources,
                                       lifetime_.Guard([this, container] { Launch(container); }));
  }
  life->phase = Phase::kStarting;
  life->resources = resources;
  ExpectSubscription(container, *life, options_.executor_registration_timeout,
                     Report(v1::TASK_FAILED, v1::TaskStatus::REASON_EXECUTOR_REGISTRATION_TIMEOUT,
                            absl::StrCat("The executor did not subscribe within ",
                                         DurationText(options_.executor_registration_timeout))));
  deps_.containerizer->Launch(
      container,
      ExecutorContainer(options_, deps_.ledger->agent_id(), subject.framework->info(),
                        *subject.executor, life->resources),
      lifetime_.Guard([this, container](absl::Status status) { Launched(container, status); }));
}

void CustomExecutors::ExpectSubscription(const ContainerId& container, Life& life,
                                         absl::Duration timeout, TaskReport verdict) {
  const absl::Time deadline = deps_.loop->Now() + timeout;
  life.registration_timer = deps_.loop->PostAt(
      deadline, lifetime_.Guard([this, container, deadline, timeout, verdict = std::move(verdict)] {
        Life* life = FindLife(container);
        if (life == nullptr) return;
        life->registration_timer = 0;
        if (deps_.loop->Now() - deadline > kStandstill) {
          // The agent itself was suspended, perhaps the executors with it: their time begins anew.
          return ExpectSubscription(container, *life, timeout, verdict);
        }
        if (!life->verdict) life->verdict = verdict;
        DestroyContainer(container, *life);
      }));
}

void CustomExecutors::Launched(const ContainerId& container, const absl::Status& status) {
  Life* life = FindLife(container);
  if (life == nullptr) return;
  if (!status.ok()) {
    ++deps_.ledger->counters().launch_errors;
    if (!life->verdict) {
      life->verdict = Report(
          v1::TASK_FAILED, v1::TaskStatus::REASON_CONTAINER_LAUNCH_FAILED,
          absl::StrCat("The executor's container could not be launched: ", status.message()));
    }
    return Ended(container, status);
  }
  life->phase = Phase::kUp;
  Find(*life).executor->Move(Executor::State::kRegistering).IgnoreError();
  Watch(container);
  if (life->destroying) {
    life->destroying = false;
    return DestroyContainer(container, *life);
  }
  if (life->session != 0) Activate(container, Call::Subscribe());
}

void CustomExecutors::Watch(const ContainerId& container) {
  deps_.containerizer->Wait(
      container,
      lifetime_.Guard([this, container](absl::StatusOr<ContainerTermination> termination) {
        Ended(container, std::move(termination));
      }));
}

void CustomExecutors::Settle(const ContainerId& container) {
  using Stage = Executor::Batch::Stage;
  Life* life = FindLife(container);
  if (life == nullptr || life->updating) return;
  const Subject subject = Find(*life);
  if (subject.executor->state() != Executor::State::kRunning) return;
  for (Executor::Batch& batch : subject.executor->queue()) {
    if (batch.stage == Stage::kWriting) break;
    batch.stage = Stage::kCovered;
  }
  Resources wanted = subject.executor->Allocated();
  if (wanted == life->resources) return HandOver(*life, subject);
  life->updating = true;
  life->resources = wanted;
  deps_.containerizer->Update(
      container, std::move(wanted),
      lifetime_.Guard([this, container](absl::Status status) { Resized(container, status); }));
}

void CustomExecutors::Resized(const ContainerId& container, const absl::Status& status) {
  Life* life = FindLife(container);
  if (life == nullptr) return;
  life->updating = false;
  const Subject subject = Find(*life);
  const bool waited = !subject.executor->queue().empty();
  if (!status.ok() && waited) {
    life->verdict =
        Report(v1::TASK_GONE, v1::TaskStatus::REASON_CONTAINER_UPDATE_FAILED,
               absl::StrCat("The container could not be given more resources: ", status.message()));
    return DestroyContainer(container, *life);
  }
  if (!status.ok()) {
    deps_.log.Warning("container ", container.value(),
                      " keeps resources it no longer needs: ", status.message());
  }
  HandOver(*life, subject);
  Settle(container);
}

void CustomExecutors::HandOver(Life& life, Subject subject) {
  std::deque<Executor::Batch>& queue = subject.executor->queue();
  while (life.session != 0 && !queue.empty() &&
         queue.front().stage == Executor::Batch::Stage::kCovered) {
    const Executor::Batch batch = std::move(queue.front());
    queue.pop_front();
    Event event;
    event.set_type(batch.group ? Event::LAUNCH_GROUP : Event::LAUNCH);
    for (const TaskId& id : batch.tasks) {
      Task* task = subject.executor->FindTask(id);
      task->HandOver().IgnoreError();
      *(batch.group ? event.mutable_launch_group()->mutable_task_group()->add_tasks()
                    : event.mutable_launch()->mutable_task()) = task->info();
    }
    Deliver(life, std::move(event));
  }
}

void CustomExecutors::Kill(Framework& framework, Executor& executor, const TaskId& id,
                           const v1::KillPolicy* policy) {
  const ContainerId container = executor.container();
  Life* life = FindLife(container);
  Task* task = executor.FindTask(id);
  if (life == nullptr || task == nullptr || task->phase() == Task::Phase::kEnded) return;
  if (task->phase() == Task::Phase::kLaunched) {
    return SendKill(*life, id, policy == nullptr ? std::nullopt : std::optional(*policy));
  }
  // Of a group none starts when one is killed.
  for (const TaskId& withdrawn : executor.Withdraw(id).tasks) {
    deps_.ledger->Report(framework, &executor, withdrawn,
                         Report(v1::TASK_KILLED, v1::TaskStatus::REASON_TASK_KILLED_DURING_LAUNCH,
                                "Killed before it was handed to its executor"));
  }
  const bool idle = executor.LiveTasks().empty();
  if (idle && executor.state() != Executor::State::kRunning) return Shutdown(framework, executor);
  Settle(container);
}

void CustomExecutors::Message(Executor& executor, std::string data) {
  Life* life = FindLife(executor.container());
  Event event;
  event.set_type(Event::MESSAGE);
  event.mutable_message()->set_data(std::move(data));
  if (life == nullptr || !Deliver(*life, std::move(event))) {
    deps_.log.Warning("dropping a message to executor ", Quoted(executor.id().value()),
                      ": it is not connected");
  }
}

void CustomExecutors::Shutdown(Framework& framework, Executor& executor) {
  const ContainerId container = executor.container();
  Life* life = FindLife(container);
  if (life == nullptr || !executor.alive()) return;
  Event event;
  event.set_type(Event::SHUTDOWN);
  if (life->phase != Phase::kUp || !Deliver(*life, std::move(event))) {
    return Destroy(framework, executor);
  }
  executor.Move(Executor::State::kTerminating).IgnoreError();
  life->grace_timer =
      deps_.loop->PostAt(deps_.loop->Now() + ShutdownGrace(options_, executor.info()),
                         lifetime_.Guard([this, container] {
                           Life* life = FindLife(container);
                           if (life == nullptr) return;
                           life->grace_timer = 0;
                           DestroyContainer(container, *life);
                         }));
}

void CustomExecutors::Destroy(Framework&, Executor& executor) {
  const ContainerId container = executor.container();
  Life* life = FindLife(container);
  if (life != nullptr) DestroyContainer(container, *life);
}

bool CustomExecutors::Preempt(Executor& executor, TaskReport report) {
  const ContainerId container = executor.container();
  Life* life = FindLife(container);
  if (life == nullptr || life->destroying) return false;
  life->verdict = std::move(report);
  DestroyContainer(container, *life);
  return true;
}

void CustomExecutors::DestroyContainer(const ContainerId& container, Life& life) {
  if (life.destroying) return;
  life.destroying = true;
  Find(life).executor->Move(Executor::State::kTerminating).IgnoreError();
  if (life.phase == Phase::kWriting) return Ended(container, absl::CancelledError("not launched"));
  if (life.phase == Phase::kStarting) return;
  deps_.containerizer->Destroy(
      container,
      lifetime_.Guard([this, container](absl::StatusOr<ContainerTermination> termination) {
        if (termination.ok() || absl::IsNotFound(termination.status())) {
          return Ended(container, std::move(termination));
        }
        ++deps_.ledger->counters().destroy_errors;
        deps_.log.Error(
            "container ", container.value(),
            " can't be destroyed, trying again later: ", termination.status().ToString());
        deps_.loop->PostAt(deps_.loop->Now() + kDestroyRetry, lifetime_.Guard([this, container] {
          Life* life = FindLife(container);
          if (life == nullptr) return;
          life->destroying = false;
          DestroyContainer(container, *life);
        }));
      }));
}

void CustomExecutors::Ended(const ContainerId& container,
                            absl::StatusOr<ContainerTermination> termination) {
  auto entry = lives_.find(container);
  if (entry == lives_.end()) return;
  Life life = std::move(entry->second);
  lives_.erase(entry);
  StopTimers(life);
  EndSession(life.session, "the executor's container has ended");
  const Subject subject = Find(life);
  deps_.ledger->ReportAll(*subject.framework, *subject.executor, Verdict(life, termination));
  if (!subject.framework->terminating()) {
    const bool known = termination.ok() && termination->wait_status.has_value();
    deps_.exited(life.framework, life.executor,
                 known ? *termination->wait_status : kUnknownWaitStatus);
  }
  deps_.ledger->ExecutorEnded(*subject.framework, *subject.executor);
  Reconnected(life);
}

TaskReport CustomExecutors::Verdict(const Life& life,
                                    const absl::StatusOr<ContainerTermination>& termination) const {
  if (life.verdict) return *life.verdict;
  if (termination.ok() && termination->state.has_value()) {
    return Report(*termination->state,
                  termination->reason.value_or(v1::TaskStatus::REASON_CONTAINER_LIMITATION),
                  termination->message);
  }
  const bool known = termination.ok() && termination->wait_status.has_value();
  return Report(v1::TASK_FAILED, v1::TaskStatus::REASON_EXECUTOR_TERMINATED,
                known ? absl::StrCat("Executor ", DescribeExit(*termination->wait_status))
                      : "Executor ended, it is not known how");
}

void CustomExecutors::Recover(Framework& framework, Executor& executor) {
  const ContainerId container = executor.container();
  Life& life = lives_[container];
  life.framework = framework.id();
  life.executor = executor.id();
  life.phase = Phase::kUp;
  life.reconnecting = true;
  life.resources = executor.Allocated();
  ++reconnecting_;
  executor.Move(Executor::State::kRegistering).IgnoreError();
  const absl::Duration window = options_.executor_reregistration_timeout;
  ExpectSubscription(
      container, life, window,
      Report(v1::TASK_GONE, v1::TaskStatus::REASON_EXECUTOR_REREGISTRATION_TIMEOUT,
             absl::StrCat("The executor did not come back to the restarted agent within ",
                          DurationText(window))));
  Watch(container);
}

void CustomExecutors::GiveUp(Executor& executor, const TaskId& task) {
  if (Life* life = FindLife(executor.container()); life != nullptr) {
    SendKill(*life, task, std::nullopt);
  }
}

void CustomExecutors::WhenReconnected(absl::AnyInvocable<void()> done) {
  if (reconnecting_ == 0) return done();
  reconnected_ = std::move(done);
}

void CustomExecutors::Reconnected(Life& life) {
  if (!std::exchange(life.reconnecting, false) || --reconnecting_ > 0) return;
  // Posted, for the caller is in the middle of something.
  if (reconnected_ != nullptr) deps_.loop->Post(lifetime_.Guard(std::move(reconnected_)));
  reconnected_ = nullptr;
}

void CustomExecutors::StopTimers(Life& life) {
  deps_.loop->Cancel(life.registration_timer);
  deps_.loop->Cancel(life.grace_timer);
  deps_.loop->Cancel(life.heartbeat_timer);
}

}  // namespace mesos::agent
